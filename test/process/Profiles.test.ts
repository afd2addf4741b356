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
    { start: "--profile frugal --window-ms 0", atOnce: 1 },
    { start: "MAELSTROM_GOSSIP_WINDOW_MS=500", atOnce: 0 }
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

describe("the end of standard input", () => {
  it.live("with a window, what was never sent is sent exactly once, and the node ends without waiting", () =>
    live(
      Effect.gen(function* () {
        // All lines come at once, and the window is an hour. So all is sent because the input has ended, except perhaps
        // for a first round.
        const args = ["--profile", "frugal", "--window-ms", "3600000"]
        const node = yield* start({ args })
        yield* node.send(init(...names), broadcast(2, 1))
        const lines = [yield* node.next, yield* node.next, yield* node.next]
        assert.deepStrictEqual(typesOf(yield* Effect.forEach(lines, (line) => decode(line))), [
          "init_ok",
          "broadcast_ok",
          "gossip"
        ])
        yield* node.send(broadcast(3, 2), broadcast(4, 3))
        yield* node.end
        const { lines: rest } = yield* node.rest
        const messages = yield* Effect.forEach(rest, (line) => decode(line))
        assert.deepStrictEqual(typesOf(messages), ["broadcast_ok", "broadcast_ok", "gossip"])
        assert.deepStrictEqual(messages[2]?.body["messages"], [2, 3])
        assert.strictEqual(messages[2]?.body["pull"], false)
        assert.strictEqual(yield* node.exitCode, 0)
      })
    )
  )

  it.live("what was sent is not sent again", () =>
    live(
      Effect.gen(function* () {
        const { first, last } = yield* said({ args: ["--profile", "default", "--gossip-interval-ms", "3600000"] })
        assert.lengthOf(first, 2)
        assert.deepStrictEqual(last, [])
      })
    )
  )

  it.live("of a whole input, every value leaves exactly once, and after an init alone none does", () =>
    live(
      Effect.gen(function* () {
        const args = ["--profile", "frugal", "--rounds", "1", "--window-ms", "3600000", "--repair-interval-ms", "0"]
        const values = Array.from({ length: 50 }, (_, value) => value)
        const { exitCode, lines } = yield* run(
          [init(...names), ...values.map((value) => broadcast(value + 2, value))].join("\n"),
          { args }
        )
        assert.strictEqual(exitCode, 0)
        const messages = yield* Effect.forEach(lines, (line) => decode(line))
        const gossip = messages.filter(({ body }) => body["type"] === "gossip")
        assert.deepStrictEqual(
          gossip.flatMap(({ body }) => body["messages"]),
          values
        )
        assert.lengthOf((yield* run(init(...names), { args })).lines, 1)
      })
    )
  )
})
