/**
 * When fibers have come to rest.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Scheduler from "effect/Scheduler"
import * as Quiet from "../../src/node/Quiet.ts"

describe("Quiet", () => {
  it.effect("it is quiet when every fiber waits, however often they have woken each other", () =>
    Effect.gen(function* () {
      const quiet = yield* Quiet.make
      yield* Effect.gen(function* () {
        const count = yield* Ref.make(0)
        const [there, back] = [yield* Queue.unbounded<number>(), yield* Queue.unbounded<number>()]
        const play = (from: Queue.Queue<number>, to: Queue.Queue<number>) =>
          Effect.forever(
            Effect.gen(function* () {
              const left = yield* Queue.take(from)
              yield* Ref.update(count, (n) => n + 1)
              if (left > 0) yield* Queue.offer(to, left - 1)
            })
          )
        yield* Effect.forkScoped(play(there, back))
        yield* Effect.forkScoped(play(back, there))
        yield* Queue.offer(there, 500)
        yield* quiet.await
        assert.strictEqual(yield* Ref.get(count), 501)
      }).pipe(Effect.provideService(Scheduler.Scheduler, quiet.scheduler))
    })
  )

  it.effect("a fiber that is woken from another scheduler is waited for", () =>
    Effect.gen(function* () {
      const quiet = yield* Quiet.make
      const [asked, answered] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      yield* Effect.forkScoped(Effect.andThen(Deferred.await(asked), Deferred.succeed(answered, undefined)))
      const fiber = yield* Deferred.succeed(asked, undefined).pipe(
        Effect.andThen(Deferred.await(answered)),
        Effect.andThen(Effect.yieldNow),
        Effect.forkScoped,
        Effect.provideService(Scheduler.Scheduler, quiet.scheduler)
      )
      yield* quiet.await
      assert.isDefined(fiber.pollUnsafe())
    })
  )

  it.effect("a fiber that waits for time is at rest", () =>
    Effect.gen(function* () {
      const quiet = yield* Quiet.make
      const fiber = yield* Effect.sleep(1).pipe(
        Effect.forkScoped,
        Effect.provideService(Scheduler.Scheduler, quiet.scheduler)
      )
      yield* quiet.await
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
    })
  )
})
