/**
 * What nodes do with a key-value service. `SeqKv`, `LinKv` and `LwwKv` are three services of this one kind.
 *
 * Each operation is one call, but for {@link Kv.update}, which is a read and a `cas`. No operation is tried again when a
 * reply does not come: whoever calls knows whether doing it twice does harm, and says so by `Effect.retry`.
 *
 * @module
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CallError, KeyDoesNotExist, PreconditionFailed } from "../node/CallError.ts"
import * as Rpc from "../node/Rpc.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as KeyValue from "./KeyValue.ts"

/**
 * A key-value service with keys `K` and values `V`. Operations fail with a `CallError`, or with an `E` if a key or a value
 * does not fit its schema.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kv<K, V, E = never> {
  /** The value of a key. Fails with `KeyDoesNotExist` if there is none. */
  readonly read: (key: K) => Effect.Effect<V, CallError | E>
  /** The value of a key; none if the key does not exist. */
  readonly readOption: (key: K) => Effect.Effect<Option.Option<V>, Exclude<CallError, KeyDoesNotExist> | E>
  /** Sets a key to a value, whether it exists or not. */
  readonly write: (key: K, value: V) => Effect.Effect<void, CallError | E>
  /**
   * Sets a key to `to` if its value is `from`. Fails with `PreconditionFailed` if it has another value. If the key does not
   * exist, it is created where `createIfNotExists` is true; otherwise this fails with `KeyDoesNotExist`.
   */
  readonly cas: (
    key: K,
    from: V,
    to: V,
    options?: { readonly createIfNotExists?: boolean }
  ) => Effect.Effect<void, CallError | E>
  /**
   * Sets a key to `f` of its value and returns that. It reads the value, then sets the key by `cas`, and begins anew each
   * time that somebody else was faster or the read was stale. A key that does not exist counts as `initial` and is created;
   * without `initial` this fails with `KeyDoesNotExist`.
   *
   * Stale reads of `seq-kv` cost attempts, not correctness. Each attempt sees a later state than the one before, or its
   * `cas` reaches the newest state, where it succeeds or makes the next read a fresh one. Only if `f` changes nothing can
   * the value that this returns be stale.
   */
  readonly update: (
    key: K,
    f: (value: V) => V,
    options?: { readonly initial?: V }
  ) => Effect.Effect<V, Exclude<CallError, PreconditionFailed> | E>
  /** Creates a key with this value unless the key exists. Returns whether it was created: true for one caller alone. */
  readonly createIfAbsent: (key: K, value: V) => Effect.Effect<boolean, Exclude<CallError, PreconditionFailed> | E>
}

/** How keys and values become JSON and back. */
interface Codec<A, E> {
  readonly encode: (value: A) => Effect.Effect<Value, E>
  readonly decode: (json: Value) => Effect.Effect<A, E>
}

/** `cas` tells a key that exists from one that does not by this value, which nobody should store. */
const nobodys: Value = "the value of a key that does not exist (maelstrom-gossip)"

/** The operations that are one call each. */
type Calls = Pick<Kv<Value, Value>, "cas" | "read" | "write">

/** The operations with keys and values that these codecs turn into JSON. */
const through = <K, V, E>({ cas, read, write }: Calls, key: Codec<K, E>, value: Codec<V, E>): Kv<K, V, E> => ({
  read: (k) => key.encode(k).pipe(Effect.flatMap(read), Effect.flatMap(value.decode)),
  readOption: Effect.fnUntraced(function* (k) {
    const found = yield* read(yield* key.encode(k)).pipe(
      Effect.asSome,
      Effect.catchTag("KeyDoesNotExist", () => Effect.succeedNone)
    )
    return Option.isNone(found) ? Option.none() : Option.some(yield* value.decode(found.value))
  }),
  write: Effect.fnUntraced(function* (k, v) {
    yield* write(yield* key.encode(k), yield* value.encode(v))
  }),
  cas: Effect.fnUntraced(function* (k, from, to, options) {
    yield* cas(yield* key.encode(k), yield* value.encode(from), yield* value.encode(to), options)
  }),
  update: (k, f, { initial } = {}) => {
    const attempt: ReturnType<Kv<K, V, E>["update"]> = Effect.gen(function* () {
      const json = yield* key.encode(k)
      // What was read goes into `cas` as it is. Decoded and encoded again it might be another value.
      const from = yield* initial === undefined
        ? read(json)
        : Effect.catchTag(read(json), "KeyDoesNotExist", () => value.encode(initial))
      const next = f(yield* value.decode(from))
      yield* cas(json, from, yield* value.encode(next), { createIfNotExists: initial !== undefined })
      return next
    }).pipe(Effect.catchTag("PreconditionFailed", () => attempt))
    return attempt
  },
  createIfAbsent: (k, v) =>
    Effect.gen(function* () {
      yield* cas(yield* key.encode(k), nobodys, yield* value.encode(v), { createIfNotExists: true })
      return true
    }).pipe(Effect.catchTag("PreconditionFailed", () => Effect.succeed(false)))
})

const asItIs: Codec<Value, never> = { encode: Effect.succeed, decode: Effect.succeed }

/**
 * The key-value service of this name, reached by calls. Keys and values are any JSON.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (dest: NodeId): Effect.Effect<Kv<Value, Value>, never, Rpc.Rpc> =>
  Effect.map(Rpc.Rpc, (rpc) => {
    const { Cas, CasOk, Read, ReadOk, Write, WriteOk } = KeyValue
    const withRpc = Effect.provideService(Rpc.Rpc, rpc)
    const calls: Calls = {
      read: (key) =>
        Rpc.call(dest, { type: "read", key }, { sends: Read, reply: ReadOk }).pipe(
          Effect.map(({ value }) => value),
          withRpc
        ),
      write: (key, value) =>
        Rpc.call(dest, { type: "write", key, value }, { sends: Write, reply: WriteOk }).pipe(Effect.asVoid, withRpc),
      cas: (key, from, to, { createIfNotExists = false } = {}) =>
        Rpc.call(
          dest,
          { type: "cas", key, from, to, ...(createIfNotExists ? { create_if_not_exists: true } : {}) },
          { sends: Cas, reply: CasOk }
        ).pipe(Effect.asVoid, withRpc)
    }
    return through(calls, asItIs, asItIs)
  })

const codec = <A>(schema: Schema.Codec<A, unknown>): Codec<A, Schema.SchemaError> => {
  const json = Schema.toCodecJson(schema)
  return { encode: Schema.encodeEffect(json), decode: Schema.decodeUnknownEffect(json) }
}

/**
 * A key-value service whose keys and values have these schemas. A schema may map JSON to anything, such as dates.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 * import { Kv, SeqKv } from "maelstrom-gossip"
 *
 * const program = Effect.gen(function* () {
 *   const visits = Kv.schema(yield* SeqKv.SeqKv, { key: Schema.Date, value: Schema.Int })
 *   const today = new Date("2026-11-24")
 *   assert.equal(yield* visits.update(today, (n) => n + 1, { initial: 0 }), 1)
 * })
 *
 * await Effect.runPromise(Effect.provide(program, SeqKv.SeqKv.layerMemory))
 * ```
 *
 * @category transforming
 * @since 0.1.0
 */
export const schema = <K, V>(
  kv: Kv<Value, Value>,
  schemas: { readonly key: Schema.Codec<K, unknown>; readonly value: Schema.Codec<V, unknown> }
): Kv<K, V, Schema.SchemaError> => through(kv, codec(schemas.key), codec(schemas.value))
