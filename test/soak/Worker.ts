/**
 * A thread of the soak: runs its seeds of every trial and reports each finding at once.
 */
import { parentPort, workerData } from "node:worker_threads"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Finding from "./Finding.ts"
import type { Trial } from "./Trials.ts"

/** What a thread is to do. */
export interface Share {
  readonly trials: ReadonlyArray<Trial>
  readonly seeds: ReadonlyArray<number>
}

/** What a thread found. */
export interface Report {
  /** The trial's place in the share. */
  readonly trial: number
  readonly finding: Finding.Finding
}

const { seeds, trials }: Share = workerData

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
const tell = (report: Report) => Effect.sync(() => parentPort?.postMessage(report))

const work = Effect.forEach(
  trials.flatMap((trial, place) => seeds.map((seed) => ({ trial, place, seed }))),
  ({ place, seed, trial }) => Effect.flatMap(Finding.find(trial, seed), (finding) => tell({ trial: place, finding })),
  { discard: true }
)

NodeRuntime.runMain(work)
