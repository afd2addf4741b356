/**
 * Whatever comes on standard input, the built executable answers what can be answered, logs the rest and goes on.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { decode, init, live, request, run, writes } from "./Executable.ts"

const initOk = '{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}'
const broadcast = (id: number, message: Schema.Json) => request("c1", "n1", { type: "broadcast", msg_id: id, message })
const read = (id: number) => request("c1", "n1", { type: "read", msg_id: id })

/** What a node by itself answers to these lines after its `init`, and what it logs. */
const converse = Effect.fnUntraced(function* (...lines: ReadonlyArray<string>) {
  const { exitCode, lines: answers, stderr } = yield* run([init("n1"), ...lines].map((line) => `${line}\n`).join(""))
  assert.strictEqual(exitCode, 0)
  assert.strictEqual(answers[0], initOk)
  return { answers: answers.slice(1), stderr }
})

/** The bodies of these lines. */
const bodies = (lines: ReadonlyArray<string>) =>
  Effect.forEach(lines, (line) => Effect.map(decode(line), ({ body }) => body))

describe("lines that are no messages", () => {
  it.live("a line that is not JSON is logged with its number and reason, and the next one is answered", () =>
    live(
      Effect.gen(function* () {
        const { answers, stderr } = yield* converse("{ broken", read(2))
        assert.match(stderr, /line 2 skipped: not JSON: /)
        assert.deepStrictEqual(yield* bodies(answers), [{ type: "read_ok", messages: [], in_reply_to: 2, msg_id: 1 }])
      })
    )
  )

  it.live.each([
    { line: "42", reason: "not an envelope" },
    { line: "null", reason: "not an envelope" },
    { line: '{"src":"c1","dest":"n1"}', reason: "body" },
    { line: '{"src":"c1","dest":"n1","body":[]}', reason: "body" },
    { line: '{"dest":"n1","body":{"type":"read","msg_id":1}}', reason: "src" },
    { line: request("c1", "n2", { type: "read", msg_id: 1 }), reason: "it is for n2, and this is n1" }
  ])("$line is logged with its number and reason and skipped", ({ line, reason }) =>
    live(
      Effect.gen(function* () {
        const { answers, stderr } = yield* converse(line, read(2))
        assert.match(stderr, /line 2 skipped: /)
        assert.include(stderr, reason)
        assert.lengthOf(answers, 1)
      })
    )
  )

  it.live("a flood of 100,000 broken lines is summed up on standard error, and the node still answers", () =>
    live(
      Effect.gen(function* () {
        const flood = Stream.range(1, 1000).pipe(
          Stream.map(() => "no JSON\n".repeat(100)),
          Stream.encodeText
        )
        const { exitCode, lines, stderr } = yield* run(
          writes(`${init("n1")}\n`).pipe(Stream.concat(flood), Stream.concat(writes(`${read(2)}\n`)))
        )
        assert.strictEqual(exitCode, 0)
        assert.lengthOf(lines, 2)
        const log = stderr.split("\n").slice(0, -1)
        const told = log.filter((line) => line.includes("skipped: not JSON"))
        const summed = log.map((line) => Number(/(\d+) more lines were skipped/.exec(line)?.[1] ?? 0))
        assert.strictEqual(told.length + summed.reduce((sum, count) => sum + count, 0), 100_000)
        assert.isBelow(log.length, 1000)
        assert.include(stderr, "node_lines_skipped=100000")
      })
    )
  )
})

describe("unusual lines", () => {
  it.live("CRLF, empty lines and a last line without a line feed are no mistakes", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, lines, stderr } = yield* run(
          `\n\r\n${init("n1")}\r\n\n${broadcast(2, "a")}\r\n   \n${read(3)}`
        )
        assert.strictEqual(exitCode, 0)
        assert.deepStrictEqual(
          (yield* bodies(lines)).map(({ type }) => type),
          ["init_ok", "broadcast_ok", "read_ok"]
        )
        assert.notInclude(stderr, "skipped")
      })
    )
  )

  it.live("UTF-8 cut anywhere between two writes arrives whole, and is not escaped on its way out", () =>
    live(
      Effect.gen(function* () {
        const input = new TextEncoder().encode(`${init("n1")}\n${broadcast(2, "é😀\u2028")}\n${read(3)}\n`)
        const bytewise = Stream.fromIterable(input).pipe(
          Stream.map((byte) => Uint8Array.of(byte)),
          Stream.rechunk(1)
        )
        const { lines } = yield* run(bytewise)
        assert.include(lines[2], '"messages": ["é😀\u2028"]')
      })
    )
  )

  it.live("a line that is not UTF-8 is logged and skipped rather than altered", () =>
    live(
      Effect.gen(function* () {
        const [before, after] = broadcast(2, "|").split("|")
        const { lines, stderr } = yield* run(
          writes(`${init("n1")}\n${before}`).pipe(
            Stream.concat(Stream.succeed(Uint8Array.of(0xff, 0xfe))),
            Stream.concat(writes(`${after}\n${read(3)}\n`))
          )
        )
        assert.match(stderr, /line 2 skipped: not UTF-8/)
        assert.deepStrictEqual(yield* bodies(lines.slice(1)), [
          { type: "read_ok", messages: [], in_reply_to: 3, msg_id: 1 }
        ])
      })
    )
  )

  it.live("a line of 32 MiB is answered, and its value comes back whole", () =>
    live(
      Effect.gen(function* () {
        const value = "0123456789abcdef".repeat(2 * 1024 * 1024)
        const { answers } = yield* converse(broadcast(2, value), read(3))
        assert.lengthOf(answers, 2)
        const expected = `{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "messages": ["${value}"], "in_reply_to": 3, "msg_id": 2}}`
        assert.isTrue(answers[1] === expected, "the answer is the value, whole")
      })
    )
  )

  it.live("a value nested 100,000 deep is refused with error 12, and the node goes on", () =>
    live(
      Effect.gen(function* () {
        const deep = broadcast(2, 0).replace(/0(?=\}\}$)/, "[".repeat(100_000) + "]".repeat(100_000))
        const { answers } = yield* converse(deep, read(3))
        const [refusal, known] = yield* bodies(answers)
        assert.deepInclude(refusal, { type: "error", code: 12, in_reply_to: 2 })
        assert.match(String(refusal?.["text"]), /message: .*1000/)
        assert.deepInclude(known, { type: "read_ok", messages: [] })
      })
    )
  )

  it.live("a value with the key __proto__ is carried unaltered", () =>
    live(
      Effect.gen(function* () {
        const value = '{"__proto__": {"a": 1}, "constructor": 2, "x": {"__proto__": null}}'
        const { answers } = yield* converse(broadcast(2, 0).replace(/0(?=\}\}$)/, value), read(3))
        assert.include(answers[1], `"messages": [${value}]`)
      })
    )
  )

  it.live("an unknown type is answered with error 10, an early request with error 11 in its receiver's name", () =>
    live(
      Effect.gen(function* () {
        const { lines } = yield* run(`${read(1)}\n${init("n1")}\n${request("c1", "n1", { type: "what", msg_id: 2 })}\n`)
        const [early, , unknown] = yield* bodies(lines)
        assert.deepInclude(early, { type: "error", code: 11, in_reply_to: 1, msg_id: 0 })
        assert.deepInclude(unknown, { type: "error", code: 10, in_reply_to: 2, msg_id: 2 })
        assert.include(lines[0], '{"src": "n1", "dest": "c1"')
      })
    )
  )
})
