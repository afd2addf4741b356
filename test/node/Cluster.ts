/**
 * What tests of nodes share: messages, a gossip node, what a node logs, and a node's steps without its loop.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Node from "../../src/node/Node.ts"
import { Registry } from "../../src/node/Registry.ts"
import { NodeState, type State } from "../../src/node/State.ts"
import * as Step from "../../src/node/Step.ts"
import { layerRandom, TestNode } from "../../src/node/TestNode.ts"
import { Transport } from "../../src/node/Transport.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { type Envelope, type Outgoing, printer, type RawBody } from "../../src/protocol/Wire.ts"
import { seeded } from "../gossip/Seeded.ts"

/** Layers of components and handlers that need nothing else. */
export type Parts = Layer.Layer<never, never, Node.Provided>

/** n1, n2, … */
export const names = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `n${index + 1}`)

/** A message to n1, from a client if nothing else is said. */
export const message = (body: RawBody, src = "c1", dest = "n1"): Envelope => ({ src, dest, body })

/** Tells n1 that it is one of so many nodes. The reply has `in_reply_to` 1 and `msg_id` 0. */
export const init = (count: number): Envelope =>
  message({ type: "init", msg_id: 1, node_id: "n1", node_ids: names(count) }, "c0")

/** Puts what is logged into `log`, and nowhere else: the message, and the stack where there is a cause. */
export const layerLog = (log: Array<string>): Layer.Layer<never> =>
  Logger.layer([
    Logger.make(({ cause, message: text }) =>
      log.push(cause.reasons.length === 0 ? String(text) : `${String(text)}\n${Cause.pretty(cause)}`)
    )
  ])

/** A gossip node under test; its complaints go to `log`. */
export const layerGossip = (
  options: {
    readonly seed?: string | number
    readonly settings?: Partial<Settings.SettingsShape>
    readonly peers?: Layer.Layer<Peers>
    readonly log?: Array<string>
  } = {}
) =>
  TestNode.layer(
    Gossip.layerNoDeps.pipe(Layer.provide([options.peers ?? Peers.layer, Settings.Settings.layer(options.settings)])),
    { seed: options.seed ?? 1 }
  ).pipe(Layer.provide(layerLog(options.log ?? [])))

/** Lines that arrive together. */
export const lines = (...messages: ReadonlyArray<Envelope | string>): Step.Lines => ({
  _tag: "Lines",
  lines: messages.map((one) => (typeof one === "string" ? one : print(one)))
})

/** The messages of a turn as the wire has them. */
export const printed = ({ messages }: Step.Turn): ReadonlyArray<string> => messages.map(printer())

/**
 * A node of these parts without its loop: the state that it starts with, and its step. Time is 0 and chance that of the
 * seed 1 unless something else is said; each step starts its source of chance anew.
 */
export const assemble = <A, E>(parts: Layer.Layer<A, E, Node.Provided>) =>
  Effect.gen(function* () {
    const resolved = yield* Effect.flatMap(Registry, (registry) => registry.resolved)
    const initial = yield* Effect.flatMap(NodeState, Ref.get)
    const step = (
      state: State,
      input: Step.Input,
      { now = 0, seed = 1 }: { now?: number; seed?: string | number } = {}
    ) => Effect.map(seeded(seed), (random) => Step.step(state, input, { parts: resolved, now, random }))
    /** The state after these inputs. */
    const after = Effect.fnUntraced(function* (state: State, ...inputs: ReadonlyArray<Step.Input>) {
      let next = state
      for (const input of inputs) [, next] = yield* step(next, input)
      return next
    })
    return { parts: resolved, initial, step, after }
  }).pipe(Effect.provide(Layer.provideMerge(parts, Node.layerProvided(NodeState.layer())), { local: true }))

/** Runs a node on this state until it has read these chunks of lines; returns the lines that it has sent. */
export const runIn = <A, E>(
  state: Ref.Ref<State>,
  parts: Layer.Layer<A, E, Node.Provided>,
  ...chunks: ReadonlyArray<Step.Lines>
) =>
  Effect.gen(function* () {
    const sent = yield* Ref.make<ReadonlyArray<Outgoing>>([])
    const transport = Transport.of({
      incoming: Stream.fromArrays(...chunks.map((chunk) => chunk.lines)),
      send: (messages) => Ref.update(sent, (all) => [...all, ...messages])
    })
    yield* Node.runIn(state, parts).pipe(Effect.provideService(Transport, transport))
    return (yield* Ref.get(sent)).map(printer())
  }).pipe(Effect.provide(layerRandom(1)))
