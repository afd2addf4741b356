/**
 * What the executable's programs have in common: logs and reports on standard error, exit codes, an orderly end.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import type * as Stdio from "effect/Stdio"
import { UsageError } from "./UsageError.ts"

/** Tells why the program fails. Here, because the runtime's own report goes to standard output. */
const report = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  if (error instanceof UsageError) return Console.error(`maelstrom-gossip: ${error.message}`)
  return Cause.hasInterruptsOnly(cause) || !Runtime.getErrorReported(error) ? Effect.void : Effect.logFatal(cause)
}

/** Lets the process end although its standard input is open: there may be nobody to write to any more. */
const leaveStandardInput = Effect.sync(() => {
  // oxlint-disable-next-line no-restricted-globals -- Effect's Stdio never closes it
  process.stdin.destroy()
})

/** Runs a program as this process. */
export const run = <E>(program: Effect.Effect<void, E, Stdio.Stdio>): void =>
  program.pipe(
    Effect.ensuring(leaveStandardInput),
    Effect.tapCause(report),
    Effect.provide([NodeStdio.layer, Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])]),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
