/**
 * The printed form: what `JSON.parse` reads back must be what was printed, in Maelstrom's spacing.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { byteLength, list, print, Printed, printOpen } from "../../src/protocol/JsonText.ts"
import { depthOf, nested, withoutNegativeZero } from "./Json.ts"

const property = { arbitrary: { runs: 300, seed: 1 } }

describe("JsonText", () => {
  it("members are separated by a comma and a space, names from values by a colon and a space, at every depth", () => {
    assert.strictEqual(
      print({ a: [1, { b: [true, null], c: {} }, []], d: "x" }),
      `{"a": [1, {"b": [true, null], "c": {}}, []], "d": "x"}`
    )
  })

  it("keys are printed in the order in which they were added", () => {
    assert.strictEqual(print({ z: 1, a: { y: 2, b: 3 } }), `{"z": 1, "a": {"y": 2, "b": 3}}`)
  })

  it("characters beyond ASCII are printed as they are", () => {
    assert.strictEqual(print({ größe: "日本語 🦄\u2028" }), `{"größe": "日本語 🦄\u2028"}`)
  })

  it.each(['"', "\\", "\n", "\r\t", "\u0000", "\u001f", "\u007f", "/", "\ud800", "a\nb"])(
    "the text %j is escaped as JSON.stringify does",
    (text) => {
      assert.strictEqual(print(text), JSON.stringify(text))
      assert.strictEqual(print({ [text]: 0 }), `{${JSON.stringify(text)}: 0}`)
    }
  )

  it("members that are undefined are left out", () => {
    assert.strictEqual(print({ a: undefined, b: 1, c: undefined }), `{"b": 1}`)
    assert.strictEqual(print({ a: undefined }), "{}")
  })

  it("a key named __proto__ is printed like any other", () => {
    const text = `{"__proto__": {"a": 1}}`
    assert.strictEqual(print(JSON.parse(text)), text)
  })

  it.each([2 ** 53, -(2 ** 53), 2 ** 53 + 2, 1e20, 1.2345678901234568e20, -1e21, Number.MAX_VALUE])(
    "the integer %d, which is not safe, is printed with an exponent and reads back equal",
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
  ])("the number %d is printed as %s", (number, text) => {
    assert.strictEqual(print(number), text)
  })

  it("numbers that JSON does not have are printed as null", () => {
    assert.strictEqual(print([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]), "[null, null, null]")
  })

  it("what JSON cannot hold is printed as null", () => {
    assert.strictEqual(print([undefined, Symbol("s"), 1n]), "[null, null, null]")
  })

  it("the text of a part that prints itself is taken as it is, wherever it stands", () => {
    assert.strictEqual(print({ messages: new Printed(() => "[1,  2]") }), `{"messages": [1,  2]}`)
    assert.strictEqual(print(new Printed(() => "x")), "x")
  })

  it("a part that prints itself is asked for its text each time a message is printed, and not before", () => {
    let asked = 0
    const body = { messages: new Printed(() => String(++asked)) }
    assert.strictEqual(asked, 0)
    assert.deepStrictEqual([print(body), print(body)], [`{"messages": 1}`, `{"messages": 2}`])
  })

  it("elements that are printed already are joined to a list", () => {
    assert.strictEqual(list([]), "[]")
    assert.strictEqual(list(["1", `"a"`]), `[1, "a"]`)
  })

  it("an object can be printed without its closing brace", () => {
    assert.strictEqual(printOpen({ a: 1, b: undefined, c: [] }), `{"a": 1, "c": []`)
    assert.strictEqual(printOpen({}), "{")
  })

  it.each(["", "plain", "größe", "日本語", "🦄", "\ud800", "a\u0000b"])(
    "the bytes of %j are counted as UTF-8 has them",
    (text) => {
      assert.strictEqual(byteLength(text), Buffer.byteLength(text))
    }
  )

  it("a value nested a thousand deep is printed", () => {
    assert.strictEqual(depthOf(print(nested(1000))), 1000)
  })

  it.prop(
    "any JSON reads back as it was before it was printed",
    { value: Schema.Json },
    ({ value }) => assert.deepStrictEqual(JSON.parse(print(value)), withoutNegativeZero(value)),
    property
  )

  it.prop(
    "the printed form differs from that of JSON.stringify in nothing but white space and large integers",
    { text: Schema.Array(Schema.String), small: Schema.Array(Schema.Int) },
    ({ small, text }) => {
      assert.strictEqual(print(text), `[${text.map((one) => JSON.stringify(one)).join(", ")}]`)
      assert.strictEqual(print(small), `[${small.map((one) => JSON.stringify(one)).join(", ")}]`)
    },
    property
  )
})
