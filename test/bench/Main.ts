/**
 * What the node costs. Each figure stands beside its baseline and its limit.
 *
 * Ends with an exit code of 1 if a limit is not met.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Children from "./Children.ts"
import * as Figure from "./Figure.ts"
import * as Heap from "./Heap.ts"
import * as Lines from "./Lines.ts"
import * as Reads from "./Reads.ts"
import * as Simulations from "./Simulations.ts"

// This file is run as a bundle in node_modules/.cache/bench.
const besides = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const node = [besides("../../../dist/maelstrom-gossip.cjs")]
const bare = [besides("Bare.mjs")]
const idle = ["-e", "process.stdin.resume()"]

const broadcasts = 200_000

const inputFile = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "maelstrom-gossip-"))
    const path = join(directory, "broadcasts.in")
    const lines = Array.from({ length: broadcasts }, (_, value) => Lines.broadcast(value))
    writeFileSync(path, `${[Lines.init, ...lines].join("\n")}\n`)
    return { directory, path }
  }),
  ({ directory }) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

const main = Effect.gen(function* () {
  const { path } = yield* inputFile
  const init = `${Lines.init}\n`
  yield* Figure.header
  const met = [
    yield* Figure.measure({
      name: "200,000 broadcasts, whole process",
      unit: "ms",
      limit: 1.3,
      runs: 21,
      ours: Children.wholeRun(node, path),
      baseline: Children.wholeRun(bare, path)
    }),
    yield* Figure.measure({
      name: "start to init_ok",
      unit: "ms",
      limit: 1.7,
      runs: 21,
      ours: Children.untilAnswer(node, init),
      baseline: Children.untilExit(idle, init)
    }),
    yield* Figure.measure({
      name: "resident memory after init_ok",
      unit: "MiB",
      limit: 1.5,
      runs: 5,
      ours: Children.memoryAfterAnswer(node, init),
      baseline: Children.memoryIdle(idle)
    }),
    yield* Figure.measure(yield* Reads.make),
    yield* Figure.measure(Heap.figure),
    ...(yield* Effect.forEach(Simulations.figures, Figure.measure))
  ]
  yield* Simulations.whereTimeGoes
  if (met.includes(false)) process.exitCode = 1
}).pipe(Effect.scoped)

NodeRuntime.runMain(main)
