/**
 * What nodes do with the key-value services and the timestamp oracle, in memory and by messages.
 */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as CallError from "../../src/node/CallError.ts"
import * as Handler from "../../src/node/Handler.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import * as Rpc from "../../src/node/Rpc.ts"
import { layerRandom, TestNode } from "../../src/node/TestNode.ts"
import { body, type WireBody } from "../../src/protocol/Message.ts"
import type { Value } from "../../src/protocol/Value.ts"
import * as Kv from "../../src/services/Kv.ts"
import { LinKv } from "../../src/services/LinKv.ts"
import * as LinKvModule from "../../src/services/LinKv.ts"
import { LinTso } from "../../src/services/LinTso.ts"
import { LwwKv } from "../../src/services/LwwKv.ts"
import { SeqKv } from "../../src/services/SeqKv.ts"
import * as SeqKvModule from "../../src/services/SeqKv.ts"
import * as Service from "../../src/services/Service.ts"
import { seeded } from "../gossip/Seeded.ts"
import { init, message } from "../node/Cluster.ts"

const memory = Layer.mergeAll(SeqKv.layerMemory, LinKv.layerMemory, LwwKv.layerMemory, LinTso.layerMemory).pipe(
  Layer.provide(layerRandom(1))
)

/** A service that tells which requests it got, and lets another node write between any two of them. */
const watched = <State>(service: Service.Service<State>, seed: number) =>
  Effect.gen(function* () {
    const asked = yield* Ref.make<ReadonlyArray<WireBody>>([])
    const answer = Service.start(service, yield* seeded(seed))
    const layer = Rpc.Rpc.layerTest((dest, request) =>
      Effect.gen(function* () {
        yield* Ref.update(asked, (all) => [...all, request])
        const reply = answer("n0", request)
        if (reply["type"] !== "error") return reply
        const error = { code: Number(reply["code"]), text: String(reply["text"]) }
        return yield* CallError.fromReply({ dest, request: request.type }, error)
      })
    )
    const client = Kv.make(service.name).pipe(Effect.provide(layer))
    return { kv: yield* client, asked: Ref.get(asked), others: (request: WireBody) => answer("n1", request) }
  })

describe("a client of a key-value service", () => {
  it.effect("reads what was written, and finds no key that was not", () =>
    Effect.gen(function* () {
      const kv = yield* LinKv
      assert.deepStrictEqual(yield* kv.readOption("x"), Option.none())
      const error = yield* Effect.flip(kv.read("x"))
      assert.instanceOf(error, CallError.KeyDoesNotExist)
      assert.strictEqual(error.message, `lin-kv did not carry out read: there is no key "x" (code 20)`)
      yield* kv.write("x", { a: [null] })
      assert.deepStrictEqual(yield* kv.read("x"), { a: [null] })
      assert.deepStrictEqual(yield* kv.readOption("x"), Option.some({ a: [null] }))
    }).pipe(Effect.provide(memory))
  )

  it.effect("sets a key by cas only if it has the value expected", () =>
    Effect.gen(function* () {
      const kv = yield* LinKv
      assert.instanceOf(yield* Effect.flip(kv.cas("x", 0, 1)), CallError.KeyDoesNotExist)
      yield* kv.cas("x", 0, 1, { createIfNotExists: true })
      assert.instanceOf(yield* Effect.flip(kv.cas("x", 0, 2)), CallError.PreconditionFailed)
      yield* kv.cas("x", 1, 2)
      assert.strictEqual(yield* kv.read("x"), 2)
    }).pipe(Effect.provide(memory))
  )

  it.effect("creates a key once, whatever its value is", () =>
    Effect.gen(function* () {
      for (const kv of [yield* LinKv, yield* SeqKv]) {
        for (const value of [null, 1, "x"] satisfies ReadonlyArray<Value>) {
          assert.isTrue(yield* kv.createIfAbsent(value, value))
          assert.isFalse(yield* kv.createIfAbsent(value, value))
          assert.isFalse(yield* kv.createIfAbsent(value, 2))
          assert.strictEqual(yield* kv.read(value), value)
        }
      }
    }).pipe(Effect.provide(memory))
  )

  it.effect("updates a key by a function of its value, and creates it if it is told what to begin with", () =>
    Effect.gen(function* () {
      const increment = (value: Value) => Number(value) + 1
      for (const kv of [yield* LinKv, yield* SeqKv]) {
        assert.instanceOf(yield* Effect.flip(kv.update("x", increment)), CallError.KeyDoesNotExist)
        assert.strictEqual(yield* kv.update("x", increment, { initial: 5 }), 6)
        assert.strictEqual(yield* kv.update("x", increment, { initial: 5 }), 7)
        assert.strictEqual(yield* kv.update("x", increment), 8)
        assert.strictEqual(yield* kv.read("x"), 8)
      }
    }).pipe(Effect.provide(memory))
  )

  it.effect("updates lww-kv too, but cannot create a key there other than by write", () =>
    Effect.gen(function* () {
      const kv = yield* LwwKv
      const increment = (value: Value) => Number(value) + 1
      assert.instanceOf(yield* Effect.flip(kv.update("x", increment, { initial: 0 })), CallError.KeyDoesNotExist)
      assert.instanceOf(yield* Effect.flip(kv.createIfAbsent("x", 0)), CallError.KeyDoesNotExist)
      yield* kv.write("x", 0)
      // Until both replicas have the key, either may be asked.
      const created = yield* Effect.eventually(kv.update("x", increment))
      assert.strictEqual(created, 1)
    }).pipe(Effect.provide(memory))
  )

  it.effect("update begins anew if somebody else was faster", () =>
    Effect.gen(function* () {
      const { asked, kv, others } = yield* watched(LinKvModule.service, 1)
      others({ type: "write", key: "x", value: 10 })
      let attempts = 0
      const value = yield* kv.update("x", (before) => {
        if (attempts++ < 3) others({ type: "write", key: "x", value: 10 * (attempts + 1) })
        return Number(before) + 1
      })
      assert.deepStrictEqual([value, attempts], [41, 4])
      assert.strictEqual((yield* asked).length, 8)
    })
  )

  it.effect("update gets past the stale reads of seq-kv, however far behind its node is", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 100; seed++) {
        const { asked, kv, others } = yield* watched(SeqKvModule.service, seed)
        for (let value = 1; value <= 40; value++) others({ type: "write", key: "x", value })
        assert.strictEqual(yield* kv.update("x", (value) => Number(value) + 1, { initial: 0 }), 41)
        assert.strictEqual(yield* kv.read("x"), 41)
        assert.isAtMost((yield* asked).length, 2 * SeqKvModule.maxStates)
      }
    })
  )

  it.effect("has typed keys and values if it is given their schemas", () =>
    Effect.gen(function* () {
      const raw = yield* LinKv
      const kv = Kv.schema(raw, {
        key: Schema.Struct({ day: Schema.DateTimeUtcFromString }),
        value: Schema.Struct({ count: Schema.Int })
      })
      const day = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
      yield* kv.update({ day }, ({ count }) => ({ count: count + 1 }), { initial: { count: 0 } })
      assert.deepStrictEqual(yield* kv.read({ day }), { count: 1 })
      assert.deepStrictEqual(yield* raw.read({ day: "2026-01-01T00:00:00.000Z" }), { count: 1 })
      assert.isTrue(yield* kv.createIfAbsent({ day: DateTime.add(day, { days: 1 }) }, { count: 7 }))
      assert.strictEqual((yield* Effect.flip(kv.write({ day }, { count: 0.5 })))._tag, "SchemaError")
      // @ts-expect-error -- a count is a number
      yield* Effect.flip(kv.write({ day }, { count: "1" }))
    }).pipe(Effect.provide(memory))
  )

  it.effect("says where a value that others have written does not fit its schema, and leaves it alone", () =>
    Effect.gen(function* () {
      const raw = yield* LinKv
      const kv = Kv.schema(raw, { key: Schema.String, value: Schema.Int })
      yield* raw.write("x", "many")
      const increment = (value: number) => value + 1
      for (const error of [yield* Effect.flip(kv.read("x")), yield* Effect.flip(kv.update("x", increment))]) {
        assert.strictEqual(error._tag, "SchemaError")
      }
      assert.strictEqual(yield* raw.read("x"), "many")
    }).pipe(Effect.provide(memory))
  )

  it.effect("updates a value with more fields than its schema knows without a mistake about what it was", () =>
    Effect.gen(function* () {
      const raw = yield* LinKv
      const kv = Kv.schema(raw, { key: Schema.String, value: Schema.Struct({ count: Schema.Int }) })
      yield* raw.write("x", { count: 1, by: "somebody" })
      assert.deepStrictEqual(yield* kv.update("x", ({ count }) => ({ count: count + 1 })), { count: 2 })
    }).pipe(Effect.provide(memory))
  )
})

