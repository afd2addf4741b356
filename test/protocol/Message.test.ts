/**
 * Every message survives its way over the wire: encoded, printed, read and decoded it is what it was.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Gossip from "../../src/gossip/Messages.ts"
import * as Broadcast from "../../src/protocol/Broadcast.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { withoutNegativeZero } from "./Json.ts"

/** Every message of this package. */
const members = [
  Message.Init,
  Message.InitOk,
  Message.ErrorReply,
  Broadcast.Topology,
  Broadcast.TopologyOk,
  Broadcast.Broadcast,
  Broadcast.BroadcastOk,
  Broadcast.Read,
  Broadcast.ReadOk,
  Gossip.Gossip,
  Gossip.GossipSketch,
  Gossip.GossipRepair,
  Gossip.GossipStats,
  Gossip.GossipStatsOk,
  Gossip.Configure,
  Gossip.ConfigureOk
] as const
const Body = Message.union(...members)
type Body = typeof Body.Type

const encode = Wire.encoder<Body>(Body.cases)
const read = Wire.reader(Body.cases)
const accepts = (body: unknown) => Result.isSuccess(Schema.decodeUnknownResult(Body)(body))

/** A body as it compares: without members that are undefined, with 0 for −0. */
const comparable = (body: unknown): unknown => withoutNegativeZero(JSON.parse(JSON.stringify(body)))

describe("Message", () => {
  it.prop(
    "a message of any type that is encoded, printed and read again is the message that it was",
    {
      src: Message.NodeId,
      dest: Message.NodeId,
      body: Body,
      in_reply_to: Schema.UndefinedOr(Message.MessageId),
      msg_id: Message.MessageId
    },
    ({ body, dest, in_reply_to, msg_id, src }) => {
      const line = Wire.printer()({ src, dest, body: encode(body), in_reply_to, msg_id })
      const reading = read(line)
      if (reading._tag !== "Received") return assert.fail(reading._tag)
      const { message, ...header } = reading
      assert.deepStrictEqual(header, {
        _tag: "Received",
        from: src,
        to: dest,
        id: msg_id === 0 ? 0 : msg_id,
        isReply: in_reply_to !== undefined
      })
      assert.deepStrictEqual(comparable(message), comparable(body))
    },
    { arbitrary: { runs: 1500, seed: 1 } }
  )

  it.prop(
    "a printed message has the members of its body in their order, then its ids",
    { body: Body, in_reply_to: Message.MessageId, msg_id: Message.MessageId },
    ({ body, in_reply_to, msg_id }) => {
      const encoded = encode(body)
      const line = Wire.printer()({ src: "n1", dest: "n2", body: encoded, in_reply_to, msg_id })
      const expected = print({ src: "n1", dest: "n2", body: { ...encoded, in_reply_to, msg_id } })
      assert.strictEqual(line, expected)
    },
    { arbitrary: { runs: 300, seed: 2 } }
  )

  it("a union has a guard and a schema for each of its types", () => {
    const body = Schema.decodeSync(Body)({ type: "read" })
    assert.isTrue(Body.guards.read(body))
    assert.isFalse(Body.guards.broadcast(body))
    assert.deepStrictEqual(Object.keys(Body.cases).length, members.length)
  })

  it("a match handles every message by its type", () => {
    const Few = Message.union(Broadcast.Read, Message.ErrorReply)
    const name = Few.match({ read: () => "a read", error: ({ code }) => `error ${code}` })
    assert.strictEqual(name({ type: "read" }), "a read")
    assert.strictEqual(name({ type: "error", code: 13, text: "" }), "error 13")
  })

  it("a match that forgets a type, or misspells it, does not compile", () => {
    const Few = Message.union(Broadcast.Read, Message.ErrorReply)
    // @ts-expect-error -- `error` is missing
    assert.isFunction(Few.match({ read: () => 1 }))
    // @ts-expect-error -- `reed` is no type of the union
    assert.isFunction(Few.match({ reed: () => 1, error: () => 2 }))
  })

  it("a union without members has no types", () => {
    assert.deepStrictEqual(Object.keys(Message.union().cases), [])
  })

  it.each([
    { type: "init", node_id: "n1", node_ids: ["n1", "n2"], msg_id: 0 },
    { type: "topology", topology: {} },
    { type: "broadcast", message: null, msg_id: 1 },
    { type: "gossip", messages: [] },
    { type: "gossip", message: null },
    { type: "configure", fanout: 1 },
    { type: "configure", meeting_ms: 3_600_000 },
    { type: "configure", fanout: 1_000_000, meeting_ms: 0 },
    { type: "error", code: Message.ErrorCode.crash, text: "", in_reply_to: 0 }
  ])("the body %j is accepted", (body) => {
    assert.isTrue(accepts(body))
  })

  it.each([
    { type: "nothing" },
    {},
    { type: "init", node_id: "", node_ids: [] },
    { type: "init", node_id: "n1", node_ids: [1] },
    { type: "topology", topology: { n1: "n2" } },
    { type: "broadcast" },
    { type: "gossip" },
    { type: "configure" },
    { type: "configure", fanout: -1 },
    { type: "configure", fanout: 1_000_001 },
    { type: "configure", fanout: 2.5 },
    { type: "configure", meeting_ms: -1 },
    { type: "configure", meeting_ms: 3_600_001 },
    { type: "read_ok", messages: 1 },
    { type: "error", code: "13", text: "" }
  ])("the body %j is refused", (body) => {
    assert.isFalse(accepts(body))
  })

  it("a body of a new type is made of its type and its fields, and anything else that it has is left out", () => {
    const Add = Message.body("add", { delta: Schema.Int })
    assert.deepStrictEqual(Schema.decodeUnknownSync(Add)({ type: "add", delta: 1, msg_id: 2, more: 3 }), {
      type: "add",
      delta: 1
    })
    assert.isFalse(Schema.is(Add)({ type: "add" }))
    assert.isFalse(Schema.is(Add)({ type: "sub", delta: 1 }))
  })

  it("a body that names an id, another type or another field does not compile", () => {
    const Add = Message.body("add", { delta: Schema.Int })
    type Add = typeof Add.Type
    const right: Add = { type: "add", delta: 1 }
    // @ts-expect-error -- the type is misspelt
    const type: Add = { type: "ad", delta: 1 }
    // @ts-expect-error -- the field is misspelt
    const field: Add = { type: "add", delt: 1 }
    // @ts-expect-error -- the ids of a message are no part of its body
    const id: Add = { type: "add", delta: 1, in_reply_to: 1 }
    assert.deepStrictEqual([right, type, field, id].map(accepts), [false, false, false, false])
  })
})
