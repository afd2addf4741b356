/**
 * What seq-kv shows of its past, and what it never does.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SeqKv from "../../src/services/SeqKv.ts"
import { cas, read, start, write } from "./Asking.ts"

/** Which node writes the next integer to the key, or reads it. */
const Turns = Schema.Array(
  Schema.Struct({ node: Schema.Literals(["n1", "n2", "n3"]), f: Schema.Literals(["read", "write"]) })
)

const property = { arbitrary: { runs: 300, seed: 1 } }

/** What a read shows of a key that gets the integers from 1 up; 0 if the key does not exist. */
const shown = (reply: { readonly [name: string]: unknown }): number =>
  reply["type"] === "read_ok" ? Number(reply["value"]) : 0

describe("seq-kv", () => {
  it.effect.prop(
    "nobody sees time run backwards, misses what it wrote itself, or sees one of the states before the last 32",
    { turns: Turns, seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed, turns }) {
      const ask = yield* start(SeqKv.service, seed)
      const seen = new Map<string, number>()
      let newest = 0
      for (const { f, node } of turns) {
        if (f === "write") {
          ask(node, write("x", ++newest))
          seen.set(node, newest)
        } else {
          const value = shown(ask(node, read("x")))
          assert.isAtLeast(value, seen.get(node) ?? 0)
          assert.isAtLeast(value, newest + 1 - SeqKv.maxStates)
          seen.set(node, value)
        }
      }
    }),
    property
  )

  it.effect("shows every state of the last 32 but the newest to those who only read", () =>
    Effect.gen(function* () {
      const ask = yield* start(SeqKv.service, 1)
      for (let value = 1; value <= 100; value++) ask("n1", write("x", value))
      const values = new Set(Array.from({ length: 2000 }, (_, reader) => shown(ask(`c${reader}`, read("x")))))
      assert.deepStrictEqual(
        [...values].toSorted((a, b) => a - b),
        Array.from({ length: 31 }, (_, place) => 69 + place)
      )
    })
  )

  it.effect(
    "never shows the newest state to a node that only reads, but does once the node has changed something",
    () =>
      Effect.gen(function* () {
        const ask = yield* start(SeqKv.service, 1)
        ask("n1", write("x", 1))
        ask("n1", write("x", 2))
        for (let reads = 0; reads < 100; reads++) assert.notStrictEqual(shown(ask("n2", read("x"))), 2)
        assert.strictEqual(shown(ask("n2", read("x"))), 1)
        ask("n2", write("n2 was here", 1))
        assert.strictEqual(shown(ask("n2", read("x"))), 2)
      })
  )

  it.effect("may put a write that changes nothing into the past", () =>
    Effect.gen(function* () {
      // The history that Maelstrom's documentation gives as an example of a legal one.
      const ask = yield* start(SeqKv.service, 1)
      ask("n1", write("x", 1))
      assert.deepStrictEqual(ask("n2", { ...cas("x", 1, 2), create_if_not_exists: true }), { type: "cas_ok" })
      assert.deepStrictEqual(ask("n1", write("x", 1)), { type: "write_ok" })
      assert.strictEqual(shown(ask("n2", read("x"))), 2)
    })
  )

  it.effect.prop(
    "as many cas succeed as the key has been counted up, whoever reads stale values meanwhile",
    { turns: Schema.Array(Schema.Literals(["n1", "n2", "n3"])), seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed, turns }) {
      const ask = yield* start(SeqKv.service, seed)
      let succeeded = 0
      for (const node of turns) {
        const value = shown(ask(node, read("x")))
        const reply = ask(node, { ...cas("x", value, value + 1), create_if_not_exists: true })
        if (reply["type"] === "cas_ok") succeeded++
        else assert.include([20, 22], reply["code"])
      }
      ask("n9", write("n9 was here", 1))
      assert.strictEqual(shown(ask("n9", read("x"))), succeeded)
    }),
    property
  )
})
