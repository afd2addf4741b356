/**
 * Knows when fibers have come to rest: all of them wait for time, for a message, or for something outside.
 *
 * Fibers run in turns that a scheduler hands out. This one hands out the turns of another and counts those that have not
 * been taken yet. When none is left, every fiber that runs on it is waiting.
 */
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"

/** A scheduler, and a way to wait until the fibers that run on it have come to rest. */
export interface Quiet {
  readonly scheduler: Scheduler.Scheduler
  /** Done when all fibers on the scheduler are waiting. It does not wait for timers, promises or other real input. */
  readonly await: Effect.Effect<void>
}

/** A scheduler that hands out the turns of the current one. */
export const make: Effect.Effect<Quiet> = Effect.map(Scheduler.Scheduler, (parent) => {
  let turns = 0
  let pending = 0
  let waiting: ReadonlyArray<() => void> = []
  const scheduler: Scheduler.Scheduler = {
    executionMode: parent.executionMode,
    shouldYield: (fiber) => parent.shouldYield(fiber),
    makeDispatcher: () => {
      const dispatcher = parent.makeDispatcher()
      return {
        scheduleTask: (task, priority) => {
          turns++
          pending++
          dispatcher.scheduleTask(() => {
            task()
            if (--pending > 0) return
            const resumed = waiting
            waiting = []
            for (const resume of resumed) resume()
          }, priority)
        },
        flush: () => dispatcher.flush()
      }
    }
  }
  const none = Effect.callback<void>((resume) => {
    const done = () => resume(Effect.void)
    if (pending === 0) done()
    else waiting = [...waiting, done]
  })
  const outside = parent.makeDispatcher()
  const oneTurnOfOthers = Effect.callback<void>((resume) => outside.scheduleTask(() => resume(Effect.void), 0))
  // A fiber may be woken by one that runs on another scheduler, such as that of the test.
  const settle = Effect.gen(function* () {
    for (let before = -1; before !== turns;) {
      yield* none
      before = turns
      yield* oneTurnOfOthers
    }
  })
  return { scheduler, await: settle }
})
