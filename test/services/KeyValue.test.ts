/**
 * What requests do to a key-value store.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { key as textOf, type Value } from "../../src/protocol/Value.ts"
import * as KeyValue from "../../src/services/KeyValue.ts"
import * as LinKv from "../../src/services/LinKv.ts"
import * as Effect from "effect/Effect"
import { cas, read, start, write } from "./Asking.ts"

const Keys = Schema.Literals(["a", "b"])
const Numbers = Schema.Literals([0, 1, 2])

/** Requests for few keys and values, so that they meet. */
const Requests = Schema.Array(
  Schema.Union([
    Schema.Struct({ type: Schema.tag("read"), key: Keys }),
    Schema.Struct({ type: Schema.tag("write"), key: Keys, value: Numbers }),
    Schema.Struct({
      type: Schema.tag("cas"),
      key: Keys,
      from: Numbers,
      to: Numbers,
      create_if_not_exists: Schema.optionalKey(Schema.Boolean)
    })
  ])
)

const property = { arbitrary: { runs: 300, seed: 1 } }

/** A store as simple as can be. */
const model = (values: Map<string, Value>, request: KeyValue.Request): unknown => {
  const current = values.get(textOf(request.key))
  const set = (value: Value) => void values.set(textOf(request.key), value)
  switch (request.type) {
    case "read":
      return current === undefined ? 20 : current
    case "write":
      set(request.value)
      return "write_ok"
    case "cas":
      if (current === undefined && request.create_if_not_exists !== true) return 20
      if (current !== undefined && current !== request.from) return 22
      set(request.to)
      return "cas_ok"
  }
}

const told = (reply: KeyValue.Reply): unknown =>
  reply.type === "error" ? reply.code : reply.type === "read_ok" ? reply.value : reply.type

describe("a key-value store", () => {
  it.prop(
    "does what a map would do, and no request changes an earlier state",
    { requests: Requests },
    ({ requests }) => {
      const values = new Map<string, Value>()
      let store = KeyValue.empty
      const kept: Array<readonly [before: KeyValue.Store, request: KeyValue.Request, answer: unknown]> = []
      for (const request of requests) {
        const [next, reply] = KeyValue.step(store, request)
        assert.deepStrictEqual(told(reply), model(values, request))
        kept.push([store, request, told(reply)])
        store = next
      }
      for (const [before, request, answer] of kept) {
        assert.deepStrictEqual(told(KeyValue.step(before, request)[1]), answer)
      }
    },
    property
  )

  it("stays the very same one if a request changes no value", () => {
    const [store] = KeyValue.step(KeyValue.empty, { type: "write", key: "x", value: { a: 1, b: [2] } })
    const same: ReadonlyArray<KeyValue.Request> = [
      { type: "read", key: "x" },
      { type: "write", key: "x", value: { b: [2], a: 1 } },
      { type: "cas", key: "x", from: 1, to: 2 },
      { type: "cas", key: "x", from: { a: 1, b: [2] }, to: { a: 1, b: [2] } },
      { type: "cas", key: "y", from: 1, to: 2 }
    ]
    for (const request of same) assert.strictEqual(KeyValue.step(store, request)[0], store)
  })
})

describe("lin-kv", () => {
  it.effect("reads what was written last, whoever wrote it", () =>
    Effect.gen(function* () {
      const ask = yield* start(LinKv.service, 1)
      for (let value = 0; value < 100; value++) {
        ask(`n${value % 3}`, write("x", value))
        assert.deepStrictEqual(ask(`n${value % 5}`, read("x")), { type: "read_ok", value })
      }
    })
  )

  it.effect("takes any JSON for a key, equal as JSON, and tells null from a key that does not exist", () =>
    Effect.gen(function* () {
      const ask = yield* start(LinKv.service, 1)
      ask("n1", write({ a: 1, b: [null] }, null))
      assert.deepStrictEqual(ask("n1", read({ b: [null], a: 1 })), { type: "read_ok", value: null })
      assert.deepInclude(ask("n1", read("a")), { code: 20 })
      assert.deepStrictEqual(ask("n1", cas({ a: 1, b: [null] }, null, 1)), { type: "cas_ok" })
    })
  )

  it.effect("tells in its errors which key it was, which value it has and which was expected", () =>
    Effect.gen(function* () {
      const ask = yield* start(LinKv.service, 1)
      assert.deepStrictEqual(ask("n1", cas("x", 1, 2)), { type: "error", code: 20, text: `there is no key "x"` })
      ask("n1", { ...cas("x", 1, 2), create_if_not_exists: true })
      assert.deepStrictEqual(ask("n1", cas("x", 1, 3)), {
        type: "error",
        code: 22,
        text: `"x" has the value 2, not 1`
      })
    })
  )
})
