/**
 * The soak: many seeds of every profile under every kind of fault, a row for each, and the commands that repeat what failed.
 *
 * Ends with an exit code of 1 if any run failed, or too many partitions were slow to heal.
 */
import { Worker } from "node:worker_threads"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import manifest from "../../package.json" with { type: "json" }
import { number } from "../../src/cli/Flags.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Range from "../../src/protocol/Range.ts"
import type { Finding } from "./Finding.ts"
import * as Row from "./Row.ts"
import * as Trials from "./Trials.ts"
import type { Report, Share } from "./Worker.ts"

// The machines that run this have two processors.
const threads = 2

const chosen = <const Names extends ReadonlyArray<string>>(name: string, names: Names) =>
  Flag.between(Flag.Literals(name, names), 0, names.length).pipe(
    Flag.map((some): ReadonlyArray<Names[number]> => (some.length === 0 ? names : some)),
    Flag.withDescription(`Only these; may be given several times: ${names.join()}`)
  )

const flags = {
  seeds: number("seeds", Range.integer(1, 1_000_000)).pipe(
    Flag.withDefault(200),
    Flag.withDescription("How many seeds of each, 1 to 1,000,000 (200)")
  ),
  first: number("first-seed", Range.integer(0, 1_000_000_000)).pipe(
    Flag.withDefault(1),
    Flag.withDescription("The first of the seeds, 0 to 1,000,000,000 (1)")
  ),
  profiles: chosen("profile", Settings.profileNames),
  afflictions: chosen("faults", Trials.afflictionNames)
}

/** A thread ended before its work was done. It has said why on standard error. */
class ThreadFailed extends Data.TaggedError("ThreadFailed")<{ readonly exitCode: number }> {}

/** The findings of threads that share these seeds. Each thread goes through the trials in order. */
const reports = (trials: ReadonlyArray<Trials.Trial>, seeds: ReadonlyArray<number>) =>
  Stream.callback<Report, ThreadFailed>((queue) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        let working = threads
        return Array.from({ length: threads }, (_, thread) => {
          const share: Share = { trials, seeds: seeds.filter((_seed, place) => place % threads === thread) }
          const worker = new Worker(new URL("Worker.mjs", import.meta.url), { workerData: share })
          worker.on("message", (report: Report) => Queue.offerUnsafe(queue, report))
          worker.on("exit", (exitCode) => {
            if (exitCode !== 0) Queue.failCauseUnsafe(queue, Cause.fail(new ThreadFailed({ exitCode })))
            else if (--working === 0) Queue.endUnsafe(queue)
          })
          return worker
        })
      }),
      (workers) => Effect.promise(() => Promise.all(workers.map((worker) => worker.terminate())))
    )
  )

/** Keeps one line of a terminal up to date. */
const progress = (text: string) =>
  Effect.sync(() => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
  })

const soak = Command.make("soak", flags, ({ afflictions, first, profiles, seeds: count }) =>
  Effect.gen(function* () {
    const trials = Trials.make(Trials.cluster, profiles, afflictions)
    const seeds = Array.from({ length: count }, (_, index) => first + index)
    const found = trials.map((): Array<Finding> => [])
    yield* Console.log(Row.header)
    yield* Stream.runForEach(
      reports(trials, seeds),
      Effect.fnUntraced(function* ({ finding, trial: place }) {
        const [trial, findings] = [trials[place], found[place]]
        if (trial === undefined || findings === undefined) return
        findings.push(finding)
        yield* progress(`${trial.profile}, ${trial.affliction}: ${findings.length} of ${count}`)
        if (findings.length < count) return
        yield* progress("")
        const inOrder = findings.toSorted((a, b) => a.seed - b.seed)
        yield* Effect.forEach(Row.lines(trial, inOrder), (line) => Console.log(line), { discard: true })
      })
    )
    if (trials.some((trial, place) => Row.isFailed(trial, found[place] ?? []))) process.exitCode = 1
  })
).pipe(Command.withDescription("Runs many seeds of every profile under every kind of fault"))

Command.run(soak, { version: manifest.version }).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
