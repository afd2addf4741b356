/**
 * The numbers that shape a node's gossip.
 *
 * {@link descriptions} is the one place that describes them. Flags, environment variables, the fields of `configure`, the
 * profiles, the help and the README's table are made from it.
 *
 * @module
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Range from "../protocol/Range.ts"

/**
 * The names of the profiles: named settings that trade messages for time. The README says what each costs.
 *
 * @category constants
 * @since 0.1.0
 */
export const profileNames = ["default", "fast", "frugal"] as const
/**
 * The name of a profile.
 *
 * @category models
 * @since 0.1.0
 */
export type Profile = (typeof profileNames)[number]

/**
 * What there is to say of a setting.
 *
 * @category models
 * @since 0.1.0
 */
export interface Description {
  /** What the setting means, and its symbol in the documentation where it has one. */
  readonly meaning: string
  readonly range: Range.Range
  /** The environment variable that sets it. */
  readonly variable: string
  /** Its value in each profile. */
  readonly values: Readonly<Record<Profile, number>>
}

const describe = <const Names extends string>(
  descriptions: Readonly<Record<Names, Description>>
): Readonly<Record<Names, Description>> => descriptions

/**
 * Every setting, by the name that it has in messages.
 *
 * @category constants
 * @since 0.1.0
 */
export const descriptions = describe({
  fanout: {
    meaning: "K: to how many random peers a new value is forwarded at once; with 0 it waits for the next meeting",
    range: Range.integer(0, 1_000_000),
    variable: "MAELSTROM_GOSSIP_FANOUT",
    values: { default: 2, fast: 0, frugal: 0 }
  },
  meeting_ms: {
    meaning: "T: the time between two meetings, in ms; with 0 there are none",
    range: Range.integer(0, 3_600_000),
    variable: "MAELSTROM_GOSSIP_MEETING_MS",
    values: { default: 150, fast: 460, frugal: 1750 }
  },
  hosts: {
    meaning: "H: how many hosts a meeting has",
    range: Range.integer(1, 1_000_000),
    variable: "MAELSTROM_GOSSIP_HOSTS",
    values: { default: 1, fast: 1, frugal: 1 }
  },
  attendance: {
    meaning: "Q: which share of those who come to a meeting its host waits for; the others wait for the next meeting",
    range: Range.number(0.1, 1),
    variable: "MAELSTROM_GOSSIP_ATTENDANCE",
    values: { default: 1, fast: 1, frugal: 1 }
  },
  rounds: {
    meaning:
      "R: to how many meetings a node brings a value that no host confirms; after that it is left to comparisons",
    range: Range.integer(1, 1000),
    variable: "MAELSTROM_GOSSIP_ROUNDS",
    values: { default: 10, fast: 10, frugal: 10 }
  },
  repair_interval_ms: {
    meaning: "A: the shortest time between two comparisons with a peer, in ms; with 0 there are none, and no repair",
    range: Range.integer(0, 3_600_000),
    variable: "MAELSTROM_GOSSIP_REPAIR_INTERVAL_MS",
    values: { default: 1000, fast: 700, frugal: 2000 }
  },
  message_values: {
    meaning: "How many values a message carries at most; the others go into further messages",
    range: Range.integer(1, 1_000_000),
    variable: "MAELSTROM_GOSSIP_MESSAGE_VALUES",
    values: { default: 10_000, fast: 10_000, frugal: 10_000 }
  },
  message_bytes: {
    meaning: "How many bytes a message has at most, unless a single value takes more",
    range: Range.integer(4000, 1_000_000_000),
    variable: "MAELSTROM_GOSSIP_MESSAGE_BYTES",
    values: { default: 1_000_000, fast: 1_000_000, frugal: 1_000_000 }
  }
})

/**
 * The name of a setting.
 *
 * @category models
 * @since 0.1.0
 */
export type Name = keyof typeof descriptions
/**
 * The names of the settings.
 *
 * @category constants
 * @since 0.1.0
 */
export const names = Record.keys(descriptions)

/**
 * The settings of a node. A running node changes them by `configure`.
 *
 * @category models
 * @since 0.1.0
 */
export type SettingsShape = { readonly [name in Name]: number }

/**
 * New values for some of the settings.
 *
 * @category models
 * @since 0.1.0
 */
export type Changes = { readonly [name in Name]?: number | undefined }

/**
 * Each setting as a schema, for messages.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fields = Record.map(descriptions, ({ range }) => Range.schema(range))

const ofProfile = (profile: Profile): SettingsShape => Record.map(descriptions, ({ values }) => values[profile])

/**
 * The settings of each profile.
 *
 * @category constants
 * @since 0.1.0
 */
export const profiles: Readonly<Record<Profile, SettingsShape>> = {
  /** Forwards at once to two peers, as the exercise asks; meetings reach the nodes that this leaves out. */
  default: ofProfile("default"),
  /** Meetings alone, twice a second: everybody knows a value within half a second. */
  fast: ofProfile("fast"),
  /** Meetings alone, every second or two: the fewest messages. */
  frugal: ofProfile("frugal")
}

/**
 * The settings of the default profile.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaults: SettingsShape = profiles.default

/**
 * The settings after a change.
 *
 * @category transforming
 * @since 0.1.0
 */
export const change = (settings: SettingsShape, changes: Changes): SettingsShape =>
  Record.map(settings, (value, name) => changes[name] ?? value)

/**
 * Each setting from its environment variable; undefined if that is not set.
 *
 * @category configuration
 * @since 0.1.0
 */
export const config = Record.map(descriptions, ({ range, variable }) =>
  Config.schema(Range.fromText(range), variable).pipe(Config.withDefault(undefined))
)

/**
 * The environment variable that names the profile.
 *
 * @category constants
 * @since 0.1.0
 */
export const profileVariable = "MAELSTROM_GOSSIP_PROFILE"

/**
 * The profile from its environment variable; the default one if that is not set.
 *
 * @category configuration
 * @since 0.1.0
 */
export const profileConfig = Config.Literals(profileNames, profileVariable).pipe(Config.withDefault("default"))

/**
 * The settings that a node starts with.
 *
 * @category services
 * @since 0.1.0
 */
export class Settings extends Context.Service<Settings, SettingsShape>()("maelstrom-gossip/gossip/Settings") {
  /** The settings of a profile, some of them changed. */
  static readonly layer = (changes: Changes = {}, profile: Profile = "default") =>
    Layer.succeed(Settings, change(profiles[profile], changes))

  /** The settings of the profile that the environment names, changed by every other variable that is set. */
  static readonly layerConfig = Layer.effect(
    Settings,
    Config.all({ profile: profileConfig, changes: Config.all(config) }).pipe(
      Config.map(({ changes, profile }) => change(profiles[profile], changes))
    )
  )
}
