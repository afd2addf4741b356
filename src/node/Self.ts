/**
 * The running node as its own parts reach it, other than by messages from outside.
 *
 * Layers of parts are built before the node reads its first line. So what steps the node is a promise: the node's loop keeps
 * it as soon as the node is awake, that is, has handled its first message other than `init`. Before that a node must send
 * nothing. Whoever waits for it while a layer is built waits for ever, because the node does not start before its layers
 * are built: such work belongs in a fiber of its own (`Effect.forkScoped`).
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import { type Identity, NodeState } from "./State.ts"
import type { Input, Turn } from "./Step.ts"

/**
 * What a part may do with the running node.
 *
 * @category models
 * @since 0.1.0
 */
export interface Running {
  /**
   * Steps on an input and begins to carry out what the step leaves. Both happen even if the caller is interrupted
   * meanwhile. `carriedOut` waits until everything is sent.
   */
  readonly step: (input: Input) => Effect.Effect<{ readonly turn: Turn; readonly carriedOut: Effect.Effect<void> }>
}

/**
 * The running node.
 *
 * @category services
 * @since 0.1.0
 */
export class Self extends Context.Service<
  Self,
  {
    /** Kept when the node is awake. */
    readonly awake: Deferred.Deferred<Running>
    /**
     * Says when the state of a part has changed. The news is not what has changed but that something has: who is slow gets
     * one message for many changes.
     */
    readonly changed: PubSub.PubSub<void>
  }
>()("maelstrom-gossip/node/Self") {
  /** A node that is not awake yet. */
  static readonly layer = Layer.effect(
    Self,
    Effect.all({ awake: Deferred.make<Running>(), changed: PubSub.dropping<void>(1) })
  )
}

/**
 * Who the node is and who all nodes are, for work beside the node's loop; handlers and steps are told without asking. It
 * waits until the node is awake.
 *
 * @category accessors
 * @since 0.1.0
 */
export const identity: Effect.Effect<Identity, never, Self | NodeState> = Effect.gen(function* () {
  const { awake } = yield* Self
  yield* Deferred.await(awake)
  const state = yield* Effect.flatMap(NodeState, Ref.get)
  return yield* Effect.orDie(Effect.fromNullishOr(state.identity))
})
