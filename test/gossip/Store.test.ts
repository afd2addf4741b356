/**
 * The store keeps each value once, in the order learned, and prints as its values would.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Store } from "../../src/gossip/Store.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { key, type Value } from "../../src/protocol/Value.ts"

const numbered = (count: number) => {
  const store = new Store()
  for (let index = 0; index < count; index++) store.add(index % 3 === 0 ? { n: [index] } : index)
  return store
}

/** Few enough values that many of them are equal. */
const Few: Schema.Codec<Value> = Schema.Union([
  Schema.Null,
  Schema.Literals([0, -0, 1, "1", "", true, false]),
  Schema.Array(Schema.Literals([0, -0, 1])),
  Schema.Struct({
    a: Schema.optionalKey(Schema.Literals([0, 1])),
    b: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Literal(1))))
  }),
  Schema.Json
])

describe("Store", () => {
  it("is empty at first", () => {
    const store = new Store()
    assert.deepStrictEqual([store.size, store.values, store.printed().text], [0, [], "[]"])
  })

  it("says whether a value is new", () => {
    const store = new Store()
    assert.deepStrictEqual(
      [1, 1, "1", -0, 0, { a: 1, b: 2 }, { b: 2, a: 1 }, [], {}, null, "null", [null], ["null"]].map((value) =>
        store.add(value)
      ),
      [true, false, true, true, false, true, false, true, true, true, true, true, true]
    )
    assert.isTrue(store.has({ b: 2, a: 1 }))
    assert.isTrue(store.has(0))
    assert.isFalse(store.has({ a: 1 }))
    assert.isFalse(store.has("0"))
  })

  it("tells values that look like another's key from it", () => {
    const store = new Store()
    assert.isTrue(store.add([1]))
    assert.isFalse(store.has("[1]"))
    assert.isTrue(store.add("[1]"))
  })

  it.prop(
    "knows each value once, equal as JSON, in the order learned",
    { values: Schema.Array(Few) },
    ({ values }) => {
      const store = new Store()
      const first = new Map<string, unknown>()
      for (const value of values) {
        assert.strictEqual(store.has(value), first.has(key(value)))
        assert.strictEqual(store.add(value), !first.has(key(value)))
        if (!first.has(key(value))) first.set(key(value), value)
        assert.isTrue(store.has(value))
      }
      // A Set holds −0 as the 0 that it equals.
      assert.deepStrictEqual<unknown>(
        store.values,
        [...first.values()].map((value) => (value === 0 ? 0 : value))
      )
      assert.strictEqual(store.size, first.size)
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it.each([0, 1, 2, 511, 512, 513, 1023, 1024, 1025, 1536, 3000])("prints %d values as a list of them", (count) => {
    const store = numbered(count)
    assert.strictEqual(store.printed().text, print(store.values))
    assert.strictEqual(store.size, count)
  })

  it("prints the same however often it was printed in between", () => {
    const store = new Store()
    for (let count = 1; count <= 1100; count++) {
      store.add(`value ${count}`)
      if (count % 7 === 0 || (count > 505 && count < 520) || count > 1020) {
        assert.strictEqual(store.printed().text, print(store.values))
      }
    }
  })

  it("leaves a list that was printed as it was", () => {
    const store = numbered(600)
    const printed = store.printed()
    const { text } = printed
    store.add("later")
    assert.strictEqual(printed.text, text)
    assert.notStrictEqual(store.printed().text, text)
  })
})
