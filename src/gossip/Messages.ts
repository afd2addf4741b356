/**
 * The messages of a gossiping node: what it handles, {@link Request}, and what it sends, {@link Sent}.
 *
 * Peers say four things with a `gossip` and two with a `gossip_sketch`. The wire tells them apart by the fields that are
 * there. Here these are variants of one member of the union, told apart by `kind`. Whoever knows no more of a `gossip` than
 * its `messages` learns all values.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Struct from "effect/Struct"
import * as Output from "../node/Output.ts"
import { BroadcastOk, Broadcast, Read, Topology, TopologyOk } from "../protocol/Broadcast.ts"
import { Printed } from "../protocol/JsonText.ts"
import * as Message from "../protocol/Message.ts"
import { Value, Values } from "../protocol/Value.ts"
import * as MeetingClock from "./MeetingClock.ts"
import * as Settings from "./Settings.ts"

/** A digest: how many values are in a set, and the sum of their hashes; see Digest. */
export const Digest = Schema.Struct({ count: Schema.Int, sum: Schema.Int })

/** A time in ms since the epoch, by the meeting clock. */
const Time = Schema.Finite.check(Schema.isBetween({ minimum: -MeetingClock.horizon, maximum: MeetingClock.horizon }))

/** How many ms one time is after another; negative if it is before. */
const Difference = Schema.Finite.check(
  Schema.isBetween({ minimum: -2 * MeetingClock.horizon, maximum: 2 * MeetingClock.horizon })
)

/** How many ms something takes. */
const Millis = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2 * MeetingClock.horizon }))

/** What was confirmed at the sender up to a time. */
const Confirmed = Schema.Struct({ up_to: Time, ...Digest.fields })

/** New values, to be stored and forwarded. A peer written by others says no more than this. */
const Forward = Schema.Struct({ type: Schema.tag("gossip"), kind: Schema.tag("forward"), values: Values })

/** Values that the sender brings to a meeting. The receiver is its host. */
const Arrival = Schema.Struct({
  type: Schema.tag("gossip"),
  kind: Schema.tag("arrival"),
  values: Values,
  /** When the meeting begins. */
  meeting: Time,
  /** If somebody came too late to the last meeting that the sender hosted: how long it should have waited, in ms. */
  needed: Schema.optional(Millis)
})

/** The values of a meeting, from its host. */
const List = Schema.Struct({
  type: Schema.tag("gossip"),
  kind: Schema.tag("list"),
  values: Values,
  /** When the meeting begins. */
  meeting: Time,
  /** How long the host waited, in ms. */
  wait: Millis,
  /** How long it should have waited, in ms; undefined if it cannot tell. */
  needed: Schema.optional(Millis),
  /**
   * What was confirmed at the host so many ms before the meeting began. Undefined where repair is off, and in all but the last
   * message of a meeting.
   */
  earlier: Schema.optional(Schema.Struct({ ago: Difference, ...Digest.fields }))
})

/** Asks whether the receiver knows the same. */
const Compare = Schema.Struct({ type: Schema.tag("gossip"), kind: Schema.tag("compare"), confirmed: Confirmed })

const GossipVariant = Schema.Union([Forward, Arrival, List, Compare]).pipe(Schema.toTaggedUnion("kind"))

const GossipBody = Message.body("gossip", {
  messages: Schema.optionalKey(Values),
  /** A single value, from peers written by others. */
  message: Schema.optionalKey(Value),
  meeting: Schema.optionalKey(Time),
  wait: Schema.optionalKey(Millis),
  needed: Schema.optionalKey(Millis),
  confirmed: Schema.optionalKey(Confirmed),
  /** The first of three fields that are `earlier` in a list. Most messages have them, so they have no braces. */
  ago: Schema.optionalKey(Difference),
  ...Struct.map(Digest.fields, Schema.optionalKey)
}).check(
  Schema.makeFilter(
    (gossip) =>
      gossip.messages !== undefined ||
      gossip.message !== undefined || { path: ["messages"], issue: "neither messages nor message is there" }
  )
)

