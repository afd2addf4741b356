/**
 * Every message of gossip survives its way over the wire, where the three things that a `gossip` may say are told apart by
 * its field `pull`, and the two kinds of a `gossip_sketch` by the field that is there.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Gossip, Request, Sent } from "../../src/gossip/Messages.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { Tagged } from "../../src/protocol/Message.ts"
import { Value, Values } from "../../src/protocol/Value.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import { withoutNegativeZero } from "../protocol/Json.ts"

const line = (body: unknown) => print({ src: "n2", dest: "n1", body })

const reading = Wire.reader(Request.cases)
const encodeSent = Wire.encoder<Sent>(Sent.cases)
const encodeRequest = Wire.encoder<Tagged>(Request.cases)

/** What a node reads in a body that the wire has. */
const read = (body: unknown) => {
  const what = reading(line(body))
  return what._tag === "Received" ? what.message : assert.fail(refusal(body))
}

/** Why a node does not take a body. */
const refusal = (body: unknown) => {
  const what = reading(line(body))
  switch (what._tag) {
    case "Received":
      return "it is taken"
    case "Refused":
      return what.text
    case "Unreadable":
      return what.reason
  }
}

/** JSON knows neither −0 nor members that are undefined. */
const asJson = (body: Tagged) => {
  const known = Object.entries(body).filter(([, member]) => member !== undefined)
  return withoutNegativeZero(Object.fromEntries(known))
}

