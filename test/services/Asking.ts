/**
 * Asking a service, step by step, with chance from a seed.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { NodeId, WireBody } from "../../src/protocol/Message.ts"
import type { Value } from "../../src/protocol/Value.ts"
import type * as Service from "../../src/services/Service.ts"

/** A service at work: asks it something in the name of a node, and returns the answer. */
export type Ask = (from: NodeId, body: WireBody) => WireBody

/** A service in its first state. */
export const start = <State>(
  service: Pick<Service.Service<State>, "answer" | "initial">,
  seed: string | number
): Effect.Effect<Ask> =>
  Effect.map(Effect.service(Random.Random).pipe(Random.withSeed(seed)), (random) => {
    let state = service.initial
    return (from, body) => {
      const [next, reply] = service.answer(state, { from, body }, random)
      state = next
      return reply
    }
  })

export const read = (key: Value) => ({ type: "read", key })
export const write = (key: Value, value: Value) => ({ type: "write", key, value })
export const cas = (key: Value, from: Value, to: Value) => ({ type: "cas", key, from, to })
