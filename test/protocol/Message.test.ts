/**
 * Every message survives its way over the wire: printed, parsed and decoded it is what it was.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { print } from "../../src/protocol/JsonText.ts"
import { Body, Envelope, ErrorCode, MessageId, NodeId, reply, request } from "../../src/protocol/Message.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import { withoutNegativeZero } from "./Json.ts"

const encode = Schema.encodeEffect(Body)
const decode = Schema.decodeUnknownEffect(Body)
const accepts = (body: unknown) => Schema.is(Body)(body)

describe("Message", () => {
  it.effect.prop(
    "a body that is printed, parsed and decoded is the body that it was",
    { body: Body },
    Effect.fnUntraced(function* ({ body }) {
      const line = print({ src: "n1", dest: "n2", body: yield* encode(body) })
      assert.deepStrictEqual(Wire.flaw(line), Option.none())
      const incoming = yield* Effect.fromResult(Wire.decode(line))
      assert.deepStrictEqual(withoutNegativeZero(yield* decode(incoming.body)), withoutNegativeZero(body))
    }),
    { arbitrary: { runs: 1000, seed: 1 } }
  )

  it.effect.prop(
    "so is a whole message, its ids given by the node",
    { src: NodeId, dest: NodeId, body: Body, in_reply_to: MessageId, msg_id: MessageId },
    Effect.fnUntraced(function* ({ body, dest, in_reply_to, msg_id, src }) {
      const { in_reply_to: _theirs, msg_id: _id, ...own } = { in_reply_to: 0, ...(yield* encode(body)) }
      const printed = Wire.printBody(own)
      const line = Wire.printMessage(Wire.printHead(src, dest), printed, in_reply_to, msg_id)
      const incoming = Result.getOrThrow(Wire.decode(line))
      assert.deepStrictEqual(incoming, {
        src,
        dest,
        body: Object.fromEntries(
          Object.entries({ ...own, in_reply_to, msg_id }).map(([name, member]) => [name, withoutNegativeZero(member)])
        )
      })
      assert.strictEqual(print(incoming).replaceAll(/\s/g, ""), line.replaceAll(/\s/g, ""))
    }),
    { arbitrary: { runs: 300, seed: 2 } }
  )

  it("matches every body by its type", () => {
    const body = Schema.decodeSync(Envelope)({ src: "c1", dest: "n1", body: { type: "read", msg_id: 3 } }).body
    assert.isTrue(Body.guards.read(body))
    assert.isFalse(Body.guards.broadcast(body))
  })

  it.each([
    { type: "init", node_id: "n1", node_ids: ["n1", "n2"], msg_id: 0 },
    { type: "topology", topology: {} },
    { type: "broadcast", message: null, msg_id: 1 },
    { type: "gossip", messages: [] },
    { type: "gossip", message: null },
    { type: "configure", fanout: 1 },
    { type: "configure", gossip_interval_ms: 3_600_000 },
    { type: "configure", fanout: 1_000_000, gossip_interval_ms: 1 },
    { type: "error", code: ErrorCode.crash, text: "", in_reply_to: 0 }
  ])("accepts %j", (body) => {
    assert.isTrue(accepts(body))
  })

  it.each([
    { type: "nothing" },
    {},
    { type: "init", node_id: "", node_ids: [] },
    { type: "init", node_id: "n1", node_ids: [1] },
    { type: "topology", topology: { n1: "n2" } },
    { type: "broadcast" },
    { type: "broadcast", message: 1, msg_id: 1.5 },
    { type: "broadcast", message: 1, msg_id: 2 ** 53 },
    { type: "broadcast", message: 1, msg_id: "1" },
    { type: "gossip" },
    { type: "configure" },
    { type: "configure", fanout: 0 },
    { type: "configure", fanout: 1_000_001 },
    { type: "configure", fanout: 2.5 },
    { type: "configure", gossip_interval_ms: 0 },
    { type: "configure", gossip_interval_ms: 3_600_001 },
    { type: "read_ok", messages: [] }
  ])("refuses %j", (body) => {
    assert.isFalse(accepts(body))
  })

  it("builds requests and replies of other types", () => {
    const Add = request("add", { delta: Schema.Int })
    const AddOk = reply("add_ok", { sum: Schema.Int })
    assert.deepStrictEqual(Schema.decodeUnknownSync(Add)({ type: "add", delta: 1, msg_id: 2, more: 3 }), {
      type: "add",
      delta: 1,
      msg_id: 2
    })
    assert.isFalse(Schema.is(AddOk)({ type: "add_ok", sum: 1 }))
    assert.isTrue(Schema.is(AddOk)({ type: "add_ok", sum: 1, in_reply_to: 2 }))
  })
})
