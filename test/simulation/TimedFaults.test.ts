/**
 * Faults that a scenario lists, each with its time.
 */
import { assert, describe, it } from "@effect/vitest"
import { constVoid } from "effect/Function"
import * as Effect from "effect/Effect"
import { ClockError, Fault, type History } from "../../src/analysis/History.ts"
import * as Faults from "../../src/simulation/Faults.ts"
import type { Conditions } from "../../src/simulation/Network.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { flood } from "./Programs.ts"

const scenario: Scenario.Scenario = { ...Scenario.defaults, rate: 50, latency: 20, network: "ideal" }

const run = (faults: ReadonlyArray<Scenario.TimedFault>, rest: Partial<Scenario.Scenario> = {}) =>
  Simulation.run({ scenario: { ...scenario, ...rest, faults }, parts: flood })

/** When clients begin, in ms since the start: the nodes are told everything at once. */
const begin = ({ lastRequestsAt }: History) => lastRequestsAt - scenario.quiet - scenario.time_limit

const dropped = ({ transmissions }: History) =>
  transmissions.flatMap(({ dest, fate, src }) => (fate._tag === "Dropped" ? [{ dest, src, ...fate }] : []))

describe("timed faults", () => {
  it.live("a partition cuts exactly those that it names, from its first moment to its last", () =>
    Effect.gen(function* () {
      const fault = Fault.Partition({ groups: [["n0"], ["n1", "n2", "n3", "n4"]] })
      const history = yield* run([{ from: 2000, to: 5000, fault }])
      const start = begin(history)
      assert.deepStrictEqual(history.faults, [{ fault, from: start + 2000, to: start + 5000 }])
      const lost = dropped(history)
      assert.isNotEmpty(lost)
      for (const { at, dest, src, why } of lost) {
        assert.strictEqual(why, "partition")
        assert.isTrue((src === "n0") !== (dest === "n0"))
        assert.isTrue(start + 2000 <= at && at <= start + 5000)
      }
    })
  )

  it.live("come besides those of chance, and change nothing of what chance draws", () =>
    Effect.gen(function* () {
      const chance = { nemesis: ["partition" as const], nemesis_interval: 1000 }
      const without = yield* run([], chance)
      const both = yield* run([{ from: 3000, to: 4000, fault: Fault.Pause({ nodes: ["n2"] }) }], chance)
      const [timed, others] = [true, false].map((isTimed) =>
        both.faults.filter(({ fault }) => (fault._tag === "Pause") === isTimed)
      )
      assert.lengthOf(timed ?? [], 1)
      assert.deepStrictEqual(others, without.faults)
      assert.deepStrictEqual(
        both.operations.map(({ request }) => request),
        without.operations.map(({ request }) => request)
      )
    })
  )

  it.live("a node that crashes at a given time loses what is sent to it until it comes back", () =>
    Effect.gen(function* () {
      const fault = Fault.Crash({ nodes: ["n3"] })
      const history = yield* run([{ from: 1000, to: 4000, fault }])
      const lost = dropped(history)
      assert.isNotEmpty(lost)
      for (const { dest, why } of lost) assert.deepStrictEqual([dest, why], ["n3", "crash"])
    })
  )

  it.live("one that outlasts the run is noted until the end of the run", () =>
    Effect.gen(function* () {
      const fault = Fault.Loss({ share: 1 })
      const history = yield* run([{ from: 1000, to: 86_400_000, fault }])
      assert.deepStrictEqual(
        history.faults.map(({ from, to }) => [from - begin(history), to >= history.lastRequestsAt]),
        [[1000, true]]
      )
    })
  )

  it.live.each([
    {
      what: "names a node that is not there",
      timed: { from: 0, to: 10, fault: Fault.OneWay({ deaf: ["n0"], others: ["n9"] }) },
      message: "faults.1 (OneWay): n9 is no node of this cluster; its nodes are n0, n1, n2, n3 and n4"
    },
    {
      what: "ends before it begins",
      timed: { from: 10, to: 5, fault: Fault.Loss({ share: 0.5 }) },
      message: "faults.1 (Loss): lasts from 10 to 5 ms; from must be at least 0 and before to"
    }
  ])("one that $what is an error that says so", ({ message, timed }) =>
    Effect.gen(function* () {
      const fine = { from: 0, to: 10, fault: Fault.Crash({ nodes: ["n4"] }) }
      const error = yield* Effect.flip(run([fine, timed]))
      assert.instanceOf(error, Faults.InvalidFault)
      assert.strictEqual(error.message, message)
    })
  )
})

describe("faults that overlap", () => {
  /** What holds after each change: loss, paused nodes, and the error of the clock of n0. */
  const changes = (faults: ReadonlyArray<Scenario.TimedFault>) => {
    const conditions: Conditions = { cuts: new Set(), loss: 0, duplication: 0, jitter: 0 }
    const paused = new Set<string>()
    let clock: ClockError | undefined
    const time = new VirtualTime()
    const inflict = Faults.inflicting(conditions, {
      pause: (node) => paused.add(node),
      resume: (node) => paused.delete(node),
      crash: constVoid,
      restart: constVoid,
      setClock: (_, error) => (clock = error)
    })
    Faults.scheduleTimed({ time, inflict, periods: [] }, faults)
    const seen: Array<readonly [at: number, loss: number, paused: string, clock: ClockError | undefined]> = []
    while (!time.isIdle) {
      time.step()
      seen.push([time.now, conditions.loss, [...paused].join(), clock])
    }
    return seen
  }

  it("the latest loss decides, and the earlier one holds again when it ends", () => {
    const faults = [
      { from: 0, to: 30, fault: Fault.Loss({ share: 0.1 }) },
      { from: 10, to: 20, fault: Fault.Loss({ share: 0.9 }) },
      { from: 25, to: 40, fault: Fault.Loss({ share: 0.5 }) }
    ]
    assert.deepStrictEqual(
      changes(faults).map(([at, loss]) => [at, loss]),
      [
        [0, 0.1],
        [10, 0.9],
        [20, 0.1],
        [25, 0.5],
        [30, 0.5],
        [40, 0]
      ]
    )
  })

  it("a node that is paused twice resumes when both pauses are over", () => {
    const faults = [
      { from: 0, to: 20, fault: Fault.Pause({ nodes: ["n0", "n1"] }) },
      { from: 10, to: 30, fault: Fault.Pause({ nodes: ["n1"] }) }
    ]
    assert.deepStrictEqual(
      changes(faults).map(([at, , paused]) => [at, paused]),
      [
        [0, "n0,n1"],
        [10, "n0,n1"],
        [20, "n1"],
        [30, ""]
      ]
    )
  })

  it("a clock is right again when the last of its errors is over", () => {
    const [fast, slow] = [ClockError.Offset({ offset: 50 }), ClockError.Offset({ offset: -50 })]
    const faults = [
      { from: 0, to: 20, fault: Fault.Clock({ errors: [["n0", fast]] }) },
      { from: 10, to: 30, fault: Fault.Clock({ errors: [["n0", slow]] }) }
    ]
    assert.deepStrictEqual(
      changes(faults).map(([at, , , clock]) => [at, clock]),
      [
        [0, fast],
        [10, slow],
        [20, slow],
        [30, undefined]
      ]
    )
  })
})
