/**
 * Flags with their descriptions, from which the help and the README's tables are made; the flags of a node among them.
 */
import * as Arr from "effect/Array"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Settings from "../gossip/Settings.ts"
import * as Issue from "../protocol/Issue.ts"
import * as Range from "../protocol/Range.ts"
import * as Node from "./Node.ts"
import * as Process from "./Process.ts"

/** What is said of a flag. */
export interface Description {
  /** As it is written on the command line, with what stands for its value if that is free text: `--out DIR`. */
  readonly flag: string
  readonly meaning: string
  /** The values that it takes; empty if it is a switch or takes free text. */
  readonly takes: string
  /** What holds without it; empty if nothing does. */
  readonly usual: string
}

/** A flag with its description. */
export interface Described<A> extends Description {
  readonly parser: Flag.Flag<A>
}

/** A value of a flag that is not one of those that it takes. */
export const invalid = (name: string, reason: string) =>
  new CliError.ValidationError({ message: Issue.sentence([`--${name}`], reason) })

/** A flag that may be given several times, as where a script adds flags of its own: the last one counts. */
export const last = <A>(flag: Flag.Flag<A>): Flag.Flag<A> =>
  Flag.atLeast(flag, 1).pipe(Flag.filterMap(Arr.last, () => "a value"))

/** A flag that takes a number within a range. */
export const number = (name: string, range: Range.Range): Flag.Flag<number> => {
  const decode = Schema.decodeEffect(Range.fromText(range))
  return last(Flag.String(name)).pipe(
    Flag.withMetavar("number"),
    Flag.mapEffect((text) => Effect.mapError(decode(text), ({ issue }) => invalid(name, Issue.format(issue))))
  )
}

/** A flag that takes a number, which is multiplied by `unit`. */
export const counted = (
  name: string,
  meaning: string,
  range: Range.Range,
  usual: number,
  unit = 1
): Described<number> => {
  const takes = Range.describe(range)
  return {
    flag: `--${name}`,
    meaning,
    takes,
    usual: Range.format(usual),
    parser: number(name, range).pipe(
      Flag.withDefault(usual),
      Flag.map((value) => value * unit),
      Flag.withDescription(`${meaning}. ${takes} (${Range.format(usual)})`)
    )
  }
}

/** A flag without a default, that takes free text. */
export const free = <A>(flag: string, meaning: string, parser: Flag.Flag<A>): Described<A> => ({
  flag,
  meaning,
  takes: "",
  usual: "",
  parser: Flag.withDescription(parser, meaning)
})

/** A flag that takes nothing. */
export const toggle = (name: string, meaning: string): Described<boolean> =>
  free(`--${name}`, meaning, last(Flag.Boolean(name)).pipe(Flag.withDefault(false)))

interface ParserOf extends Struct.Lambda {
  <A>(flag: Described<A>): Flag.Flag<A>
  readonly "~lambda.out": this["~lambda.in"] extends Described<infer A> ? Flag.Flag<A> : never
}

/** The parsers of flags, by the same names. */
export const parsers = <const Flags extends Record<string, Described<unknown>>>(flags: Flags) =>
  Struct.map(
    flags,
    Struct.lambda<ParserOf>(({ parser }) => parser)
  )

/** A name as code in Markdown. */
export const code = (text: string): string => `\`${text}\``

/** Names as code in Markdown, separated by commas. */
export const codes = (names: ReadonlyArray<string>): string => names.map(code).join(", ")

/** A flag's value, or else its variable's. Unlike `Flag.withFallbackConfig`, an error names the variable. */
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

/** A flag that an environment variable stands in for. */
export interface NodeFlag<A> extends Described<A> {
  readonly variable: string
}

const choice = <const Names extends ReadonlyArray<string>>(
  name: string,
  names: Names,
  config: Config.Config<Names[number]>,
  { meaning, usual, variable }: Pick<NodeFlag<unknown>, "meaning" | "usual" | "variable">
): NodeFlag<Names[number]> => ({
  flag: `--${name}`,
  meaning,
  takes: codes(names),
  usual: code(usual),
  variable,
  parser: last(Flag.Literals(name, names)).pipe(
    orVariable(config),
    Flag.withDescription(`${meaning} (${variable}; ${usual})`)
  )
})

/** The flag that sets a setting; undefined if neither it nor its variable is given. */
const setting = ({ meaning, range, values, variable }: Settings.Description, name: Settings.Name) => {
  const flag = name.replaceAll("_", "-")
  const takes = Range.describe(range)
  const usual = Range.format(values.default)
  return {
    flag: `--${flag}`,
    meaning,
    takes,
    usual,
    variable,
    parser: number(flag, range).pipe(
      Flag.map((value): number | undefined => value),
      orVariable(Settings.config[name]),
      Flag.withDescription(`${meaning}. ${takes} (${variable}; ${usual})`)
    )
  }
}

/** Which profile a node has. */
export const profile = choice("profile", Settings.profileNames, Node.config.profile, {
  meaning: "The settings that hold unless they are given",
  usual: "default",
  variable: Settings.profileVariable
})

/** Each setting. */
export const settings = Record.map(Settings.descriptions, setting)

/** Whom a node sends to. */
export const peers = choice("peers", Node.peerChoices, Node.config.peers, {
  meaning: "Whom a node sends to: all nodes, or only the neighbours that the message topology names",
  usual: "all",
  variable: Node.peersVariable
})

/** The options of a node: each is its flag's value, else its variable's, else its default. */
export const node = {
  profile: profile.parser,
  settings: Record.map(settings, ({ parser }) => parser),
  peers: peers.parser
}
