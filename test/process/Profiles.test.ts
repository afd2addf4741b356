/**
 * The built executable with its profiles: what they change, and what is left to send when the input ends.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { decode, init, live, type Options, request, run, start } from "./Executable.ts"

const broadcast = (id: number, message: number) => request("c1", "n1", { type: "broadcast", msg_id: id, message })

const names = ["n1", "n2", "n3", "n4"] as const

/** The messages that a node of four with these options says before it acknowledges a value, and after its input has ended. */
const said = Effect.fnUntraced(function* (options: Options) {
  const node = yield* start(options)
  yield* node.send(init(...names))
  yield* node.next
  yield* node.send(broadcast(2, 42))
  const first: Array<string> = []
  for (let line = yield* node.next; !line.includes("broadcast_ok"); line = yield* node.next) first.push(line)
  yield* node.end
  const { lines: last } = yield* node.rest
  assert.strictEqual(yield* node.exitCode, 0)
  return {
    first: yield* Effect.forEach(first, (line) => decode(line)),
    last: yield* Effect.forEach(last, (line) => decode(line))
  }
})

const typesOf = (messages: ReadonlyArray<Effect.Success<ReturnType<typeof decode>>>) =>
  messages.map(({ body }) => body["type"])

describe("a profile", () => {
  it.live.each([
    { start: "--profile default", atOnce: 2 },
    { start: "MAELSTROM_GOSSIP_PROFILE=default", atOnce: 2 },
    { start: "--profile fast", atOnce: 0 },
    { start: "MAELSTROM_GOSSIP_PROFILE=frugal", atOnce: 0 },
    { start: "MAELSTROM_GOSSIP_PROFILE=frugal --profile default --fanout 3", atOnce: 3 },
    { start: "--profile frugal --fanout 1", atOnce: 1 },
    { start: "MAELSTROM_GOSSIP_FANOUT=0", atOnce: 0 }
  ])("$start: a new value goes to $atOnce before it is acknowledged", ({ atOnce, start: words }) =>
    live(
      Effect.gen(function* () {
        const all = words.split(" ")
        const variables = all.filter((word) => word.startsWith("MAELSTROM"))
        const { first } = yield* said({
          args: all.filter((word) => !variables.includes(word)),
          env: Object.fromEntries(variables.map((word) => word.split("=")))
        })
        assert.deepStrictEqual(
          typesOf(first),
          Array.from({ length: atOnce }, () => "gossip")
        )
      })
    )
  )
})

/** All values that these messages of gossip carry, each once, in their order. */
const valuesOf = (messages: ReadonlyArray<Effect.Success<ReturnType<typeof decode>>>) => [
  ...new Set(messages.flatMap(({ body: { messages: values } }) => (Array.isArray(values) ? values : [])))
]

describe("the end of standard input", () => {
  // The next meeting is up to an hour away.
  const rare = ["--profile", "frugal", "--meeting-ms", "3600000"]

  it.live(
    "what waits for a meeting goes to its hosts, or to everybody from a host, and the node ends without waiting",
    () =>
      live(
        Effect.gen(function* () {
          const node = yield* start({ args: rare })
          yield* node.send(init(...names), broadcast(2, 1), broadcast(3, 2), broadcast(4, 3))
          const lines = [yield* node.next, yield* node.next, yield* node.next, yield* node.next]
          assert.deepStrictEqual(typesOf(yield* Effect.forEach(lines, (line) => decode(line))), [
            "init_ok",
            "broadcast_ok",
            "broadcast_ok",
            "broadcast_ok"
          ])
          yield* node.end
          const { lines: rest } = yield* node.rest
          const messages = yield* Effect.forEach(rest, (line) => decode(line))
          // This node hosts one meeting of four.
          assert.include([1, 3], messages.length)
          for (const { body } of messages)
            assert.deepStrictEqual([body["type"], body["messages"]], ["gossip", [1, 2, 3]])
          assert.strictEqual(new Set(messages.map(({ dest }) => dest)).size, messages.length)
          assert.strictEqual(yield* node.exitCode, 0)
        })
      )
  )

  it.live("what was sent is not sent again", () =>
    live(
      Effect.gen(function* () {
        const { first, last } = yield* said({ args: ["--profile", "default", "--meeting-ms", "3600000"] })
        assert.lengthOf(first, 2)
        assert.deepStrictEqual(last, [])
      })
    )
  )

  it.live("of a whole input, every value leaves, and after an init alone none does", () =>
    live(
      Effect.gen(function* () {
        const args = [...rare, "--repair-interval-ms", "0"]
        const values = Array.from({ length: 50 }, (_, value) => value)
        const { exitCode, lines } = yield* run(
          [init(...names), ...values.map((value) => broadcast(value + 2, value))].join("\n"),
          { args }
        )
        assert.strictEqual(exitCode, 0)
        const messages = yield* Effect.forEach(lines, (line) => decode(line))
        assert.deepStrictEqual(valuesOf(messages), values)
        assert.lengthOf((yield* run(init(...names), { args })).lines, 1)
      })
    )
  )
})
