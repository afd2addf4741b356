/**
 * A counter in Maelstrom's key-value service `seq-kv`: nodes share one key and change it by compare-and-set.
 *
 * `update` reads the sum and sets it by `cas`, which fails if somebody else was faster; then `update` begins anew. A plain
 * read followed by a write would lose additions.
 *
 * `seq-kv` is sequentially consistent, so it may show a node an old sum for ever. Nobody is shown anything older than his own
 * last change. So a node changes a key of its own before it reads.
 *
 * Stands partitions of the nodes, also one-way, loss, duplication, reordering, pauses, crashes and `amnesia`: nodes remember
 * nothing. When the service cannot be reached, a request fails, and an addition may or may not have been made.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { CallError } from "maelstrom-gossip/node/CallError"
import * as Handler from "maelstrom-gossip/node/Handler"
import { RequestError } from "maelstrom-gossip/node/RequestError"
import * as Message from "maelstrom-gossip/protocol/Message"
import * as Kv from "maelstrom-gossip/services/Kv"
import { SeqKv } from "maelstrom-gossip/services/SeqKv"

/** The service with keys and values that have types. */
const numbers = Effect.map(SeqKv, (kv) => Kv.schema(kv, { key: Schema.String, value: Schema.Int }))

/** Tells clients why a call has failed. The code says whether the request was certainly not carried out. */
const refuse = Effect.mapError((error: CallError | Schema.SchemaError) =>
  error._tag === "SchemaError"
    ? new RequestError({ code: Message.ErrorCode.crash, text: `seq-kv has something else: ${error.message}` })
    : new RequestError({ code: error.code, text: error.message })
)

const Add = Handler.layer({
  request: Message.body("add", { delta: Schema.Int }),
  sends: [Message.body("add_ok", {})],
  handle: Effect.fnUntraced(function* ({ delta }, { reply }) {
    const kv = yield* numbers
    yield* kv.update("sum", (sum) => sum + delta, { initial: 0 })
    return [reply({ type: "add_ok" })]
  }, refuse)
})

const Read = Handler.layer({
  request: Message.body("read", {}),
  sends: [Message.body("read_ok", { value: Schema.Int })],
  handle: Effect.fnUntraced(function* (_, { reply, self }) {
    const kv = yield* numbers
    yield* kv.update(`reads of ${self}`, (reads) => reads + 1, { initial: 0 })
    const value = yield* Effect.catchTag(kv.read("sum"), "KeyDoesNotExist", () => Effect.succeed(0))
    return [reply({ type: "read_ok", value })]
  }, refuse)
})

export const parts = Layer.merge(Add, Read).pipe(Layer.provide(SeqKv.layer))
