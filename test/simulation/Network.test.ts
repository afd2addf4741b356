/**
 * The network without nodes: when and in which order messages arrive, and which of them do not.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { seeded } from "../gossip/Seeded.ts"
import type { Fate } from "../../src/analysis/History.ts"
import { Network } from "../../src/simulation/Network.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"

/** A network of n0, n1 and n2 that records what it delivers, and a way to send at given times. */
const make = Effect.fnUntraced(function* (scenario: Partial<Scenario.Scenario>) {
  const time = new VirtualTime()
  const delivered: Array<readonly [what: string, at: number]> = []
  const network = new Network({
    scenario: { ...Scenario.defaults, ...scenario },
    nodes: ["n0", "n1", "n2"],
    services: new Map(),
    time,
    random: yield* seeded("network"),
    receive: ({ text }) => {
      delivered.push([text, time.now])
      return true
    }
  })
  return {
    network,
    delivered,
    time,
    send: (at: number, src: string, dest: string, text = `${src}→${dest}`) =>
      time.at(at, () => network.send({ src, dest, type: "test", text })),
    run: () => {
      while (!time.isIdle) time.step()
    }
  }
})

const fates = (network: Network) => network.transmissions.map(({ fate }) => fate)

describe("Maelstrom's inbox", () => {
  it.effect("a client's request waits behind a peer's message that is not due yet", () =>
    Effect.gen(function* () {
      const { delivered, run, send } = yield* make({ latency: 100 })
      send(0, "n1", "n0")
      send(10, "c0", "n0")
      run()
      assert.deepStrictEqual(delivered, [
        ["n1→n0", 100],
        ["c0→n0", 100]
      ])
    })
  )

  it.effect("messages that are due at the same time keep the order in which they were sent", () =>
    Effect.gen(function* () {
      const { delivered, run, send } = yield* make({ latency: 100 })
      for (const text of ["a", "b", "c", "d"]) send(10, "n1", "n0", text)
      run()
      assert.deepStrictEqual(delivered, [
        ["a", 110],
        ["b", 110],
        ["c", 110],
        ["d", 110]
      ])
    })
  )

  it.effect("a client's request overtakes peers' messages that the reader has not taken yet", () =>
    Effect.gen(function* () {
      const { delivered, run, send } = yield* make({ latency: 100 })
      send(0, "n1", "n0")
      send(20, "n2", "n0")
      send(30, "c0", "n0")
      run()
      assert.deepStrictEqual(delivered, [
        ["n1→n0", 100],
        ["c0→n0", 100],
        ["n2→n0", 120]
      ])
    })
  )

  it.effect("a request to a node whose inbox is empty, and a reply to a client, take no time", () =>
    Effect.gen(function* () {
      const { delivered, run, send } = yield* make({ latency: 100 })
      send(0, "n1", "n0")
      send(10, "c0", "n2")
      send(20, "n0", "c0")
      run()
      assert.deepStrictEqual(delivered, [
        ["c0→n2", 10],
        ["n0→c0", 20],
        ["n1→n0", 100]
      ])
    })
  )

  it.effect("a partition drops the messages that the reader takes while it lasts, not one taken before", () =>
    Effect.gen(function* () {
      const { delivered, network, run, send, time } = yield* make({ latency: 100 })
      const cut = () => true
      send(0, "n1", "n0")
      send(10, "n1", "n0", "second")
      send(20, "n1", "n0", "third")
      time.at(50, () => network.conditions.cuts.add(cut))
      time.at(105, () => network.conditions.cuts.delete(cut))
      run()
      assert.deepStrictEqual(delivered, [["n1→n0", 100]])
      const dropped: Fate = { _tag: "Dropped", at: 100, why: "partition" }
      assert.deepStrictEqual(fates(network), [{ _tag: "Delivered", at: 100 }, dropped, dropped])
    })
  )
})

describe("the ideal network", () => {
  it.effect("a client's request does not wait behind a peer's message", () =>
    Effect.gen(function* () {
      const { delivered, run, send } = yield* make({ latency: 100, network: "ideal" })
      send(0, "n1", "n0")
      send(10, "c0", "n0")
      run()
      assert.deepStrictEqual(delivered, [
        ["c0→n0", 10],
        ["n1→n0", 100]
      ])
    })
  )

  it.effect("a partition drops the messages that are due while it lasts", () =>
    Effect.gen(function* () {
      const { delivered, network, run, send, time } = yield* make({ latency: 100, network: "ideal" })
      const cut = (src: string) => src === "n1"
      send(0, "n1", "n0")
      send(0, "n2", "n0")
      send(10, "n1", "n0", "second")
      time.at(50, () => network.conditions.cuts.add(cut))
      time.at(105, () => network.conditions.cuts.delete(cut))
      run()
      assert.deepStrictEqual(delivered, [
        ["n2→n0", 100],
        ["second", 110]
      ])
    })
  )
})

