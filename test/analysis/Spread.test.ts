/**
 * How values spread: figures on histories written by hand, and the laws of epidemics in whole runs.
 *
 * In a large cluster, infect-and-die gossip with fanout K reaches the share z of the nodes that solves z = 1 − e^(−Kz). The
 * values of a run are nearly independent, so a mean over V of them is within three standard errors, 3 · s/√V, of the law,
 * where s is taken from the sample.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import * as Courses from "../../src/analysis/Courses.ts"
import { Fault, type FaultPeriod, type Transmission } from "../../src/analysis/History.ts"
import * as Spread from "../../src/analysis/Spread.ts"
import { history, message } from "./Histories.ts"
import { infectAndDie } from "../simulation/Programs.ts"

const nodes = ["n0", "n1", "n2", "n3", "n4"]

describe("measure", () => {
  const transmissions = [
    message("c0", "n0", { type: "broadcast", message: 1 }, 100),
    message("n0", "n1", { type: "gossip", messages: [1] }, 100, { _tag: "Delivered", at: 150 }),
    message("n0", "n2", { type: "gossip", messages: [1] }, 100, { _tag: "Delivered", at: 140 }),
    message("n1", "n3", { type: "gossip", messages: [1] }, 150, { _tag: "Delivered", at: 200 }),
    message("n2", "n3", { type: "gossip", messages: [1] }, 140, { _tag: "Delivered", at: 230 }),
    message("n3", "n4", { type: "gossip", messages: [1] }, 200, { _tag: "Delivered", at: 260 }),
    message("n3", "n1", { type: "gossip", messages: [1] }, 200, { _tag: "Dropped", at: 200, why: "loss" }),
    message("n3", "n0", { type: "gossip_sketch" }, 200),
    message("c0", "n4", { type: "broadcast", message: 2 }, 300),
    message("n4", "n0", { type: "gossip", messages: [2] }, 300, { _tag: "Dropped", at: 300, why: "partition" })
  ]
  const course = history([], { nodes, transmissions })
  const spread = Spread.measure(Courses.courses(course), course)

  it("spread times are those of the values that reached every node", () => {
    assert.deepStrictEqual(spread.times, { "0": 160, "0.5": 160, "0.95": 160, "0.99": 160, "1": 160 })
  })

  it("coverage is the mean share of nodes that learned a value", () => {
    assert.approximately(spread.coverage, (5 / 5 + 1 / 5) / 2, 1e-12)
  })

  it("relative message redundancy is m/(n−1) − 1 of the n nodes that learned a value, where m counts dropped copies, too", () => {
    assert.approximately(spread.rmr, 6 / 4 - 1, 1e-12)
  })

  it("the last delivery hop is the largest hop at which a node first learned the value", () => {
    assert.strictEqual(spread.ldh, (3 + 0) / 2)
  })

  it("values per message ignores messages without values", () => {
    assert.strictEqual(spread.values_per_message, 1)
  })

  it("coverage over time grows with every delivery", () => {
    const courses = Courses.courses(history([], { nodes, transmissions: transmissions.slice(0, 8) }))
    const shares = [0, 39, 40, 50, 100, 159, 160].map(Spread.coverageOf(courses, nodes.length))
    assert.deepStrictEqual(shares, [0.2, 0.2, 0.4, 0.6, 0.8, 0.8, 1])
  })
})

const three = ["n0", "n1", "n2"]

const split = Fault.Partition({ groups: [["n0"], ["n1", "n2"]] })
const ring = Fault.MajoritiesRing({
  heard: [
    ["n0", ["n2"]],
    ["n1", ["n0"]],
    ["n2", ["n1"]]
  ]
})
const deafness = Fault.OneWay({ deaf: ["n0"], others: ["n1", "n2"] })
const loss = Fault.Loss({ share: 0.3 })
const pause = Fault.Pause({ nodes: ["n0"] })
const crash = Fault.Crash({ nodes: ["n0"] })

const period = (fault: Fault, from: number, to: number): FaultPeriod => ({ fault, from, to })

const healing = (faults: ReadonlyArray<FaultPeriod>, transmissions: ReadonlyArray<Transmission>) => {
  const happened = history([], { nodes: three, faults, transmissions })
  return Spread.healings(Courses.courses(happened), happened)
}

const told = (value: number, node: string, at: number) => message("n0", node, { type: "gossip", message: value }, at)

/** A value that reached all three nodes at these times. */
const spread = (value: number, ...times: readonly [number, number, number]) =>
  three.map((node, place) => told(value, node, times[place] ?? 0))

const partition = period(split, 1000, 2000)

