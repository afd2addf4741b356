/**
 * A set that only grows, the same at all nodes sooner or later: gossip under other names.
 *
 * The service `Gossip` spreads values. Two handlers let clients use it as a set. Gossip has a `read` of its own, which the
 * second handler replaces; that is what `override` says.
 *
 * Stands partitions, also one-way, loss, duplication, reordering, pauses, crashes and wrong clocks. Only `amnesia` can lose
 * an element: when every node that had it forgets it.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Gossip } from "maelstrom-gossip/gossip/Gossip"
import * as Handler from "maelstrom-gossip/node/Handler"
import { RequestError } from "maelstrom-gossip/node/RequestError"
import * as Message from "maelstrom-gossip/protocol/Message"
import { Value, Values } from "maelstrom-gossip/protocol/Value"

const Add = Handler.layer({
  request: Message.body("add", { element: Value }),
  sends: [Message.body("add_ok", {})],
  handle: Effect.fnUntraced(
    function* ({ element }, { reply }) {
      const gossip = yield* Gossip
      yield* gossip.add(element)
      return [reply({ type: "add_ok" })]
    },
    Effect.mapError(({ message }) => new RequestError({ code: Message.ErrorCode.malformedRequest, text: message }))
  )
})

const Read = Handler.layer({
  request: Message.body("read", {}),
  sends: [Message.body("read_ok", { value: Values })],
  override: true,
  handle: Effect.fnUntraced(function* (_, { reply }) {
    const gossip = yield* Gossip
    return [reply({ type: "read_ok", value: yield* gossip.known })]
  })
})

export const parts = Layer.merge(Add, Read).pipe(Layer.provideMerge(Gossip.layer))
