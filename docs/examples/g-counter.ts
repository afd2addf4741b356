/**
 * A counter that only grows, as a CRDT that nodes gossip among themselves.
 *
 * Each node counts what its own clients add. The state is what a node knows of everybody's counts, and the sum of them is the
 * value. Five times a second a node sends all counts to a random peer, which keeps the greater one of each. It does not
 * matter in which order counts arrive, how often, or whether some are lost: a later message says more than an earlier one.
 *
 * Stands partitions, also one-way, loss, duplication, reordering, pauses, crashes and wrong clocks. It does not stand
 * `amnesia`: a node that forgets its own count counts from 0 again. Nodes send for ever, also when nothing is new.
 */
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Component from "maelstrom-gossip/node/Component"
import * as Output from "maelstrom-gossip/node/Output"
import * as Message from "maelstrom-gossip/protocol/Message"

// A request that does not fit its schema, such as one to add −1, is refused with code 12.
const Add = Message.body("add", { delta: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)) })
const Read = Message.body("read", {})
const Merge = Message.body("merge", { counts: Schema.Record(Schema.String, Schema.Int) })

const AddOk = Message.body("add_ok", {})
const ReadOk = Message.body("read_ok", { value: Schema.Int })

const Request = Message.union(Add, Read, Merge)
const Sent = Message.union(AddOk, ReadOk, Merge)

interface State {
  readonly counts: Readonly<Record<string, number>>
  /** When the node last sent its counts, in ms since the epoch. */
  readonly sentAt: number
}
type Step = Component.Step<State, typeof Sent.Type>

const { reply, send } = Output.of<typeof Sent.Type>()

export const parts = Component.layer({
  name: "g-counter",
  requests: Request,
  sends: Sent,
  initial: { counts: {}, sentAt: 0 },
  // `awake` is when the node handled its first message. Until then it must not send anything.
  due: ({ sentAt }, awake) => Math.max(sentAt, awake) + 200,
  step: (state: State, input, { nodes, now, random, self }): Step => {
    const { counts } = state
    switch (input._tag) {
      case "Received":
        return Request.match(input.message, {
          add: ({ delta }): Step => [
            { ...state, counts: { ...counts, [self]: (counts[self] ?? 0) + delta } },
            [reply({ type: "add_ok" })]
          ],
          read: (): Step => {
            const value = Object.values(counts).reduce((sum, count) => sum + count, 0)
            return [state, [reply({ type: "read_ok", value })]]
          },
          merge: (message): Step => [{ ...state, counts: Record.union(counts, message.counts, Math.max) }, []]
        })
      case "Tick": {
        const peers = nodes.filter((node) => node !== self)
        const peer = peers[Math.floor(random.nextDoubleUnsafe() * peers.length)]
        return [{ counts, sentAt: now }, peer === undefined ? [] : [send(peer, { type: "merge", counts })]]
      }
      case "Ended":
        return [state, []]
    }
  }
})
