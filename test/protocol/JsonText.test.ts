/**
 * The printed form: what `JSON.parse` reads back must be what was printed, in Maelstrom's spacing.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { list, print, Printed } from "../../src/protocol/JsonText.ts"
import { depthOf, nested, withoutNegativeZero } from "./Json.ts"

const property = { arbitrary: { runs: 300, seed: 1 } }

describe("JsonText", () => {
  it("separates members by a comma and a space, names by a colon and a space, at every depth", () => {
    assert.strictEqual(
      print({ a: [1, { b: [true, null], c: {} }, []], d: "x" }),
      `{"a": [1, {"b": [true, null], "c": {}}, []], "d": "x"}`
    )
  })

  it("keeps the order in which the keys were added", () => {
    assert.strictEqual(print({ z: 1, a: { y: 2, b: 3 } }), `{"z": 1, "a": {"y": 2, "b": 3}}`)
  })

  it("leaves characters beyond ASCII as they are", () => {
    assert.strictEqual(print({ größe: "日本語 🦄\u2028" }), `{"größe": "日本語 🦄\u2028"}`)
  })

  it.each(['"', "\\", "\n", "\r\t", "\u0000", "\u001f", "\u007f", "/", "\ud800", "a\nb"])(
    "escapes %j as JSON.stringify does",
    (text) => {
      assert.strictEqual(print(text), JSON.stringify(text))
      assert.strictEqual(print({ [text]: 0 }), `{${JSON.stringify(text)}: 0}`)
    }
  )

  it("leaves out members that are undefined", () => {
    assert.strictEqual(print({ a: undefined, b: 1, c: undefined }), `{"b": 1}`)
    assert.strictEqual(print({ a: undefined }), "{}")
  })

  it("keeps a key named __proto__", () => {
    const text = `{"__proto__": {"a": 1}}`
    assert.strictEqual(print(JSON.parse(text)), text)
  })

  it.each([2 ** 53, -(2 ** 53), 2 ** 53 + 2, 1e20, 1.2345678901234568e20, -1e21, Number.MAX_VALUE])(
    "prints the integer %d, which is not safe, with an exponent that reads back equal",
    (number) => {
      assert.match(print(number), /e\+\d+$/)
      assert.strictEqual(Number(print(number)), number)
    }
  )

  it.each([
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [Number.MIN_SAFE_INTEGER, "-9007199254740991"],
    [-0, "0"],
    [0.1, "0.1"],
    [5e-324, "5e-324"]
  ])("prints the number %d as %s", (number, text) => {
    assert.strictEqual(print(number), text)
  })

  it("prints null for numbers that JSON does not have", () => {
    assert.strictEqual(print([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]), "[null, null, null]")
  })

  it("prints null for what JSON cannot hold", () => {
    assert.strictEqual(print([undefined, Symbol("s"), 1n]), "[null, null, null]")
  })

  it("passes text that is printed already through, wherever it stands", () => {
    assert.strictEqual(print({ messages: new Printed("[1,  2]") }), `{"messages": [1,  2]}`)
    assert.strictEqual(print(new Printed("x")), "x")
    assert.strictEqual(list([]), "[]")
    assert.strictEqual(list(["1", `"a"`]), `[1, "a"]`)
  })

  it("prints a value nested a thousand deep", () => {
    assert.strictEqual(depthOf(print(nested(1000))), 1000)
  })

  it.prop(
    "prints any JSON so that it reads back as it was",
    { value: Schema.Json },
    ({ value }) => assert.deepStrictEqual(JSON.parse(print(value)), withoutNegativeZero(value)),
    property
  )

  it.prop(
    "differs from JSON.stringify in nothing but white space and large integers",
    { text: Schema.Array(Schema.String), small: Schema.Array(Schema.Int) },
    ({ small, text }) => {
      assert.strictEqual(print(text), `[${text.map((one) => JSON.stringify(one)).join(", ")}]`)
      assert.strictEqual(print(small), `[${small.map((one) => JSON.stringify(one)).join(", ")}]`)
    },
    property
  )
})
