/**
 * Which missing values amnesia excuses, on histories written by hand and in whole runs.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { Settings } from "../../src/gossip/Settings.ts"
import * as Handler from "../../src/node/Handler.ts"
import { Read, ReadOk } from "../../src/protocol/Broadcast.ts"
import * as Forgotten from "../../src/analysis/Forgotten.ts"
import { type Fate, Fault, type FaultPeriod, type Transmission } from "../../src/analysis/History.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import * as Histories from "./Histories.ts"
import { broadcast, history, message, read } from "./Histories.ts"

const nodes = ["n0", "n1", "n2"]

const struck = (fault: Fault, from: number, to: number): FaultPeriod => ({ fault, from, to })

const gossip = (src: string, dest: string, sent: number, fate: Fate) =>
  message(src, dest, { type: "gossip", messages: [7] }, sent, fate)
const arrives = (at: number): Fate => ({ _tag: "Delivered", at })

/** A run in which a client tells n0 the value 7 at 100 ms; only these nodes have it at the end. */
const assess = (
  faults: ReadonlyArray<FaultPeriod>,
  transmissions: ReadonlyArray<Transmission>,
  atEnd: ReadonlyArray<string> = []
) => {
  const told = message("c0", "n0", { type: "broadcast", message: 7 }, 100)
  const lastReads = nodes.map((node) => read(atEnd.includes(node) ? [7] : [], 9000, { node, final: true }))
  return Histories.assess(
    history([broadcast(7, [100, 100]), ...lastReads], { nodes, faults, transmissions: [told, ...transmissions] })
  )
}

const amnesia = struck(Fault.Amnesia({ nodes: ["n2", "n0"] }), 5231.4, 6000)

describe("a missing value", () => {
  it("is excused if the only node that had it forgot it", () => {
    const { forgotten, verdict } = assess([amnesia], [gossip("n0", "n1", 5200, { _tag: "InFlight" })])
    assert.deepStrictEqual(forgotten, [{ value: 7, by: [{ node: "n0", learned: 100, forgot: 5231.4 }] }])
    assert.deepStrictEqual(forgotten.map(Forgotten.reason), [
      "only n0 had it, and forgot it at 5,231 ms before any other node had learned it"
    ])
    assert.deepStrictEqual(Forgotten.inexcusable(verdict.set.incomplete, forgotten), [])
    assert.isFalse(verdict.complete)
  })

  it("is excused if all nodes that had it forgot it", () => {
    const { forgotten } = assess([amnesia], [gossip("n0", "n2", 5000, arrives(5100))])
    assert.deepStrictEqual(forgotten, [
      {
        value: 7,
        by: [
          { node: "n0", learned: 100, forgot: 5231.4 },
          { node: "n2", learned: 5100, forgot: 5231.4 }
        ]
      }
    ])
    assert.include(forgotten.map(Forgotten.reason)[0], "only n0 and n2 had it, and forgot it at 5,231 ms before")
  })

  it("is excused with the names of all nodes that had it and the times at which they forgot it", () => {
    const by = ["n0", "n1", "n2"].map((node, place) => ({ node, learned: place, forgot: 1000 * (2 + (place % 2)) }))
    assert.strictEqual(
      Forgotten.reason({ value: 7, by }),
      "only n0, n1 and n2 had it, and forgot it at 2,000 ms and 3,000 ms before any other node had learned it"
    )
  })

  it.each([
    { why: "a node that had it did not forget", faults: [amnesia], told: [gossip("n0", "n1", 5000, arrives(5100))] },
    {
      why: "a message with it arrived after all had forgotten it",
      faults: [amnesia],
      told: [gossip("n0", "n2", 5200, arrives(6100))]
    },
    {
      why: "a node that had forgotten it learned it again",
      faults: [amnesia],
      told: [gossip("n0", "n2", 200, arrives(300)), gossip("n2", "n0", 5200, arrives(6100))]
    },
    {
      why: "other nodes forgot, not those that had it",
      faults: [struck(Fault.Amnesia({ nodes: ["n1", "n2"] }), 500, 600)],
      told: []
    },
    {
      why: "those that had it crashed, but remembered it",
      faults: [struck(Fault.Crash({ nodes: ["n0"] }), 500, 600)],
      told: []
    },
    { why: "no node lost its memory", faults: [], told: [] }
  ])("is not excused if $why", ({ faults, told }) => {
    const { forgotten, verdict } = assess(faults, told)
    assert.deepStrictEqual(forgotten, [])
    assert.deepStrictEqual(Forgotten.inexcusable(verdict.set.incomplete, forgotten), [7])
  })

  it("is not excused if some node shows it at the end", () => {
    assert.deepStrictEqual(assess([amnesia], [], ["n1"]).forgotten, [])
  })

  it("is not excused if no node ever learned it", () => {
    const lastReads = nodes.map((node) => read([], 9000, { node, final: true }))
    const happened = history([broadcast(7, [100, 100]), ...lastReads], { nodes, faults: [amnesia] })
    assert.deepStrictEqual(Histories.assess(happened).forgotten, [])
  })
})

const forgetting: Scenario.Scenario = {
  ...Scenario.defaults,
  node_count: 7,
  rate: 60,
  latency: 100,
  nemesis: ["amnesia"],
  nemesis_interval: 1000
}

/** Nodes that collect new values for a while before they send them. */
const patient = Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.layer({}, "frugal")]))

/** The same nodes, with a mistake: their reads show no value that ends in 0. */
const secretive = Handler.layer({
  request: Read,
  sends: [ReadOk],
  override: true,
  handle: Effect.fnUntraced(function* (_, { reply }) {
    const known = yield* Gossip.use((service) => service.known)
    return [reply({ type: "read_ok", messages: known.filter((value) => Number(value) % 10 !== 0) })]
  })
}).pipe(Layer.provideMerge(patient))

describe("a run with amnesia", () => {
  it.live("misses only values that every node that had them forgot, if the program is correct", () =>
    Effect.gen(function* () {
      const {
        forgotten,
        history: happened,
        verdict
      } = yield* Simulation.simulate({
        scenario: forgetting,
        parts: patient
      })
      assert.isNotEmpty(forgotten)
      assert.isFalse(verdict.complete)
      assert.deepStrictEqual(Forgotten.inexcusable(verdict.set.incomplete, forgotten), [])
      for (const { by } of forgotten) {
        for (const { forgot, node } of by) {
          const isStruck = ({ fault, from }: FaultPeriod) =>
            from === forgot && fault._tag === "Amnesia" && fault.nodes.includes(node)
          assert.isTrue(happened.faults.some(isStruck))
        }
      }
    })
  )

  it.live("has no excuse for values that a wrong program hides", () =>
    Effect.gen(function* () {
      const { forgotten, verdict } = yield* Simulation.simulate({ scenario: forgetting, parts: secretive })
      const values = Forgotten.inexcusable(verdict.set.incomplete, forgotten)
      assert.isAbove(values.length, 10)
      for (const value of values) assert.strictEqual(Number(value) % 10, 0)
      assert.isNotEmpty(forgotten)
    })
  )
})
