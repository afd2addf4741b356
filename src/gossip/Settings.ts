/**
 * The numbers that shape a node's gossip, with their defaults and the environment variables that set them.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Configuration from "../protocol/Configuration.ts"
import * as Range from "../protocol/Range.ts"

/** The settings of a node. A running node changes them by `configure`. */
export interface SettingsShape {
  /** To how many peers a value is forwarded; 1 to 1,000,000. */
  readonly fanout: number
  /** The time between gossip rounds in ms; 1 to 3,600,000. */
  readonly gossip_interval_ms: number
}

/** What holds unless something else is said. */
export const defaults: SettingsShape = { fanout: 2, gossip_interval_ms: 250 }

const variable = (name: string, setting: Range.Range, value: number) =>
  Config.schema(Range.fromText(setting), `MAELSTROM_GOSSIP_${name}`).pipe(Config.withDefault(value))

/** Each setting from its environment variable, or its default. */
export const config = {
  fanout: variable("FANOUT", Configuration.Fanout, defaults.fanout),
  gossip_interval_ms: variable("INTERVAL_MS", Configuration.GossipInterval, defaults.gossip_interval_ms)
}

/** The settings that a node starts with. */
export class Settings extends Context.Service<Settings, SettingsShape>()("maelstrom-gossip/gossip/Settings") {
  /** The defaults, with some of them replaced. */
  static readonly layer = (settings: Partial<SettingsShape> = {}) =>
    Layer.succeed(Settings, { ...defaults, ...settings })

  /** From `MAELSTROM_GOSSIP_FANOUT` and `MAELSTROM_GOSSIP_INTERVAL_MS`; the defaults where they are not set. */
  static readonly layerConfig = Layer.effect(Settings, Config.all(config))
}
