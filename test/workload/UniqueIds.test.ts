/**
 * Maelstrom's unique-ids workload: histories written by hand, and nodes that keep its rule or break it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Programs from "../../src/cli/Programs.ts"
import * as Component from "../../src/node/Component.ts"
import * as Output from "../../src/node/Output.ts"
import * as Message from "../../src/protocol/Message.ts"
import type { Value } from "../../src/protocol/Value.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { Generate, GenerateOk, uniqueIds } from "../../src/workload/UniqueIds.ts"
import { answered, happened, unanswered } from "./Operations.ts"

const made = (id: Value, node = "n0") => answered({ type: "generate" }, { type: "generate_ok", id }, { node })

const silent = unanswered({ type: "generate" }, "info")

const { reply } = Output.of<typeof GenerateOk.Type>()

/** Nodes that count, and each begins its ids with this. */
const counting = (prefix: (self: string) => string) =>
  Component.layer({
    name: "ids",
    requests: Message.union(Generate),
    sends: Message.union(GenerateOk),
    initial: 0,
    step: (count, input, { self }) =>
      input._tag === "Received"
        ? [count + 1, [reply({ type: "generate_ok", id: `${prefix(self)}${count}` })]]
        : [count, []]
  })

const scenario: Scenario.Scenario = {
  ...Scenario.defaults,
  rate: 50,
  nemesis: ["amnesia", "partition"],
  nemesis_interval: 2000
}

describe("unique-ids", () => {
  it("is valid if no two ids are equal, and tells their range", () => {
    const { figures, ids, problems, valid } = uniqueIds.check(
      happened([made(10), made("a"), made(9), silent, made([1]), made("10")])
    )
    assert.strictEqual(valid, true)
    assert.deepStrictEqual(problems, [])
    assert.deepStrictEqual(figures, { ids: 5, duplicated: 0 })
    assert.deepStrictEqual(ids.range, [9, [1]])
  })

  it("is not valid if an id was made twice, as JSON compares them, and says by whom", () => {
    const { ids, problems, valid } = uniqueIds.check(
      happened([made({ a: 1, b: 2 }, "n1"), made({ b: 2, a: 1 }, "n2"), made(7), made("7")])
    )
    assert.strictEqual(valid, false)
    assert.deepStrictEqual(problems, ['{"a":1,"b":2} was made 2 times: by n1 and n2'])
    assert.deepStrictEqual(ids.duplicated, [{ id: { a: 1, b: 2 }, nodes: ["n1", "n2"] }])
  })

  it("is unknown if there is no id", () => {
    const { ids, valid } = uniqueIds.check(happened([silent]))
    assert.strictEqual(valid, "unknown")
    assert.isNull(ids.range)
  })

  it.live("holds for the built-in nodes, even when they lose their memory", () =>
    Effect.gen(function* () {
      const { history, verdict } = yield* Simulation.simulate({
        scenario,
        parts: Programs.uniqueIds,
        workload: uniqueIds
      })
      assert.isTrue(history.faults.some(({ fault }) => fault._tag === "Amnesia"))
      assert.strictEqual(verdict.valid, true)
      assert.isAbove(verdict.ids.acknowledged_count, 300)
    })
  )

  it.live("finds out nodes that count without their names", () =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({
        scenario: { ...scenario, nemesis: [] },
        parts: counting(() => ""),
        workload: uniqueIds
      })
      assert.strictEqual(verdict.valid, false)
      assert.include(verdict.problems[0], '"0" was made 5 times: by ')
    })
  )

  it.live("finds out nodes that count from 0 again when they have lost their memory", () =>
    Effect.gen(function* () {
      const parts = counting((self) => `${self}-`)
      const { verdict } = yield* Simulation.simulate({ scenario, parts, workload: uniqueIds })
      assert.strictEqual(verdict.valid, false)
      const crashing = { ...scenario, nemesis: ["crash" as const] }
      assert.isTrue((yield* Simulation.simulate({ scenario: crashing, parts, workload: uniqueIds })).verdict.valid)
    })
  )
})
