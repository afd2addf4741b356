/**
 * Values are dealt to messages that keep within their bounds, in order, and none is left out.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { deal, fit } from "../../src/gossip/Batches.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { Value } from "../../src/protocol/Value.ts"
import { printer } from "../../src/protocol/Wire.ts"

const bytesOf = (text: string): number => Buffer.byteLength(text)

const dealt = (values: ReadonlyArray<Value>, message_values: number, message_bytes: number) =>
  deal(values, { message_values, message_bytes })

const largest = Number.MAX_SAFE_INTEGER
const digest = { count: largest, sum: largest }

/** The longest line that a node makes of a list: an answer with both digests, between nodes with long names. */
const longestLine = (messages: ReturnType<typeof deal>[number]) =>
  printer()({
    src: "s".repeat(64),
    dest: "d".repeat(64),
    body: { type: "gossip_ok", messages, of: digest, digest },
    in_reply_to: largest,
    msg_id: largest
  })

describe("Batches", () => {
  it("no values are dealt to one empty list", () => {
    assert.deepStrictEqual(dealt([], 1, 1000), [[]])
  })

  it("a list has no more values than its bound", () => {
    assert.deepStrictEqual(dealt([1, 2, 3, 4, 5], 2, 1000), [[1, 2], [3, 4], [5]])
    assert.deepStrictEqual(dealt([1, 2, 3, 4], 2, 1000), [
      [1, 2],
      [3, 4]
    ])
    assert.deepStrictEqual(dealt([1, 2, 3], 1, 1000), [[1], [2], [3]])
    assert.deepStrictEqual(dealt([1, 2, 3], 3, 1000), [[1, 2, 3]])
  })

  it.each([
    ["ASCII", "x"],
    ["two bytes a character", "é"],
    ["three bytes a character", "漢"],
    ["four bytes a character", "😀"],
    ["an escape", "\n"]
  ])("a line has no more bytes than its bound, and hardly fewer, whatever it consists of: %s", (_, character) => {
    const values = Array.from({ length: 1000 }, (_value, index) => character.repeat(index % 9))
    const message_bytes = 2000
    const lists = deal(values, { message_values: 1_000_000, message_bytes })
    for (const list of lists) assert.isAtMost(bytesOf(longestLine(list)) + 1, message_bytes)
    for (const list of lists.slice(0, -1)) assert.isAtLeast(bytesOf(print(list)), message_bytes - 450)
    assert.deepStrictEqual(lists.flat(), values)
  })

  it("a value that is too large has a message of its own, and those before and after it share theirs", () => {
    const large = "漢".repeat(400)
    assert.deepStrictEqual(dealt([1, 2, large, 3, 4], 100, 1000), [[1, 2], [large], [3, 4]])
    assert.deepStrictEqual(dealt([large, large], 100, 1000), [[large], [large]])
    assert.deepStrictEqual(dealt([large], 100, 1000), [[large]])
  })

  it("values are dealt unchanged, however they are printed", () => {
    const values: ReadonlyArray<Value> = [1e20, "é\u0000", { b: [1, null], a: true }]
    assert.deepStrictEqual(dealt(values, 10, 1000), [values])
    assert.deepStrictEqual(
      dealt(values, 1, 1000),
      values.map((value) => [value])
    )
  })

  it.prop(
    "any values within any bounds are all dealt in their order, and no list exceeds its bounds unless it is one value",
    {
      values: Schema.Array(Schema.Json),
      copies: Schema.Literals([1, 3, 40]),
      message_values: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 })),
      message_bytes: Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 1500 }))
    },
    ({ copies, message_bytes, message_values, values: few }) => {
      const values = Array.from({ length: copies }, () => few).flat()
      const lists = deal(values, { message_values, message_bytes })
      assert.deepStrictEqual(lists.flat(), values)
      for (const list of lists) {
        const { length } = list
        assert.isAtMost(length, message_values)
        if (length > 1) assert.isAtMost(bytesOf(longestLine(list)) + 1, message_bytes)
        else if (values.length > 0) assert.strictEqual(length, 1)
      }
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it("two lists fit if both are there and a message with both keeps within its bound", () => {
    const bounds = { message_values: 100, message_bytes: 1000 }
    const [large] = deal(["é".repeat(290)], bounds)
    const [small] = deal([123_456], bounds)
    const [smaller] = deal([12_345], bounds)
    assert.isFalse(fit(large, deal(["1234567890123"], bounds)[0], bounds))
    assert.isTrue(fit(large, small, bounds))
    assert.isTrue(fit(large, smaller, bounds))
    assert.isFalse(fit(undefined, small, bounds))
    assert.isFalse(fit(small, undefined, bounds))
  })
})