describe("messages of gossip", () => {
  it.prop(
    "any message that is encoded, printed, parsed and decoded is the message that it was",
    { body: Request },
    ({ body }) => {
      const what = reading(line(encodeRequest(body)))
      if (what._tag !== "Received") return assert.fail(what._tag)
      const { message, ...header } = what
      assert.deepStrictEqual(asJson(message), asJson(body))
      assert.deepStrictEqual(header, { _tag: "Received", from: "n2", to: "n1", id: undefined, isReply: false })
    },
    { arbitrary: { runs: 1000, seed: 1 } }
  )

  it.prop(
    "encoding a gossip and decoding it gives the very gossip, for each of its kinds",
    { gossip: Gossip },
    ({ gossip }) => {
      const again = Schema.decodeSync(Gossip)(Schema.encodeSync(Gossip)(gossip))
      assert.deepStrictEqual<Gossip>(again, gossip.kind === "pull" ? { ...gossip, digest: gossip.digest } : gossip)
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  const digest = { count: 3, sum: 5 }
  const wire: ReadonlyArray<readonly [what: string, gossip: Gossip, text: string]> = [
    [
      "a forward, which has no field pull,",
      { type: "gossip", kind: "forward", values: [1, { a: [] }] },
      `{"type": "gossip", "messages": [1, {"a": []}]}`
    ],
    [
      "a part, whose pull is false,",
      { type: "gossip", kind: "part", values: [] },
      `{"type": "gossip", "messages": [], "pull": false}`
    ],
    [
      "a pull, whose pull is true,",
      { type: "gossip", kind: "pull", values: ["x"], digest },
      `{"type": "gossip", "messages": ["x"], "pull": true, "digest": {"count": 3, "sum": 5}}`
    ],
    [
      "a pull without a digest",
      { type: "gossip", kind: "pull", values: ["x"], digest: undefined },
      `{"type": "gossip", "messages": ["x"], "pull": true}`
    ]
  ]
  for (const [what, gossip, text] of wire) {
    it(`${what} is printed and read as the wire has it`, () => {
      assert.strictEqual(print(encodeSent(gossip)), text)
      assert.deepStrictEqual<unknown>(read(JSON.parse(text)), gossip)
    })
  }

  it.prop(
    "whatever fields a gossip has, pull says its kind, a single message comes after the others, and a digest is a pull's",
    {
      messages: Schema.UndefinedOr(Values),
      message: Schema.UndefinedOr(Value),
      pull: Schema.UndefinedOr(Schema.Boolean),
      digest: Schema.UndefinedOr(Schema.Struct({ count: Schema.Int, sum: Schema.Int }))
    },
    ({ digest: told, message, messages, pull }) => {
      const body = { type: "gossip", messages, message, pull, digest: told }
      if (messages === undefined && message === undefined) {
        assert.strictEqual(refusal(body), "gossip: messages: neither messages nor message is there")
        return
      }
      const all = [...(messages ?? []), ...(message === undefined ? [] : [message])]
      const kind = pull === undefined ? "forward" : pull ? "pull" : "part"
      const gossip = { type: "gossip", kind, values: all, ...(pull === true ? { digest: told } : {}) }
      assert.deepStrictEqual<unknown>(withoutNegativeZero(read(body)), withoutNegativeZero(gossip))
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it.each([
    { type: "gossip", messages: [] },
    { type: "gossip", message: null },
    { type: "gossip", message: false, extra: 1 },
    { type: "gossip_ok" },
    { type: "gossip_sketch", part: 0, parts: 1, hashes: [] },
    { type: "gossip_sketch", part: 31, parts: 32, cells: [0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { type: "gossip_repair", messages: [], want: [] },
    { type: "gossip_stats" },
    { type: "configure", fanout: 1 },
    { type: "configure", gossip_interval_ms: 3_600_000 },
    { type: "configure", fanout: 1_000_000, gossip_interval_ms: 1 }
  ])("%j is taken", (body) => {
    assert.strictEqual(read(body).type, body.type)
  })

  it.each([
    [{ type: "gossip" }, /^gossip: messages: neither messages nor message is there$/],
    [{ type: "gossip", messages: 1 }, /^gossip: messages: Expected array$/],
    [{ type: "gossip", messages: null }, /^gossip: messages: /],
    [{ type: "gossip", messages: { 0: 1 } }, /^gossip: messages: /],
    [{ type: "gossip", messages: [1], pull: "yes" }, /^gossip: pull: Expected boolean$/],
    [{ type: "gossip", messages: [1], pull: null }, /^gossip: pull: /],
    [{ type: "gossip", messages: [1], pull: true, digest: 5 }, /^gossip: digest: /],
    [{ type: "gossip", messages: [1], pull: true, digest: { count: 1.5, sum: 1 } }, /^gossip: digest\.count: /],
    [{ type: "gossip", messages: [1], pull: true, digest: { count: 1 } }, /^gossip: digest\.sum: /],
    [{ type: "gossip_ok", messages: "x" }, /^gossip_ok: messages: /],
    [{ type: "gossip_sketch", part: -1, parts: 1, hashes: [] }, /^gossip_sketch: part: /],
    [{ type: "gossip_sketch", part: 0, parts: 0, hashes: [] }, /^gossip_sketch: parts: /],
    [{ type: "gossip_sketch", part: 0, parts: 1 }, /^gossip_sketch: cells: neither cells nor hashes are there$/],
    [{ type: "gossip_sketch", part: 0, parts: 1, cells: [1, 2, 3] }, /^gossip_sketch: cells: must be three tables /],
    [{ type: "gossip_sketch", part: 0, parts: 1, cells: [] }, /^gossip_sketch: cells: must be three tables /],
    [{ type: "gossip_repair", messages: [] }, /^gossip_repair: want: /],
    [{ type: "gossip_repair", messages: [], want: ["x"] }, /^gossip_repair: want\.0: /],
    [{ type: "configure" }, /^configure: give at least one of fanout, /],
    [{ type: "configure", fanout: 0 }, /^configure: fanout: must be an integer from 1 to 1000000$/],
    [{ type: "configure", fanout: 2.5 }, /^configure: fanout: /],
    [{ type: "configure", gossip_interval_ms: 3_600_001 }, /^configure: gossip_interval_ms: /],
    [{ type: "read_ok", messages: [] }, /^read_ok: this node does not know messages of this type$/]
  ] as const)("%j is refused, and the field is named", (body, text) => {
    assert.match(refusal(body), text)
  })

  it("a misspelt type, kind or field of what is sent does not compile", () => {
    const sent: ReadonlyArray<Sent> = [
      { type: "gossip", kind: "part", values: [] },
      // @ts-expect-error -- the type is misspelt
      { type: "gosip", kind: "part", values: [] },
      // @ts-expect-error -- the kind is misspelt
      { type: "gossip", kind: "prat", values: [] },
      // @ts-expect-error -- the wire's name of a field that has another one inside
      { type: "gossip", kind: "part", messages: [] },
      // @ts-expect-error -- a field that a forward does not have
      { type: "gossip", kind: "forward", values: [], digest },
      // @ts-expect-error -- a field of the other kind of summary
      { type: "gossip_sketch", kind: "list", part: 0, parts: 1, cells: [] },
      // @ts-expect-error -- a field is left out
      { type: "gossip_repair", messages: [] }
    ]
    assert.lengthOf(sent, 7)
  })

  it.each([
    { type: "gossip_ok", messages: [1], of: digest, digest },
    { type: "gossip_ok" },
    { type: "gossip_sketch", part: 1, parts: 32, hashes: [7] },
    { type: "gossip_sketch", part: 1, parts: 32, cells: [1, 7, 3, 1, 7, 3, 1, 7, 3] },
    { type: "gossip_repair", messages: [{}], want: [3] }
  ])("%j is read and printed as it came", (body) => {
    assert.strictEqual(print(encodeRequest(read(body))), print(body))
  })
})
