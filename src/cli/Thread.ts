/**
 * A thread that simulates runs for the command `simulate`, one after the other.
 *
 * The main thread keeps the terminal: it shows how far the runs are and ends at once when it is told to, even while a
 * thread here is busy with a long computation. Several threads use several cores.
 */
import { parentPort } from "node:worker_threads"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Account from "../analysis/Account.ts"
import { explain } from "../analysis/Explain.ts"
import { type Outline, outline } from "../analysis/Summary.ts"
import * as Report from "../analysis/Report.ts"
import type { Value } from "../protocol/Value.ts"
import type * as Scenario from "../simulation/Scenario.ts"
import type * as Simulation from "../simulation/Simulation.ts"
import * as Folder from "./Folder.ts"
import type * as Node from "./Node.ts"
import * as Programs from "./Programs.ts"
import * as RunFiles from "./RunFiles.ts"

/** A run to be simulated. */
export interface Job {
  readonly workload: Programs.WorkloadName
  readonly scenario: Scenario.Scenario
  readonly node: Node.Options
  /** The command that repeats the run. */
  readonly command: string
  /** Values whose courses are told as well. */
  readonly explain: ReadonlyArray<Value>
  /** The folder for the files of the run; undefined if none are wanted. */
  readonly folder: string | undefined
}

/** A run that was simulated. */
export interface Done {
  readonly _tag: "Done"
  readonly outline: Outline
  /** The run, told to a person. */
  readonly account: ReadonlyArray<string>
  /** The courses of the values that were asked for. */
  readonly explanation: ReadonlyArray<string>
  readonly files: ReadonlyArray<Folder.Written>
}

/** How far a run is. */
export interface Progressed extends Simulation.Progress {
  readonly _tag: "Progressed"
}

/** A run came to no end. */
export interface Failed {
  readonly _tag: "Failed"
  readonly message: string
}

/** The files of a run cannot be written. */
export interface Unwritten {
  readonly _tag: "Unwritten"
  readonly message: string
}

/** What a thread says of its job: how far it is, again and again, and in the end what came of it. */
export type Message = Done | Progressed | Failed | Unwritten

/** The shortest time between two reports of progress, in ms. */
const betweenReports = 100

const tell = (message: Message) =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  Effect.sync(() => parentPort?.postMessage(message))

/** Reports progress, but not too often. */
const reporter = () => {
  let next = 0
  return (progress: Simulation.Progress) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (now < next) return Effect.void
      next = now + betweenReports
      return tell({ _tag: "Progressed", ...progress })
    })
}

const perform = Effect.fnUntraced(
  function* ({ command, explain: values, folder, node, scenario, workload }: Job) {
    const result = yield* Programs.simulate(workload, scenario, node, { progress: reporter() })
    const files =
      folder === undefined
        ? []
        : yield* Effect.mapError(RunFiles.write(folder, result, command), (error) => Folder.refusal(folder, error))
    yield* tell({
      _tag: "Done",
      outline: outline(result),
      account: Account.account(result),
      explanation: Report.isBroadcast(result) ? values.flatMap((value) => explain(result, value)) : [],
      files
    })
  },
  Effect.catchTag("NotWritten", ({ message }) => tell({ _tag: "Unwritten", message })),
  Effect.catchCause((cause) => tell({ _tag: "Failed", message: Cause.pretty(cause) }))
)

const jobs = Stream.callback<Job>((queue) =>
  Effect.sync(() => parentPort?.on("message", (job: Job) => Queue.offerUnsafe(queue, job)))
)

Stream.runForEach(jobs, perform).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
