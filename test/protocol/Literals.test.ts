/**
 * What reading would alter in silence is found in the text, wherever it stands, and nothing else is.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { print } from "../../src/protocol/JsonText.ts"
import { findFlaw, type Flaw, isSuspect } from "../../src/protocol/Literals.ts"
import { nested } from "./Json.ts"

const property = { arbitrary: { runs: 300, seed: 1 } }

/** A message with this text as its `message`. */
const around = (text: string) => `{"src": "c1", "dest": "n1", "body": {"type": "broadcast", "message": ${text}}}`

const flawOf = (text: string): Flaw | undefined => Option.getOrUndefined(findFlaw(text))

const tooLarge = "the integer is beyond ±(2^53 − 1)"
const overflows = "the number is beyond what a 64-bit float can hold"

/** A step of a path into a value: the name of a member, or how many elements stand before. */
const Step = Schema.Union([Schema.String, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 }))])
const Digits = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))).check(Schema.isMinLength(1))

/** The literal at the end of a path, with harmless members before and after each step. */
const place = (steps: ReadonlyArray<string | number>, literal: string, harmless: string): string =>
  steps.reduceRight<string>(
    (inner, step) =>
      typeof step === "number"
        ? `[${`${harmless}, `.repeat(step)}${inner}, ${harmless}]`
        : `{${JSON.stringify(`${step}before`)}: ${harmless}, ${JSON.stringify(step)}: ${inner}}`,
    literal
  )

describe("Literals", () => {
  it.prop(
    "an integer beyond 2^53 − 1 is found wherever it stands, with its path",
    {
      steps: Schema.Array(Step),
      digits: Digits,
      harmless: Schema.Json,
      negative: Schema.Boolean
    },
    ({ digits, harmless, negative, steps }) => {
      // Beyond 2^53 − 1 by what is added to it.
      const distance = BigInt(digits.join("")) + 1n
      const literal = String((negative ? -1n : 1n) * (BigInt(Number.MAX_SAFE_INTEGER) + distance))
      const text = around(place(steps, literal, print(harmless)))
      assert.isTrue(isSuspect(text))
      assert.deepStrictEqual(flawOf(text), { path: ["message", ...steps.map(String)], reason: tooLarge })
    },
    property
  )

  it.prop(
    "nothing is found in a message that was printed from JSON",
    { value: Schema.Json, steps: Schema.Array(Step) },
    ({ steps, value }) => assert.isUndefined(flawOf(around(place(steps, "9007199254740991", print(value))))),
    property
  )

  it.each([
    "9007199254740991",
    "-9007199254740991",
    "1e20",
    "1E+300",
    "100000000000000000000.0",
    "3.14159265358979323846264338327950288419716939937510",
    "0.00000000000000000000000000001",
    "1e-999",
    "123456789012345678e1",
    `"9007199254740993"`,
    `"1e999"`,
    `"a \\" 9007199254740993"`,
    `"\\\\"`,
    `["\\\\", "9007199254740993 \\\\\\" 9007199254740993"]`,
    `{"9007199254740993": 1}`
  ])("nothing is wrong with the value %s", (text) => {
    assert.isUndefined(flawOf(around(text)))
  })

  it.each([
    ["9007199254740992", [], tooLarge],
    ["-9007199254740992", [], tooLarge],
    ["[1, 2, 12345678901234567890]", ["2"], tooLarge],
    [`{"a": [{"b": 99999999999999999}]}`, ["a", "0", "b"], tooLarge],
    [`["\\\\", "x \\" y", 9007199254740993]`, ["2"], tooLarge],
    [`{"q\\"uote": 9007199254740993}`, [`q"uote`], tooLarge],
    [`{"__proto__": 9007199254740993}`, ["__proto__"], tooLarge],
    ["1e999", [], overflows],
    ["[-1E+309]", ["0"], overflows],
    [`{"a": 2.5e308}`, ["a"], overflows],
    ["9".repeat(400), [], overflows]
  ])("the value %s is refused, and its place is named", (text, path, reason) => {
    assert.deepStrictEqual(flawOf(around(text)), { path: ["message", ...path], reason })
  })

  it("the first of several flaws is named", () => {
    assert.deepStrictEqual(flawOf(around(`[1e999, 9007199254740993]`)), { path: ["message", "0"], reason: overflows })
  })

  it.each([`"id": 9007199254740993`, `"id": [[1e999]]`, `"id": ${print(nested(2000))}`])(
    "only the body is looked at, whatever stands beside it: %.30s",
    (beside) => {
      const clean = `{${beside}, "src": "c1", "dest": "n1", "body": {"type": "read"}, "b": {"body": 9007199254740993}}`
      assert.isUndefined(flawOf(clean))
      const flawed = `{${beside}, "dest": "n1", "body": {"type": "broadcast", "message": 9007199254740993}}`
      assert.deepStrictEqual(flawOf(flawed), { path: ["message"], reason: tooLarge })
    }
  )

  it("the body is known by its name however that is written", () => {
    assert.deepStrictEqual(flawOf(`{"b\\u006fdy": {"m\\u0065": 9007199254740993}}`), { path: ["me"], reason: tooLarge })
  })

  it.each([
    `{"body": {"message": 9007199254740993, "message": 1}}`,
    `{"body": {"message": 1, "message": 9007199254740993}}`,
    `{"body": {"message": 9007199254740993, "message": 9007199254740993}}`,
    `{"body": {"message": 9007199254740993}, "body": {"message": 1}}`,
    `{"body": {"message": [9007199254740993]}, "body": {"message": [9007199254740995]}}`
  ])("a flaw in a member that stands twice is refused: %s", (text) => {
    const flaw = flawOf(text)
    assert.strictEqual(flaw?.reason, tooLarge)
    assert.strictEqual(flaw?.path[0], "message")
  })

  it("a flaw in a body that another body replaces is refused, even if it has no members", () => {
    assert.strictEqual(flawOf(`{"body": [9007199254740993], "body": {"type": "read"}}`)?.reason, tooLarge)
  })

  it("nothing is wrong with a value as deep as the limit, alone or in a list of values", () => {
    assert.isUndefined(flawOf(around(print(nested(1000)))))
    assert.isUndefined(flawOf(`{"body": {"type": "gossip", "messages": [1, ${print(nested(1000))}]}}`))
  })

  it.each([1100, 100_000])("a field that nests %d deep is named", (depth) => {
    const text = around("[".repeat(depth) + "]".repeat(depth))
    assert.isTrue(isSuspect(text))
    assert.deepStrictEqual(flawOf(text), { path: ["message"], reason: "nested deeper than 1000 levels" })
    const objects = around(`${`{"x":`.repeat(depth)}1${"}".repeat(depth)}`)
    assert.deepStrictEqual(flawOf(objects), { path: ["message"], reason: "nested deeper than 1000 levels" })
  })

  it("a short text without long numbers is not suspect", () => {
    assert.isFalse(isSuspect(around(`[123456789012345, "a"]`)))
  })

  it("a long text is suspect if its brackets are so many that they might nest too deep", () => {
    const lists = (count: number) => around(`[${Array.from({ length: count }, () => "[1, 2]").join(", ")}]`)
    assert.isFalse(isSuspect(lists(1000)))
    assert.isTrue(isSuspect(lists(1001)))
  })
})
