/**
 * The settings of a node as flags of the command line.
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Configuration from "../protocol/Configuration.ts"
import * as Issue from "../protocol/Issue.ts"
import * as Range from "../protocol/Range.ts"
import * as Serve from "./Serve.ts"
import * as UsageError from "./UsageError.ts"

/** A flag that takes a number within a range. */
export const number = (name: string, range: Range.Range) => {
  const decode = Schema.decodeEffect(Range.fromText(range))
  const invalid = ({ issue }: Schema.SchemaError) =>
    new CliError.ValidationError({ message: Issue.sentence([`--${name}`], Issue.format(issue)) })
  return Flag.String(name).pipe(
    Flag.withMetavar("number"),
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

/** The settings of a node, each as a flag, else from its variable, else its default. */
export const nodeFlags = {
  fanout: number("fanout", Configuration.Fanout).pipe(
    orVariable(Serve.config.fanout),
    Flag.withDescription(
      "To how many random peers a new value is forwarded, 1 to 1,000,000 (MAELSTROM_GOSSIP_FANOUT; 2)"
    )
  ),
  gossip_interval_ms: number("gossip-interval-ms", Configuration.GossipInterval).pipe(
    orVariable(Serve.config.gossip_interval_ms),
    Flag.withDescription("Time between gossip rounds in ms, 1 to 3,600,000 (MAELSTROM_GOSSIP_INTERVAL_MS; 250)")
  ),
  peers: Flag.Literals("peers", Serve.peerChoices).pipe(
    orVariable(Serve.config.peers),
    Flag.withDescription("Whom to forward to: all nodes, or the topology's neighbours (MAELSTROM_GOSSIP_PEERS; all)")
  )
}
