/**
 * The command line. Without a subcommand it starts a node, and its flags are the node's settings.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import manifest from "../../package.json" with { type: "json" }
import * as Flags from "./Flags.ts"
import * as Node from "./Node.ts"
import { plan } from "./Plan.ts"
import * as Process from "./Process.ts"
import { simulate } from "./Simulate.ts"

const root = Command.make("maelstrom-gossip", Flags.node, Node.serve).pipe(
  Command.withDescription(
    "Gossip broadcast for Maelstrom: a node that spreads values by forwarding them to random peers. " +
      "Messages come in on standard input and go out on standard output, one JSON object a line; logs go to standard error."
  ),
  Command.withSubcommands([simulate, plan])
)

// Only a person who asks for help gets it on standard output: a peer may be reading there.
const presenter = CliOutput.layerPresenter({
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
})

/** Runs the command that the arguments name. */
const command = (args: ReadonlyArray<string>) =>
  Command.runWith(root, { version: manifest.version })(args).pipe(
    Effect.catchTag("ShowHelp", ({ errors }) => {
      const message = [...errors.map((error) => error.message), "--help tells more"].join("; ")
      return errors.length === 0 ? Effect.void : new Process.UsageError({ message })
    }),
    Effect.provide([NodeServices.layer, presenter])
  )

/** Runs the command line as this process. */
export const main = (): void => Stdio.Stdio.use(({ args }) => Effect.flatMap(args, command)).pipe(Process.run)
