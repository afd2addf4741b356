/**
 * The built executable and its pipes: the end of input, a slow reader, a reader that is gone, signals.
 *
 * The node ends in good order or waits. It never loses an answer, prints a stack trace or leaves a process behind.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import { decode, dist, init, linesOf, live, request, run, spawn, start, text, writes } from "./Executable.ts"

const broadcast = (id: number, message: string | number) =>
  request("c1", "n1", { type: "broadcast", msg_id: id, message })
const read = (id: number) => request("c1", "n1", { type: "read", msg_id: id })

/** A time limit for what must not hang, far above the time that it takes. */
const soon = Effect.timeout("10 seconds")

/** More than any pipe holds. */
const large = "0123456789abcdef".repeat(256 * 1024)

const stackTrace = /^\s+at /m

/** A counter in a line of the log. */
const counter = (name: string, line: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(line)?.[1] ?? Number.NaN)

describe("the end of standard input", () => {
  it.live("everything read is answered, then the node ends with exit code 0", () =>
    live(
      Effect.gen(function* () {
        const count = 20_000
        const requests = Array.from({ length: count }, (_, id) => broadcast(id, id))
        const { exitCode, lines } = yield* run([init("n1"), ...requests, read(count)].join("\n"))
        assert.strictEqual(exitCode, 0)
        assert.lengthOf(lines, count + 2)
        const { body } = yield* decode(lines.at(-1) ?? "")
        assert.deepStrictEqual(
          body["messages"],
          Array.from({ length: count }, (_, id) => id)
        )
      })
    )
  )

  it.live("no timer keeps the process alive, with values to spread and without an init", () =>
    live(
      Effect.gen(function* () {
        const interval = ["--meeting-ms", "3600000"]
        const spreading = run([init("n1", "n2", "n3"), broadcast(2, 42)].join("\n"), { args: interval })
        assert.strictEqual((yield* soon(spreading)).exitCode, 0)
        assert.strictEqual((yield* soon(run("", { args: interval }))).exitCode, 0)
      })
    )
  )

  it.live("a reader that comes late gets everything", () =>
    live(
      Effect.gen(function* () {
        const child = yield* spawn(writes([init("n1"), broadcast(2, large), read(3), read(4), read(5)].join("\n")))
        yield* Effect.sleep("1500 millis")
        const output = yield* text(child.stdout)
        assert.strictEqual(Number(yield* child.exitCode), 0)
        const lines = output.split("\n").slice(0, -1)
        assert.lengthOf(lines, 5)
        assert.isTrue(lines.at(-1)?.endsWith(`${large}"], "in_reply_to": 5, "msg_id": 4}}`), "the last answer is whole")
      })
    )
  )

  it.live("the counters are logged in one line", () =>
    live(
      Effect.gen(function* () {
        const input = `${init("n1")}\nno JSON\n${request("c1", "n1", { type: "what", msg_id: 2 })}\n`
        const { stderr, stdout } = yield* run(input)
        const line = stderr.split("\n").at(-2) ?? ""
        assert.include(line, "counters")
        assert.strictEqual(counter("node_bytes_in", line), input.length)
        assert.strictEqual(counter("node_bytes_out", line), stdout.length)
        assert.strictEqual(counter("node_lines_skipped", line), 1)
        assert.strictEqual(counter("node_errors_replied", line), 1)
      })
    )
  )
})

