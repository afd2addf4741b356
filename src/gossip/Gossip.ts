/**
 * Rumor mongering: a value that a node learns is forwarded at once to a few random peers, who do the same.
 *
 * Every function here is a transition: (state, message, context) → (outcome, next state). The layer registers them for
 * the messages of the exercise.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import type { MessageContext, Outcome, Send } from "../node/Handlers.ts"
import * as Handlers from "../node/Handlers.ts"
import * as Memory from "../node/Memory.ts"
import type { Printed } from "../protocol/JsonText.ts"
import * as Message from "../protocol/Message.ts"
import { printBody } from "../protocol/Wire.ts"
import type { Value } from "../protocol/Value.ts"
import { Peers, type Selection, type Topology } from "./Peers.ts"
import { Settings, type SettingsShape } from "./Settings.ts"
import * as Statistics from "./Statistics.ts"
import { Store } from "./Store.ts"

/** Values from peers that were known already. */
export const duplicatesReceived = Metric.counter("gossip_duplicates_received", {
  description: "Values from peers that were known already",
  incremental: true
})

/** What a node knows and how it spreads it. */
export interface State {
  readonly store: Store
  readonly settings: SettingsShape
  readonly statistics: Statistics.Statistics
  /** Makes the selection of peers, once the node knows who it is. */
  readonly select: Peers["Service"]["select"]
  /** The peers still to be turned to; undefined until the first choice. */
  readonly selection: Selection | undefined
}

/** A node that knows nothing yet. */
export const make = (settings: SettingsShape, select: State["select"]): State => ({
  store: new Store(),
  settings,
  statistics: Statistics.empty,
  select,
  selection: undefined
})

type Step<Reply = undefined> = readonly [outcome: Outcome<Reply>, state: State]

/** After a crash: what is known and set is there again, the rest starts anew. */
export const recover = ({ settings, store }: State, select: State["select"]): State => ({
  ...make(settings, select),
  store
})

/** Keeps what a node knows and how it is set. */
export const GossipMemory = Context.Reference<Memory.Memory<State>>("maelstrom-gossip/gossip/GossipMemory", {
  defaultValue: () => Memory.none()
})

const acknowledged: Outcome<{}> = { reply: {} }

const selectionOf = (state: State, { self, nodes }: MessageContext): Selection =>
  state.selection ?? state.select(self, nodes)

const isNew = (store: Store) => (value: Value) => store.add(value)

interface Forwarding {
  /** Undefined if there is nobody to send to. */
  readonly send: ReadonlyArray<Send> | undefined
  readonly selection: Selection
  readonly gossipSent: number
}

/** Forwards values just learned to peers other than the sender. */
const forward = (state: State, fresh: ReadonlyArray<Value>, context: MessageContext): Forwarding => {
  const taken = selectionOf(state, context).take(state.settings.fanout, context.src, context.random)
  const peers = taken[0]
  const gossipSent = state.statistics.gossipSent + peers.length
  if (peers.length === 0) return { send: undefined, selection: taken[1], gossipSent }
  const body = printBody({ type: "gossip", messages: fresh })
  return { send: peers.map((dest) => ({ dest, body })), selection: taken[1], gossipSent }
}

/** `broadcast`: a new value is stored and forwarded, one seen before is only acknowledged. */
export const broadcast = (
  state: State,
  { message }: typeof Message.Broadcast.Type,
  context: MessageContext
): Step<{}> => {
  // A peer that forwards by `broadcast` is not a client, so its request is no operation to count.
  const broadcasts = state.statistics.broadcasts + (context.nodes.includes(context.src) ? 0 : 1)
  if (!state.store.add(message)) {
    return [acknowledged, { ...state, statistics: { broadcasts, gossipSent: state.statistics.gossipSent } }]
  }
  const { gossipSent, selection, send } = forward(state, [message], context)
  const { select, settings, store } = state
  // Spelled out, because V8 copies by spread ten times slower, and this is the hottest line of a busy node.
  return [
    send === undefined ? acknowledged : { send, reply: {} },
    { store, settings, select, selection, statistics: { broadcasts, gossipSent } }
  ]
}

/** `gossip`: what is new is stored and forwarded. */
export const gossip = (state: State, request: typeof Message.Gossip.Type, context: MessageContext): Step => {
  const { message, messages = [] } = request
  const values = message === undefined ? messages : [...messages, message]
  const fresh = values.filter(isNew(state.store))
  const duplicates = values.length - fresh.length
  const count = duplicates === 0 ? [] : [[duplicatesReceived, duplicates] as const]
  if (fresh.length === 0) return [{ reply: undefined, count }, state]
  const { gossipSent, selection, send } = forward(state, fresh, context)
  return [
    { reply: undefined, send, count },
    { ...state, selection, statistics: { ...state.statistics, gossipSent } }
  ]
}

/** `read`: everything known, in the order learned. */
export const read = (state: State): Step<{ readonly messages: Printed }> => [
  { reply: { messages: state.store.printed() } },
  state
]

/** `topology`: acknowledged; whether it matters is up to the peer service. */
export const topology = (state: State, request: { readonly topology: Topology }, context: MessageContext): Step<{}> => [
  acknowledged,
  { ...state, selection: selectionOf(state, context).withTopology(request.topology) }
]

/** `gossip_stats`: the counters. */
export const gossipStats = (state: State): Step<ReturnType<typeof Statistics.report>> => [
  { reply: Statistics.report(state.statistics, state.store.size) },
  state
]

/** `configure`: the settings given replace those that hold. */
export const configure = (state: State, request: typeof Message.Configure.Type): Step<{}> => {
  const { msg_id: _id, type: _type, ...settings } = request
  return [acknowledged, { ...state, settings: { ...state.settings, ...settings } }]
}

/** What a node knows, for handlers that users add. */
export class Gossip extends Context.Service<
  Gossip,
  {
    /** All values known, in the order learned. */
    readonly known: Effect.Effect<ReadonlyArray<Value>>
  }
>()("maelstrom-gossip/gossip/Gossip") {
  /** Registers the handlers of this module, on a state of their own. */
  static readonly layerNoDeps = Layer.effect(
    Gossip,
    Effect.gen(function* () {
      const { select } = yield* Peers
      const { keep, recalled } = yield* GossipMemory
      const state = yield* Ref.make(recalled === undefined ? make(yield* Settings, select) : recover(recalled, select))
      keep(state)
      const { transition } = Handlers
      yield* transition({ state, request: Message.Broadcast, reply: Message.BroadcastOk, handle: broadcast })
      yield* transition({ state, request: Message.Gossip, handle: gossip })
      yield* transition({ state, request: Message.Read, reply: Message.PrintedReadOk, handle: read })
      yield* transition({ state, request: Message.Topology, reply: Message.TopologyOk, handle: topology })
      yield* transition({ state, request: Message.GossipStats, reply: Message.GossipStatsOk, handle: gossipStats })
      yield* transition({ state, request: Message.Configure, reply: Message.ConfigureOk, handle: configure })
      return { known: Effect.map(Ref.get(state), ({ store }) => store.values) }
    })
  )

  /** The same with everybody as peers and the default settings. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.layer()]))
}