it("the spread of 200,000 values, and the healing of a partition among them, are measured", () => {
  const values = Array.from({ length: 200_000 }, (_, value) => ({
    value,
    start: value,
    lessons: new Map([["n0", { node: "n0", from: "c0", at: value, hop: 0, how: "broadcast" }]]),
    carried: 0
  }))
  const courses = { byKey: new Map(values.map((course) => [String(course.value), course])), carriers: 0 }
  assert.strictEqual(Spread.measure(courses, history([])).coverage, 1)
  assert.strictEqual(Spread.healings(courses, history([], { faults: [period(split, 0, 300_000)] }))[0]?.after, 0)
})

describe("the healing of a partition", () => {
  it.each([
    { fault: split, name: "partition" },
    { fault: ring, name: "partition" },
    { fault: deafness, name: "one-way" }
  ])(
    "takes from the end of a $fault._tag until every node has every value that any node had by then",
    ({ fault, name }) => {
      const values = [...spread(1, 500, 600, 2300), ...spread(2, 2000, 2400, 2500), ...spread(3, 2001, 9000, 9000)]
      assert.deepStrictEqual(healing([period(fault, 1000, 2000)], values), [
        { fault: name, at: 2000, after: 500, undisturbed: true }
      ])
    }
  )

  it("takes no time if every node had all values already", () => {
    assert.deepStrictEqual(healing([partition], spread(1, 500, 600, 700)), [
      { fault: "partition", at: 2000, after: 0, undisturbed: true }
    ])
  })

  it("never ends if some node never gets a value", () => {
    assert.deepStrictEqual(healing([partition], [told(1, "n1", 500)]), [
      { fault: "partition", at: 2000, after: null, undisturbed: true }
    ])
  })

  it("is disturbed by other faults that are on before it is done, and by no others", () => {
    const values = spread(1, 500, 600, 2300)
    const disturbed = (other: FaultPeriod) => healing([partition, other], values)[0]?.undisturbed
    assert.isFalse(disturbed(period(loss, 1500, 2100)))
    assert.isFalse(disturbed(period(crash, 2200, 5000)))
    assert.isTrue(disturbed(period(loss, 500, 1500)))
    assert.isTrue(disturbed(period(pause, 2300, 5000)))
  })

  it("is measured for every partition that cuts somebody off, in the order of their ends, and for no other fault", () => {
    const idle = Fault.Partition({ groups: [three] })
    const faults = [period(deafness, 0, 3000), period(loss, 0, 100), period(idle, 0, 500), period(split, 0, 1000)]
    assert.deepStrictEqual(
      healing(faults, spread(1, 500, 500, 1500)).map(({ after, at, fault }) => [fault, at, after]),
      [
        ["partition", 1000, 500],
        ["one-way", 3000, 0]
      ]
    )
  })
})

interface Sample {
  readonly shares: ReadonlyArray<number>
  readonly mean: number
  readonly standardError: number
  readonly perValue: number
}

/** The coverage of values under infect-and-die gossip. */
const sample = Effect.fnUntraced(function* (fanout: number, scenario: Partial<Scenario.Scenario>) {
  const all: Scenario.Scenario = { ...Scenario.defaults, latency: 10, topology: "line", ...scenario }
  const { courses, verdict } = yield* Simulation.simulate({ scenario: all, parts: infectAndDie(fanout) })
  const shares = [...courses.byKey.values()].map(({ lessons }) => lessons.size / all.node_count)
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1)
  const result: Sample = {
    shares,
    mean,
    standardError: Math.sqrt(variance / shares.length),
    perValue: (verdict.by_type["gossip"] ?? 0) / shares.length
  }
  return result
})

describe("the laws of infect-and-die gossip", () => {
  it.live.each([
    { fanout: 2, covered: 0.846 },
    { fanout: 3, covered: 0.961 },
    { fanout: 4, covered: 0.989 },
    { fanout: 5, covered: 0.997 }
  ])("with fanout $fanout a value reaches the share $covered of 25 nodes, each of which forwards it once", (law) =>
    Effect.gen(function* () {
      const result = yield* sample(law.fanout, { node_count: 25, rate: 30, time_limit: 20_000, seed: law.fanout })
      const { mean, perValue, shares, standardError } = result
      assert.isAbove(shares.length, 250)
      // The law itself is given to three digits.
      assert.approximately(mean, law.covered, 3 * standardError + 0.0005)
      assert.isBelow(standardError, 0.007)
      assert.approximately(perValue, law.fanout * mean * 25, 1e-9)
    })
  )

  it.live("with fanout 2 a value reaches the share 0.7968 of 1000 nodes, the fixed point", () =>
    Effect.gen(function* () {
      const { mean, perValue, shares, standardError } = yield* sample(2, {
        node_count: 1000,
        rate: 20,
        time_limit: 1000
      })
      assert.isAtLeast(shares.length, 8)
      // With finitely many nodes the fixed point is off by less than 1/n.
      assert.approximately(mean, 0.7968, 3 * standardError + 0.001)
      assert.isBelow(standardError, 0.01)
      assert.approximately(perValue, 2 * 0.7968 * 1000, 6 * standardError * 1000 + 2)
    })
  )
})
