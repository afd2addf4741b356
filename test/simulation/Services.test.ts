/**
 * The services in the simulated world: when they answer, and which faults affect them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { cas, read, write } from "../services/Asking.ts"
import { seeded } from "../gossip/Seeded.ts"
import type { WireBody } from "../../src/protocol/Message.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import { Network } from "../../src/simulation/Network.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Services from "../../src/simulation/Services.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"

const nodes = ["n0", "n1", "n2"]

/** A network with the services, and a way to send requests at given times. */
const make = Effect.fnUntraced(function* (given: Partial<Scenario.Scenario>) {
  const scenario: Scenario.Scenario = { ...Scenario.defaults, latency: 100, ...given }
  const time = new VirtualTime()
  const received: Array<{ readonly at: number } & Wire.Envelope> = []
  const services: Services.Services = yield* Services.make({ nodes, scenario, send: (frame) => network.send(frame) })
  const network: Network = new Network({
    scenario,
    nodes,
    services: services.places,
    time,
    random: yield* seeded("network"),
    receive: (transmission) => {
      if (services.places.has(transmission.dest)) services.receive(transmission)
      else received.push({ at: time.now, ...Result.getOrThrow(Wire.envelope(transmission.text)) })
      return true
    }
  })
  return {
    network,
    received,
    place: services.places.get("lin-kv"),
    send: (at: number, src: string, dest: string, body: WireBody) =>
      time.at(at, () => network.send({ src, dest, type: body.type, text: JSON.stringify({ src, dest, body }) })),
    run: () => {
      while (!time.isIdle) time.step()
    }
  }
})

const dropped = ({ transmissions }: Network) => transmissions.filter(({ fate }) => fate._tag === "Dropped").length

describe("a service in the simulated world", () => {
  it.effect("answers a node after the latency there and back, and a client at once", () =>
    Effect.gen(function* () {
      const { received, run, send } = yield* make({})
      send(0, "n0", "lin-kv", { ...write("x", 1), msg_id: 7 })
      send(500, "c1", "lin-kv", { ...read("x"), msg_id: 8 })
      run()
      assert.deepStrictEqual(received, [
        { at: 200, src: "lin-kv", dest: "n0", body: { type: "write_ok", in_reply_to: 7, msg_id: 0 } },
        { at: 500, src: "lin-kv", dest: "c1", body: { type: "read_ok", value: 1, in_reply_to: 8, msg_id: 1 } }
      ])
    })
  )

  it.effect("does what a message without an id asks, but does not reply to it, nor to a reply", () =>
    Effect.gen(function* () {
      const { received, run, send } = yield* make({})
      send(0, "n0", "lin-kv", write("x", 1))
      send(0, "n0", "lin-kv", { type: "error", code: 10, text: "", msg_id: 1, in_reply_to: 1 })
      send(500, "n0", "lin-kv", { ...cas("x", 1, 2), msg_id: 2 })
      run()
      assert.deepStrictEqual(
        received.map(({ body }) => body),
        [{ type: "cas_ok", in_reply_to: 2, msg_id: 0 }]
      )
    })
  )

  it.effect.each(["seq-kv", "lin-kv", "lww-kv", "lin-tso"])("%s is there under its name", (name) =>
    Effect.gen(function* () {
      const { received, run, send } = yield* make({})
      send(0, "n0", name, { type: name === "lin-tso" ? "ts" : "write", key: 1, value: 1, msg_id: 1 })
      run()
      assert.deepStrictEqual(
        received.map(({ body, src }) => [src, body["type"]]),
        [[name, name === "lin-tso" ? "ts_ok" : "write_ok"]]
      )
    })
  )

  it.effect("has a state of its own, apart from those of the other services", () =>
    Effect.gen(function* () {
      const { received, run, send } = yield* make({})
      send(0, "n0", "lin-kv", { ...write("x", 1), msg_id: 1 })
      send(500, "n0", "seq-kv", { ...read("x"), msg_id: 2 })
      run()
      assert.deepInclude(received[1]?.body, { type: "error", code: 20 })
    })
  )

  it.effect("is reached by everybody whatever the faults of the network, unless the scenario says otherwise", () =>
    Effect.gen(function* () {
      const { network, received, run, send } = yield* make({})
      network.conditions.cuts.add(() => true)
      network.conditions.loss = 1
      network.conditions.duplication = 1
      network.conditions.jitter = 1000
      for (const node of nodes) send(0, node, "lin-kv", { ...write("x", 1), msg_id: 1 })
      run()
      assert.deepStrictEqual(
        received.map(({ at, dest }) => [dest, at]),
        nodes.map((node) => [node, 200])
      )
      assert.strictEqual(dropped(network), 0)
    })
  )

  it.effect("shares the connection of one node if faults affect services", () =>
    Effect.gen(function* () {
      const { network, place, received, run, send } = yield* make({ service_faults: true })
      assert.include(nodes, place)
      const isAlone = (name: string) => name === place
      network.conditions.cuts.add((src, dest) => isAlone(src) !== isAlone(dest))
      for (const node of nodes) send(0, node, "lin-kv", { ...write("x", 1), msg_id: 1 })
      send(0, "c1", "lin-kv", { ...write("x", 2), msg_id: 1 })
      run()
      assert.sameMembers(
        received.map(({ dest }) => dest),
        [place, "c1"]
      )
      assert.strictEqual(dropped(network), 2)
    })
  )

  it.effect("loses messages like a node if faults affect services", () =>
    Effect.gen(function* () {
      const { network, received, run, send } = yield* make({ service_faults: true })
      network.conditions.loss = 1
      send(0, "n0", "lin-kv", { ...write("x", 1), msg_id: 1 })
      run()
      assert.isEmpty(received)
      assert.strictEqual(dropped(network), 1)
    })
  )
})
