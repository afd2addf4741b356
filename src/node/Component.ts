/**
 * A component: a part of a node with its own messages, its own state, and one pure step.
 *
 * The step is all there is to it: (state, input, env) → (state, outputs). Messages, the passing of time and the end of the
 * node's input are its inputs. It does no I/O and reads no clock. It draws chance from `env.random` and changes nothing else
 * that anybody can observe: the same state, input, time and seed give the same result. A step that throws is a defect: the
 * sender of the message gets error 13, nothing has changed, and the stack is in the log.
 *
 * @module
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Bodies, NodeId, Tagged } from "../protocol/Message.ts"
import { encoder, type RawBody, type Received } from "../protocol/Wire.ts"
import * as CallError from "./CallError.ts"
import * as Output from "./Output.ts"
import { type Calling, type Ended, type Env, type Part, Registry, type Stepped, type Tick } from "./Registry.ts"
import { Self } from "./Self.ts"
import * as Slices from "./Slices.ts"
import { NodeState, update } from "./State.ts"

export type { Received } from "../protocol/Wire.ts"
export type { Ended, Env, Tick } from "./Registry.ts"

/**
 * A call of the component has ended: it was answered, or it failed. A crash of the node takes it along.
 *
 * @category models
 * @since 0.1.0
 */
export interface Returned<Body, Reply> {
  readonly _tag: "Returned"
  /** Who was called. */
  readonly to: NodeId
  /** What it was asked. */
  readonly request: Body
  readonly result: Result.Result<Reply, CallError.CallError>
}

/** What is there only if a component makes calls. */
type IfCalling<Reply, What> = [Reply] extends [never] ? never : What

/**
 * What a component steps on. One that makes calls gives all three unions, what it handles, what it sends, and what returns;
 * others give the first.
 *
 * @category models
 * @since 0.1.0
 */
export type Input<Request, Body = never, Reply = never> =
  | Received<Request>
  | Tick
  | Ended
  | IfCalling<Reply, Returned<Body, Reply>>

/**
 * What a step makes of an input: the next state, and what is to be sent. A component that makes calls gives the union of
 * what returns, too.
 *
 * @category models
 * @since 0.1.0
 */
export type Step<State, Body, Reply = never> = readonly [
  state: State,
  outputs: ReadonlyArray<Output.Output<Body> | IfCalling<Reply, Output.Call<Body>>>
]

/**
 * A component. `Request`, `Body` and `Reply` are unions of messages tagged by `type`: what it handles, what it sends, and
 * what others reply to its calls.
 *
 * @category models
 * @since 0.1.0
 */
export interface Component<State, Request extends Tagged, Body extends Tagged, Reply extends Tagged = never> {
  /** Names the component's slice of the node's state; unique among the components of a node. */
  readonly name: string
  /** The messages that it handles: `Message.union(…)`. */
  readonly requests: Bodies<Request>
  /** The bodies of all its replies, messages and calls: `Message.union(…)`. */
  readonly sends: Bodies<Body>
  /** The replies to its calls: `Message.union(…)`. Errors are no part of it. Left out: it makes no calls. */
  readonly returns?: Bodies<Reply>
  /** The state that it starts with. */
  readonly initial: State
  readonly step: (
    state: State,
    // The unions say what `Body` and `Reply` are. An `Input` that leaves them out must not make them `never`.
    input: Input<Request, NoInfer<Body>, NoInfer<Reply>>,
    env: Env
  ) => Step<State, Body, NoInfer<Reply>>
  /**
   * When it wants a `Tick`, in ms since the epoch; undefined for never, as things are. After a tick it must not want another
   * at the same time. `awake` is when the node handled its first message other than `init`; before that nobody is ticked.
   * Left out: it never wants one.
   */
  readonly due?: (state: State, awake: number) => number | undefined
  /** What of its state survives a crash of the node. Left out: all of it, as if every step were on disk before its replies. */
  readonly recover?: (state: State) => State
  /**
   * Invariants that a step has broken, one sentence each. The simulator asks after every step; a node in production never
   * does.
   */
  readonly violations?: (before: State, after: State) => ReadonlyArray<string>
}

/** A part that answers at once. */
interface StepPart extends Part {
  readonly receive: (slices: Slices.Slices, received: Received<Tagged>, env: Env) => Stepped
}