const Visit = body("visit", {})
const VisitOk = body("visit_ok", { visits: Schema.Json })

/** Counts its requests in seq-kv. */
const visits = Handler.layer({
  request: Visit,
  sends: [VisitOk],
  handle: Effect.fnUntraced(
    function* (_, { reply }) {
      const kv = yield* SeqKv
      return [reply({ type: "visit_ok", visits: yield* kv.update("visits", (n) => Number(n) + 1, { initial: 0 }) })]
    },
    Effect.mapError(({ code, message: text }) => new RequestError({ code, text }))
  )
})

describe("a handler that uses seq-kv", () => {
  it.effect("sends what Maelstrom's seq-kv understands, and waits a second for each answer", () =>
    Effect.gen(function* () {
      const node = yield* TestNode
      const [, read] = yield* node.lines(init(1), message({ type: "visit", msg_id: 1 }))
      assert.strictEqual(
        read,
        `{"src": "n1", "dest": "seq-kv", "body": {"type": "read", "key": "visits", "msg_id": 1}}`
      )
      const missing = { type: "error", code: 20, text: "no such key", in_reply_to: 1 }
      const [cas] = yield* node.lines({ src: "seq-kv", dest: "n1", body: missing })
      assert.strictEqual(
        cas,
        `{"src": "n1", "dest": "seq-kv", "body": {"type": "cas", "key": "visits", "from": 0, "to": 1, "create_if_not_exists": true, "msg_id": 2}}`
      )
      yield* TestClock.adjust(1000)
      const [reply] = yield* node.sent
      assert.deepInclude(reply?.body, { type: "error", code: 0, in_reply_to: 1 })
    }).pipe(Effect.provide(TestNode.layer(Layer.provide(visits, SeqKv.layer), { seed: 1 })))
  )

  it.effect("runs on a service in memory as well", () =>
    Effect.gen(function* () {
      const node = yield* TestNode
      yield* node.send(init(1))
      for (let count = 1; count <= 3; count++) {
        const [reply] = yield* node.send(message({ type: "visit", msg_id: count }))
        assert.deepInclude(reply?.body, { type: "visit_ok", visits: count })
      }
    }).pipe(Effect.provide(TestNode.layer(Layer.provide(visits, SeqKv.layerMemory), { seed: 1 })))
  )
})

describe("a client of lin-tso", () => {
  it.effect("gets a greater timestamp each time", () =>
    Effect.gen(function* () {
      const { next } = yield* LinTso
      assert.deepStrictEqual(yield* Effect.all([next, next, next]), [0, 1, 2])
    }).pipe(Effect.provide(memory))
  )
})
