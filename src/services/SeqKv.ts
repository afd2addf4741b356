/**
 * Maelstrom's `seq-kv`: a sequentially consistent key-value store, which may show its past.
 *
 * The store keeps its last 32 states. A request is first tried on a random one of them, not older than the state that its
 * sender saw last. If it changes nothing there, that is its answer, even if it is a `cas` that failed or a `write` of the
 * value that the key had then. If it changes something, it is carried out on the newest state. So nobody sees time run
 * backwards, but a read may be stale.
 *
 * As in Maelstrom, the newest state is never drawn for a sender that has not seen it. **A sender that only reads never sees
 * the newest state, however often it reads.** To see it, first change something: write a value to a key of your own that
 * was never written to it before. A sender that has changed something has seen the newest state of that moment.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as KeyValue from "./KeyValue.ts"
import * as Kv from "./Kv.ts"
import * as Service from "./Service.ts"

/**
 * How many states the store keeps, the newest included.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxStates = 32

/**
 * States are numbered from 0 in the order in which they came about.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  /** The last states, at most {@link maxStates}, the newest last. */
  readonly states: ReadonlyArray<KeyValue.Store>
  /** The number of the newest state. */
  readonly newest: number
  /** The number of the state that each sender saw last. */
  readonly seen: HashMap.HashMap<NodeId, number>
}

/**
 * The service.
 *
 * @category instances
 * @since 0.1.0
 */
export const service = Service.make({
  name: "seq-kv",
  requests: KeyValue.Requests,
  initial: { states: [KeyValue.empty], newest: 0, seen: HashMap.empty() },
  step: ({ newest, seen, states }: State, { body, from }, random): readonly [State, KeyValue.Reply] => {
    const seenBefore = Option.getOrElse(HashMap.get(seen, from), () => 0)
    const earliest = Math.max(seenBefore, newest + 1 - states.length)
    const drawn = earliest + Math.floor(random.nextDoubleUnsafe() * (newest - earliest))
    const at = (number: number): KeyValue.Store => states[number - newest + states.length - 1] ?? KeyValue.empty
    const [tried, reply] = KeyValue.step(at(drawn), body)
    if (tried === at(drawn)) return [{ states, newest, seen: HashMap.set(seen, from, drawn) }, reply]
    const [next, replyNow] = KeyValue.step(at(newest), body)
    return [
      {
        states: [...states, next].slice(-maxStates),
        newest: newest + 1,
        seen: HashMap.set(seen, from, newest + 1)
      },
      replyNow
    ]
  }
})

/**
 * `seq-kv` as nodes use it. Keys and values are any JSON; `Kv.schema` gives them types.
 *
 * Mind that reads are stale: `readOption` may not find a key that exists.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import { SeqKv } from "maelstrom-gossip"
 *
 * const program = Effect.gen(function* () {
 *   const kv = yield* SeqKv.SeqKv
 *   yield* kv.createIfAbsent("colour", "red")
 *   yield* kv.cas("colour", "red", "blue")
 *   assert.equal(yield* kv.update("visits", (n) => Number(n) + 1, { initial: 0 }), 1)
 * })
 *
 * // A node reaches the service by `SeqKv.layer`. A test has one in memory.
 * await Effect.runPromise(Effect.provide(program, SeqKv.SeqKv.layerMemory))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class SeqKv extends Context.Service<SeqKv, Kv.Kv<Value, Value>>()("maelstrom-gossip/services/SeqKv") {
  /** The service that messages reach. */
  static readonly layer = Layer.effect(SeqKv, Kv.make(service.name))
  /** A service in memory, for tests without a node. It starts empty, and its chance comes from `Random`. */
  static readonly layerMemory = Layer.provide(SeqKv.layer, Service.layerRpc(service))
}
