/**
 * The command line: without a subcommand the executable is a node, its flags the node's settings.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import { nodeFlags } from "./NodeFlags.ts"
import * as Serve from "./Serve.ts"
import { simulate } from "./Simulate.ts"
import * as UsageError from "./UsageError.ts"
import { version } from "./Version.ts"

const root = Command.make("maelstrom-gossip", nodeFlags, Serve.serve).pipe(
  Command.withDescription(
    "Gossip broadcast for Maelstrom: a node that spreads values by forwarding them to random peers. " +
      "Messages come in on standard input and go out on standard output, one JSON object a line; logs go to standard error."
  ),
  Command.withSubcommands([simulate])
)

// Standard output is for whoever asked for help; a peer that reads there must not get any.
const presenter = CliOutput.layerPresenter({
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
})

/** Runs the command that these arguments name. */
export const run = (args: ReadonlyArray<string>) =>
  Command.runWith(root, { version })(args).pipe(
    Effect.catchTag("ShowHelp", ({ errors }) => {
      const message = [...errors.map((error) => error.message), "--help tells more"].join("; ")
      return errors.length === 0 ? Effect.void : new UsageError.UsageError({ message })
    }),
    Effect.provide([NodeServices.layer, presenter])
  )
