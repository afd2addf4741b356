/**
 * The threads that simulate runs, as the main thread sees them: a pool of a few, each of which does one job at a time.
 */
import { Worker } from "node:worker_threads"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Pool from "effect/Pool"
import * as Queue from "effect/Queue"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as Folder from "./Folder.ts"
import type { Done, Job, Message, Progressed } from "./Thread.ts"

/** A run came to no end, for instance because there was not enough memory for it. The message says how to repeat it. */
export class ThreadFailed extends Data.TaggedError("ThreadFailed")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 1
  override readonly [Runtime.errorReported] = false
}

/** The bundle of `Thread.ts`, which lies beside the bundle of this module. */
const program = () => `${__dirname}/Thread.cjs`

const thread = Effect.acquireRelease(
  Effect.sync(() => new Worker(program())),
  // Nobody waits for this: a busy thread needs a while to end.
  (worker) => Effect.sync(() => void worker.terminate())
)

/**
 * Gives a thread a job, and emits its reports. Where this is interrupted the thread stays busy, so it may be interrupted
 * only when the pool ends.
 */
const assign = (worker: Worker, job: Job) =>
  Stream.callback<Done | Progressed, ThreadFailed | Folder.NotWritten>((queue) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const fail = (why: string) => {
          const message = `a run came to no end: ${why}; this repeats it:\n  ${job.command}`
          return Queue.failCauseUnsafe(queue, Cause.fail(new ThreadFailed({ message })))
        }
        const hear = (report: Message) => {
          if (report._tag === "Failed") return fail(report.message)
          if (report._tag === "Unwritten")
            return Queue.failCauseUnsafe(queue, Cause.fail(new Folder.NotWritten(report)))
          return Queue.offerUnsafe(queue, report)
        }
        const failWith = (error: Error) => fail(error.message)
        const failAtExit = () => fail("its thread ended")
        worker.on("message", hear).on("error", failWith).on("exit", failAtExit)
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origins
        worker.postMessage(job)
        return () => worker.off("message", hear).off("error", failWith).off("exit", failAtExit)
      }),
      (leave) => Effect.sync(leave)
    )
  )

/** So many threads. What is returned has one of them do a job as soon as it is free, and runs `advance` meanwhile. */
export const make = Effect.fnUntraced(function* (count: number) {
  const pool = yield* Pool.make({ acquire: thread, size: count })
  return (job: Job, advance: (progress: Progressed) => Effect.Effect<void>) =>
    Pool.get(pool).pipe(
      Effect.flatMap((worker) =>
        assign(worker, job).pipe(
          Stream.tap((report) => (report._tag === "Progressed" ? advance(report) : Effect.void)),
          Stream.filter((report) => report._tag === "Done"),
          Stream.runHead
        )
      ),
      Effect.flatMap((done) => Effect.orDie(Effect.fromOption(done))),
      Effect.scoped
    )
})
