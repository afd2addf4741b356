/**
 * Who handles which type of message, and how a line is read as one of them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import { DuplicateHandler, DuplicateName } from "../../src/node/Registry.ts"
import { body, Init, union } from "../../src/protocol/Message.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { RawBody } from "../../src/protocol/Wire.ts"
import { assemble, init, message, type Parts } from "./Cluster.ts"

const Put = body("put", { value: Schema.Int })
const Get = body("get", {})

/** A component that remembers the last value put. */
const memory = (name: string, override = false) =>
  Component.layer(
    {
      name,
      requests: union(Put, Get),
      sends: union(),
      initial: 0,
      step: (state: number, input) => [
        input._tag === "Received" && input.message.type === "put" ? input.message.value : state,
        []
      ],
      violations: (before, after) => (after < before ? [`${after} follows ${before}`] : [])
    },
    { override }
  )

/** A component that counts, with another message of its own. */
const counter = (name: string) =>
  Component.layer({
    name,
    requests: union(body("count", {})),
    sends: union(),
    initial: { count: 0 },
    step: (state) => [{ count: state.count + 1 }, []]
  })

/** A handler of `put` that takes texts as values. */
const texts = (override: boolean) =>
  Handler.layer({ request: body("put", { value: Schema.String }), override, handle: () => Effect.succeed([]) })

/** Why two parts of one node do not go together. */
const conflictOf = (parts: Parts) => Effect.flip(assemble(parts))

/** Why two parts cannot both handle a type. */
const errorOf = (parts: Parts) => Effect.flip(Effect.catchTag(assemble(parts), "DuplicateName", Effect.die))

const line = (fields: RawBody) => print(message(fields))

describe("Registry", () => {
  it.effect("each type belongs to the part that handles it", () =>
    Effect.gen(function* () {
      const { parts } = yield* assemble(Layer.merge(memory("memory"), texts(true)))
      assert.deepStrictEqual(
        [...parts.byType].map(([type, { name }]) => [type, name]),
        [
          ["put", "handler of put"],
          ["get", "memory"]
        ]
      )
      assert.deepStrictEqual(new Set(parts.parts.map(({ name }) => name)), new Set(["memory", "handler of put"]))
    })
  )

  it.effect("a line is read by the schema of the part that handles its type, even if another part has one too", () =>
    Effect.gen(function* () {
      const [text, number] = [line({ type: "put", value: "a" }), line({ type: "put", value: 1 })]
      const { parts: plain } = yield* assemble(memory("memory"))
      assert.deepStrictEqual(
        [text, number].map((one) => plain.read(one)._tag),
        ["Refused", "Received"]
      )
      const { parts: overridden } = yield* assemble(Layer.merge(memory("memory"), texts(true)))
      assert.deepStrictEqual(
        [text, number].map((one) => overridden.read(one)._tag),
        ["Received", "Refused"]
      )
    })
  )

  it.effect("a line is read as init whatever the parts are", () =>
    Effect.gen(function* () {
      const { parts } = yield* assemble(Layer.empty)
      assert.strictEqual(parts.read(print(init(1)))._tag, "Received")
      assert.strictEqual(parts.read(line({ type: "get" }))._tag, "Refused")
    })
  )

  it.effect("two components of one name are refused, because they would share a state", () =>
    Effect.gen(function* () {
      const error = yield* conflictOf(Layer.merge(memory("same"), counter("same")))
      assert.instanceOf(error, DuplicateName)
      assert.include(error.message, `"same"`)
    })
  )

  it.effect("two parts of one kind for a type are refused, and the error names the type and both", () =>
    Effect.gen(function* () {
      const plain = yield* errorOf(Layer.merge(memory("first"), texts(false)))
      assert.instanceOf(plain, DuplicateHandler)
      assert.deepStrictEqual([plain.type, new Set(plain.names)], ["put", new Set(["first", "handler of put"])])
      assert.match(plain.message, /^two handlers for messages of type "put" \(.*first.*\): remove one/)
      const overrides = yield* errorOf(Layer.merge(memory("first", true), memory("second", true)))
      assert.deepStrictEqual(new Set(overrides.names), new Set(["first", "second"]))
    })
  )

  it.effect("a part for init is refused, and the error says who answers it", () =>
    Effect.gen(function* () {
      const error = yield* errorOf(Handler.layer({ request: Init, override: true, handle: () => Effect.succeed([]) }))
      assert.deepStrictEqual([error.type, error.names], ["init", ["handler of init"]])
      assert.include(error.message, "answered by the node itself")
    })
  )

  it.effect("a part tells which of its component's invariants a step has broken", () =>
    Effect.gen(function* () {
      const { after, initial, parts } = yield* assemble(memory("memory"))
      const awake = yield* after(initial, { _tag: "Lines", lines: [print(init(1))] })
      const [five, three] = [
        yield* after(awake, { _tag: "Lines", lines: [line({ type: "put", value: 5 })] }),
        yield* after(awake, { _tag: "Lines", lines: [line({ type: "put", value: 3 })] })
      ]
      const [part] = parts.parts
      assert.deepStrictEqual(part?.violations(three.slices, five.slices), [])
      assert.deepStrictEqual(part?.violations(five.slices, three.slices), ["3 follows 5"])
    })
  )

  it.effect("handlers and components without invariants have none to break", () =>
    Effect.gen(function* () {
      const { initial, parts } = yield* assemble(texts(false))
      assert.deepStrictEqual(
        parts.parts.map((part) => part.violations(initial.slices, initial.slices)),
        [[]]
      )
    })
  )
})
