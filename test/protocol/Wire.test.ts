/**
 * One line of text ↔ one message, and the reasons for which a line is none.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Printed } from "../../src/protocol/JsonText.ts"
import { Unreadable } from "../../src/protocol/Lines.ts"
import * as Message from "../../src/protocol/Message.ts"
import { Value } from "../../src/protocol/Value.ts"
import * as Wire from "../../src/protocol/Wire.ts"

const Put = Message.body("put", { value: Value })
const Get = Message.body("get", {})
/** Says `n` on the wire and `count` inside, which is not negative. */
const Add = Message.body("add", { n: Schema.Int }).pipe(
  Schema.decodeTo(
    Schema.toType(Message.body("add", { count: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)) })),
    SchemaTransformation.transform({
      decode: ({ n }) => ({ type: "add" as const, count: n }),
      encode: ({ count }) => ({ type: "add" as const, n: count })
    })
  )
)
const Request = Message.union(Put, Get, Add)
type Request = typeof Request.Type

const read = Wire.reader(Request.cases)

const lineOf = (body: string) => `{"src": "c1", "dest": "n1", "body": ${body}}`

/** Why a body is refused. */
const refusalOf = (body: string) => {
  const reading = read(lineOf(body))
  return reading._tag === "Refused" ? reading : assert.fail(`it is ${reading._tag}`)
}

const noMessage: ReadonlyArray<readonly [line: string, reason: RegExp]> = [
  ["nonsense", /^not JSON: /],
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
]

