/**
 * The mission: gossip broadcast as a component, with one pure step on one state.
 *
 * The step matches every input with its transition. Those that spread values are in Dissemination, those that repair losses
 * in AntiEntropy, the small rest is here. The layers at the end make the component part of a node.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Component from "../node/Component.ts"
import type { Registry } from "../node/Registry.ts"
import type { NodeState } from "../node/State.ts"
import type { Value } from "../protocol/Value.ts"
import * as AntiEntropy from "./AntiEntropy.ts"
import * as Dissemination from "./Dissemination.ts"
import { type Configure, reply, Request, Sent } from "./Messages.ts"
import { Peers, type Selection } from "./Peers.ts"
import * as Settings from "./Settings.ts"
import { initial, recover, type State, type Step, update, violations } from "./State.ts"
import * as Store from "./Store.ts"

/** `gossip_stats`: the counters. */
const gossipStats = (state: State): Step => {
  const { broadcasts, gossipSent } = state.statistics
  return [
    state,
    [
      reply({
        type: "gossip_stats_ok",
        broadcasts_received: broadcasts,
        gossip_messages_sent: gossipSent,
        messages_per_op: broadcasts === 0 ? 0 : gossipSent / broadcasts,
        unique_messages: state.store.size
      })
    ]
  ]
}

/** `configure`: the settings given replace those that hold. A round that is due comes earlier if the new interval says so. */
const configure = (state: State, changes: typeof Configure.Type, now: number): Step => {
  const settings = Settings.change(state.settings, changes)
  const { due, last } = state.rounds
  const rounds = { last, due: due === undefined ? undefined : Math.min(due, now + settings.gossip_interval_ms) }
  const next = update(state, { settings, rounds })
  return [update(next, { repair: AntiEntropy.news(next, now) }), [reply({ type: "configure_ok" })]]
}

/** What happens when a message is received. */
type Transition = (state: State, received: Component.Received<Request>, env: Component.Env) => Step

/** The transition of every message. */
const transition = Request.match({
  topology:
    ({ topology }): Transition =>
    (state, _, env) => [
      update(state, { selection: state.selection.withTopology(topology, env) }),
      [reply({ type: "topology_ok" })]
    ],
  broadcast:
    (message): Transition =>
    (state, { from }, env) =>
      Dissemination.broadcast(state, message, from, env),
  read: (): Transition => (state) => [state, [reply({ type: "read_ok", messages: Store.printed(state.store) })]],
  gossip:
    (message): Transition =>
    (state, { from, id }, env) =>
      Dissemination.gossip(state, message, from, id, env),
  gossip_ok:
    (message): Transition =>
    (state, { from }, env) =>
      Dissemination.gossipOk(state, message, from, env),
  gossip_sketch:
    (message): Transition =>
    (state, { from }, env) =>
      AntiEntropy.sketch(state, message, from, env),
  gossip_repair:
    (message): Transition =>
    (state, { from }, env) =>
      Dissemination.repair(state, message, from, env),
  gossip_stats: (): Transition => gossipStats,
  configure:
    (message): Transition =>
    (state, _, { now }) =>
      configure(state, message, now),
  error:
    (message): Transition =>
    (state, { from }, env) =>
      AntiEntropy.error(state, message, from, env)
})

/** The step of a gossiping node: (state, input, env) → (next state, outputs). */
export const step = (state: State, input: Component.Input<Request>, env: Component.Env): Step => {
  switch (input._tag) {
    case "Received":
      return transition(input.message)(state, input, env)
    case "Tick":
      return state.rounds.due === undefined ? AntiEntropy.compare(state, env) : Dissemination.round(state, env)
    case "Ended":
      return Dissemination.lastRound(state, env)
  }
}

/**
 * When a node wants its next tick, in ms since the epoch: for a round, or for a comparison if nothing is hot. `awake` is
 * when it handled its first message.
 */
export const due = (state: State, awake: number): number | undefined =>
  state.rounds.due ?? AntiEntropy.due(state, awake)

/** Gossip broadcast with these settings to begin with, among the peers that this selection chooses. */
export const component = (
  settings: Settings.SettingsShape,
  selection: Selection
): Component.Component<State, Request, Sent> => ({
  name: "gossip",
  requests: Request,
  sends: Sent,
  initial: initial(settings, selection),
  step,
  due,
  recover: (state) => recover(state, selection),
  violations
})

/** What a gossiping node knows, for handlers that users add. */
export class Gossip extends Context.Service<
  Gossip,
  {
    /** All values known, oldest first. */
    readonly known: Effect.Effect<ReadonlyArray<Value>>
  }
>()("maelstrom-gossip/gossip/Gossip") {
  /** Adds gossip broadcast to a node, with the settings and the peers of these services. */
  static readonly layerNoDeps: Layer.Layer<Gossip, never, NodeState | Registry | Peers | Settings.Settings> =
    Layer.effect(
      Gossip,
      Effect.gen(function* () {
        const settings = yield* Settings.Settings
        const { state } = yield* Component.register(component(settings, yield* Peers))
        return { known: Effect.map(state, ({ store }) => Store.slice(store)) }
      })
    )

  /** The same with everybody as peers and the default settings. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.Settings.layer()]))
}
