/**
 * The mission: gossip broadcast as a component, with one pure step on one state.
 *
 * The step matches every input with its transition. Those that spread values are in Forwarding and Meetings. Those that find
 * losses are in AntiEntropy. `gossip_repair` is in Meetings, because some of what it teaches is brought to a meeting. The
 * small rest is here. The layers at the end make the component part of a node.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Component from "../node/Component.ts"
import * as Output from "../node/Output.ts"
import type { Registry } from "../node/Registry.ts"
import type { Self } from "../node/Self.ts"
import type { NodeState } from "../node/State.ts"
import type { NodeId } from "../protocol/Message.ts"
import { areValues, maxDepth, type Value } from "../protocol/Value.ts"
import * as AntiEntropy from "./AntiEntropy.ts"
import * as Forwarding from "./Forwarding.ts"
import * as Learning from "./Learning.ts"
import * as Meetings from "./Meetings.ts"
import { type Configure, matchGossip, reply, Request, Sent } from "./Messages.ts"
import { Peers, type Selection } from "./Peers.ts"
import * as Settings from "./Settings.ts"
import { initial, recover, type State, type Step, update, violations } from "./State.ts"
import * as Status from "./Status.ts"
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

/** `configure`: the settings given replace those that hold. */
const configure = (state: State, changes: typeof Configure.Type, from: NodeId, env: Component.Env): Step => {
  const settings = Settings.change(state.settings, changes)
  const next = Meetings.configured(update(state, { settings }), env)
  const changed = Settings.names.filter((name) => settings[name] !== state.settings[name])
  const note = Output.note(
    `settings changed by ${from}: ${changed.map((name) => `${name} ${settings[name]}`).join(", ")}`
  )
  return [
    update(next, { repair: Learning.quickened(next) }),
    [reply({ type: "configure_ok" }), ...(changed.length === 0 ? [] : [note])]
  ]
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
      Forwarding.broadcast(state, message, from, env),
  read: (): Transition => (state) => [state, [reply({ type: "read_ok", messages: Store.printed(state.store) })]],
  gossip: matchGossip({
    forward:
      ({ values }): Transition =>
      (state, { from }, env) =>
        Forwarding.relay(AntiEntropy.heard(state), values, from, env),
    arrival:
      (message): Transition =>
      (state, { from }, env) =>
        Meetings.arrival(state, message, from, env),
    list:
      (message): Transition =>
      (state, { from }) =>
        Meetings.list(state, message, from),
    compare:
      (message): Transition =>
      (state, { from }) =>
        AntiEntropy.compared(AntiEntropy.heard(state), message, from)
  }),
  gossip_sketch:
    (message): Transition =>
    (state, { from }) =>
      AntiEntropy.sketch(state, message, from),
  gossip_repair:
    (message): Transition =>
    (state, { from }, env) =>
      Meetings.repair(state, message, from, env),
  gossip_stats: (): Transition => gossipStats,
  configure:
    (message): Transition =>
    (state, { from }, env) =>
      configure(state, message, from, env),
  error:
    (message): Transition =>
    (state, { from }, env) =>
      AntiEntropy.error(state, message, from, env)
})

/** Time has passed: what meetings and comparisons are due. */
const tick = (state: State, env: Component.Env): Step => {
  const [next, outputs] = Meetings.pass(state, env)
  if ((AntiEntropy.due(next, -Infinity) ?? Infinity) > Learning.time(next)) return [next, outputs]
  const [compared, comparisons] = AntiEntropy.compare(next, env)
  return [compared, [...outputs, ...comparisons]]
}

/**
 * The step of a gossiping node: (state, input, env) → (next state, outputs).
 *
 * @category transitions
 * @since 0.1.0
 */
export const step = (before: State, input: Component.Input<Request>, env: Component.Env): Step => {
  const state = Meetings.at(before, env.now)
  switch (input._tag) {
    case "Received":
      return transition(input.message)(state, input, env)
    case "Tick":
      return tick(state, env)
    case "Ended":
      return Meetings.lastWords(state, env)
  }
}

