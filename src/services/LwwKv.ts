/**
 * Maelstrom's `lww-kv`: a key-value store in which the last write wins, and which may lose the others.
 *
 * It consists of two replicas, each with a Lamport clock. Before every request a random replica is merged into a random one,
 * perhaps itself: of each key, the value with the higher timestamp wins. Then the request is carried out on a random
 * replica. So a read may be stale, may see an older value than the read before it, and `cas` guards against nothing that
 * happens at the other replica. As in Maelstrom, `create_if_not_exists` is ignored: a `cas` of a key that does not exist is
 * error 20.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Random from "effect/Random"
import { key as textOf, type Value } from "../protocol/Value.ts"
import * as KeyValue from "./KeyValue.ts"
import * as Kv from "./Kv.ts"
import * as Service from "./Service.ts"

/**
 * A value and when it was written, by the clock of the replica.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  readonly value: Value
  readonly at: number
}

/**
 * One copy of the store.
 *
 * @category models
 * @since 0.1.0
 */
export interface Replica {
  /** The timestamp of the next write; Lamport's. */
  readonly clock: number
  /** Entries by the texts of their keys. */
  readonly entries: HashMap.HashMap<string, Entry>
}

/**
 * Both copies.
 *
 * @category models
 * @since 0.1.0
 */
export type State = readonly [Replica, Replica]

const empty: Replica = { clock: 0, entries: HashMap.empty() }

/**
 * What two replicas know together. Of two values with one timestamp, that of the first replica wins.
 *
 * @category merging
 * @since 0.1.0
 */
export const merge = (one: Replica, other: Replica): Replica => ({
  clock: Math.max(one.clock, other.clock),
  entries: HashMap.reduce(one.entries, other.entries, (merged, entry, key) => {
    const theirs = HashMap.get(merged, key)
    return Option.isSome(theirs) && theirs.value.at > entry.at ? merged : HashMap.set(merged, key, entry)
  })
})

const apply = (replica: Replica, request: KeyValue.Request): readonly [Replica, KeyValue.Reply] => {
  const { clock, entries } = replica
  const text = textOf(request.key)
  const current = Option.getOrUndefined(HashMap.get(entries, text))?.value
  const { reply, written } = KeyValue.respond(
    current,
    request.type === "cas" ? { ...request, create_if_not_exists: false } : request
  )
  if (written === undefined) return [replica, reply]
  return [{ clock: clock + 1, entries: HashMap.set(entries, text, { value: written, at: clock }) }, reply]
}

const draw = (random: Random.Random): 0 | 1 => (random.nextDoubleUnsafe() < 0.5 ? 0 : 1)

const withReplica = (replicas: State, place: 0 | 1, replica: Replica): State =>
  place === 0 ? [replica, replicas[1]] : [replicas[0], replica]

/**
 * The service.
 *
 * @category instances
 * @since 0.1.0
 */
export const service = Service.make({
  name: "lww-kv",
  requests: KeyValue.Requests,
  initial: [empty, empty],
  step: (state: State, { body }, random): readonly [State, KeyValue.Reply] => {
    const source = draw(random)
    const target = draw(random)
    const merged = withReplica(state, target, merge(state[source], state[target]))
    const place = draw(random)
    const [replica, reply] = apply(merged[place], body)
    return [withReplica(merged, place, replica), reply]
  }
})

/**
 * `lww-kv` as nodes use it. Keys and values are any JSON; `Kv.schema` gives them types.
 *
 * As it creates no key by `cas`, `createIfAbsent` and `update` fail with `KeyDoesNotExist` where there is none: `write` the
 * key first.
 *
 * @category services
 * @since 0.1.0
 */
export class LwwKv extends Context.Service<LwwKv, Kv.Kv<Value, Value>>()("maelstrom-gossip/services/LwwKv") {
  /** The service that messages reach. */
  static readonly layer = Layer.effect(LwwKv, Kv.make(service.name))
  /** A service in memory, for tests without a node. It starts empty, and its chance comes from `Random`. */
  static readonly layerMemory = Layer.provide(LwwKv.layer, Service.layerRpc(service))
}
