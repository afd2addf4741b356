/**
 * Defaults, and settings from the environment.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  change,
  type Changes,
  defaults,
  descriptions,
  fields,
  profileNames,
  profiles,
  Settings
} from "../../src/gossip/Settings.ts"

/** The settings that these variables make. */
const from = (env: Record<string, string>) =>
  Settings.pipe(
    Effect.provide(Settings.layerConfig),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )

describe("the settings of a node", () => {
  it.effect("are the defaults if neither the program nor the environment sets any", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* from({}), defaults)
      assert.deepStrictEqual(yield* Effect.provide(Settings, Settings.layer()), defaults)
    })
  )

  it.effect("can be changed one by one in a program", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.provide(Settings, Settings.layer({ fanout: 7 })), { ...defaults, fanout: 7 })
    })
  )

  it.effect("come from their environment variables", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* from({ MAELSTROM_GOSSIP_FANOUT: "3", MAELSTROM_GOSSIP_MEETING_MS: "3600000" }), {
        ...defaults,
        fanout: 3,
        meeting_ms: 3_600_000
      })
    })
  )

  it.effect.each([
    { MAELSTROM_GOSSIP_FANOUT: "-1" },
    { MAELSTROM_GOSSIP_FANOUT: "1000001" },
    { MAELSTROM_GOSSIP_FANOUT: "2.5" },
    { MAELSTROM_GOSSIP_FANOUT: "many" },
    { MAELSTROM_GOSSIP_MEETING_MS: "-1" },
    { MAELSTROM_GOSSIP_MEETING_MS: "3600001" },
    { MAELSTROM_GOSSIP_HOSTS: "0" },
    { MAELSTROM_GOSSIP_ATTENDANCE: "0.09" },
    { MAELSTROM_GOSSIP_ATTENDANCE: "1.01" },
    { MAELSTROM_GOSSIP_ATTENDANCE: "half" },
    { MAELSTROM_GOSSIP_PROFILE: "slow" },
    { MAELSTROM_GOSSIP_ROUNDS: "0" },
    { MAELSTROM_GOSSIP_REPAIR_INTERVAL_MS: "3600001" },
    { MAELSTROM_GOSSIP_MESSAGE_VALUES: "0" },
    { MAELSTROM_GOSSIP_MESSAGE_BYTES: "3999" }
  ])("are refused if a variable is out of its range: %j", (env) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(from(env))
      assert.strictEqual(error._tag, "ConfigError")
    })
  )

  const inRange = Schema.is(Schema.Struct(fields))

  it.each(profileNames)("are within their ranges in the profile %s", (profile) => {
    assert.isTrue(inRange(profiles[profile]))
    assert.deepStrictEqual(change(profiles[profile], {}), profiles[profile])
  })

  it("have the default profile as their defaults, the only one that forwards at once", () => {
    assert.deepStrictEqual(defaults, profiles.default)
    assert.deepStrictEqual(
      profileNames.filter((name) => profiles[name].fanout > 0),
      ["default"]
    )
  })

  it.effect.each(profileNames)("are those of the profile %s if the environment or the program names it", (profile) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* from({ MAELSTROM_GOSSIP_PROFILE: profile }), profiles[profile])
      assert.deepStrictEqual(yield* Effect.provide(Settings, Settings.layer({}, profile)), profiles[profile])
    })
  )

  it.effect("have a variable each, which wins over the profile", () =>
    Effect.gen(function* () {
      for (const [name, { variable }] of Object.entries(descriptions)) {
        const value = name === "attendance" ? 0.25 : name === "message_bytes" ? 5000 : 1000
        const settings = yield* from({ MAELSTROM_GOSSIP_PROFILE: "frugal", [variable]: String(value) })
        assert.deepStrictEqual(settings, change(profiles.frugal, { [name]: value }))
        assert.propertyVal(settings, name, value)
      }
    })
  )
})

describe("a change of settings", () => {
  const cases: ReadonlyArray<readonly [what: string, changes: Changes, after: Changes]> = [
    ["leaves what it does not name", { fanout: 5 }, { fanout: 5 }],
    ["leaves what it names as undefined", { fanout: undefined }, {}],
    ["may be of several", { meeting_ms: 0, rounds: 9 }, { meeting_ms: 0, rounds: 9 }],
    ["may set what is not 0 to 0", { fanout: 0, repair_interval_ms: 0 }, { fanout: 0, repair_interval_ms: 0 }]
  ]
  for (const [what, changes, after] of cases) {
    it(`${what}`, () => assert.deepStrictEqual(change(defaults, changes), { ...defaults, ...after }))
  }
})