/**
 * When a node wants its next tick, in ms since the epoch: for a meeting or a comparison. `awake` is when it handled its first
 * message.
 *
 * @category transitions
 * @since 0.1.0
 */
export const due = (state: State, awake: number): number | undefined => {
  const { ahead } = state.meetings.clock
  const next = Math.min(Meetings.due(state), AntiEntropy.due(state, awake + ahead) ?? Infinity)
  return next === Infinity ? undefined : Math.ceil(next - ahead)
}

/**
 * Gossip broadcast with these settings to begin with, among the peers that this selection chooses.
 *
 * @category constructors
 * @since 0.1.0
 */
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

/**
 * A value that no message can carry unaltered, such as NaN. It is not stored.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidValue extends Data.TaggedError("InvalidValue")<{ readonly value: unknown }> {
  override get message(): string {
    return `a value to be spread must be JSON nested at most ${maxDepth} levels deep, with finite numbers`
  }
}

/**
 * Gossip as a part that others stand on: a set that grows, and that is the same at all nodes sooner or later.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Schema from "effect/Schema"
 * import * as TestClock from "effect/testing/TestClock"
 * import { Gossip, Handler, Message, TestCluster } from "maelstrom-gossip"
 *
 * // A registry of names that is the same at all nodes.
 * const Register = Handler.layer({
 *   request: Message.body("register", { name: Schema.String }),
 *   sends: [Message.body("register_ok", {})],
 *   handle: Effect.fnUntraced(function* ({ name }, { reply }) {
 *     const gossip = yield* Gossip.Gossip
 *     yield* Effect.orDie(gossip.add(name))
 *     return [reply({ type: "register_ok" })]
 *   })
 * })
 *
 * const parts = Layer.provideMerge(Register, Gossip.Gossip.layer)
 * const cluster = TestCluster.TestCluster.layer(parts, { nodes: 3, seed: 1 })
 *
 * const program = Effect.gen(function* () {
 *   const { ask } = yield* TestCluster.TestCluster
 *   yield* ask("n0", { type: "register", name: "Ada" })
 *   yield* TestClock.adjust("1 second")
 *   assert.deepEqual((yield* ask("n2", { type: "read" }))["messages"], ["Ada"])
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Layer.provideMerge(cluster, TestClock.layer())))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Gossip extends Context.Service<
  Gossip,
  {
    /**
     * Stores a value and spreads it, exactly as if a client had asked for it; done when it is stored. Waits until the node
     * is awake, so a layer must not wait for it while it is built.
     */
    readonly add: (value: Value) => Effect.Effect<void, InvalidValue>
    /** All values known, oldest first. */
    readonly known: Effect.Effect<ReadonlyArray<Value>>
    /** All values known, oldest first, then each value as the node learns it; each value once. It never ends. */
    readonly learned: Stream.Stream<Value>
  }
>()("maelstrom-gossip/gossip/Gossip") {
  /** Adds gossip broadcast to a node, with the settings and the peers of these services. */
  static readonly layerNoDeps: Layer.Layer<Gossip, never, NodeState | Registry | Self | Peers | Settings.Settings> =
    Layer.unwrap(
      Effect.gen(function* () {
        const settings = yield* Settings.Settings
        const { changes, state, tell } = yield* Component.register(component(settings, yield* Peers))
        const gossip = Gossip.of({
          add: (value) =>
            areValues([value]) ? tell({ type: "broadcast", message: value }) : Effect.fail(new InvalidValue({ value })),
          known: Effect.map(state, ({ store }) => Store.slice(store)),
          learned: Stream.mapAccum(
            changes,
            () => 0,
            (from, { store }) => [store.size, Store.slice(store, from)]
          )
        })
        return Layer.merge(Layer.succeed(Gossip, gossip), Status.layer(state))
      })
    )

  /** Adds gossip broadcast to a node, with everybody as peers and the default settings. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.Settings.layer()]))
}
