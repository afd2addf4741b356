/**
 * Defaults, and settings from the environment.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Profiles from "../../src/gossip/Profiles.ts"
import { change, type Changes, defaults, Settings, variables } from "../../src/gossip/Settings.ts"
import * as Configuration from "../../src/protocol/Configuration.ts"

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

  const inRange = Schema.is(Schema.Struct(Configuration.fields))

  it.each(Profiles.names)("of the profile %s are within the ranges that hold for everybody", (profile) => {
    assert.isTrue(inRange(Profiles.profiles[profile]))
    assert.deepStrictEqual(change(Profiles.profiles[profile], {}), Profiles.profiles[profile])
  })

  it("of the default profile are the defaults, which forward at once as the others do not", () => {
    assert.deepStrictEqual(defaults, Profiles.profiles.default)
    assert.deepStrictEqual(
      Profiles.names.filter((name) => Profiles.profiles[name].window_ms === 0),
      ["default"]
    )
  })

  it.effect.each(Profiles.names)("of the profile %s hold by its variable, and in a program", (profile) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* from({ MAELSTROM_GOSSIP_PROFILE: profile }), Profiles.profiles[profile])
      assert.deepStrictEqual(yield* Effect.provide(Settings, Settings.layer({}, profile)), Profiles.profiles[profile])
    })
  )

  it.effect("have a variable each, which replaces what the profile says", () =>
    Effect.gen(function* () {
      for (const [name, variable] of Object.entries(variables)) {
        const value = name === "message_bytes" ? 5000 : 1000
        const settings = yield* from({ MAELSTROM_GOSSIP_PROFILE: "frugal", [variable]: String(value) })
        assert.deepStrictEqual(settings, change(Profiles.profiles.frugal, { [name]: value }))
        assert.propertyVal(settings, name, value)
      }
    })
  )

  it.effect.each([
    { MAELSTROM_GOSSIP_PROFILE: "slow" },
    { MAELSTROM_GOSSIP_ROUNDS: "0" },
    { MAELSTROM_GOSSIP_WINDOW_MS: "-1" },
    { MAELSTROM_GOSSIP_REPAIR_INTERVAL_MS: "3600001" },
    { MAELSTROM_GOSSIP_MESSAGE_VALUES: "0" },
    { MAELSTROM_GOSSIP_MESSAGE_BYTES: "3999" }
  ])("so are these: %j", (env) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(from(env))
      assert.strictEqual(error._tag, "ConfigError")
    })
  )
})

describe("a change of settings", () => {
  const windowed = { ...defaults, window_ms: 300, gossip_interval_ms: 300 }

  const cases: ReadonlyArray<readonly [what: string, before: typeof defaults, changes: Changes, after: Changes]> = [
    ["leaves what it does not name", defaults, { fanout: 5 }, { fanout: 5 }],
    ["leaves what it names as undefined", defaults, { fanout: undefined }, {}],
    [
      "may be of everything that a window does not touch",
      windowed,
      { rounds: 9, repair_interval_ms: 0 },
      { rounds: 9, repair_interval_ms: 0 }
    ],
    ["without a window sets the interval alone", defaults, { gossip_interval_ms: 50 }, { gossip_interval_ms: 50 }],
    ["sets the interval with the window", defaults, { window_ms: 80 }, { window_ms: 80, gossip_interval_ms: 80 }],
    [
      "sets the window with the interval",
      windowed,
      { gossip_interval_ms: 80 },
      { window_ms: 80, gossip_interval_ms: 80 }
    ],
    [
      "of both goes by the window",
      windowed,
      { window_ms: 80, gossip_interval_ms: 9 },
      { window_ms: 80, gossip_interval_ms: 80 }
    ],
    ["ends the window and leaves the interval", windowed, { window_ms: 0 }, { window_ms: 0 }],
    [
      "ends the window and sets the interval",
      windowed,
      { window_ms: 0, gossip_interval_ms: 9 },
      { window_ms: 0, gossip_interval_ms: 9 }
    ]
  ]
  for (const [what, before, changes, after] of cases) {
    it(`${what}`, () => assert.deepStrictEqual(change(before, changes), { ...before, ...after }))
  }
})
