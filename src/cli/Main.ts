/**
 * The command line. Without a subcommand it starts a node, and its flags are the node's settings.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import manifest from "../../package.json" with { type: "json" }
import * as Words from "../analysis/Words.ts"
import * as Flags from "./Flags.ts"
import * as Help from "./Help.ts"
import * as Node from "./Node.ts"
import { plan } from "./Plan.ts"
import * as Process from "./Process.ts"
import { simulate } from "./Simulate.ts"

const root = Command.make("maelstrom-gossip", Flags.node, Node.serve).pipe(
  Command.withDescription(
    "Gossip broadcast for Maelstrom: a node that forwards values to random peers and brings them to meetings. " +
      "Messages come in on standard input and go out on standard output, one JSON object a line; logs go to standard error."
  ),
  Command.withSubcommands([simulate, plan])
)

// Only a person who asks for help gets it on standard output: a peer may be reading there.
const presenter = CliOutput.layerPresenter({
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
})

/** What is wrong with the arguments, in one line. */
const problem = (error: CliError.CliError): string => {
  if (!("suggestions" in error) || error.suggestions.length === 0) return error.message
  // The parser puts its suggestions on lines of their own.
  const [what] = error.message.split("\n")
  return `${what}; did you mean ${Words.list(error.suggestions, "or")}?`
}

/** Runs the command that the arguments name. */
const command = (args: ReadonlyArray<string>) =>
  Command.runWith(root, { version: manifest.version })(args).pipe(
    Effect.catchTag("ShowHelp", ({ errors: [error] }) =>
      // Only the first: what follows an unknown flag is mistaken for a subcommand.
      error === undefined ? Effect.void : new Process.UsageError({ message: `${problem(error)} (--help tells more)` })
    ),
    Effect.provide([NodeServices.layer, presenter, Layer.sync(CliOutput.Formatter, Help.formatter)])
  )

/** Runs the command line as this process. */
export const main = (): void => Stdio.Stdio.use(({ args }) => Effect.flatMap(args, command)).pipe(Process.run)
