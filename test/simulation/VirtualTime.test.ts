/**
 * Virtual time: the order of events, and when sleepers wake.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import { EventQueue, type Gate, VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { seeded } from "../gossip/Seeded.ts"

const runAll = (time: VirtualTime) => {
  while (!time.isIdle) time.step()
}

/** Runs an effect in virtual time until nothing is left to happen. */
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
  it.effect(
    "events happen in the order of their times, and those of one time in the order in which they were scheduled",
    () =>
      Effect.gen(function* () {
        const random = yield* seeded("events")
        const time = new VirtualTime()
        const events = Array.from({ length: 2000 }, (_, order) => ({
          at: Math.floor(random.nextDoubleUnsafe() * 100),
          order
        }))
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

  it("events scheduled for now or earlier happen after those that were scheduled for now before", () => {
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

  it("a closed gate holds sleepers back until it opens", () => {
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

// Few different times, so that many events have the same.
const Step = Schema.Option(Schema.Literals([0, 0.5, 1, 2.25, 3, 7]))

describe("EventQueue", () => {
  it("is empty at first", () => {
    const queue = new EventQueue()
    assert.deepStrictEqual([queue.size, queue.nextTime, queue.pop()], [0, undefined, undefined])
  })

  it.effect.prop(
    "yields the events of the earliest time first, and those of one time in the order in which they came",
    { steps: Schema.Array(Step) },
    ({ steps }) =>
      Effect.sync(() => {
        const queue = new EventQueue()
        let model: Array<{ readonly time: number; readonly event: { readonly run: () => void } }> = []
        const pop = () => {
          const first = model.toSorted((a, b) => a.time - b.time)[0]
          model = model.filter((one) => one !== first)
          assert.strictEqual(queue.nextTime, first?.time)
          assert.strictEqual(queue.pop(), first?.event)
          assert.strictEqual(queue.size, model.length)
        }
        for (const step of steps) {
          if (Option.isNone(step)) {
            pop()
          } else {
            const event = { run: constVoid }
            model.push({ time: step.value, event })
            queue.push(step.value, event)
          }
        }
        while (model.length > 0) pop()
      }),
    { arbitrary: { runs: 500, seed: 1 } }
  )
})
