/**
 * Virtual time: in which order things happen, and who wakes when.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import * as Dice from "../../src/simulation/Dice.ts"
import { type Gate, VirtualTime } from "../../src/simulation/VirtualTime.ts"

const runAll = (time: VirtualTime) => {
  while (!time.isIdle) time.step()
}

/** Runs an effect on virtual time until nothing is left to happen. */
const runOn = <A>(time: VirtualTime, effect: Effect.Effect<A>, gate?: Gate) => {
  const fiber = effect.pipe(
    Effect.provideService(Clock.Clock, time.clock(gate)),
    Effect.provideService(Scheduler.Scheduler, time.scheduler),
    Effect.runFork
  )
  runAll(time)
  return fiber
}

describe("VirtualTime", () => {
  it.effect("events happen in the order of their times, those of one time in the order of scheduling", () =>
    Effect.gen(function* () {
      const dice = yield* Dice.make("events")
      const time = new VirtualTime()
      const events = Array.from({ length: 2000 }, (_, order) => ({ at: Dice.below(dice, 100), order }))
      const happened: Array<{ readonly at: number; readonly order: number }> = []
      for (const event of events) {
        time.at(event.at, () => {
          assert.strictEqual(time.now, event.at)
          happened.push(event)
        })
      }
      runAll(time)
      assert.deepStrictEqual(
        happened,
        events.toSorted((a, b) => a.at - b.at || a.order - b.order)
      )
    })
  )

  it("an event that schedules others keeps its order among them", () => {
    const time = new VirtualTime()
    const happened: Array<string> = []
    time.at(10, () => {
      happened.push("a")
      time.after(0, () => happened.push("c"))
      time.after(-5, () => happened.push("d"))
      time.at(3, () => happened.push(`e at ${time.now}`))
    })
    time.at(10, () => happened.push("b"))
    runAll(time)
    assert.deepStrictEqual(happened, ["a", "b", "c", "d", "e at 10"])
  })

  it("an Effect that sleeps wakes at its time, and the clock shows it", () => {
    const time = new VirtualTime()
    const woken: Array<number> = []
    const sleeper = (duration: number) =>
      Effect.gen(function* () {
        yield* Effect.sleep(duration)
        woken.push(yield* Clock.currentTimeMillis)
      })
    runOn(time, Effect.all([sleeper(30), sleeper(10), sleeper(20.5)], { concurrency: "unbounded" }))
    assert.deepStrictEqual(woken, [10, 20.5, 30])
  })

  it("an interrupted sleeper does not wake", () => {
    const time = new VirtualTime()
    let woke = false
    const sleeper = Effect.andThen(
      Effect.sleep(50),
      Effect.sync(() => (woke = true))
    )
    const fiber = runOn(time, Effect.timeoutOption(sleeper, 20))
    assert.isDefined(fiber.pollUnsafe())
    assert.isFalse(woke)
  })

  it("a closed gate holds sleepers up until it opens", () => {
    const time = new VirtualTime()
    const held: Array<() => void> = []
    const woken: Array<number> = []
    const sleeper = Effect.andThen(
      Effect.sleep(10),
      Effect.sync(() => woken.push(time.now))
    )
    time.at(100, () => held.forEach((wake) => wake()))
    runOn(time, sleeper, (wake) => held.push(wake))
    assert.deepStrictEqual(woken, [100])
  })
})
