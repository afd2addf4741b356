/**
 * What survives a crash is up to each component, and a component of a user is treated like the one of this package.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Forgotten from "../../src/analysis/Forgotten.ts"
import * as Component from "../../src/node/Component.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { sharedSet } from "./Programs.ts"

/** A run under one kind of fault. Nodes tell one another twice a second what they know. */
const run = Effect.fnUntraced(function* (fault: Scenario.FaultKind, changes: Pick<typeof set, "recover"> = {}) {
  const result = yield* Simulation.simulate({
    scenario: {
      ...Scenario.defaults,
      node_count: 7,
      rate: 60,
      time_limit: 5000,
      latency: 20,
      nemesis: [fault],
      nemesis_interval: 500
    },
    parts: Component.layer({ ...set, ...changes })
  })
  assert.isAbove(result.history.faults.length, 3)
  assert.isAbove(result.verdict.set.acknowledged_count, 50)
  assert.deepStrictEqual(result.verdict.defects, [])
  return result
})

const set = sharedSet(500)

describe("the state of a user's component", () => {
  it.live("survives a crash whole if the component says nothing about it", () =>
    Effect.gen(function* () {
      const { verdict } = yield* run("crash")
      assert.strictEqual(verdict.valid, true)
      assert.isTrue(verdict.complete)
      assert.strictEqual(verdict.set.lost_count, 0)
    })
  )

  it.live("is lost in a crash as far as the component says so", () =>
    Effect.gen(function* () {
      const { forgotten, verdict } = yield* run("crash", { recover: () => set.initial })
      assert.strictEqual(verdict.valid, false)
      assert.isAbove(verdict.set.lost_count, 2)
      // The judge excuses only what amnesia took, not what a component gave up by itself.
      assert.deepStrictEqual(forgotten, [])
    })
  )

  it.live("does not survive amnesia, whatever the component says", () =>
    Effect.gen(function* () {
      const { forgotten, verdict } = yield* run("amnesia", { recover: (state) => state })
      assert.strictEqual(verdict.valid, false)
      assert.isAbove(forgotten.length, 2)
      assert.deepStrictEqual(Forgotten.inexcusable(verdict.set.incomplete, forgotten), [])
    })
  )
})
