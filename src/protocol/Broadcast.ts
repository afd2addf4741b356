/**
 * What Maelstrom's broadcast workload asks of a node, and the replies that it expects.
 *
 * @module
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Compiled from "./Compiled.ts"
import { body } from "./Message.ts"
import { Value, Values } from "./Value.ts"

const NeighboursRecord = Schema.Record(Schema.String, Schema.Array(Schema.String))
const areNeighbours = Compiled.is(NeighboursRecord)
const decodeNeighbours = SchemaParser.decodeUnknownEffect(NeighboursRecord)

// Checked but not copied: each node of a cluster of 1,000 gets a topology of all 1,000, and copies would cost the most of
// all that starting such a cluster takes.
const CheckedNeighbours = Schema.declareConstructor<typeof NeighboursRecord.Type, unknown>()(
  [],
  () => (input, _declaration, options) =>
    areNeighbours(input) ? Effect.succeed(input) : decodeNeighbours(input, options),
  { toCodec: () => Schema.link<typeof NeighboursRecord.Type>()(NeighboursRecord, SchemaTransformation.passthrough()) }
)

// Effect does not compile declarations. This one starts from anything, so that the union of all messages is compiled.
const Neighbours = Schema.Unknown.pipe(Schema.decodeTo(CheckedNeighbours))

/**
 * Suggests neighbours to every node.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Topology = body("topology", { topology: Neighbours })
/**
 * The answer to `topology`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TopologyOk = body("topology_ok", {})

/**
 * Asks a node to spread a value.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Broadcast = body("broadcast", { message: Value })
/**
 * Says that a value is stored and on its way.
 *
 * @category schemas
 * @since 0.1.0
 */
export const BroadcastOk = body("broadcast_ok", {})

/**
 * Asks for every value known.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Read = body("read", {})
/**
 * All values known, in the order in which the node learned them.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ReadOk = body("read_ok", { messages: Values })