describe("faults of the network", () => {
  it.effect("faults do not affect messages from and to clients", () =>
    Effect.gen(function* () {
      const { delivered, network, run, send } = yield* make({ latency: 100 })
      network.conditions.loss = 1
      network.conditions.duplication = 1
      network.conditions.jitter = 50
      network.conditions.cuts.add(() => true)
      send(0, "c0", "n0")
      send(0, "n0", "c0")
      send(0, "n0", "n1")
      run()
      assert.deepStrictEqual(delivered, [
        ["n0→c0", 0],
        ["c0→n0", 0]
      ])
    })
  )

  it.effect("a duplicated message arrives twice and counts twice", () =>
    Effect.gen(function* () {
      const { delivered, network, run, send } = yield* make({ latency: 100 })
      network.conditions.duplication = 1
      send(0, "n1", "n0")
      run()
      assert.deepStrictEqual(delivered, [
        ["n1→n0", 100],
        ["n1→n0", 100]
      ])
      assert.deepStrictEqual(
        network.transmissions.map(({ id }) => id),
        [0, 1]
      )
    })
  )

  it.effect("a message whose receiver has no process is dropped", () =>
    Effect.gen(function* () {
      const time = new VirtualTime()
      const random = yield* seeded("network")
      const network = new Network({
        scenario: Scenario.defaults,
        nodes: ["n0"],
        services: new Map(),
        time,
        random,
        receive: () => false
      })
      network.send({ src: "c0", dest: "n0", type: "read", text: "" })
      while (!time.isIdle) time.step()
      assert.deepStrictEqual(fates(network), [{ _tag: "Dropped", at: 0, why: "crash" }])
    })
  )

  it.effect("the bytes of a message are those of its text in UTF-8 and one for the line feed", () =>
    Effect.gen(function* () {
      const { network, run, send } = yield* make({})
      send(0, "n0", "n1", "")
      send(0, "n0", "n1", "plain")
      send(0, "n0", "n1", "größer 🦊")
      run()
      assert.deepStrictEqual(
        network.transmissions.map(({ bytes }) => bytes),
        [1, 6, 14]
      )
    })
  )

  const messages = 4000

  /** The latencies of many messages, each sent long after the one before has arrived. */
  const latencies = Effect.fnUntraced(function* (scenario: Partial<Scenario.Scenario>, jitter = 0) {
    const { network, run, send } = yield* make(scenario)
    network.conditions.jitter = jitter
    for (let index = 0; index < messages; index++) send(index * 100_000, "n1", "n0")
    run()
    return network.transmissions.map(({ fate, sent }) => (fate._tag === "Delivered" ? fate.at - sent : Number.NaN))
  })

  // Three standard errors of the mean: σ is 2 · 50 / √12 of the uniform, and 50 of the exponential distribution. To round
  // down takes half a ms from the mean of the uniform one, and 50 − 1/(e^(1/50) − 1) from that of the exponential one.
  it.effect.each([
    { latency_dist: "constant" as const, mean: 50, deviation: 0, least: 50, most: 50 },
    { latency_dist: "uniform" as const, mean: 49.5, deviation: 100 / Math.sqrt(12), least: 0, most: 99 },
    { latency_dist: "exponential" as const, mean: 1 / Math.expm1(1 / 50), deviation: 50, least: 0, most: 1000 }
  ])(
    "$latency_dist latencies are whole milliseconds and have their mean and bounds",
    ({ deviation, latency_dist, least, mean, most }) =>
      Effect.gen(function* () {
        const all = yield* latencies({ latency: 50, latency_dist })
        for (const latency of all) assert.isTrue(Number.isInteger(latency), String(latency))
        const measured = all.reduce((sum, latency) => sum + latency, 0) / messages
        assert.approximately(measured, mean, (3 * deviation) / Math.sqrt(messages))
        assert.strictEqual(Math.min(...all), least)
        assert.isAtMost(Math.max(...all), most)
      })
  )

  it.effect("a constant latency may be a fraction of a millisecond", () =>
    Effect.gen(function* () {
      const { delivered, run, send } = yield* make({ latency: 0.25 })
      send(0, "n1", "n0")
      run()
      assert.deepStrictEqual(delivered, [["n1→n0", 0.25]])
    })
  )

  it.effect("a share 1/e of exponential latencies reaches their mean", () =>
    Effect.gen(function* () {
      const all = yield* latencies({ latency: 50, latency_dist: "exponential" })
      const share = all.filter((latency) => latency >= 50).length / messages
      const p = Math.exp(-1)
      assert.approximately(share, p, 3 * Math.sqrt((p * (1 - p)) / messages))
    })
  )

  it.effect("reordering delays messages uniformly by up to its jitter", () =>
    Effect.gen(function* () {
      const all = yield* latencies({ latency: 50 }, 200)
      const mean = all.reduce((sum, latency) => sum + latency, 0) / messages
      assert.approximately(mean, 150, (3 * 200) / Math.sqrt(12 * messages))
      assert.isAtLeast(Math.min(...all), 50 - 1e-6)
      assert.isBelow(Math.max(...all), 250 + 1e-6)
    })
  )

  // Three standard errors of a share: √(p (1 − p) / n).
  it.effect.each([0.05, 0.3, 0.9])(
    "loss of a share %s loses that share of the messages, and duplication of it delivers that share twice",
    (share) =>
      Effect.gen(function* () {
        const bound = 3 * Math.sqrt((share * (1 - share)) / messages)
        const losing = yield* make({})
        losing.network.conditions.loss = share
        for (let index = 0; index < messages; index++) losing.send(index, "n1", "n0")
        losing.run()
        assert.approximately(1 - losing.delivered.length / messages, share, bound)
        const doubling = yield* make({})
        doubling.network.conditions.duplication = share
        for (let index = 0; index < messages; index++) doubling.send(index, "n1", "n0")
        doubling.run()
        assert.approximately(doubling.delivered.length / messages - 1, share, bound)
      })
  )
})
