/**
 * How to test a node of one's own under faults: a cluster of it in virtual time, judged by a workload. One seed gives one run;
 * another `seed` in the scenario gives another.
 */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scenario from "maelstrom-gossip/simulation/Scenario"
import * as Simulation from "maelstrom-gossip/simulation/Simulation"
import { gSet } from "maelstrom-gossip/workload/GSet"
import { parts } from "./g-set.ts"

it.effect("a set on gossip loses nothing while partitions come and nodes crash", () =>
  Effect.gen(function* () {
    const scenario: Scenario.Scenario = {
      ...Scenario.defaults,
      latency: 50,
      nemesis: ["partition", "crash"],
      nemesis_interval: 2000
    }
    const { verdict } = yield* Simulation.simulate({ scenario, parts, workload: gSet })
    assert.deepStrictEqual(verdict.problems, [])
    assert.isTrue(verdict.valid && verdict.complete)
  })
)
