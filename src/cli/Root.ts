/**
 * The command line: without a subcommand the executable is a node, its flags the node's settings.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Configuration from "../protocol/Configuration.ts"
import * as Issue from "../protocol/Issue.ts"
import * as Serve from "./Serve.ts"
import * as UsageError from "./UsageError.ts"
import { version } from "./Version.ts"

/** A flag that takes an integer. */
const integer = (name: string, setting: typeof Configuration.Fanout) => {
  const decode = Schema.decodeEffect(Configuration.fromText(setting))
  const invalid = ({ issue }: Schema.SchemaError) =>
    new CliError.ValidationError({ message: Issue.sentence([`--${name}`], Issue.format(issue)) })
  return Flag.String(name).pipe(
    Flag.withMetavar("integer"),
    Flag.mapEffect((text) => Effect.mapError(decode(text), invalid))
  )
}

/** A flag's value, or else its variable's. Unlike `Flag.withFallbackConfig`, it names the variable that is wrong. */
const orVariable =
  <A>(config: Config.Config<A>) =>
  (flag: Flag.Flag<A>): Flag.Flag<A> =>
    flag.pipe(
      Flag.optional,
      Flag.mapEffect(
        Option.match({
          onSome: (value) => Effect.succeed(value),
          onNone: () =>
            Effect.mapError(config, (error) => new CliError.ValidationError({ message: UsageError.ofVariable(error) }))
        })
      )
    )

const flags = {
  fanout: integer("fanout", Configuration.Fanout).pipe(
    orVariable(Serve.config.fanout),
    Flag.withDescription(
      "To how many random peers a new value is forwarded, 1 to 1,000,000 (MAELSTROM_GOSSIP_FANOUT; 2)"
    )
  ),
  gossip_interval_ms: integer("gossip-interval-ms", Configuration.GossipInterval).pipe(
    orVariable(Serve.config.gossip_interval_ms),
    Flag.withDescription("Time between gossip rounds in ms, 1 to 3,600,000 (MAELSTROM_GOSSIP_INTERVAL_MS; 250)")
  ),
  peers: Flag.Literals("peers", Serve.peerChoices).pipe(
    orVariable(Serve.config.peers),
    Flag.withDescription("Whom to forward to: all nodes, or the topology's neighbours (MAELSTROM_GOSSIP_PEERS; all)")
  )
}

const root = Command.make("maelstrom-gossip", flags, ({ peers, ...settings }) => Serve.serve({ peers, settings })).pipe(
  Command.withDescription(
    "Gossip broadcast for Maelstrom: a node that spreads values by forwarding them to random peers. " +
      "Messages come in on standard input and go out on standard output, one JSON object a line; logs go to standard error."
  )
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
