/**
 * The core of a gossiping node without its loop: its parts, and the state that it starts with.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Node from "../../src/node/Node.ts"
import { Registry } from "../../src/node/Registry.ts"
import { NodeState } from "../../src/node/State.ts"
import type { StepEnv } from "../../src/node/Step.ts"

/** The core of a new node. */
export const make = Effect.gen(function* () {
  const parts = yield* Effect.flatMap(Registry, ({ resolved }) => resolved)
  const random = yield* Random.Random
  const initial = yield* Effect.flatMap(NodeState, Ref.get)
  /** What the node's step may know at a time in ms. */
  const env = (now: number): StepEnv => ({ parts, now, random })
  return { initial, parts, env }
}).pipe(Effect.provide(Layer.provideMerge(Gossip.layer, Node.layerProvided(NodeState.layer())), { local: true }))
