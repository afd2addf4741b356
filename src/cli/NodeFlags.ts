/**
 * The settings of a node as flags of the command line.
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Profiles from "../gossip/Profiles.ts"
import * as Settings from "../gossip/Settings.ts"
import * as Configuration from "../protocol/Configuration.ts"
import * as Issue from "../protocol/Issue.ts"
import * as Range from "../protocol/Range.ts"
import * as Node from "./Node.ts"
import * as Process from "./Process.ts"

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
            Effect.mapError(config, (error) => new CliError.ValidationError({ message: Process.wrongVariable(error) }))
        })
      )
    )

const setting = (name: Settings.Name, meaning: string) =>
  number(name.replaceAll("_", "-"), Configuration.fields[name]).pipe(
    Flag.map((value): number | undefined => value),
    orVariable(Settings.config[name]),
    Flag.withDescription(`${meaning} (${Settings.variables[name]}; ${Settings.defaults[name]})`)
  )

/** The options of a node, each as a flag, else from its variable, else its default. */
export const nodeFlags = {
  profile: Flag.Literals("profile", Profiles.names).pipe(
    orVariable(Node.config.profile),
    Flag.withDescription("What the settings below are unless they are given (MAELSTROM_GOSSIP_PROFILE; default)")
  ),
  settings: {
    fanout: setting("fanout", "To how many random peers a message with values goes, 1 to 1,000,000"),
    window_ms: setting("window_ms", "How long new values wait for company in ms, 0 (forwarded at once) to 3,600,000"),
    gossip_interval_ms: setting("gossip_interval_ms", "Time between timer rounds in ms, 1 to 3,600,000"),
    rounds: setting("rounds", "In how many rounds a node sends a value, 1 to 1,000"),
    repair_interval_ms: setting(
      "repair_interval_ms",
      "Time between comparisons with a peer in ms while they are frequent, 1 to 3,600,000, or 0 for none"
    ),
    message_values: setting("message_values", "How many values a message carries at most, 1 to 1,000,000"),
    message_bytes: setting("message_bytes", "How many bytes a message has at most, 4,000 to 1,000,000,000")
  },
  peers: Flag.Literals("peers", Node.peerChoices).pipe(
    orVariable(Node.config.peers),
    Flag.withDescription("Whom to send to: all nodes, or the topology's neighbours (MAELSTROM_GOSSIP_PEERS; all)")
  )
}