describe("a reader slower than the node", () => {
  it.live("stops the reading of standard input until it goes on, and then gets everything", () =>
    live(
      Effect.gen(function* () {
        const [writesTotal, perWrite] = [400, 500]
        const accepted = yield* Ref.make(0)
        const requests = Stream.range(0, writesTotal - 1).pipe(
          Stream.rechunk(1),
          Stream.map((write) =>
            Array.from(
              { length: perWrite },
              (_, id) => `${broadcast(write * perWrite + id, write * perWrite + id)}\n`
            ).join("")
          ),
          Stream.encodeText,
          Stream.tap(() => Ref.update(accepted, (n) => n + 1))
        )
        const child = yield* spawn(Stream.concat(writes(`${init("n1")}\n`), requests))
        yield* Effect.forkScoped(Stream.runDrain(child.stderr))
        // Until nothing has been accepted for two seconds.
        const still = Effect.gen(function* () {
          const before = yield* Ref.get(accepted)
          yield* Effect.sleep("2 seconds")
          return before > 0 && before === (yield* Ref.get(accepted))
        })
        yield* Effect.repeat(still, { until: (isStill) => isStill })
        assert.isBelow(yield* Ref.get(accepted), writesTotal / 2)
        const lines = (yield* text(child.stdout)).split("\n").slice(0, -1)
        assert.lengthOf(lines, 1 + writesTotal * perWrite)
        const { body } = yield* decode(lines.at(-1) ?? "")
        assert.strictEqual(body["in_reply_to"], writesTotal * perWrite - 1)
        assert.strictEqual(Number(yield* child.exitCode), 0)
      })
    )
  )

  it.live(
    "a burst of reads of a large store is answered, although all answers together exceed what a string holds",
    () =>
      live(
        Effect.gen(function* () {
          const reads = 140
          const input = [init("n1"), broadcast(2, large), ...Array.from({ length: reads }, (_, id) => read(id))].join(
            "\n"
          )
          const child = yield* spawn(writes(input))
          const log = yield* Effect.forkScoped(text(child.stderr))
          const bytes = yield* Stream.runFold(
            child.stdout,
            () => 0,
            (sum, chunk) => sum + chunk.length
          )
          assert.isAbove(bytes, 2 ** 29)
          assert.strictEqual(Number(yield* child.exitCode), 0)
          assert.notMatch(yield* Fiber.join(log), stackTrace)
        })
      )
  )
})

describe("a closed standard output", () => {
  it.live("ends the node with exit code 0, although its standard input is open", () =>
    live(
      Effect.gen(function* () {
        const executable = `${yield* dist}/maelstrom-gossip.cjs`
        // Writes until the node has ended, because nobody knows how soon `head` closes the pipe.
        const input = writes(`${init("n1")}\n`).pipe(
          Stream.concat(
            Stream.fromSchedule(Schedule.spaced("50 millis")).pipe(
              Stream.map((id) => `${broadcast(id, id)}\n`),
              Stream.encodeText
            )
          )
        )
        const shell = yield* ChildProcess.make(
          "sh",
          ["-c", '( "$0" "$1"; echo "exit code $?" >&2 ) | head -n 1', process.execPath, executable],
          { stdin: input, forceKillAfter: "1 second" }
        )
        const [log, output] = yield* Effect.all([text(shell.stderr), text(shell.stdout)], {
          concurrency: "unbounded"
        }).pipe(soon)
        assert.match(output, /^\{.*init_ok.*\}\n$/)
        assert.include(log, "standard output was closed by its reader")
        assert.include(log, "exit code 0")
        assert.notMatch(log, stackTrace)
      })
    )
  )
})

describe("a closed standard error", () => {
  it.live("costs nothing but the logs: the node answers to the end of its input and ends with exit code 0", () =>
    live(
      Effect.gen(function* () {
        const lines = ["no JSON", init("n1"), "no JSON either", read(2)]
        const shell = yield* ChildProcess.make(
          "sh",
          [
            "-c",
            '{ { "$0" "$1" 2>&1 >&3; echo "exit code $?" >&3; } | true; } 3>&1',
            process.execPath,
            `${yield* dist}/maelstrom-gossip.cjs`
          ],
          // `true` is gone long before the last of these.
          {
            stdin: Stream.encodeText(
              Stream.fromIterable(lines).pipe(
                Stream.schedule(Schedule.spaced("100 millis")),
                Stream.map((line) => `${line}\n`)
              )
            ),
            forceKillAfter: "1 second"
          }
        )
        const output = (yield* soon(text(shell.stdout))).split("\n")
        assert.lengthOf(output, 4)
        assert.include(output[0], "init_ok")
        assert.include(output[1], "read_ok")
        assert.strictEqual(output[2], "exit code 0")
      })
    )
  )
})

