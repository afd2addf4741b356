/**
 * What a service answers to messages that it cannot carry out.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as LinKv from "../../src/services/LinKv.ts"
import * as LinTso from "../../src/services/LinTso.ts"
import * as LwwKv from "../../src/services/LwwKv.ts"
import * as SeqKv from "../../src/services/SeqKv.ts"
import { start, write } from "./Asking.ts"

const stores = Effect.all([start(LinKv.service, 1), start(SeqKv.service, 1), start(LwwKv.service, 1)])

describe("a service", () => {
  it.effect("answers a type that it does not know with error 10, and says what it answers", () =>
    Effect.gen(function* () {
      const ask = yield* start(LinKv.service, 1)
      assert.deepStrictEqual(ask("n1", { type: "delete", key: "x" }), {
        type: "error",
        code: 10,
        text: "delete: lin-kv answers read, write, cas and nothing else"
      })
      const tso = yield* start(LinTso.service, 1)
      assert.deepInclude(tso("n1", { type: "read", key: "x" }), { code: 10 })
    })
  )

  it.effect.each(["__proto__", "constructor", "toString"])("knows no messages of type %s", (type) =>
    Effect.gen(function* () {
      const ask = yield* start(SeqKv.service, 1)
      assert.deepInclude(ask("n1", { type }), { type: "error", code: 10 })
    })
  )

  it.effect("answers a request that lacks a field with error 12, which names the field", () =>
    Effect.gen(function* () {
      for (const ask of yield* stores) {
        const reply = ask("n1", { type: "write", value: 1 })
        assert.deepInclude(reply, { type: "error", code: 12 })
        assert.match(String(reply["text"]), /^write: key: /)
      }
    })
  )

  it.effect("answers a body whose type is no string with error 12", () =>
    Effect.sync(() => {
      const [, reply] = LinKv.service.answer(
        LinKv.service.initial,
        { from: "n1", body: { key: 1 } },
        {
          nextIntUnsafe: () => 0,
          nextDoubleUnsafe: () => 0
        }
      )
      assert.deepInclude(reply, { type: "error", code: 12 })
    })
  )

  it.effect("takes no notice of the fields that belong to a message", () =>
    Effect.gen(function* () {
      for (const ask of yield* stores) {
        assert.deepStrictEqual(ask("n1", { ...write("x", 1), msg_id: 7 }), { type: "write_ok" })
      }
    })
  )
})

describe("lin-tso", () => {
  it.effect("answers with the integers from 0 up", () =>
    Effect.gen(function* () {
      const ask = yield* start(LinTso.service, 1)
      for (let ts = 0; ts < 5; ts++) {
        assert.deepStrictEqual(ask(`n${ts % 2}`, { type: "ts" }), { type: "ts_ok", ts })
      }
    })
  )
})
