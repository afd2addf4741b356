/**
 * What the person who started the executable has to mend: told in a sentence on standard error, exit code 2.
 */
import type * as Config from "effect/Config"
import * as Data from "effect/Data"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Issue from "../protocol/Issue.ts"

/** The executable cannot be started like this. The message names the flag or variable and what it takes. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 2
  /** It has no cause or stack that would help; whoever runs the program prints the message. */
  override readonly [Runtime.errorReported] = false
}

/** What is wrong with the environment, the variable first. */
export const ofVariable = ({ cause }: Config.ConfigError): string =>
  Schema.isSchemaError(cause) ? Issue.format(cause.issue) : cause.message
