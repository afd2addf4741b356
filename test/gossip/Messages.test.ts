/**
 * Every message of gossip survives its way over the wire, where the four things that a `gossip` may say and the two kinds of
 * a `gossip_sketch` are told apart by the fields that are there.
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
    case "Returned":
      return "it answers a call"
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
      assert.deepStrictEqual(asJson(again), asJson(gossip))
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  const confirmed = { up_to: 1000, count: 3, sum: 5 }
  const wire: ReadonlyArray<readonly [what: string, gossip: Gossip, text: string]> = [
    [
      "a forward, which has values alone,",
      { type: "gossip", kind: "forward", values: [1, { a: [] }] },
      `{"type": "gossip", "messages": [1, {"a": []}]}`
    ],
    ["a forward of nothing", { type: "gossip", kind: "forward", values: [] }, `{"type": "gossip", "messages": []}`],
    [
      "an arrival, which names the meeting,",
      { type: "gossip", kind: "arrival", values: ["x"], meeting: 460, needed: undefined },
      `{"type": "gossip", "messages": ["x"], "meeting": 460}`
    ],
    [
      "an arrival of somebody to whom others came too late",
      { type: "gossip", kind: "arrival", values: ["x"], meeting: 460, needed: 120 },
      `{"type": "gossip", "messages": ["x"], "meeting": 460, "needed": 120}`
    ],
    [
      "a list, which names the host's wait,",
      { type: "gossip", kind: "list", values: ["x"], meeting: 460, wait: 90, needed: undefined, earlier: undefined },
      `{"type": "gossip", "messages": ["x"], "meeting": 460, "wait": 90}`
    ],
    [
      "a list with all that a host may tell",
      {
        type: "gossip",
        kind: "list",
        values: [],
        meeting: 1460,
        wait: 0,
        needed: 12.5,
        earlier: { ago: 460, count: 3, sum: 5 }
      },
      `{"type": "gossip", "messages": [], "meeting": 1460, "wait": 0, "needed": 12.5, "ago": 460, "count": 3, "sum": 5}`
    ],
    [
      "a comparison, which has no values and a digest,",
      { type: "gossip", kind: "compare", confirmed },
      `{"type": "gossip", "messages": [], "confirmed": {"up_to": 1000, "count": 3, "sum": 5}}`
    ]
  ]
  for (const [what, gossip, text] of wire) {
    it(`${what} is printed and read as the wire has it`, () => {
      assert.strictEqual(print(encodeSent(gossip)), text)
      assert.deepStrictEqual<unknown>(asJson(read(JSON.parse(text))), asJson(gossip))
    })
  }

  const Begin = Schema.Int.check(Schema.isBetween({ minimum: -1_000_000, maximum: 2_000_000_000_000 }))
  const Millis = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))

  it.prop(
    "whatever fields a gossip has, whoever reads no more than messages and message learns all of its values",
    {
      messages: Schema.UndefinedOr(Values),
      message: Schema.UndefinedOr(Value),
      meeting: Schema.UndefinedOr(Begin),
      wait: Schema.UndefinedOr(Millis),
      needed: Schema.UndefinedOr(Millis),
      confirmed: Schema.UndefinedOr(Schema.Struct({ up_to: Begin, count: Schema.Int, sum: Schema.Int })),
      ago: Schema.UndefinedOr(Millis),
      count: Schema.UndefinedOr(Schema.Int),
      sum: Schema.UndefinedOr(Schema.Int)
    },
    ({ message, messages, ...fields }) => {
      const body = { type: "gossip", messages, message, ...fields }
      if (messages === undefined && message === undefined) {
        assert.strictEqual(refusal(body), "gossip: messages: neither messages nor message is there")
        return
      }
      const all = [...(messages ?? []), ...(message === undefined ? [] : [message])]
      const gossip = Schema.decodeUnknownSync(Gossip)(JSON.parse(print(body)))
      const values = gossip.kind === "compare" ? [] : gossip.values
      assert.deepStrictEqual(withoutNegativeZero(values), withoutNegativeZero(all))
      const { confirmed: told, meeting, wait } = fields
      const kind =
        meeting === undefined
          ? told === undefined || all.length > 0
            ? "forward"
            : "compare"
          : wait === undefined
            ? "arrival"
            : "list"
      assert.strictEqual(gossip.kind, kind)
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it.prop(
    "a peer that knows no more of a gossip than its messages learns all values that a node sends",
    { gossip: Gossip },
    ({ gossip }) => {
      const { messages } = Schema.encodeSync(Gossip)(gossip)
      assert.deepStrictEqual(messages, gossip.kind === "compare" ? [] : gossip.values)
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it.each([
    { type: "gossip", messages: [] },
    { type: "gossip", message: null },
    { type: "gossip", message: false, extra: 1 },
    { type: "gossip", messages: [1], wait: 5 },
    { type: "gossip", messages: [1], confirmed: { up_to: 1, count: 0, sum: 0 } },
    { type: "gossip_sketch", part: 0, parts: 1, hashes: [] },
    { type: "gossip_sketch", part: 31, parts: 32, cells: [0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { type: "gossip_repair", messages: [], want: [] },
    { type: "gossip_stats" },
    { type: "configure", fanout: 1 },
    { type: "configure", meeting_ms: 3_600_000 },
    { type: "configure", attendance: 0.5 },
    { type: "configure", fanout: 1_000_000, meeting_ms: 0 }
  ])("%j is taken", (body) => {
    assert.strictEqual(read(body).type, body.type)
  })

  it.each([
    [{ type: "gossip" }, /^gossip: messages: neither messages nor message is there$/],
    [{ type: "gossip", messages: 1 }, /^gossip: messages: Expected array$/],
    [{ type: "gossip", messages: null }, /^gossip: messages: /],
    [{ type: "gossip", messages: { 0: 1 } }, /^gossip: messages: /],
    [{ type: "gossip", messages: [1], meeting: "noon" }, /^gossip: meeting: /],
    [{ type: "gossip", messages: [1], meeting: null }, /^gossip: meeting: /],
    [{ type: "gossip", messages: [1], meeting: 1e15 }, /^gossip: meeting: /],
    [{ type: "gossip", messages: [1], meeting: 1, wait: -1 }, /^gossip: wait: /],
    [{ type: "gossip", messages: [1], meeting: 1, wait: 1e15 }, /^gossip: wait: /],
    [{ type: "gossip", messages: [1], meeting: 1, needed: -1 }, /^gossip: needed: /],
    [{ type: "gossip", messages: [1], meeting: 1, needed: 1e308 }, /^gossip: needed: /],
    [{ type: "gossip", messages: [1], meeting: 1, wait: 1, ago: -1e15 }, /^gossip: ago: /],
    [{ type: "gossip", messages: [], confirmed: { up_to: 1e300, count: 1, sum: 1 } }, /^gossip: confirmed\.up_to: /],
    [
      { type: "gossip_sketch", part: 0, parts: 1, hashes: [], confirmed: { up_to: -1e15, count: 1, sum: 1 } },
      /^gossip_sketch: confirmed\.up_to: /
    ],
    [{ type: "gossip", messages: [], ago: "5" }, /^gossip: ago: /],
    [{ type: "gossip", messages: [], count: 1.5 }, /^gossip: count: /],
    [{ type: "gossip", messages: [], confirmed: 5 }, /^gossip: confirmed: /],
    [{ type: "gossip", messages: [], confirmed: { count: 1, sum: 1 } }, /^gossip: confirmed\.up_to: /],
    [{ type: "gossip", messages: [], confirmed: { up_to: 1, count: 1.5, sum: 1 } }, /^gossip: confirmed\.count: /],
    [{ type: "gossip", messages: [], confirmed: { up_to: 1, count: 1 } }, /^gossip: confirmed\.sum: /],
    [{ type: "gossip_ok", messages: [1] }, /^gossip_ok: this node does not know messages of this type$/],
    [{ type: "gossip_sketch", part: -1, parts: 1, hashes: [] }, /^gossip_sketch: part: /],
    [{ type: "gossip_sketch", part: 0, parts: 0, hashes: [] }, /^gossip_sketch: parts: /],
    [{ type: "gossip_sketch", part: 0, parts: 1 }, /^gossip_sketch: cells: neither cells nor hashes are there$/],
    [{ type: "gossip_sketch", part: 0, parts: 1, cells: [1, 2, 3] }, /^gossip_sketch: cells: must be three tables /],
    [{ type: "gossip_sketch", part: 0, parts: 1, cells: [] }, /^gossip_sketch: cells: must be three tables /],
    [{ type: "gossip_repair", messages: [] }, /^gossip_repair: want: /],
    [{ type: "gossip_repair", messages: [], want: ["x"] }, /^gossip_repair: want\.0: /],
    [{ type: "configure" }, /^configure: give at least one of fanout, /],
    [{ type: "configure", fanout: -1 }, /^configure: fanout: must be an integer from 0 to 1000000$/],
    [{ type: "configure", fanout: 2.5 }, /^configure: fanout: /],
    [{ type: "configure", meeting_ms: 3_600_001 }, /^configure: meeting_ms: /],
    [{ type: "read_ok", messages: [] }, /^read_ok: this node does not know messages of this type$/]
  ] as const)("%j is refused, and the field is named", (body, text) => {
    assert.match(refusal(body), text)
  })

  it("a misspelt type, kind or field of what is sent does not compile", () => {
    const sent: ReadonlyArray<Sent> = [
      { type: "gossip", kind: "forward", values: [] },
      // @ts-expect-error -- the type is misspelt
      { type: "gosip", kind: "forward", values: [] },
      // @ts-expect-error -- the kind is misspelt
      { type: "gossip", kind: "forwrad", values: [] },
      // @ts-expect-error -- the wire's name of a field that has another one inside
      { type: "gossip", kind: "forward", messages: [] },
      // @ts-expect-error -- a field that a forward does not have
      { type: "gossip", kind: "forward", values: [], confirmed },
      // @ts-expect-error -- a field of the other kind of summary
      { type: "gossip_sketch", kind: "hashes", part: 0, parts: 1, cells: [] },
      // @ts-expect-error -- a field is left out
      { type: "gossip_repair", messages: [] }
    ]
    assert.lengthOf(sent, 7)
  })

  it.each([
    { type: "gossip", messages: [1], meeting: 5, wait: 2, needed: 1, ago: 3, count: 3, sum: 5 },
    { type: "gossip_sketch", part: 1, parts: 32, hashes: [7] },
    { type: "gossip_sketch", part: 1, parts: 32, cells: [1, 7, 3, 1, 7, 3, 1, 7, 3] },
    { type: "gossip_sketch", part: 0, parts: 1, confirmed, hashes: [7] },
    { type: "gossip_sketch", part: 0, parts: 1, confirmed, cells: [1, 7, 3, 1, 7, 3, 1, 7, 3] },
    { type: "gossip_repair", messages: [{}], want: [3] }
  ])("%j is read and printed as it came", (body) => {
    assert.strictEqual(print(encodeRequest(read(body))), print(body))
  })
})
