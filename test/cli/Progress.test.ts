/**
 * The line that says how far runs are.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as TestClock from "effect/testing/TestClock"
import * as Progress from "../../src/cli/Progress.ts"

const times = { time_limit: 20_000, quiet: 10_000 }

describe("the line of progress", () => {
  it("tells virtual time, messages, the share that is done and the time left", () => {
    const state: Progress.State = { done: 0, active: new Map([[0, { at: 10_000, messages: 12_345 }]]) }
    assert.strictEqual(
      Progress.line(state, 1, times, 38_000),
      "10.0 of 30.0 s simulated, 12,345 messages, 38 % done, about 62 s left"
    )
  })

  it("tells of the first run that is not done, and the share of all runs", () => {
    const state: Progress.State = {
      done: 2,
      active: new Map([
        [3, { at: 30_000, messages: 9 }],
        [2, { at: 0, messages: 5 }]
      ])
    }
    assert.strictEqual(
      Progress.line(state, 4, times, 3_600_000),
      "run 3 of 4: 0.0 of 30.0 s simulated, 5 messages, 71 % done, about 25 min left"
    )
  })

  it("does not guess the time left at once", () => {
    const state: Progress.State = { done: 0, active: new Map([[0, { at: 100, messages: 3 }]]) }
    assert.strictEqual(Progress.line(state, 1, times, 10), "0.1 of 30.0 s simulated, 3 messages, 0 % done")
  })
})

/** What is written on standard error, which is a terminal or not, while a run goes on for a second. */
const shown = (isTerminal: boolean) =>
  Effect.gen(function* () {
    const written = yield* Ref.make("")
    const stdio = Stdio.layerTest({
      stderrIsTerminal: Effect.succeed(isTerminal),
      stderr: () => Sink.forEach((text) => Ref.update(written, (before) => before + String(text)))
    })
    yield* Effect.gen(function* () {
      const progress = yield* Progress.make(1, times)
      yield* progress.advance(0, { at: 5000, messages: 7 })
      yield* TestClock.adjust("1 second")
    }).pipe(Effect.scoped, Effect.provide(stdio))
    return yield* Ref.get(written)
  })

describe("progress", () => {
  it.effect("is one line on a terminal, which is written again and again and removed in the end", () =>
    Effect.gen(function* () {
      const lines = (yield* shown(true)).split("\r\u001b[K")
      assert.include(lines, "5.0 of 30.0 s simulated, 7 messages, 19 % done, about 5 s left")
      assert.strictEqual(lines.at(-1), "")
      assert.isTrue(lines.every((line) => !line.includes("\n")))
    })
  )

  it.effect("is not shown where there is no terminal", () =>
    Effect.map(shown(false), (written) => assert.strictEqual(written, ""))
  )
})
