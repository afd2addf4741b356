/**
 * One line of text ↔ one message, and the reasons for which a line is none.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Wire from "../../src/protocol/Wire.ts"

const reasonOf = (line: string) => Result.getOrUndefined(Result.flip(Wire.decode(line)))

describe("Wire", () => {
  it("reads the envelope and leaves the body as it is", () => {
    assert.deepStrictEqual(
      Result.getOrThrow(Wire.decode(`{"id": 7, "src": "c1", "dest": "n1", "body": {"type": 3, "x": [null]}}`)),
      { src: "c1", dest: "n1", body: { type: 3, x: [null] } }
    )
  })

  it("reads a line that ends in a carriage return", () => {
    assert.isTrue(Result.isSuccess(Wire.decode(`{"src": "c1", "dest": "n1", "body": {}}\r`)))
  })

  it("keeps keys named __proto__ as members", () => {
    const { body } = Result.getOrThrow(
      Wire.decode(`{"src": "a", "dest": "b", "body": {"__proto__": {"type": "read"}}}`)
    )
    assert.deepStrictEqual(Object.keys(body), ["__proto__"])
    assert.isUndefined(body["type"])
  })

  it.each([
    ["nonsense", /^not JSON: /],
    ["", /^not JSON: /],
    [`{"src": "c1"`, /^not JSON: /],
    ["[]", /^not an envelope: /],
    ["null", /^not an envelope: /],
    ["1e3", /^not an envelope: /],
    [`{"dest": "n1", "body": {}}`, /^not an envelope: src: /],
    [`{"src": 1, "dest": "n1", "body": {}}`, /^not an envelope: src: /],
    [`{"src": "", "dest": "n1", "body": {}}`, /^not an envelope: src: /],
    [`{"src": "c1", "dest": "", "body": {}}`, /^not an envelope: dest: /],
    [`{"src": "c1", "dest": "n1"}`, /^not an envelope: body: /],
    [`{"src": "c1", "dest": "n1", "body": []}`, /^not an envelope: body: .*object/],
    [`{"src": "c1", "dest": "n1", "body": null}`, /^not an envelope: body: .*object/]
  ])("says why %s is no message", (line, reason) => {
    assert.match(String(reasonOf(line)), reason)
  })

  it("names the field that cannot be carried unaltered", () => {
    assert.deepStrictEqual(
      Wire.flaw(`{"src": "c1", "dest": "n1", "body": {"message": {"a": [9007199254740993]}}}`),
      Option.some("message.a.0: the integer is beyond ±(2^53 − 1)")
    )
  })

  it("prints the head, the members in their order, then the ids", () => {
    const body = Wire.printBody({ type: "read_ok", messages: [1] })
    const head = Wire.printHead("n1", "c\n1")
    assert.strictEqual(
      Wire.printMessage(head, body, 4, 5),
      `{"src": "n1", "dest": "c\\n1", "body": {"type": "read_ok", "messages": [1], "in_reply_to": 4, "msg_id": 5}}`
    )
    assert.strictEqual(
      Wire.printMessage(head, body, undefined, 5),
      `{"src": "n1", "dest": "c\\n1", "body": {"type": "read_ok", "messages": [1], "msg_id": 5}}`
    )
  })

  it.prop(
    "takes any line for a message or gives one reason on one line",
    { line: Schema.String },
    ({ line }) => {
      const result = Wire.decode(line)
      assert.isTrue(Result.isFailure(result) ? result.failure.length > 0 : result.success.src.length > 0)
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )
})