describe("a closed standard output of simulate", () => {
  it.live("ends it with the runs made so far, without a word", () =>
    live(
      Effect.gen(function* () {
        const shell = yield* ChildProcess.make(
          "sh",
          [
            "-c",
            '( "$0" "$1" simulate --time-limit 1 --runs 1000000; echo "exit code $?" >&2 ) | head -n 1',
            process.execPath,
            `${yield* dist}/maelstrom-gossip.cjs`
          ],
          { stdin: "ignore", forceKillAfter: "1 second" }
        )
        const [log, output] = yield* Effect.all([text(shell.stderr), text(shell.stdout)], {
          concurrency: "unbounded"
        }).pipe(soon)
        assert.match(output, /^ +messages [^\n]*\n$/)
        assert.strictEqual(log, "exit code 0\n")
      })
    )
  )
})

describe("signals", () => {
  it.live.each([{ signal: "SIGTERM" as const }, { signal: "SIGINT" as const }])(
    "$signal ends an idle node without a stack trace",
    ({ signal }) =>
      live(
        Effect.gen(function* () {
          const node = yield* start()
          yield* node.send(init("n1", "n2"))
          assert.include(yield* node.next, "init_ok")
          yield* node.signal(signal)
          assert.strictEqual(yield* soon(node.exitCode), 130)
          const { log } = yield* node.rest
          assert.lengthOf(log, 2)
          assert.include(log[0], "message=settings")
          assert.include(log[1], "message=counters")
        })
      )
  )

  it.live.each([
    { when: "while its input is open", open: true },
    { when: "after the end of its input", open: false }
  ])("SIGTERM ends a node whose reader is stuck, $when", ({ open }) =>
    live(
      Effect.gen(function* () {
        // The bad line is logged once the node listens, also to signals.
        const input = `${["no JSON", init("n1"), broadcast(2, large), read(3), read(4)].join("\n")}\n`
        const child = yield* spawn(open ? Stream.concat(writes(input), Stream.never) : writes(input))
        const log = yield* linesOf(child.stderr)
        assert.include(yield* Queue.take(log), "message=settings")
        assert.include(yield* Queue.take(log), "line 1 skipped")
        const bytesIn = Effect.sync(() => process.kill(child.pid, "SIGUSR2")).pipe(
          Effect.andThen(Queue.take(log)),
          Effect.map((line) => counter("node_bytes_in", line))
        )
        yield* Effect.repeat(bytesIn, {
          until: (count) => count === input.length,
          schedule: Schedule.spaced("50 millis")
        })
        yield* Effect.sleep("200 millis")
        assert.isTrue(yield* child.isRunning)
        process.kill(child.pid, "SIGTERM")
        assert.strictEqual(Number(yield* soon(child.exitCode)), 130)
        assert.notMatch((yield* Stream.runCollect(Stream.fromQueue(log))).join("\n"), stackTrace)
      })
    )
  )

  it.live("SIGUSR2 logs the counters in one line, and the node goes on", () =>
    live(
      Effect.gen(function* () {
        const node = yield* start()
        const first = init("n1")
        yield* node.send(first)
        yield* node.next
        yield* node.signal("SIGUSR2")
        assert.include(yield* node.nextLog, "message=settings")
        const line = yield* node.nextLog
        assert.include(line, "message=counters")
        assert.strictEqual(counter("node_bytes_in", line), first.length + 1)
        yield* node.send(read(2))
        assert.include(yield* node.next, "read_ok")
        yield* node.end
        assert.strictEqual(yield* node.exitCode, 0)
      })
    )
  )
})
