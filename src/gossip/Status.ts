/**
 * `gossip_status`: a node tells everything about itself, for people who want to know what it is doing.
 *
 * The counters are Effect metrics, which only an Effect can read. So this is a handler, and it reads the state of the
 * component beside it.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Handler from "../node/Handler.ts"
import * as Metrics from "../node/Metrics.ts"
import type { Registry } from "../node/Registry.ts"
import * as Message from "../protocol/Message.ts"
import * as Settings from "./Settings.ts"
import type { Meetings, State } from "./State.ts"
import * as Unconfirmed from "./Unconfirmed.ts"

/** Asks a node for everything about itself. */
export const GossipStatus = Message.body("gossip_status", {})

/** What a node knows about its meetings. Times are in ms since the epoch by the meeting clock; null where there was none. */
const Meeting = Schema.Struct({
  /** How long hosts wait, as this node thinks, in ms. */
  wait: Schema.NullOr(Schema.Finite),
  /** When the next meeting begins that the node goes to. */
  due: Schema.NullOr(Schema.Finite),
  /** When the last meeting began that confirmed anything. */
  confirmed: Schema.NullOr(Schema.Finite),
  /** The last meeting that this node hosted. */
  hosted: Schema.NullOr(
    Schema.Struct({
      /** When it began. */
      meeting: Schema.Finite,
      /** How many arrivals came before the node told everybody. */
      in_time: Schema.Int,
      /** How many came in all. */
      arrivals: Schema.Int
    })
  )
})

/** Everything about a node. */
export const GossipStatusOk = Message.body("gossip_status_ok", {
  /** What was counted since the node started: the first two of `gossip_stats`, and every metric that is a counter. */
  counters: Schema.Record(Schema.String, Schema.Finite),
  settings: Schema.Struct(Settings.fields),
  /** How many values the node knows. */
  values: Schema.Int,
  /** Of how many of them it is not sure that everybody was told. */
  unconfirmed: Schema.Int,
  meeting: Meeting
})

const meetingOf = ({ confirmed, due, hosted, wait }: Meetings): typeof Meeting.Type => ({
  wait: wait === undefined ? null : Math.round(wait),
  due: due ?? null,
  confirmed: confirmed.meetings.at(-1)?.begin ?? null,
  hosted:
    hosted.begin === -Infinity
      ? null
      : { meeting: hosted.begin, in_time: hosted.inTime, arrivals: hosted.latenesses.length }
})

/** Adds the handler of `gossip_status` to a node, for the component that has this state. */
export const layer = (state: Effect.Effect<State>): Layer.Layer<never, never, Registry> =>
  Handler.layer({
    request: GossipStatus,
    sends: [GossipStatusOk],
    handle: (_, { reply }) =>
      Effect.map(
        Effect.all([state, Metrics.report]),
        ([{ meetings, settings, statistics, store, unconfirmed }, metrics]) => [
          reply({
            type: "gossip_status_ok",
            counters: {
              broadcasts_received: statistics.broadcasts,
              gossip_messages_sent: statistics.gossipSent,
              ...Record.map(metrics, Number)
            },
            settings,
            values: store.size,
            unconfirmed: Unconfirmed.values(unconfirmed, store).length,
            meeting: meetingOf(meetings)
          })
        ]
      )
  })
