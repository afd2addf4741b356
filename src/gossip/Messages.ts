/**
 * The messages of a gossiping node: what it handles, {@link Request}, and what it sends, {@link Sent}.
 *
 * Peers say three things with a `gossip`, which the wire tells apart by its field `pull`, and two with a `gossip_sketch`,
 * which the wire tells apart by the field that is there. Here these are variants of one member of the union, told apart by
 * `kind`.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Struct from "effect/Struct"
import * as Output from "../node/Output.ts"
import { BroadcastOk, Broadcast, Read, Topology, TopologyOk } from "../protocol/Broadcast.ts"
import { Printed } from "../protocol/JsonText.ts"
import * as Message from "../protocol/Message.ts"
import { Value, Values } from "../protocol/Value.ts"
import * as Settings from "./Settings.ts"

/** How many values a node knows, and the sum of their hashes; see Digest. */
export const Digest = Schema.Struct({ count: Schema.Int, sum: Schema.Int })

/** New values, to be stored and forwarded. A peer written by others says no more than this. */
const Forward = Schema.Struct({ type: Schema.tag("gossip"), kind: Schema.tag("forward"), values: Values })

/** Some of the values of a round. It asks for nothing: either a pull follows, or the sender's input has ended. */
const Part = Schema.Struct({ type: Schema.tag("gossip"), kind: Schema.tag("part"), values: Values })

/** All or the last values of a timer round, or none in a comparison. It asks for hot values that the sender did not list. */
const Pull = Schema.Struct({
  type: Schema.tag("gossip"),
  kind: Schema.tag("pull"),
  values: Values,
  /** The digest of all that the sender knows. Undefined where repair is off. */
  digest: Schema.optional(Digest)
})

const GossipVariant = Schema.Union([Forward, Part, Pull]).pipe(Schema.toTaggedUnion("kind"))

const GossipBody = Message.body("gossip", {
  messages: Schema.optionalKey(Values),
  /** A single value, from peers written by others. */
  message: Schema.optionalKey(Value),
  pull: Schema.optionalKey(Schema.Boolean),
  digest: Schema.optionalKey(Digest)
}).check(
  Schema.makeFilter(
    (gossip) =>
      gossip.messages !== undefined ||
      gossip.message !== undefined || { path: ["messages"], issue: "neither messages nor message is there" }
  )
)

/** Values from a peer. */
export const Gossip = GossipBody.pipe(
  Schema.decodeTo(
    Schema.toType(GossipVariant),
    SchemaTransformation.transform({
      decode: ({ digest, message, messages = [], pull }): typeof GossipVariant.Type => {
        const values = message === undefined ? messages : [...messages, message]
        if (pull === undefined) return { type: "gossip", kind: "forward", values }
        return pull ? { type: "gossip", kind: "pull", values, digest } : { type: "gossip", kind: "part", values }
      },
      encode: GossipVariant.match({
        forward: ({ values }) => ({ type: "gossip" as const, messages: values }),
        part: ({ values }) => ({ type: "gossip" as const, messages: values, pull: false }),
        pull: ({ digest, values }) =>
          digest === undefined
            ? { type: "gossip" as const, messages: values, pull: true }
            : { type: "gossip" as const, messages: values, pull: true, digest }
      })
    })
  )
)
/** Values from a peer. */
export type Gossip = typeof Gossip.Type
/** A `gossip` of kind `pull`. */
export type Pull = typeof Pull.Type

/** Handles a `gossip` by its kind. */
export const matchGossip = GossipVariant.match

/** The answer to a pull: hot values that it did not list. Peers written by others may send it as a bare acknowledgement. */
export const GossipOk = Message.body("gossip_ok", {
  messages: Schema.optionalKey(Values),
  /** The digest that came with the pull. */
  of: Schema.optionalKey(Digest),
  /** The digest of all that the sender knows. */
  digest: Schema.optionalKey(Digest)
})

/** A summary is about the values whose hash leaves the remainder `part` when divided by `parts`. */
const ofPart = {
  part: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  parts: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
}

