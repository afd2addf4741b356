/**
 * Maelstrom's `lin-tso`: a timestamp oracle. It answers every request with the next integer, from 0 up.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { CallError } from "../node/CallError.ts"
import * as Rpc from "../node/Rpc.ts"
import { body, union } from "../protocol/Message.ts"
import * as Service from "./Service.ts"

/**
 * Asks for a timestamp.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Ts = body("ts", {})
/**
 * A timestamp that nobody else got, and greater than all before it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TsOk = body("ts_ok", { ts: Schema.Int })

/**
 * The service. Its state is the next timestamp.
 *
 * @category instances
 * @since 0.1.0
 */
export const service = Service.make({
  name: "lin-tso",
  requests: union(Ts),
  initial: 0,
  step: (next: number): readonly [number, typeof TsOk.Type] => [next + 1, { type: "ts_ok", ts: next }]
})

/**
 * `lin-tso` as nodes use it.
 *
 * @category services
 * @since 0.1.0
 */
export class LinTso extends Context.Service<
  LinTso,
  {
    /** A timestamp: greater than every one that was handed out before this was asked for. */
    readonly next: Effect.Effect<number, CallError>
  }
>()("maelstrom-gossip/services/LinTso") {
  /** The service that messages reach. */
  static readonly layer = Layer.effect(
    LinTso,
    Effect.map(Rpc.Rpc, (rpc) => ({
      next: Rpc.call(service.name, { type: "ts" }, { sends: Ts, reply: TsOk }).pipe(
        Effect.map(({ ts }) => ts),
        Effect.provideService(Rpc.Rpc, rpc)
      )
    }))
  )
  /** A service in memory, for tests without a node. Its first timestamp is 0. */
  static readonly layerMemory = Layer.provide(LinTso.layer, Service.layerRpc(service))
}
