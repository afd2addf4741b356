/**
 * Membership: every node knows which nodes are up.
 *
 * If nodes spread heartbeats by gossip, the set of values would grow for ever. Here only news is spread. Twice a second a node
 * pings a random peer, which costs two messages and leaves nothing behind. If that shows something else than what is known,
 * the node adds one value: `[peer, change]`, where the changes of a node are numbered. Number 1 says that it went down, number
 * 2 that it came back, and so on. Nodes that notice the same at the same time add the same value, so it is there only once.
 *
 * Stands partitions, loss, duplication, reordering, pauses and crashes: afterwards everybody is seen to be up again. What it
 * cannot do: a node that is slow or cut off is taken for down. During a partition each side takes the other for down. If
 * one node reaches a peer and another does not, they contradict each other, and each time the set grows by a value.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { Gossip } from "maelstrom-gossip/gossip/Gossip"
import * as Handler from "maelstrom-gossip/node/Handler"
import * as Rpc from "maelstrom-gossip/node/Rpc"
import * as Self from "maelstrom-gossip/node/Self"
import * as Message from "maelstrom-gossip/protocol/Message"

const Ping = Message.body("ping", {})
const PingOk = Message.body("ping_ok", {})

/** That a node went down or came back, as it is spread: who, and the number of the change. */
const isChange = Schema.is(Schema.Tuple([Schema.String, Schema.Int]))

/** How many times each node went down or came back; a node that is not in it never did. */
const changes = Effect.gen(function* () {
  const counts = new Map<string, number>()
  for (const value of yield* (yield* Gossip).known) {
    if (isChange(value)) counts.set(value[0], Math.max(counts.get(value[0]) ?? 0, value[1]))
  }
  return counts
})

const isUp = (count: number) => count % 2 === 0

/** Pings a random peer, and spreads what is new. */
const probe = Effect.gen(function* () {
  const { nodes, self } = yield* Self.identity
  const peer = yield* Random.choice(nodes)
  if (peer === self) return
  const answers = yield* Rpc.call(peer, { type: "ping" }, { sends: Ping, reply: PingOk, timeout: "400 millis" }).pipe(
    Effect.isSuccess
  )
  const count = (yield* changes).get(peer) ?? 0
  if (answers !== isUp(count)) yield* (yield* Gossip).add([peer, count + 1])
})

const Answer = Handler.layer({
  request: Ping,
  sends: [PingOk],
  handle: (_, { reply }) => Effect.succeed([reply({ type: "ping_ok" })])
})

const Members = Handler.layer({
  request: Message.body("members", {}),
  sends: [Message.body("members_ok", { up: Schema.Array(Schema.String) })],
  handle: Effect.fnUntraced(function* (_, { nodes, reply }) {
    const counts = yield* changes
    return [reply({ type: "members_ok", up: nodes.filter((node) => isUp(counts.get(node) ?? 0)) })]
  })
})

// A node sends nothing before its first message, and a layer must not wait for that. So probes have a fiber of their own.
const Probes = Layer.effectDiscard(probe.pipe(Effect.repeat(Schedule.spaced("500 millis")), Effect.forkScoped))

export const parts = Layer.mergeAll(Answer, Members, Probes).pipe(Layer.provideMerge(Gossip.layer))
