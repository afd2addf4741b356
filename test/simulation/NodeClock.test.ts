/**
 * The clocks of nodes: how late sleepers wake, alone and in a whole run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import * as Component from "../../src/node/Component.ts"
import { type Clocks, NodeClock } from "../../src/simulation/NodeClock.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { seeded } from "../gossip/Seeded.ts"
import { sharedSet } from "./Programs.ts"

/** The clock of a node, and a way to run an effect by it until nothing is left to happen. */
const make = Effect.fnUntraced(function* (clocks: Partial<Clocks> = {}, seed = "clock") {
  const time = new VirtualTime()
  const clock = new NodeClock(time, yield* seeded(seed), { ...Scenario.defaults, ...clocks })
  return {
    time,
    clock,
    run: (effect: Effect.Effect<unknown>) => {
      effect.pipe(
        Effect.provideService(
          Clock.Clock,
          clock.service((wake) => wake())
        ),
        Effect.provideService(Scheduler.Scheduler, time.scheduler),
        Effect.runFork
      )
      while (!time.isIdle) time.step()
    }
  }
})

const count = 1000

/** How long sleeps of 10 ms take, one after another. */
const naps = Effect.fnUntraced(function* (clocks: Partial<Clocks>, seed?: string) {
  const { run, time } = yield* make(clocks, seed)
  const took: Array<number> = []
  const nap = Effect.suspend(() => {
    const start = time.now
    return Effect.andThen(
      Effect.sleep(10),
      Effect.sync(() => took.push(time.now - start))
    )
  })
  run(Effect.repeat(nap, { times: count - 1 }))
  assert.lengthOf(took, count)
  return took
})

describe("timers", () => {
  it.effect("wake late by a uniform part of the lateness", () =>
    Effect.gen(function* () {
      const late = (yield* naps({ timer_lateness: 1.2 })).map((took) => took - 10)
      // Times are rounded to ns.
      for (const one of late) assert.isTrue(one > -1e-5 && one < 1.2 + 1e-5, String(one))
      const mean = late.reduce((sum, one) => sum + one, 0) / count
      assert.approximately(mean, 0.6, (3 * 1.2) / Math.sqrt(12 * count))
      assert.isBelow(Math.min(...late), 0.05)
      assert.isAbove(Math.max(...late), 1.15)
    })
  )

  it.effect("are exact if the lateness is 0", () =>
    Effect.gen(function* () {
      for (const took of yield* naps({ timer_lateness: 0 })) assert.strictEqual(took, 10)
    })
  )

  it.effect("of different nodes are late by different times", () =>
    Effect.gen(function* () {
      assert.notDeepEqual(yield* naps({}, "one"), yield* naps({}, "other"))
    })
  )

  it.live("of every node in a run are up to 1.2 ms late unless the scenario says otherwise", () =>
    Effect.gen(function* () {
      const interval = 100
      const { nodes, transmissions } = yield* Simulation.run({
        scenario: { ...Scenario.defaults, latency: 20 },
        parts: Component.layer(sharedSet(interval))
      })
      for (const node of nodes) {
        const shares = transmissions.filter(({ src, type }) => src === node && type === "share")
        const times = Arr.dedupe(shares.map(({ sent }) => sent))
        const late = times.slice(1).map((at, index) => at - (times[index] ?? 0) - interval)
        assert.isAbove(late.length, 100)
        for (const one of late) assert.isTrue(one > -1e-5 && one < 1.2 + 1e-5, `${node}: ${one}`)
        assert.isAbove(Math.max(...late), 1)
      }
    })
  )
})
