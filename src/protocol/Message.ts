/**
 * What a message is: an envelope with the names of its sender and receiver, and a body that is one of a tagged union on
 * `type`.
 *
 * A request may carry a `msg_id`; a reply repeats it as `in_reply_to`. {@link request} and {@link reply} build the
 * schemas of both, for the messages of this package and for those that users add.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Struct from "effect/Struct"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import * as Configuration from "./Configuration.ts"
import { Printed } from "./JsonText.ts"
import { Value, Values } from "./Value.ts"

/** The name of a node (`n1`), a client (`c7`) or a service (`seq-kv`). Never empty. */
export const NodeId = Schema.NonEmptyString
/** The name of a node (`n1`), a client (`c7`) or a service (`seq-kv`). */
export type NodeId = typeof NodeId.Type

/** Identifies one message of its sender; a safe integer. */
export const MessageId = Schema.Int
/** Identifies one message of its sender. */
export type MessageId = typeof MessageId.Type

/** The schema of a request of this type: its own fields besides `type` and `msg_id`. */
export const request = <const Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.tag(type), ...fields, msg_id: Schema.optionalKey(MessageId) })

/** The schema of a reply of this type: its own fields besides `type`, `in_reply_to` and `msg_id`. */
export const reply = <const Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({
    type: Schema.tag(type),
    ...fields,
    in_reply_to: MessageId,
    msg_id: Schema.optionalKey(MessageId)
  })

/** Tells a node its own name and everybody's, before anything else. */
export const Init = request("init", { node_id: NodeId, node_ids: Schema.Array(NodeId) })
/** The answer to `init`. */
export const InitOk = reply("init_ok", {})

const NeighboursRecord = Schema.Record(Schema.String, Schema.Array(Schema.String))
// There is one for each node of a cluster, with all nodes in it.
SchemaJITCompiler.enable(NeighboursRecord.ast)
const areNeighbours = Schema.is(NeighboursRecord)
const whatIsWrong = SchemaParser.decodeUnknownEffect(NeighboursRecord)

// Taken as it is: decoding a record copies it, and of all that starts a node of a large cluster that was the costliest.
const Neighbours = Schema.declareConstructor<typeof NeighboursRecord.Type>()(
  [],
  () => (input, _declaration, options) => (areNeighbours(input) ? Effect.succeed(input) : whatIsWrong(input, options)),
  { toCodec: () => Schema.link<typeof NeighboursRecord.Type>()(NeighboursRecord, SchemaTransformation.passthrough()) }
)

/** Suggests neighbours to every node. */
export const Topology = request("topology", { topology: Neighbours })
/** The answer to `topology`. */
export const TopologyOk = reply("topology_ok", {})

/** Asks a node to spread a value. */
export const Broadcast = request("broadcast", { message: Value })
/** Says that a value is stored and on its way. */
export const BroadcastOk = reply("broadcast_ok", {})

/** Asks for every value known. */
export const Read = request("read", {})
/** All values known, in the order in which the node learned them. */
export const ReadOk = reply("read_ok", { messages: Values })
/** {@link ReadOk} from a node that keeps its values printed. */
export const PrintedReadOk = reply("read_ok", { messages: Schema.instanceOf(Printed) })

/** How many values a node knows, and the sum of their hashes. */
export const Digest = Schema.Struct({ count: Schema.Int, sum: Schema.Int })

/** Values from a peer: `messages`, or a single `message` from peers written by others. */
export const Gossip = request("gossip", {
  messages: Schema.optionalKey(Values),
  message: Schema.optionalKey(Value),
  /** There in a timer round: whether the hot values that are not listed are asked for. */
  pull: Schema.optionalKey(Schema.Boolean),
  /** All that the sender knows, in short. */
  digest: Schema.optionalKey(Digest)
}).check(
  Schema.makeFilter(
    (gossip) =>
      gossip.messages !== undefined ||
      gossip.message !== undefined || { path: ["messages"], issue: "neither messages nor message is there" }
  )
)

/** The answer to a pull: hot values that the round did not list. From peers written by others just an acknowledgement. */
export const GossipOk = reply("gossip_ok", {
  messages: Schema.optionalKey(Values),
  /** The digest that came with the pull. */
  of: Schema.optionalKey(Digest),
  /** All that the sender knows, in short. */
  digest: Schema.optionalKey(Digest)
})

const Remainder = {
  part: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  parts: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
}

/** What a node knows of the values whose hash has the remainder `part` by `parts`: a sketch in `cells`, or all `hashes`. */
export const GossipSketch = request("gossip_sketch", {
  ...Remainder,
  cells: Schema.optionalKey(Schema.Array(Schema.Int)),
  hashes: Schema.optionalKey(Schema.Array(Schema.Int))
}).check(
  Schema.makeFilter(
    ({ cells, hashes }) =>
      (cells === undefined ? hashes !== undefined : cells.length > 0 && cells.length % 9 === 0) || {
        path: ["cells"],
        issue: "neither cells (three tables of them, three numbers each) nor hashes are there"
      }
  )
)

/** Values that a peer lacks, and the hashes of those that the sender lacks itself. */
export const GossipRepair = request("gossip_repair", {
  messages: Values,
  want: Schema.Array(Schema.Int)
})

/** Asks a node for its counters. */
export const GossipStats = request("gossip_stats", {})
/** What a node has counted since it started. */
export const GossipStatsOk = reply("gossip_stats_ok", {
  /** Broadcast requests of clients, repeats included. */
  broadcasts_received: Schema.Int,
  /** Messages sent to peers to spread values. */
  gossip_messages_sent: Schema.Int,
  /** The second divided by the first; 0 when there were no broadcasts. */
  messages_per_op: Schema.Finite,
  /** How many different values the node knows. */
  unique_messages: Schema.Int
})

/** What may go wrong with a request, as Maelstrom numbers it. Codes from 1000 on are free for users. */
export const ErrorCode = {
  timeout: 0,
  nodeNotFound: 1,
  notSupported: 10,
  temporarilyUnavailable: 11,
  malformedRequest: 12,
  crash: 13,
  abort: 14,
  keyDoesNotExist: 20,
  keyAlreadyExists: 21,
  preconditionFailed: 22,
  txnConflict: 30
} as const

/** Says why a request was not carried out. */
export const ErrorReply = reply("error", { code: Schema.Int, text: Schema.String })

/** Changes settings of a running node: one or more of them; those left out stay. */
export const Configure = request("configure", Struct.map(Configuration.fields, Schema.optionalKey)).check(
  Schema.makeFilter(
    (configure) =>
      Object.keys(Configuration.fields).some((name) => name in configure) || {
        path: [],
        issue: `give at least one of ${Object.keys(Configuration.fields).join(", ")}`
      }
  )
)
/** Says that the settings hold from now on. */
export const ConfigureOk = reply("configure_ok", {})

/** Every body that this package knows, as a union tagged by `type`. */
export const Body = Schema.Union([
  Init,
  InitOk,
  Topology,
  TopologyOk,
  Broadcast,
  BroadcastOk,
  Read,
  ReadOk,
  Gossip,
  GossipOk,
  GossipSketch,
  GossipRepair,
  GossipStats,
  GossipStatsOk,
  Configure,
  ConfigureOk,
  ErrorReply
]).pipe(Schema.toTaggedUnion("type"))
/** Every body that this package knows, as a union tagged by `type`. */
export type Body = typeof Body.Type

/** A message with a body that this package knows. */
export const Envelope = Schema.Struct({ src: NodeId, dest: NodeId, body: Body })
/** A message with a body that this package knows. */
export type Envelope = typeof Envelope.Type
