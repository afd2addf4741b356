/**
 * What every start of the executable has in common: standard input and output, logs and errors on standard error, the
 * exit code.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as Cause from "effect/Cause"
import type * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import type * as Stdio from "effect/Stdio"
import * as Issue from "../protocol/Issue.ts"

/** The executable cannot be started like this: exit code 2. The message names the flag or variable and what it takes. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 2
  /** The message says it all; a stack would not help. */
  override readonly [Runtime.errorReported] = false
}

/** What is wrong with an environment variable. The sentence begins with the variable's name. */
export const wrongVariable = ({ cause }: Config.ConfigError): string =>
  Schema.isSchemaError(cause) ? Issue.format(cause.issue) : cause.message

/** Reports on standard error why a program failed. The runtime's own report would go to standard output. */
const report = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  if (error instanceof UsageError) return Console.error(`maelstrom-gossip: ${error.message}`)
  return Cause.hasInterruptsOnly(cause) || !Runtime.getErrorReported(error) ? Effect.void : Effect.logFatal(cause)
}

/** Ends when nobody reads standard output any more, as is noticed when something is written there. */
export const outputClosed = Effect.callback<void>((resume) => {
  const listener = () => resume(Effect.void)
  // oxlint-disable-next-line no-restricted-globals -- Effect's Console does not tell
  process.stdout.on("error", listener)
  // oxlint-disable-next-line no-restricted-globals -- see above
  return Effect.sync(() => process.stdout.off("error", listener))
})

/** Lets the program go on when nobody reads standard error any more: only logs are lost. */
const surviveClosedStandardError = Effect.sync(() => {
  // oxlint-disable-next-line no-restricted-globals -- an error without a listener would end the process
  process.stderr.on("error", constVoid)
})

/** Lets the process end while its standard input is still open. */
const leaveStandardInput = Effect.sync(() => {
  // oxlint-disable-next-line no-restricted-globals -- Effect's Stdio never closes it
  process.stdin.destroy()
})

/** Runs a program as this process. */
export const run = <E>(program: Effect.Effect<void, E, Stdio.Stdio>): void =>
  surviveClosedStandardError.pipe(
    Effect.andThen(program),
    Effect.ensuring(leaveStandardInput),
    Effect.tapCause(report),
    Effect.provide([NodeStdio.layer, Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])]),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
