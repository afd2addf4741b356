/**
 * Which writes of lww-kv win, and what it loses.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import * as LwwKv from "../../src/services/LwwKv.ts"
import { cas, read, start, write } from "./Asking.ts"

const Replica = Schema.Struct({
  clock: Schema.Literals([3, 4]),
  entries: Schema.Record(
    Schema.Literals(["a", "b", "c"]),
    Schema.Struct({ value: Schema.Literals([0, 1]), at: Schema.Literals([0, 1, 2]) })
  )
})

const toReplica = ({ clock, entries }: typeof Replica.Type): LwwKv.Replica => ({
  clock,
  entries: HashMap.fromIterable(Object.entries(entries))
})

const told = ({ clock, entries }: LwwKv.Replica) => ({
  clock,
  entries: Object.fromEntries(HashMap.toEntries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)))
})

describe("replicas of lww-kv", () => {
  it.prop(
    "have the latest write of every key, and are the same, once one is merged into the other and back",
    { one: Replica, other: Replica },
    ({ one, other }) => {
      const [a, b] = [toReplica(one), toReplica(other)]
      const merged = LwwKv.merge(a, b)
      assert.strictEqual(merged.clock, Math.max(a.clock, b.clock))
      for (const key of ["a", "b", "c"] as const) {
        const latest = Math.max(one.entries[key]?.at ?? -1, other.entries[key]?.at ?? -1)
        assert.strictEqual(told(merged).entries[key]?.at ?? -1, latest)
      }
      assert.deepStrictEqual(told(LwwKv.merge(merged, a)), told(merged))
      assert.deepStrictEqual(told(LwwKv.merge(merged, b)), told(merged))
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )
})

describe("lww-kv", () => {
  it.effect("shows a value of the past now and then, and in the end one value for ever", () =>
    Effect.gen(function* () {
      let stale = 0
      for (let seed = 0; seed < 50; seed++) {
        const ask = yield* start(LwwKv.service, seed)
        for (let value = 1; value <= 10; value++) ask("n1", write("x", value))
        const values = Array.from({ length: 100 }, () => ask("n1", read("x"))["value"])
        if (values[0] !== values[99]) stale++
        assert.deepStrictEqual([...new Set(values.slice(50))], [values[99]])
      }
      assert.isAbove(stale, 0)
    })
  )

  it.effect("loses some of the increments that its cas has acknowledged", () =>
    Effect.gen(function* () {
      const ask = yield* start(LwwKv.service, 1)
      ask("n1", write("x", 0))
      let succeeded = 0
      for (let turn = 0; turn < 100; turn++) {
        const value = Number(ask("n1", read("x"))["value"] ?? 0)
        if (ask("n1", cas("x", value, value + 1))["type"] === "cas_ok") succeeded++
      }
      const values = Array.from({ length: 50 }, () => Number(ask("n1", read("x"))["value"]))
      assert.isBelow(values[49] ?? Number.NaN, succeeded)
    })
  )

  it.effect("creates no key by cas, as in Maelstrom", () =>
    Effect.gen(function* () {
      const ask = yield* start(LwwKv.service, 1)
      assert.deepInclude(ask("n1", { ...cas("x", 0, 1), create_if_not_exists: true }), { code: 20 })
    })
  )
})