const toPart = <State, Request extends Tagged, Body extends Tagged, Reply extends Tagged>(
  component: Component<State, Request, Body, Reply>,
  override: boolean
): StepPart => {
  const { due, name, requests, returns, sends, step, violations } = component
  const encodeBody = encoder<Body>(sends.cases)
  const encodeOutput = Output.encoder(encodeBody)
  // The decoder of the node has found the message to be a member of the union of all requests.
  const isRequest = (received: Received<Tagged>): received is Received<Request> =>
    received.message.type in requests.cases
  const run = (slices: Slices.Slices, input: Input<Request, Body, Reply>, env: Env): Stepped => {
    const before = Slices.get(slices, component)
    const [after, outputs] = step(before, input, env)
    return {
      _tag: "Stepped",
      slices: after === before ? slices : Slices.set(slices, component, after),
      outputs: outputs.map(encode)
    }
  }
  // What can return is declared, so the component is one that makes calls.
  const isInput = (input: Returned<Body, Reply> | Input<Request, Body, Reply>): input is Input<Request, Body, Reply> =>
    input._tag !== "Returned" || returns !== undefined
  const toCalling = ({ body, timeout, to }: Output.Call<Body>): Calling => {
    if (returns === undefined) throw new Error(`${name} calls ${to}, but does not declare what returns`)
    const read = (raw: RawBody) => CallError.decode({ dest: to, request: body.type }, returns, raw)
    return {
      _tag: "Call",
      name,
      to,
      body: encodeBody(body),
      timeout,
      step: (slices, raw, env) => {
        const input: Returned<Body, Reply> = { _tag: "Returned", to, request: body, result: Result.flatMap(raw, read) }
        return isInput(input) ? run(slices, input, env) : { _tag: "Stepped", slices, outputs: [] }
      }
    }
  }
  const encode = (output: Output.Output<Body> | Output.Call<Body>) =>
    output._tag === "Call" ? toCalling(output) : encodeOutput(output)
  return {
    name,
    requests: requests.cases,
    override,
    receive: (slices, received, env) =>
      isRequest(received) ? run(slices, received, env) : { _tag: "Stepped", slices, outputs: [] },
    unasked: { due: (slices, awake) => due?.(Slices.get(slices, component), awake), step: run },
    violations: (before, after) =>
      violations === undefined ? [] : violations(Slices.get(before, component), Slices.get(after, component))
  }
}

/**
 * Adds a component to a node. `override`: its messages are taken from the components and handlers that handle them
 * otherwise.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import { Component, Message, Output, TestCluster } from "maelstrom-gossip"
 * import * as Schema from "effect/Schema"
 *
 * const Requests = Message.union(Message.body("generate", {}))
 * const Sent = Message.union(Message.body("generate_ok", { id: Schema.String }))
 * const { reply } = Output.of<typeof Sent.Type>()
 *
 * // The state is the number of ids that this node has made.
 * const UniqueIds = Component.layer({
 *   name: "unique-ids",
 *   requests: Requests,
 *   sends: Sent,
 *   initial: 0,
 *   step: (count, input, { self }) =>
 *     input._tag === "Received"
 *       ? [count + 1, [reply({ type: "generate_ok", id: `${self}-${count}` })]]
 *       : [count, []]
 * })
 *
 * const program = Effect.gen(function* () {
 *   const { ask } = yield* TestCluster.TestCluster
 *   const first = yield* ask("n0", { type: "generate" })
 *   const second = yield* ask("n0", { type: "generate" })
 *   assert.deepEqual([first["id"], second["id"]], ["n0-0", "n0-1"])
 * })
 *
 * await Effect.runPromise(Effect.provide(program, TestCluster.TestCluster.layer(UniqueIds, { nodes: 1, seed: 1 })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <State, Request extends Tagged, Body extends Tagged, Reply extends Tagged = never>(
  component: Component<State, Request, Body, Reply>,
  options: { readonly override?: boolean } = {}
): Layer.Layer<never, never, NodeState | Registry | Self> => Layer.effectDiscard(register(component, options))

/**
 * Adds a component to a node as {@link layer} does, for layers that do more than that. It returns how the rest of the layer
 * reaches the component: its `state` at any time; `changes`, the state as it is and then after steps that changed it, of which
 * a slow reader gets the latest; and `tell`.
 *
 * `tell` steps the component with a request from the node itself, which is not checked with its schema and gets no reply. It
 * waits until the node is awake, and is done when what follows is sent. If the step throws, `tell` dies, and nothing has
 * changed.
 *
 * @category layers
 * @since 0.1.0
 */
export const register = Effect.fnUntraced(function* <
  State,
  Request extends Tagged,
  Body extends Tagged,
  Reply extends Tagged = never
>(component: Component<State, Request, Body, Reply>, { override = false }: { readonly override?: boolean } = {}) {
  const ref = yield* NodeState
  const { awake, changed } = yield* Self
  // A slot that is filled already was filled before a crash.
  const recovered = (slices: Slices.Slices): State => {
    const before = Slices.get(slices, component)
    return Slices.has(slices, component) && component.recover !== undefined ? component.recover(before) : before
  }
  yield* Ref.update(ref, (node) => update(node, { slices: Slices.set(node.slices, component, recovered(node.slices)) }))
  const part = toPart(component, override)
  yield* Registry.use(({ register: add }) => add(part))

  const state = Effect.map(Ref.get(ref), ({ slices }) => Slices.get(slices, component))
  // The news comes in the middle of a step of the loop, which goes on first.
  const latest = Effect.andThen(Effect.yieldNow, state)
  const changes = PubSub.subscribe(changed).pipe(
    Effect.map((news) => Stream.concat(Stream.succeed(undefined), Stream.fromSubscription(news))),
    Stream.unwrap,
    Stream.mapEffect(() => latest),
    Stream.changesWith((before, after) => before === after)
  )
  const tell = Effect.fnUntraced(function* (request: Request) {
    const { step } = yield* Deferred.await(awake)
    const { carriedOut, turn } = yield* step({
      _tag: "Own",
      what: `${component.name}, ${request.type}`,
      step: (slices, env) => {
        const { self } = env
        const header = { from: self, to: self, id: undefined, isReply: false }
        return part.receive(slices, { _tag: "Received", ...header, message: request }, env)
      }
    })
    const [defect] = turn.defects
    if (defect !== undefined) return yield* Effect.die(defect.thrown)
    yield* carriedOut
  })
  return { state, changes, tell }
})
