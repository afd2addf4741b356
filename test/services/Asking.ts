/**
 * Asking a service, step by step, with chance from a seed.
 */
import * as Effect from "effect/Effect"
import type { Value } from "../../src/protocol/Value.ts"
import * as Service from "../../src/services/Service.ts"
import { seeded } from "../gossip/Seeded.ts"

/** A service in its first state: a function that asks it something in the name of a node. */
export const start = <State>(service: Service.Service<State>, seed: string | number) =>
  Effect.map(seeded(seed), (random) => Service.start(service, random))

export const read = (key: Value) => ({ type: "read", key })
export const write = (key: Value, value: Value) => ({ type: "write", key, value })
export const cas = (key: Value, from: Value, to: Value) => ({ type: "cas", key, from, to })
