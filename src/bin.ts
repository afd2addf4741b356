#!/usr/bin/env node
/**
 * The executable: provides layers, runs.
 *
 * A cluster starts many processes, so what a plain node does not need (the command line's parser above all) is loaded
 * only when there are arguments.
 */
// oxlint-disable-next-line import/no-unassigned-import -- imported for its effect: schemas are compiled
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as Stdio from "effect/Stdio"
import * as Serve from "./cli/Serve.ts"
import * as UsageError from "./cli/UsageError.ts"

const node = Effect.gen(function* () {
  yield* Serve.serve(yield* Config.all(Serve.config))
}).pipe(Effect.catchTag("ConfigError", (error) => new UsageError.UsageError({ message: UsageError.ofVariable(error) })))

const commandLine = (args: ReadonlyArray<string>) =>
  Effect.flatMap(
    Effect.promise(() => import("./cli/Root.ts")),
    ({ run }) => run(args)
  )

const main = Effect.gen(function* () {
  const args = yield* (yield* Stdio.Stdio).args
  yield* args.length === 0 ? node : commandLine(args)
})

/** Tells why the program fails. Here, because the runtime's own report goes to standard output. */
const report = (cause: Cause.Cause<unknown>) =>
  Cause.hasInterruptsOnly(cause) || !Runtime.getErrorReported(Cause.squash(cause))
    ? Effect.void
    : Effect.logFatal(cause)

/** Lets the process end although its standard input is open: there may be nobody to write to any more. */
const leaveStandardInput = Effect.sync(() => {
  // oxlint-disable-next-line no-restricted-globals -- Effect's Stdio never closes it
  process.stdin.destroy()
})

main.pipe(
  Effect.ensuring(leaveStandardInput),
  Effect.tapErrorTag("UsageError", ({ message }) => Console.error(`maelstrom-gossip: ${message}`)),
  Effect.tapCause(report),
  Effect.provide([NodeStdio.layer, Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])]),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