const decodeGossip = (body: typeof GossipBody.Type): typeof GossipVariant.Type => {
  const { ago, confirmed, count, meeting, message, messages = [], needed, sum, wait } = body
  const values = message === undefined ? messages : [...messages, message]
  if (meeting !== undefined) {
    if (wait === undefined) return { type: "gossip", kind: "arrival", values, meeting, needed }
    const earlier = ago === undefined || count === undefined || sum === undefined ? undefined : { ago, count, sum }
    return { type: "gossip", kind: "list", values, meeting, wait, needed, earlier }
  }
  return confirmed !== undefined && values.length === 0
    ? { type: "gossip", kind: "compare", confirmed }
    : { type: "gossip", kind: "forward", values }
}

type GossipOnWire = typeof GossipBody.Type

const encodeGossip = GossipVariant.match({
  forward: ({ type, values }): GossipOnWire => ({ type, messages: values }),
  arrival: ({ meeting, needed, type, values }): GossipOnWire => ({
    type,
    messages: values,
    meeting,
    ...(needed === undefined ? {} : { needed })
  }),
  list: ({ earlier, meeting, needed, type, values, wait }): GossipOnWire => ({
    type,
    messages: values,
    meeting,
    wait,
    ...(needed === undefined ? {} : { needed }),
    ...earlier
  }),
  compare: ({ confirmed, type }): GossipOnWire => ({ type, messages: [], confirmed })
})

/** Values from a peer. */
export const Gossip = GossipBody.pipe(
  Schema.decodeTo(
    Schema.toType(GossipVariant),
    SchemaTransformation.transform({
      decode: decodeGossip,
      encode: encodeGossip
    })
  )
)
/** Values from a peer. */
export type Gossip = typeof Gossip.Type
/** A `gossip` of kind `arrival`. */
export type Arrival = typeof Arrival.Type
/** A `gossip` of kind `list`. */
export type List = typeof List.Type
/** A `gossip` of kind `compare`. */
export type Compare = typeof Compare.Type

/** Handles a `gossip` by its kind. */
export const matchGossip = GossipVariant.match

/** A summary is about the values whose hash leaves the remainder `part` when divided by `parts`. */
const ofPart = {
  part: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  parts: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
}

/** The sender's own digest, if the summary answers the digest of a host; undefined if it answers anybody else's. */
const asOf = { confirmed: Schema.optional(Confirmed) }

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
  ...asOf,
  cells: Cells
})

/** A summary that has every hash. */
const Listed = Schema.Struct({
  type: Schema.tag("gossip_sketch"),
  kind: Schema.tag("hashes"),
  ...ofPart,
  ...asOf,
  hashes: Hashes
})

const SummaryVariant = Schema.Union([Sketched, Listed]).pipe(Schema.toTaggedUnion("kind"))

const SummaryBody = Message.body("gossip_sketch", {
  ...ofPart,
  confirmed: Schema.optionalKey(Confirmed),
  cells: Schema.optionalKey(Cells),
  hashes: Schema.optionalKey(Hashes)
}).check(
  Schema.makeFilter(
    ({ cells, hashes }) =>
      cells !== undefined || hashes !== undefined || { path: ["cells"], issue: "neither cells nor hashes are there" }
  )
)

/** Which values are confirmed at the sender, of a part of all values. */
export const GossipSketch = SummaryBody.pipe(
  Schema.decodeTo(
    Schema.toType(SummaryVariant),
    SchemaTransformation.transform({
      decode: ({ cells, confirmed, hashes = [], part, parts, type }): typeof SummaryVariant.Type =>
        cells === undefined
          ? { type, kind: "hashes", part, parts, confirmed, hashes }
          : { type, kind: "sketch", part, parts, confirmed, cells },
      encode: SummaryVariant.match({
        sketch: ({ cells, confirmed, part, parts, type }) =>
          confirmed === undefined ? { type, part, parts, cells } : { type, part, parts, confirmed, cells },
        hashes: ({ confirmed, hashes, part, parts, type }) =>
          confirmed === undefined ? { type, part, parts, hashes } : { type, part, parts, confirmed, hashes }
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
  GossipSketch,
  GossipRepair,
  GossipStatsOk,
  ConfigureOk
)
/** A body that a gossiping node sends. */
export type Sent = typeof Sent.Type

/** Constructors of what a gossiping node sends. */
export const { reply, send } = Output.of<Sent>()
