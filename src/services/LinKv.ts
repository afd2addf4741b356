/**
 * Maelstrom's `lin-kv`: a linearizable key-value store.
 *
 * There is one copy of the store, and every request works on it. So each one sees all that was done before it.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Value } from "../protocol/Value.ts"
import * as KeyValue from "./KeyValue.ts"
import * as Kv from "./Kv.ts"
import * as Service from "./Service.ts"

/**
 * The service. Its state is the store.
 *
 * @category instances
 * @since 0.1.0
 */
export const service = Service.make({
  name: "lin-kv",
  requests: KeyValue.Requests,
  initial: KeyValue.empty,
  step: (store, { body }) => KeyValue.step(store, body)
})

/**
 * `lin-kv` as nodes use it. Keys and values are any JSON; `Kv.schema` gives them types.
 *
 * @category services
 * @since 0.1.0
 */
export class LinKv extends Context.Service<LinKv, Kv.Kv<Value, Value>>()("maelstrom-gossip/services/LinKv") {
  /** The service that messages reach. */
  static readonly layer = Layer.effect(LinKv, Kv.make(service.name))
  /** A service in memory, for tests without a node. It starts empty, and its chance comes from `Random`. */
  static readonly layerMemory = Layer.provide(LinKv.layer, Service.layerRpc(service))
}
