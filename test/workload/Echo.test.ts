/**
 * Maelstrom's echo workload: histories written by hand, and nodes that keep its rule or break it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Handler from "../../src/node/Handler.ts"
import type { Value } from "../../src/protocol/Value.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { Echo, echo, EchoOk } from "../../src/workload/Echo.ts"
import { seeded } from "../gossip/Seeded.ts"
import { answered, happened, unanswered } from "./Operations.ts"

const told = (question: Value, answer: Value, node = "n0") =>
  answered({ type: "echo", echo: question }, { type: "echo_ok", echo: answer }, { node, at: 1000 })

const silent = unanswered({ type: "echo", echo: "a" }, "fail")

/** Nodes that answer with this. */
const answering = (answer: (question: Value, self: string) => Value) =>
  Handler.layer({
    request: Echo,
    sends: [EchoOk],
    handle: ({ echo: question }, { reply, self }) =>
      Effect.succeed([reply({ type: "echo_ok", echo: answer(question, self) })])
  })

describe("echo", () => {
  it.effect("asks nodes to repeat one of 128 texts", () =>
    Effect.gen(function* () {
      const source = echo.requests(yield* seeded("workload"))
      const bodies = Array.from({ length: 2000 }, () => JSON.stringify(source.next().value.body))
      assert.strictEqual(new Set(bodies).size, 128)
      for (const body of bodies) assert.match(body, /^\{"type":"echo","echo":"Please echo \d+"\}$/)
    })
  )

  it("is valid if every answer equals its question as JSON, and some request was answered", () => {
    const judgement = echo.check(happened([told("a", "a"), told({ a: 1, b: [2] }, { b: [2], a: 1 }), silent]))
    assert.deepStrictEqual(judgement, {
      valid: true,
      complete: true,
      problems: [],
      figures: { answered: 2, wrong: 0 }
    })
  })

  it("is not valid if an answer differs, and says who answered what", () => {
    const { problems, valid } = echo.check(happened([told("a", "a"), told("b", "B", "n3")]))
    assert.strictEqual(valid, false)
    assert.deepStrictEqual(problems, ['n3 was told "b" at 1,000 ms and answered "B"'])
  })

  it("tells the first wrong answers, and how many others there are", () => {
    const { problems } = echo.check(happened(Array.from({ length: 12 }, (_, index) => told(index, null))))
    assert.lengthOf(problems, 11)
    assert.strictEqual(problems[10], "and 2 more wrong answers")
  })

  it("is unknown if nobody answered", () => {
    assert.strictEqual(echo.check(happened([silent])).valid, "unknown")
  })

  it.live("holds for nodes that echo", () =>
    Effect.gen(function* () {
      const parts = answering((question) => question)
      const { verdict } = yield* Simulation.simulate({ scenario: Scenario.defaults, parts, workload: echo })
      assert.strictEqual(verdict.valid, true)
      assert.isAbove(verdict.figures["answered"] ?? 0, 30)
      assert.strictEqual(verdict.availability, 1)
    })
  )

  it.live("finds out a node that shouts", () =>
    Effect.gen(function* () {
      const parts = answering((question, self) => (self === "n3" ? String(question).toUpperCase() : question))
      const { verdict } = yield* Simulation.simulate({ scenario: Scenario.defaults, parts, workload: echo })
      assert.strictEqual(verdict.valid, false)
      for (const problem of verdict.problems.slice(0, 10))
        assert.match(problem, /^n3 was told .* and answered "PLEASE ECHO/)
    })
  )
})