const Cells = Schema.Array(Schema.Int).check(
  Schema.makeFilter(
    ({ length }) => (length > 0 && length % 9 === 0) || "must be three tables of cells, three numbers each"
  )
)

const Hashes = Schema.Array(Schema.Int)

/** A summary by an invertible sketch; see Sketch. */
const Sketched = Schema.Struct({
  type: Schema.tag("gossip_sketch"),
  kind: Schema.tag("sketch"),
  ...ofPart,
  cells: Cells
})

/** A summary that lists every hash. */
const Listed = Schema.Struct({
  type: Schema.tag("gossip_sketch"),
  kind: Schema.tag("list"),
  ...ofPart,
  hashes: Hashes
})

const SummaryVariant = Schema.Union([Sketched, Listed]).pipe(Schema.toTaggedUnion("kind"))

const SummaryBody = Message.body("gossip_sketch", {
  ...ofPart,
  cells: Schema.optionalKey(Cells),
  hashes: Schema.optionalKey(Hashes)
}).check(
  Schema.makeFilter(
    ({ cells, hashes }) =>
      cells !== undefined || hashes !== undefined || { path: ["cells"], issue: "neither cells nor hashes are there" }
  )
)

/** What the sender knows of a part of all values. */
export const GossipSketch = SummaryBody.pipe(
  Schema.decodeTo(
    Schema.toType(SummaryVariant),
    SchemaTransformation.transform({
      decode: ({ cells, hashes = [], part, parts, type }): typeof SummaryVariant.Type =>
        cells === undefined
          ? { type, kind: "list", part, parts, hashes }
          : { type, kind: "sketch", part, parts, cells },
      encode: SummaryVariant.match({
        sketch: ({ cells, part, parts, type }) => ({ type, part, parts, cells }),
        list: ({ hashes, part, parts, type }) => ({ type, part, parts, hashes })
      })
    })
  )
)

/** Handles a `gossip_sketch` by its kind. */
export const matchSummary = SummaryVariant.match

/** Values that the receiver lacks, and the hashes of values that the sender wants from it. */
export const GossipRepair = Message.body("gossip_repair", { messages: Values, want: Schema.Array(Schema.Int) })

/** Asks a node for its counters. */
export const GossipStats = Message.body("gossip_stats", {})
/** What a node has counted since it started. */
export const GossipStatsOk = Message.body("gossip_stats_ok", {
  /** Broadcast requests of clients, repeats included. */
  broadcasts_received: Schema.Int,
  /** Messages sent to peers to spread values. */
  gossip_messages_sent: Schema.Int,
  /** Messages sent divided by broadcasts received; 0 when there were no broadcasts. */
  messages_per_op: Schema.Finite,
  /** How many different values the node knows. */
  unique_messages: Schema.Int
})

/** Changes settings of a running node: one or more of them; those left out stay. */
export const Configure = Message.body("configure", Struct.map(Settings.fields, Schema.optionalKey)).check(
  Schema.makeFilter(
    (configure) =>
      Object.keys(Settings.fields).some((name) => name in configure) || {
        path: [],
        issue: `give at least one of ${Object.keys(Settings.fields).join(", ")}`
      }
  )
)
/** Says that the new settings hold from now on. */
export const ConfigureOk = Message.body("configure_ok", {})

/** The answer to `read`: all values known, printed by the store. */
export const ReadOk = Message.body("read_ok", { messages: Schema.instanceOf(Printed) })

/** Every message that a gossiping node handles. */
export const Request = Message.union(
  Topology,
  Broadcast,
  Read,
  Gossip,
  GossipOk,
  GossipSketch,
  GossipRepair,
  GossipStats,
  Configure,
  Message.ErrorReply
)
/** A message that a gossiping node handles. */
export type Request = typeof Request.Type

/** Every body that a gossiping node sends. */
export const Sent = Message.union(
  TopologyOk,
  BroadcastOk,
  ReadOk,
  Gossip,
  GossipOk,
  GossipSketch,
  GossipRepair,
  GossipStatsOk,
  ConfigureOk
)
/** A body that a gossiping node sends. */
export type Sent = typeof Sent.Type

/** Constructors of what a gossiping node sends. */
export const { reply, send } = Output.of<Sent>()
