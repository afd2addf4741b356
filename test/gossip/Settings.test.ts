/**
 * Defaults, and settings from the environment.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { defaults, Settings } from "../../src/gossip/Settings.ts"

/** The settings that these variables make. */
const from = (env: Record<string, string>) =>
  Settings.pipe(
    Effect.provide(Settings.layerConfig),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )

describe("Settings", () => {
  it.effect("are the defaults where nothing is said", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* from({}), defaults)
      assert.deepStrictEqual(yield* Effect.provide(Settings, Settings.layer()), defaults)
    })
  )

  it.effect("may be replaced one by one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.provide(Settings, Settings.layer({ fanout: 7 })), { ...defaults, fanout: 7 })
    })
  )

  it.effect("come from their environment variables", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* from({ MAELSTROM_GOSSIP_FANOUT: "3", MAELSTROM_GOSSIP_INTERVAL_MS: "3600000" }), {
        ...defaults,
        fanout: 3,
        gossip_interval_ms: 3_600_000
      })
    })
  )

  it.effect.each([
    { MAELSTROM_GOSSIP_FANOUT: "0" },
    { MAELSTROM_GOSSIP_FANOUT: "1000001" },
    { MAELSTROM_GOSSIP_FANOUT: "2.5" },
    { MAELSTROM_GOSSIP_FANOUT: "many" },
    { MAELSTROM_GOSSIP_INTERVAL_MS: "0" },
    { MAELSTROM_GOSSIP_INTERVAL_MS: "3600001" }
  ])("are refused out of their range: %j", (env) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(from(env))
      assert.strictEqual(error._tag, "ConfigError")
    })
  )
})
