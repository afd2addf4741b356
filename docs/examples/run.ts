/**
 * Runs a program as this process. Standard output is for messages alone, so logs go to standard error, and so does what makes
 * the program fail. Left to itself, Effect writes both to standard output.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type * as Stdio from "effect/Stdio"

export const run = <E>(program: Effect.Effect<void, E, Stdio.Stdio>): void =>
  program.pipe(
    // A signal that ends the process is no failure.
    Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logFatal(cause))),
    Effect.provide([NodeStdio.layer, Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])]),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
