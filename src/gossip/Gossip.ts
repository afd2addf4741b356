/**
 * The mission: the messages of gossip broadcast, each with its transition, on one state.
 *
 * How values spread is told in Dissemination, how losses are repaired in AntiEntropy; here is what clients ask besides, and
 * the layer that registers it all.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import type { MessageContext } from "../node/Handlers.ts"
import * as Handlers from "../node/Handlers.ts"
import * as Memory from "../node/Memory.ts"
import * as Timers from "../node/Timers.ts"
import type { Printed } from "../protocol/JsonText.ts"
import * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as AntiEntropy from "./AntiEntropy.ts"
import * as Dissemination from "./Dissemination.ts"
import { Peers, type Topology } from "./Peers.ts"
import * as Settings from "./Settings.ts"
import { make, recover, selectionOf, type State, type Step, update } from "./State.ts"
import * as Statistics from "./Statistics.ts"

/** Keeps what a node knows and how it is set. */
export const GossipMemory = Context.Reference<Memory.Memory<State>>("maelstrom-gossip/gossip/GossipMemory", {
  defaultValue: () => Memory.none()
})

/** `read`: everything known, in the order learned. */
export const read = (state: State): Step<{ readonly messages: Printed }> => [
  { reply: { messages: state.store.printed() } },
  state
]

/** `topology`: acknowledged; whether it matters is up to the peer service. */
export const topology = (state: State, request: { readonly topology: Topology }, context: MessageContext): Step<{}> => [
  { reply: {} },
  update(state, { selection: selectionOf(state, context).withTopology(request.topology) })
]

/** `gossip_stats`: the counters. */
export const gossipStats = (state: State): Step<ReturnType<typeof Statistics.report>> => [
  { reply: Statistics.report(state.statistics, state.store.size) },
  state
]

/** `configure`: the settings given replace those that hold. */
export const configure = (state: State, request: typeof Message.Configure.Type, { now }: MessageContext): Step<{}> => {
  const settings = Settings.change(state.settings, request)
  const { due, last } = state.rounds
  const rounds = { last, due: due === undefined ? undefined : Math.min(due, now + settings.gossip_interval_ms) }
  const next = update(state, { settings, rounds })
  return [{ reply: {} }, update(next, { repair: AntiEntropy.news(next, now) })]
}

/** When a node wants to send something unasked, in ms since the epoch: a round, or a comparison if nothing is hot. */
export const due = (state: State, awake: number): number | undefined =>
  state.rounds.due ?? AntiEntropy.due(state, awake)

/** What a node sends unasked: a round while anything is hot, else a comparison. */
export const fire = (state: State, context: Timers.TimerContext): Step =>
  state.rounds.due === undefined ? AntiEntropy.compare(state, context) : Dissemination.round(state, context)

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
      const state = yield* Ref.make(
        recalled === undefined ? make(yield* Settings.Settings, select) : recover(recalled, select)
      )
      keep(state)
      const { transition } = Handlers
      yield* transition({
        state,
        request: Message.Broadcast,
        reply: Message.BroadcastOk,
        handle: Dissemination.broadcast
      })
      yield* transition({ state, request: Message.Gossip, handle: Dissemination.gossip })
      yield* transition({ state, request: Message.GossipOk, handle: Dissemination.gossipOk })
      yield* transition({ state, request: Message.GossipSketch, handle: AntiEntropy.sketch })
      yield* transition({ state, request: Message.GossipRepair, handle: Dissemination.repair })
      yield* transition({ state, request: Message.ErrorReply, handle: AntiEntropy.error })
      yield* transition({ state, request: Message.Read, reply: Message.PrintedReadOk, handle: read })
      yield* transition({ state, request: Message.Topology, reply: Message.TopologyOk, handle: topology })
      yield* transition({ state, request: Message.GossipStats, reply: Message.GossipStatsOk, handle: gossipStats })
      yield* transition({ state, request: Message.Configure, reply: Message.ConfigureOk, handle: configure })
      yield* Timers.add({ state, due, fire, end: Dissemination.lastRound })
      return { known: Effect.map(Ref.get(state), ({ store }) => [...store.values]) }
    })
  )

  /** The same with everybody as peers and the default settings. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.Settings.layer()]))
}
