/**
 * The numbers that shape a node's gossip, and the environment variables that set them.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Configuration from "../protocol/Configuration.ts"
import * as Range from "../protocol/Range.ts"
import * as Profiles from "./Profiles.ts"

/** The name of a setting. */
export type Name = keyof typeof Configuration.fields

/** The settings of a node, described where their ranges are. A running node changes them by `configure`. */
export type SettingsShape = { readonly [name in Name]: number }

/** New values for some of the settings. */
export type Changes = { readonly [name in Name]?: number | undefined }

/** What holds unless something else is said. */
export const defaults: SettingsShape = Profiles.profiles.default

/** The settings after a change. The window is the timer's interval as well, so where there is one, either sets both. */
export const change = (settings: SettingsShape, changes: Changes): SettingsShape => {
  const changed = Record.map(settings, (value, name) => changes[name] ?? value)
  if (changed.window_ms === 0) return changed
  const window = changes.window_ms ?? changes.gossip_interval_ms ?? settings.window_ms
  return { ...changed, window_ms: window, gossip_interval_ms: window }
}

/** Which variable sets which setting. */
export const variables: { readonly [name in Name]: string } = {
  fanout: "MAELSTROM_GOSSIP_FANOUT",
  window_ms: "MAELSTROM_GOSSIP_WINDOW_MS",
  gossip_interval_ms: "MAELSTROM_GOSSIP_INTERVAL_MS",
  rounds: "MAELSTROM_GOSSIP_ROUNDS",
  repair_interval_ms: "MAELSTROM_GOSSIP_REPAIR_INTERVAL_MS",
  message_values: "MAELSTROM_GOSSIP_MESSAGE_VALUES",
  message_bytes: "MAELSTROM_GOSSIP_MESSAGE_BYTES"
}

/** Each setting from its environment variable; undefined where that is not set. */
export const config = Record.map(variables, (variable, name) =>
  Config.schema(Range.fromText(Configuration.fields[name]), variable).pipe(Config.withDefault(undefined))
)

/** The profile from its environment variable, or the default one. */
export const profileConfig = Config.Literals(Profiles.names, "MAELSTROM_GOSSIP_PROFILE").pipe(
  Config.withDefault("default")
)

/** The settings that a node starts with. */
export class Settings extends Context.Service<Settings, SettingsShape>()("maelstrom-gossip/gossip/Settings") {
  /** Those of a profile, with some of them replaced. */
  static readonly layer = (changes: Changes = {}, profile: Profiles.Profile = "default") =>
    Layer.succeed(Settings, change(Profiles.profiles[profile], changes))

  /** From the environment: those of the profile that it names, and every setting that it has a variable for. */
  static readonly layerConfig = Layer.effect(
    Settings,
    Config.all({ profile: profileConfig, changes: Config.all(config) }).pipe(
      Config.map(({ changes, profile }) => change(Profiles.profiles[profile], changes))
    )
  )
}
