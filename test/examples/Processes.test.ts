/**
 * The examples as processes: bundled, and driven over standard input and output.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import { decode, init, request, start } from "../process/Executable.ts"
import { Bundles } from "./Bundles.ts"

/** What one node answers to these requests, made one after the other. */
const answers = Effect.fnUntraced(function* (example: string, ...requests: ReadonlyArray<Schema.JsonObject>) {
  const node = yield* start({ folder: yield* Bundles, file: "serve.cjs", args: [example] })
  const next = Effect.flatMap(node.next, decode)
  yield* node.send(init("n1"))
  yield* next
  const bodies = yield* Effect.forEach(
    requests,
    Effect.fnUntraced(function* (body, index) {
      yield* node.send(request("c1", "n1", { ...body, msg_id: index + 2 }))
      return (yield* next).body
    })
  )
  yield* node.end
  assert.strictEqual(yield* node.exitCode, 0)
  return bodies
})

layer(Layer.provideMerge(Bundles.layer, NodeServices.layer), { excludeTestServices: true })(
  "a bundled example",
  (it) => {
    it.effect("echo answers", () =>
      Effect.gen(function* () {
        const [echoed] = yield* answers("echo", { type: "echo", echo: { a: [1] } })
        assert.deepInclude(echoed, { type: "echo_ok", echo: { a: [1] } })
      })
    )

    it.effect("unique-ids answers", () =>
      Effect.gen(function* () {
        const [one, other] = yield* answers("unique-ids", { type: "generate" }, { type: "generate" })
        assert.strictEqual(one?.["type"], "generate_ok")
        assert.notStrictEqual(one?.["id"], other?.["id"])
      })
    )

    it.effect.each(["broadcast", "peers"])("%s answers", (example) =>
      Effect.gen(function* () {
        const [, read] = yield* answers(example, { type: "broadcast", message: 7 }, { type: "read" })
        assert.deepInclude(read, { type: "read_ok", messages: [7] })
      })
    )

    it.effect("g-set answers", () =>
      Effect.gen(function* () {
        const [, read] = yield* answers("g-set", { type: "add", element: "x" }, { type: "read" })
        assert.deepInclude(read, { type: "read_ok", value: ["x"] })
      })
    )

    it.effect("g-counter answers", () =>
      Effect.gen(function* () {
        const [, refused, read] = yield* answers(
          "g-counter",
          { type: "add", delta: 3 },
          { type: "add", delta: -1 },
          { type: "read" }
        )
        assert.deepInclude(refused, { type: "error", code: 12 })
        assert.deepInclude(read, { type: "read_ok", value: 3 })
      })
    )

    it.effect("membership answers", () =>
      Effect.gen(function* () {
        const [members] = yield* answers("membership", { type: "members" })
        assert.deepInclude(members, { type: "members_ok", up: ["n1"] })
      })
    )

    it.effect("kv-counter asks seq-kv and answers", () =>
      Effect.gen(function* () {
        const node = yield* start({ folder: yield* Bundles, file: "serve.cjs", args: ["kv-counter"] })
        const next = Effect.flatMap(node.next, decode)
        const reply = (id: Schema.Json | undefined, body: Schema.JsonObject) =>
          node.send(request("seq-kv", "n1", { ...body, in_reply_to: id ?? null }))
        yield* node.send(init("n1"))
        yield* next
        yield* node.send(request("c1", "n1", { type: "add", delta: 3, msg_id: 2 }))
        const read = yield* next
        assert.deepInclude(read.body, { type: "read", key: "sum" })
        yield* reply(read.body["msg_id"], { type: "error", code: 20, text: "there is no such key" })
        const cas = yield* next
        assert.deepInclude(cas.body, { type: "cas", key: "sum", from: 0, to: 3, create_if_not_exists: true })
        yield* reply(cas.body["msg_id"], { type: "cas_ok" })
        assert.deepInclude((yield* next).body, { type: "add_ok", in_reply_to: 2 })
        yield* node.end
        assert.strictEqual(yield* node.exitCode, 0)
      })
    )

    it.effect("an unknown one is refused with the names of all", () =>
      Effect.gen(function* () {
        const node = yield* start({ folder: yield* Bundles, file: "serve.cjs", args: ["ecko"] })
        const { lines, log } = yield* node.rest
        assert.isEmpty(lines)
        assert.include(log.join("\n"), "unique-ids")
        assert.notStrictEqual(yield* node.exitCode, 0)
      })
    )
  }
)
