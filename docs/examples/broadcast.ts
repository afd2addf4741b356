/**
 * Broadcast in fifty lines, without this project's gossip: a node tells each new value to its neighbours, who do the same,
 * and it tells them again until they answer.
 *
 * A component calls by an output. What comes of the call is an input, `Returned`. Every value passes along every line of the
 * topology at least once, which is far more messages than gossip takes.
 *
 * Stands partitions, loss, duplication, reordering and pauses. A crash ends the calls of a node: what it has told nobody by
 * then, it never tells. To stand crashes too, keep in the state who has not answered yet, and ask for ticks with `due`.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Component from "maelstrom-gossip/node/Component"
import * as Output from "maelstrom-gossip/node/Output"
import * as Message from "maelstrom-gossip/protocol/Message"

const Topology = Message.body("topology", { topology: Schema.Record(Schema.String, Schema.Array(Schema.String)) })
const Broadcast = Message.body("broadcast", { message: Schema.Int })
const Read = Message.body("read", {})

const TopologyOk = Message.body("topology_ok", {})
const BroadcastOk = Message.body("broadcast_ok", {})
const ReadOk = Message.body("read_ok", { messages: Schema.Array(Schema.Int) })

const Request = Message.union(Topology, Broadcast, Read)
// A node sends replies, and it sends broadcasts to its neighbours.
const Sent = Message.union(TopologyOk, BroadcastOk, ReadOk, Broadcast)
// What its neighbours reply.
const Reply = Message.union(BroadcastOk)

interface State {
  readonly neighbours: ReadonlyArray<string>
  readonly values: ReadonlySet<number>
}
type Step = Component.Step<State, typeof Sent.Type, typeof Reply.Type>

const { call, reply } = Output.of<typeof Sent.Type>()

export const parts = Component.layer({
  name: "broadcast",
  requests: Request,
  sends: Sent,
  returns: Reply,
  initial: { neighbours: [], values: new Set<number>() },
  step: (state: State, input, { self }): Step => {
    switch (input._tag) {
      case "Received":
        return Request.match(input.message, {
          topology: ({ topology }): Step => [
            { ...state, neighbours: topology[self] ?? [] },
            [reply({ type: "topology_ok" })]
          ],
          broadcast: ({ message }): Step => {
            if (state.values.has(message)) return [state, [reply({ type: "broadcast_ok" })]]
            const others = state.neighbours.filter((node) => node !== input.from)
            return [
              { ...state, values: new Set([...state.values, message]) },
              [reply({ type: "broadcast_ok" }), ...others.map((node) => call(node, { type: "broadcast", message }))]
            ]
          },
          read: (): Step => [state, [reply({ type: "read_ok", messages: [...state.values] })]]
        })
      case "Returned":
        // Without an answer within a second, the call has failed. Saying it twice does no harm, so the node says it again.
        return [state, Result.isFailure(input.result) ? [call(input.to, input.request)] : []]
      default:
        return [state, []]
    }
  }
})