describe("Wire", () => {
  describe("envelope", () => {
    it("the envelope of a line is read, and its body is left as it is", () => {
      assert.deepStrictEqual(
        Result.getOrThrow(Wire.envelope(`{"id": 7, "src": "c1", "dest": "n1", "body": {"type": 3, "x": [null]}}`)).body,
        { type: 3, x: [null] }
      )
    })

    it("the envelope of a line that ends in a carriage return is read", () => {
      assert.isTrue(Result.isSuccess(Wire.envelope(`{"src": "c1", "dest": "n1", "body": {}}\r`)))
    })

    it("a key named __proto__ is a member of the body like any other", () => {
      const { body } = Result.getOrThrow(
        Wire.envelope(`{"src": "a", "dest": "b", "body": {"__proto__": {"type": "read"}}}`)
      )
      assert.deepStrictEqual(Object.keys(body), ["__proto__"])
      assert.isUndefined(body["type"])
    })

    it.each(noMessage)("the line %s has no envelope, and the reason is told", (line, reason) => {
      assert.match(Result.getOrThrow(Result.flip(Wire.envelope(line))).reason, reason)
    })

    it.prop(
      "any line has an envelope or a reason why not, which is empty only for a blank line",
      { line: Schema.String },
      ({ line }) => {
        const result = Wire.envelope(line)
        assert.isTrue(
          Result.isFailure(result)
            ? (result.failure.reason === "") === (line.trim() === "")
            : result.success.src.length > 0
        )
      },
      { arbitrary: { runs: 300, seed: 1 } }
    )
  })

  describe("reader", () => {
    it("a line is decoded as a message of the union, its ids apart from its body", () => {
      assert.deepStrictEqual<unknown>(read(lineOf(`{"type": "put", "value": [1], "msg_id": 4}`)), {
        _tag: "Received",
        from: "c1",
        to: "n1",
        id: 4,
        isReply: false,
        message: { type: "put", value: [1] }
      })
      assert.deepStrictEqual(read(lineOf(`{"type": "get", "in_reply_to": 4}`)), {
        _tag: "Received",
        from: "c1",
        to: "n1",
        id: undefined,
        isReply: true,
        message: { type: "get" }
      })
    })

    it("a body is decoded to the form that its schema has inside", () => {
      const reading = read(lineOf(`{"type": "add", "n": 3}`))
      assert.deepStrictEqual<unknown>(reading._tag === "Received" && reading.message, { type: "add", count: 3 })
    })

    it.each(noMessage)("the line %s is not decoded, and the reason is told", (line, reason) => {
      const failure = read(line)
      assert.isTrue(failure instanceof Unreadable && reason.test(failure.reason))
    })

    it.each(["", " ", "\r", "\t "])("the blank line %j is not decoded, and needs no reason", (line) => {
      assert.deepStrictEqual(read(line), new Unreadable(""))
    })

    it("a line that was unreadable before stays so, with its reason", () => {
      const line = new Unreadable("not UTF-8")
      assert.strictEqual(read(line), line)
    })

    it.each([
      [`{"msg_id": 1}`, undefined, 12, /^type: /],
      [`{"type": 7, "msg_id": 1}`, undefined, 12, /^type: /],
      [`{"type": "mystery", "msg_id": 1}`, "mystery", 10, /^mystery: /],
      [`{"type": "toString", "msg_id": 1}`, "toString", 10, /^toString: /],
      [`{"type": "put", "msg_id": 1}`, "put", 12, /^put: value: /],
      [`{"type": "add", "n": "1", "msg_id": 1}`, "add", 12, /^add: n: /],
      [`{"type": "add", "n": -1, "msg_id": 1}`, "add", 12, /^add: count: /],
      [`{"type": "put", "value": 9007199254740993, "msg_id": 1}`, "put", 12, /^put: value: .*2\^53/],
      [`{"type": "put", "value": [1e999], "msg_id": 1}`, "put", 12, /^put: value\.0: .*64-bit/]
    ])("the body %s is refused with its type, an error code and the field", (body, type, code, text) => {
      const refused = refusalOf(body)
      assert.deepStrictEqual([refused.type, refused.code], [type, code])
      assert.match(refused.text, text)
      assert.deepStrictEqual([refused.from, refused.to, refused.id, refused.isReply], ["c1", "n1", 1, false])
    })

    it.each(["1.5", "null", `"1"`, "{}", "9007199254740993"])(
      "the msg_id %s is refused, and nobody can be answered",
      (id) => {
        const { code, id: answered, text } = refusalOf(`{"type": "get", "msg_id": ${id}}`)
        assert.deepStrictEqual([code, answered], [Message.ErrorCode.malformedRequest, undefined])
        assert.match(text, /^get: msg_id: /)
      }
    )

    it("a field that cannot be carried unaltered is named, whatever else is wrong", () => {
      assert.strictEqual(
        refusalOf(`{"type": "put", "value": {"a": [9007199254740993]}}`).text,
        "put: value.a.0: the integer is beyond ±(2^53 − 1)"
      )
      assert.strictEqual(
        refusalOf(`{"type": "add", "n": "x", "m": 9007199254740993}`).text,
        "add: m: the integer is beyond ±(2^53 − 1)"
      )
    })
  })

  describe("encoder", () => {
    it("a body is encoded to the form that the wire has", () => {
      const encode = Wire.encoder<Request>(Request.cases)
      assert.deepStrictEqual(encode({ type: "add", count: 3 }), { type: "add", n: 3 })
      assert.deepStrictEqual(encode({ type: "get" }), { type: "get" })
    })

    it("a body that goes to many is encoded once", () => {
      const encode = Wire.encoder<Request>(Request.cases)
      const body: Request = { type: "put", value: [1] }
      assert.strictEqual(encode(body), encode(body))
      assert.deepStrictEqual(encode({ type: "put", value: [2] }), { type: "put", value: [2] })
      assert.deepStrictEqual(encode(body), { type: "put", value: [1] })
    })

    it("an encoder throws for a body that does not fit its schema, and goes on", () => {
      const encode = Wire.encoder<Request>(Request.cases)
      const wrong: Request = { type: "add", count: 0.5 }
      assert.throws(() => encode(wrong), /count|integer/i)
      assert.throws(() => encode(wrong), /count|integer/i)
      assert.deepStrictEqual(encode({ type: "add", count: 1 }), { type: "add", n: 1 })
    })

    it("an encoder throws for a body whose type is not among those sent, and names it", () => {
      const encode = Wire.encoder<Message.Tagged>(Message.union(Get).cases)
      assert.throws(() => encode({ type: "put" }), `"put"`)
      assert.throws(() => encode({ type: "toString" }), `"toString"`)
    })
  })

  describe("printer", () => {
    const body = { type: "read_ok", messages: [1] }

    it("a message is printed as its names, the members of its body in their order, then the ids", () => {
      const print = Wire.printer()
      assert.strictEqual(
        print({ src: "n1", dest: "c\n1", body, in_reply_to: 4, msg_id: 5 }),
        `{"src": "n1", "dest": "c\\n1", "body": {"type": "read_ok", "messages": [1], "in_reply_to": 4, "msg_id": 5}}`
      )
      assert.strictEqual(
        print({ src: "n1", dest: "c\n1", body, in_reply_to: undefined, msg_id: 5 }),
        `{"src": "n1", "dest": "c\\n1", "body": {"type": "read_ok", "messages": [1], "msg_id": 5}}`
      )
    })

    it("a body that goes to many is printed once", () => {
      let asked = 0
      const messages = new Printed(() => {
        asked++
        return "[1]"
      })
      const print = Wire.printer()
      const shared = { type: "read_ok", messages }
      for (const dest of ["n2", "n3"]) print({ src: "n1", dest, body: shared, in_reply_to: undefined, msg_id: 0 })
      assert.strictEqual(asked, 1)
    })

    const Name = Schema.Literals(["n1", "n2", `"`])
    const Sent = Schema.Struct({
      src: Name,
      dest: Name,
      body: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 })),
      in_reply_to: Schema.UndefinedOr(Schema.Int),
      msg_id: Schema.Int
    })

    it.prop(
      "a message is printed the same whatever was printed before",
      { sent: Schema.Array(Sent) },
      ({ sent }) => {
        const bodies = [{ type: "a" }, { type: "b", x: [1] }, { type: "a", y: "z" }]
        const messages = sent.map((one) => ({ ...one, body: bodies[one.body] ?? { type: "none" } }))
        assert.deepStrictEqual(
          messages.map(Wire.printer()),
          messages.map((one) => Wire.printer()(one))
        )
      },
      { arbitrary: { runs: 300, seed: 1 } }
    )
  })
})
