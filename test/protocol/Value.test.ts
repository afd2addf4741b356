/**
 * Which values are one: equality as JSON, and how deep a value may nest.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { isComposite, key, maxDepth, Value } from "../../src/protocol/Value.ts"
import { nested, withoutNegativeZero } from "./Json.ts"

const property = { arbitrary: { runs: 300, seed: 1 } }
const isValue = Schema.is(Value)

const parsed = (text: string): Value => Schema.decodeUnknownSync(Value)(JSON.parse(text))

/** The same JSON with the keys of every object in the opposite order. */
const reversed = (value: Value): Value => {
  if (!isComposite(value)) return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)])
  )
}

describe("Value", () => {
  it.each([
    [`{"a": 1, "b": {"c": 2, "d": 3}}`, `{"b": {"d": 3, "c": 2}, "a": 1}`],
    [`{"2": 0, "10": 0, "x": 0}`, `{"x": 0, "10": 0, "2": 0}`],
    ["1", "1.0"],
    ["1", "1e0"],
    ["[100]", "[1E2]"],
    ["0", "-0"],
    [`{"n": [0]}`, `{"n": [-0.0]}`],
    [`"\\u00e9"`, `"é"`],
    ["0.1", "0.1000000000000000055"]
  ])("%s and %s are one value", (a, b) => {
    assert.strictEqual(key(parsed(a)), key(parsed(b)))
  })

  it.each([
    ["1", `"1"`],
    ["[]", "{}"],
    ["null", `"null"`],
    ["0", "false"],
    [`""`, "null"],
    ["[1, 2]", "[2, 1]"],
    ["[[1], 2]", "[1, [2]]"],
    ["[12]", "[1, 2]"],
    [`["a,b"]`, `["a", "b"]`],
    [`{"a": null}`, "{}"],
    [`{"a": {"b": 1}}`, `{"a": 1, "b": 1}`],
    [`{"a:1,b": 2}`, `{"a": 1, "b": 2}`],
    [`{"__proto__": 1}`, "{}"],
    [`"é"`, `"e\u0301"`],
    ["1e20", "100000000000000020000"]
  ])("%s and %s are two values", (a, b) => {
    assert.notStrictEqual(key(parsed(a)), key(parsed(b)))
  })

  it.prop(
    "the key of a value does not depend on the order of its objects' members",
    { value: Schema.Json },
    ({ value }) => assert.strictEqual(key(reversed(value)), key(value)),
    property
  )

  it.prop(
    "two values have one key only if they are equal as JSON",
    { values: Schema.Array(Schema.Json) },
    ({ values }) => {
      const byKey = new Map<string, unknown>()
      for (const value of values) {
        const same = withoutNegativeZero(value)
        if (byKey.has(key(value))) assert.deepStrictEqual(same, byKey.get(key(value)))
        byKey.set(key(value), same)
        assert.deepStrictEqual(JSON.parse(key(value)), same)
      }
    },
    property
  )

  it.prop("any JSON is a value", { value: Schema.Json }, ({ value }) => isValue(value), property)

  it("a value may nest a thousand levels and no more", () => {
    assert.strictEqual(maxDepth, 1000)
    assert.isTrue(isValue(nested(1000)))
    assert.isFalse(isValue(nested(1001)))
    assert.isTrue(isValue(nested(1000, 7)))
    assert.isFalse(isValue(nested(1001, 7)))
    assert.isTrue(isValue({ wide: [1, nested(998)] }))
    assert.isFalse(isValue({ wide: [1, nested(999)] }))
  })

  it("the deepest value has a key", () => {
    assert.strictEqual(key(nested(1000)), "[".repeat(1000) + "]".repeat(1000))
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, [Number.NEGATIVE_INFINITY], undefined, { a: undefined }, 1n, [1n]])(
    "%s, which is not JSON, is refused",
    (value) => {
      assert.isFalse(isValue(value))
    }
  )

  it("a value that is refused is told what is expected", () => {
    assert.throws(() => Schema.decodeSync(Value)(nested(1001)), "JSON nested at most 1000 levels deep")
  })
})
