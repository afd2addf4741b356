/**
 * The runs of the command `simulate`. Threads simulate them; here they are told in the order of their seeds, and summed up
 * if there are several.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as RunTable from "../analysis/RunTable.ts"
import { type Outline, summarise } from "../analysis/Summary.ts"
import * as Folder from "./Folder.ts"
import * as Process from "./Process.ts"
import * as Progress from "./Progress.ts"
import * as RunFiles from "./RunFiles.ts"
import type { Done, Job } from "./Thread.ts"
import * as Threads from "./Threads.ts"

/** A run, or several, broke the rules of the workload or left some nodes behind. */
export class RunFailed extends Data.TaggedError("RunFailed")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 1
  /** It has been told already. */
  override readonly [Runtime.errorReported] = false
}

/** A run that was told. */
interface Told {
  readonly outline: Outline
  /** The command that repeats it. */
  readonly command: string
  readonly files: ReadonlyArray<Folder.Written>
}

const isFailed = ({ outline: { complete, valid } }: Told): boolean => valid !== true || !complete

/** Says which runs failed, and fails if any did. */
const conclude = Effect.fnUntraced(function* (told: ReadonlyArray<Told>, isOnly: boolean) {
  const failed = told.filter(isFailed)
  const [first] = failed
  if (first === undefined) return
  const which = isOnly ? "the run is" : `${failed.length} of ${told.length} runs are`
  const message = `${which} not valid and complete; this repeats ${isOnly ? "it" : "the first"}:\n  ${first.command}`
  yield* Console.error(message)
  return yield* new RunFailed({ message })
})

/** How the runs are made and told. */
export interface Options {
  readonly runs: number
  /** How many runs are simulated side by side. */
  readonly threads: number
  /** Whether they are told as JSON: an object for each, and one for their summary. */
  readonly isJson: boolean
  /** Where the threads write the files of the runs; undefined if nowhere. */
  readonly folder: string | undefined
  /** The command that repeats all runs. */
  readonly command: string
}

/** What is printed of runs: of a single one an account, of several a table. */
const printer = ({ folder, isJson, runs }: Options) => {
  const print = (lines: ReadonlyArray<string>) => (lines.length === 0 ? Effect.void : Console.log(lines.join("\n")))
  const json = (value: unknown) => print([JSON.stringify(value)])
  return {
    /** Tells a run; `isFirst` says whether it is the first one. */
    run: ({ account, outline }: Done, isFirst: boolean) => {
      if (isJson) return json(outline)
      if (runs === 1) return print(account)
      return print([...(isFirst ? RunTable.head(outline) : []), RunTable.line(outline)])
    },
    explanation: (lines: ReadonlyArray<string>) => {
      if (lines.length === 0) return Effect.void
      return (isJson ? Console.error : Console.log)(["", ...lines].join("\n"))
    },
    /** Sums up what was told, if several runs were asked for. */
    summary: (told: ReadonlyArray<Told>) => {
      const outlines = told.map(({ outline }) => outline)
      if (runs === 1 || told.length === 0) return Effect.void
      return isJson ? json({ summary: summarise(outlines) }) : print(RunTable.foot(outlines, runs))
    },
    /** Says which files were written. */
    files: (told: ReadonlyArray<Told>) => {
      if (folder === undefined || told.length === 0) return Effect.void
      const written = told.map(({ files }) => files)
      return Console.error(Folder.report(folder, written, runs === 1))
    }
  }
}

/**
 * Makes runs and tells each; `jobOf` gives the job of each by its place, from 0 on. Only the runs told so far count if
 * nobody reads standard output any more, or on an interruption.
 */
export const execute = Effect.fnUntraced(function* (jobOf: (place: number) => Job, options: Options) {
  const { runs, threads } = options
  const print = printer(options)
  const toldSoFar = yield* Ref.make<ReadonlyArray<Told>>([])
  /** Several runs have a page that shows them side by side. */
  const overview = Effect.fnUntraced(function* (told: ReadonlyArray<Told>) {
    const { command, folder } = options
    if (folder === undefined || runs === 1 || told.length === 0) return
    const outlines = told.map(({ outline }) => outline)
    yield* RunFiles.writeOverview(folder, outlines, jobOf(0).scenario, command).pipe(
      Effect.mapError((error) => Folder.refusal(folder, error))
    )
  })
  const summary = Effect.flatMap(Ref.get(toldSoFar), (told) =>
    Effect.all([print.summary(told), overview(told), print.files(told)], { discard: true })
  )
  const tell = Effect.fnUntraced(function* (done: Done, command: string) {
    yield* print.run(done, (yield* Ref.get(toldSoFar)).length === 0)
    yield* print.explanation(done.explanation)
    yield* Ref.update(toldSoFar, (told) => [...told, { outline: done.outline, command, files: done.files }])
  })
  yield* Effect.gen(function* () {
    const simulate = yield* Threads.make(Math.min(threads, runs))
    const progress = yield* Progress.make(runs, jobOf(0).scenario)
    yield* Stream.range(0, runs - 1).pipe(
      Stream.mapEffect(
        Effect.fnUntraced(function* (place) {
          const job = jobOf(place)
          const done = yield* simulate(job, (now) => progress.advance(place, now))
          yield* progress.finish(place)
          return { done, command: job.command }
        }),
        { concurrency: threads }
      ),
      Stream.runForEach(({ command, done }) => Effect.andThen(progress.clear, tell(done, command)))
    )
  }).pipe(
    Effect.scoped,
    Effect.raceFirst(Process.outputClosed),
    Effect.onInterrupt(() => summary)
  )
  yield* summary
  yield* conclude(yield* Ref.get(toldSoFar), runs === 1)
})
