/**
 * Clients of a node that replies as each test says.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as History from "../../src/analysis/History.ts"
import type { WireBody } from "../../src/protocol/Message.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import { Clients } from "../../src/simulation/Clients.ts"
import { seeded } from "../gossip/Seeded.ts"
import { Network } from "../../src/simulation/Network.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { Broadcast, BroadcastOk, Read, ReadOk } from "../../src/protocol/Broadcast.ts"
import type { Value } from "../../src/protocol/Value.ts"
import * as Workload from "../../src/workload/Workload.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"

/** The request with this body. */
const ask = <Op extends History.Operation>(call: Workload.Call<Op>, body: Op["request"]) =>
  Option.getOrThrow(Option.fromUndefinedOr(call.ask(body)))

const broadcasts = Workload.update(Broadcast, BroadcastOk)
const broadcast = (message: Value) => ask(broadcasts, { type: "broadcast", message })

const read = ask(Workload.query(Read, ReadOk), { type: "read" })

type Operation = ReturnType<(typeof read | ReturnType<typeof broadcast>)["conclude"]>

type Reply = (request: Wire.Envelope, send: (body: WireBody, after?: number) => void) => void

/** Clients of n0, which replies with `reply`. */
const make = Effect.fnUntraced(function* (reply: Reply) {
  const time = new VirtualTime()
  const requests: Array<Wire.Envelope> = []
  const network: Network = new Network({
    scenario: Scenario.defaults,
    nodes: ["n0"],
    services: new Map(),
    time,
    random: yield* seeded("network"),
    receive: (transmission) => {
      if (transmission.dest !== "n0") {
        clients.receive(transmission)
        return true
      }
      const request = Result.getOrThrow(Wire.envelope(transmission.text))
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
  const clients = new Clients<Operation>({ nodes: ["n0"], scenario: Scenario.defaults, time, network })
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
  (body: WireBody): Reply =>
  ({ body: { msg_id } }, send) =>
    send({ ...body, in_reply_to: msg_id }, 20)

/** These requests and no others. */
const endless = function* (
  arrivals: ReadonlyArray<Workload.Arrival<Operation>>
): Generator<Workload.Arrival<Operation>, never> {
  yield* arrivals
  for (;;) yield { after: Infinity, asked: read }
}

describe("Clients", () => {
  it.effect("a request ends when its reply comes", () =>
    Effect.gen(function* () {
      const { clients, run } = yield* make(answer({ type: "read_ok", messages: [1, 2] }))
      clients.finish(read, () => {})
      assert.deepStrictEqual(run(), [{ f: "read", ending: "ok", took: 20 }])
      assert.isFalse(clients.isBusy("n0"))
      assert.deepStrictEqual(clients.operations[0]?.reply, { type: "read_ok", messages: [1, 2] })
      assert.isTrue(clients.operations[0]?.final)
    })
  )

  it.effect("without a reply in 5 s a read has failed, and nobody can tell about a broadcast", () =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(() => {})
      clients.perform("n0", read)
      time.at(6000, () => clients.perform("n0", broadcast(1)))
      assert.deepStrictEqual(run(), [
        { f: "read", ending: "fail", took: 5000 },
        { f: "broadcast", ending: "info", took: 5000 }
      ])
    })
  )

  it.effect("another client with a new name replaces one that gave up, and a late reply reaches nobody", () =>
    Effect.gen(function* () {
      const { clients, requests, run, time } = yield* make(({ body: { msg_id } }, send) =>
        send({ type: "read_ok", messages: [], in_reply_to: msg_id }, requests.length === 1 ? 5500 : 4000)
      )
      clients.perform("n0", read)
      time.at(5000, () => clients.perform("n0", read))
      assert.deepStrictEqual(run(), [
        { f: "read", ending: "fail", took: 5000 },
        { f: "read", ending: "ok", took: 4000 }
      ])
      assert.notStrictEqual(requests[0]?.src, requests[1]?.src)
    })
  )

  it.effect("a client that got a reply keeps its name", () =>
    Effect.gen(function* () {
      const { clients, requests, run, time } = yield* make(answer({ type: "broadcast_ok" }))
      clients.perform("n0", broadcast(1))
      time.at(100, () => clients.perform("n0", broadcast(2)))
      run()
      assert.strictEqual(requests[0]?.src, requests[1]?.src)
      assert.notStrictEqual(requests[0]?.body["msg_id"], requests[1]?.body["msg_id"])
    })
  )

  it.effect("a second reply to one request is not taken for a reply to the next", () =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(({ body: { msg_id, type } }, send) => {
        const body = { type: `${String(type)}_ok`, in_reply_to: msg_id, messages: [type] }
        send(body)
        send(body, 150)
        send(body, 250)
      })
      clients.perform("n0", broadcast(1))
      time.at(100, () => clients.perform("n0", read))
      assert.deepStrictEqual(run(), [
        { f: "broadcast", ending: "ok", took: 0 },
        { f: "read", ending: "ok", took: 0 }
      ])
    })
  )

  it.effect("a reply to another request, or to none, is ignored", () =>
    Effect.gen(function* () {
      const { clients, run } = yield* make(({ body: { msg_id } }, send) => {
        send({ type: "read_ok", messages: [1], in_reply_to: Number(msg_id) + 1 })
        send({ type: "read_ok", messages: [2] }, 10)
        send({ type: "read_ok", messages: [3], in_reply_to: msg_id }, 20)
      })
      clients.perform("n0", read)
      assert.deepStrictEqual(run(), [{ f: "read", ending: "ok", took: 20 }])
      assert.deepStrictEqual(clients.operations[0]?.reply, { type: "read_ok", messages: [3] })
    })
  )

  it.effect("requests that find the client busy wait in line and are made as soon as it is free", () =>
    Effect.gen(function* () {
      const { clients, run } = yield* make(answer({ type: "broadcast_ok" }))
      const requests = [0, 1, 2, 3].map((value) => ({ after: 5, asked: broadcast(value) }))
      clients.work(endless(requests), 60)
      run()
      // The fourth is due at 20 ms, and its turn would come at 65 ms.
      assert.deepStrictEqual(
        clients.operations.map(({ completed, invoked, request }) => [request, invoked, completed]),
        [
          [{ type: "broadcast", message: 0 }, 5, 25],
          [{ type: "broadcast", message: 1 }, 25, 45],
          [{ type: "broadcast", message: 2 }, 45, 65]
        ]
      )
    })
  )

  it.effect("the last read of a node waits until its client is free, and ends the run when its reply comes", () =>
    Effect.gen(function* () {
      const { clients, run, time } = yield* make(answer({ type: "read_ok", messages: [] }))
      let endedAt = 0
      clients.perform("n0", read)
      time.at(5, () => clients.finish(read, () => (endedAt = time.now)))
      run()
      assert.deepStrictEqual(
        clients.operations.map(({ completed, final, invoked }) => [final, invoked, completed]),
        [
          [false, 0, 20],
          [true, 20, 40]
        ]
      )
      assert.strictEqual(endedAt, 40)
    })
  )
})
