/**
 * Clients in conversation with a node that answers whatever the test makes it answer.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Wire from "../../src/protocol/Wire.ts"
import { Clients } from "../../src/simulation/Clients.ts"
import * as Dice from "../../src/simulation/Dice.ts"
import { Network } from "../../src/simulation/Network.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"

type Reply = (request: Wire.Incoming, send: (body: Wire.OutgoingBody, after?: number) => void) => void

/** Clients of n0, which answers with `reply`. */
const make = Effect.fnUntraced(function* (reply: Reply) {
  const time = new VirtualTime()
  const requests: Array<Wire.Incoming> = []
  const network: Network = new Network({
    scenario: Scenario.defaults,
    nodes: ["n0"],
    time,
    dice: yield* Dice.make("network"),
    receive: (transmission) => {
      if (transmission.dest !== "n0") {
        clients.receive(transmission)
        return true
      }
      const request = Result.getOrThrow(Wire.decode(transmission.text))
      requests.push(request)
      reply(request, (body, after = 0) =>
        time.after(after, () => {
          const text = JSON.stringify({ src: "n0", dest: request.src, body })
          network.send({ src: "n0", dest: request.src, type: body.type, text })
        })
      )
      return true
    }
  })
  const clients = new Clients(Scenario.defaults, time, network)
  return {
    clients,
    requests,
    time,
    run: () => {
      while (!time.isIdle) time.step()
      return clients.operations.map(({ completed, ending, f, invoked }) => ({ f, ending, took: completed - invoked }))
    }
  }
})

const answer =
  (body: Wire.OutgoingBody): Reply =>
  ({ body: { msg_id } }, send) =>
    send({ ...body, in_reply_to: msg_id }, 20)

describe("Clients", () => {
  it.effect("an answered request is done when its answer comes", () =>
    Effect.gen(function* () {
      const { clients, run } = yield* make(answer({ type: "read_ok", messages: [1, 2] }))
      clients.read("n0", true)
      assert.isTrue(clients.isBusy("n0"))
      assert.deepStrictEqual(run(), [{ f: "read", ending: "ok", took: 20 }])
      assert.isFalse(clients.isBusy("n0"))
      assert.deepStrictEqual(clients.operations[0]?.values, [1, 2])
      assert.isTrue(clients.operations[0]?.final)
    })
  )

  it.effect("without an answer in 5 s a read has failed, and nobody knows of a broadcast", () =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(() => {})
      clients.read("n0", false)
      time.at(6000, () => clients.broadcast("n0", 1))
      assert.deepStrictEqual(run(), [
        { f: "read", ending: "fail", took: 5000 },
        { f: "broadcast", ending: "info", took: 5000 }
      ])
    })
  )

  it.effect("a client that gave up comes back under a new name, and a late answer reaches nobody", () =>
    Effect.gen(function* () {
      const { clients, requests, run, time } = yield* make(({ body: { msg_id } }, send) =>
        send({ type: "read_ok", messages: [], in_reply_to: msg_id }, requests.length === 1 ? 5500 : 4000)
      )
      clients.read("n0", false)
      time.at(5000, () => clients.read("n0", false))
      assert.deepStrictEqual(run(), [
        { f: "read", ending: "fail", took: 5000 },
        { f: "read", ending: "ok", took: 4000 }
      ])
      assert.notStrictEqual(requests[0]?.src, requests[1]?.src)
    })
  )

  it.effect("a client that got its answer keeps its name", () =>
    Effect.gen(function* () {
      const { clients, requests, run, time } = yield* make(answer({ type: "broadcast_ok" }))
      clients.broadcast("n0", 1)
      time.at(100, () => clients.broadcast("n0", 2))
      run()
      assert.strictEqual(requests[0]?.src, requests[1]?.src)
      assert.notStrictEqual(requests[0]?.body["msg_id"], requests[1]?.body["msg_id"])
    })
  )

  it.effect("a second answer to one request is no answer to the next", () =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(({ body: { msg_id, type } }, send) => {
        const body = { type: `${String(type)}_ok`, in_reply_to: msg_id, messages: [type] }
        send(body)
        send(body, 150)
        send(body, 250)
      })
      clients.broadcast("n0", 1)
      time.at(100, () => clients.read("n0", false))
      assert.deepStrictEqual(run(), [
        { f: "broadcast", ending: "ok", took: 0 },
        { f: "read", ending: "ok", took: 0 }
      ])
    })
  )

  it.effect("an answer to another request, or to none, is not taken", () =>
    Effect.gen(function* () {
      const { clients, run } = yield* make(({ body: { msg_id } }, send) => {
        send({ type: "read_ok", messages: [1], in_reply_to: Number(msg_id) + 1 })
        send({ type: "read_ok", messages: [2] }, 10)
        send({ type: "read_ok", messages: [3], in_reply_to: msg_id }, 20)
      })
      clients.read("n0", false)
      assert.deepStrictEqual(run(), [{ f: "read", ending: "ok", took: 20 }])
      assert.deepStrictEqual(clients.operations[0]?.values, [3])
    })
  )

  it.effect.each([
    { code: 0, ending: "info" },
    { code: 1, ending: "fail" },
    { code: 10, ending: "fail" },
    { code: 11, ending: "fail" },
    { code: 12, ending: "fail" },
    { code: 13, ending: "info" },
    { code: 14, ending: "fail" },
    { code: 20, ending: "fail" },
    { code: 21, ending: "fail" },
    { code: 22, ending: "fail" },
    { code: 30, ending: "fail" },
    { code: 1000, ending: "info" },
    { code: "11", ending: "info" }
  ])("after error $code a broadcast ends as $ending, and a read has failed", ({ code, ending }) =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(answer({ type: "error", code, text: "because" }))
      clients.broadcast("n0", 1)
      time.at(100, () => clients.read("n0", false))
      assert.deepStrictEqual(
        run().map((operation) => operation.ending),
        [ending, "fail"]
      )
      assert.strictEqual(clients.operations[0]?.reason, "because")
    })
  )

  it.effect("an answer of another type is none: a read has failed, and nobody knows of a broadcast", () =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(answer({ type: "topology_ok" }))
      clients.broadcast("n0", 1)
      time.at(100, () => clients.read("n0", false))
      assert.deepStrictEqual(
        run().map(({ ending }) => ending),
        ["info", "fail"]
      )
    })
  )

  it.effect.each([{}, { messages: 1 }, { messages: null }])("a read_ok with %j is a failed read", (fields) =>
    Effect.gen(function* () {
      const { clients, run } = yield* make(answer({ type: "read_ok", ...fields }))
      clients.read("n0", false)
      assert.deepStrictEqual(run(), [{ f: "read", ending: "fail", took: 20 }])
    })
  )
})
