/**
 * Unique ids: nodes make ids, no two of which are the same in the whole cluster, without asking each other.
 *
 * A component has a state and one pure step. Here the state is how many ids the node has made.
 *
 * Stands every fault. The node's name keeps the ids of two nodes apart, and the count those of one node. A component keeps its
 * state through a crash. After `amnesia` the count begins at 0 again, and then the random number keeps ids apart.
 */
import * as Schema from "effect/Schema"
import * as Component from "maelstrom-gossip/node/Component"
import * as Output from "maelstrom-gossip/node/Output"
import * as Message from "maelstrom-gossip/protocol/Message"

const Generate = Message.body("generate", {})
const GenerateOk = Message.body("generate_ok", { id: Schema.String })

const { reply } = Output.of<typeof GenerateOk.Type>()

export const parts = Component.layer({
  name: "unique-ids",
  requests: Message.union(Generate),
  sends: Message.union(GenerateOk),
  initial: 0,
  step: (made, input, { random, self }) =>
    input._tag === "Received"
      ? [made + 1, [reply({ type: "generate_ok", id: `${self}-${made}-${random.nextIntUnsafe()}` })]]
      : [made, []]
})
