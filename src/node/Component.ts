/**
 * A component: a part of a node with its own messages, its own state, and one pure step.
 *
 * The step is all there is to it: (state, input, env) → (state, outputs). Messages, the passing of time and the end of the
 * node's input are its inputs. It does no I/O and reads no clock. It draws chance from `env.random` and changes nothing else
 * that anybody can observe: the same state, input, time and seed give the same result. A step that throws is a defect: the
 * sender of the message gets error 13, nothing has changed, and the stack is in the log.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import type { Bodies, Tagged } from "../protocol/Message.ts"
import { encoder, type Received } from "../protocol/Wire.ts"
import * as Output from "./Output.ts"
import { type Ended, type Env, type Part, Registry, type Stepped, type Tick } from "./Registry.ts"
import * as Slices from "./Slices.ts"
import { NodeState, update } from "./State.ts"

export type { Received } from "../protocol/Wire.ts"
export type { Ended, Env, Tick } from "./Registry.ts"

/** What a component steps on. */
export type Input<Request> = Received<Request> | Tick | Ended

/** What a step makes of an input: the next state, and what is to be sent. */
export type Step<State, Body> = readonly [state: State, outputs: ReadonlyArray<Output.Output<Body>>]

/** A component. `Request` and `Body` are unions of messages tagged by `type`: what it handles, and what it sends. */
export interface Component<State, Request extends Tagged, Body extends Tagged> {
  /** Names the component's slice of the node's state; unique among the components of a node. */
  readonly name: string
  /** The messages that it handles: `Message.union(…)`. */
  readonly requests: Bodies<Request>
  /** The bodies of all its replies and messages: `Message.union(…)`. */
  readonly sends: Bodies<Body>
  /** The state that it starts with. */
  readonly initial: State
  readonly step: (state: State, input: Input<Request>, env: Env) => Step<State, Body>
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

const toPart = <State, Request extends Tagged, Body extends Tagged>(
  component: Component<State, Request, Body>,
  override: boolean
): Part => {
  const { due, name, requests, sends, step, violations } = component
  const encode = Output.encoder(encoder<Body>(sends.cases))
  // The decoder of the node has found the message to be a member of the union of all requests.
  const isRequest = (received: Received<Tagged>): received is Received<Request> =>
    received.message.type in requests.cases
  const run = (slices: Slices.Slices, input: Input<Request>, env: Env): Stepped => {
    const before = Slices.get(slices, component)
    const [after, outputs] = step(before, input, env)
    return {
      _tag: "Stepped",
      slices: after === before ? slices : Slices.set(slices, component, after),
      outputs: outputs.map(encode)
    }
  }
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
 */
export const layer = <State, Request extends Tagged, Body extends Tagged>(
  component: Component<State, Request, Body>,
  options: { readonly override?: boolean } = {}
): Layer.Layer<never, never, NodeState | Registry> => Layer.effectDiscard(register(component, options))

/** The same as an Effect, for layers that do more than this. Its `state` reads the component's state at any time. */
export const register = Effect.fnUntraced(function* <State, Request extends Tagged, Body extends Tagged>(
  component: Component<State, Request, Body>,
  { override = false }: { readonly override?: boolean } = {}
) {
  const ref = yield* NodeState
  // A slot that is filled already was filled before a crash.
  const recovered = (slices: Slices.Slices): State => {
    const before = Slices.get(slices, component)
    return Slices.has(slices, component) && component.recover !== undefined ? component.recover(before) : before
  }
  yield* Ref.update(ref, (node) => update(node, { slices: Slices.set(node.slices, component, recovered(node.slices)) }))
  yield* Registry.use(({ register: add }) => add(toPart(component, override)))
  return { state: Effect.map(Ref.get(ref), ({ slices }) => Slices.get(slices, component)) }
})
