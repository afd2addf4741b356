/**
 * How long a cluster takes to become whole after a partition, on histories written by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import type { FaultPeriod, Transmission } from "../../src/simulation/History.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { history, message } from "./Histories.ts"

const nodes = ["n0", "n1", "n2"]

const period = (fault: Scenario.Fault, from: number, to: number): FaultPeriod => ({ fault, detail: "", from, to })

const healing = (faults: ReadonlyArray<FaultPeriod>, transmissions: ReadonlyArray<Transmission>) =>
  Simulation.assess(Scenario.defaults, history([], { nodes, faults, transmissions })).healing

const told = (value: number, node: string, at: number) => message("n0", node, { type: "gossip", message: value }, at)

/** A value that reached all three nodes at these times. */
const spread = (value: number, ...times: readonly [number, number, number]) =>
  nodes.map((node, place) => told(value, node, times[place] ?? 0))

const partition = period("partition", 1000, 2000)

describe("healing", () => {
  it.each(["partition", "one-way"] as const)(
    "takes from the end of a %s until every node has every value that any node had by then",
    (fault) => {
      const values = [...spread(1, 500, 600, 2300), ...spread(2, 2000, 2400, 2500), ...spread(3, 2001, 9000, 9000)]
      assert.deepStrictEqual(healing([period(fault, 1000, 2000)], values), [
        { fault, at: 2000, after: 500, undisturbed: true }
      ])
    }
  )

  it("takes no time if all values were everywhere already", () => {
    assert.deepStrictEqual(healing([partition], spread(1, 500, 600, 700)), [
      { fault: "partition", at: 2000, after: 0, undisturbed: true }
    ])
  })

  it("is never if some node never gets a value", () => {
    assert.deepStrictEqual(healing([partition], [told(1, "n1", 500)]), [
      { fault: "partition", at: 2000, after: null, undisturbed: true }
    ])
  })

  it("is disturbed by what is on, or begins, before it is done, and by nothing else", () => {
    const values = spread(1, 500, 600, 2300)
    const disturbed = (other: FaultPeriod) => healing([partition, other], values)[0]?.undisturbed
    assert.isFalse(disturbed(period("loss", 1500, 2100)))
    assert.isFalse(disturbed(period("crash", 2200, 5000)))
    assert.isTrue(disturbed(period("loss", 500, 1500)))
    assert.isTrue(disturbed(period("pause", 2300, 5000)))
  })

  it("is told for every partition in the order of their ends, and for no other fault", () => {
    const faults = [period("one-way", 0, 3000), period("loss", 0, 100), period("partition", 0, 1000)]
    assert.deepStrictEqual(
      healing(faults, spread(1, 500, 500, 1500)).map(({ after, at, fault }) => [fault, at, after]),
      [
        ["partition", 1000, 500],
        ["one-way", 3000, 0]
      ]
    )
  })
})
