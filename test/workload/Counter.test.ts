/**
 * Maelstrom's counters: histories written by hand, and nodes that keep their rule or break it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Programs from "../../src/cli/Programs.ts"
import * as Component from "../../src/node/Component.ts"
import * as Output from "../../src/node/Output.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { Add, AddOk, type CounterOperation, gCounter, pnCounter, Read, ReadOk } from "../../src/workload/Counter.ts"
import { seeded } from "../gossip/Seeded.ts"
import { answered, happened, unanswered } from "./Operations.ts"

const nodes = ["n0", "n1"]

const added = (delta: number) => answered({ type: "add", delta }, { type: "add_ok" })
const inDoubt = (delta: number) => unanswered({ type: "add", delta }, "info")
const failed = (delta: number) => unanswered({ type: "add", delta }, "fail")
const shown = (value: number, node: string, final = true) =>
  answered({ type: "read" }, { type: "read_ok", value }, { node, final })

/** The judgement on these requests, and then last reads of the nodes that show this. */
const judge = (operations: ReadonlyArray<CounterOperation>, ...values: ReadonlyArray<number>) =>
  gCounter.check(happened([...operations, ...values.map((value, place) => shown(value, `n${place}`))], nodes))

const Request = Message.union(Add, Read)
const Sent = Message.union(AddOk, ReadOk)
const { reply } = Output.of<typeof Sent.Type>()

/** Nodes that add up what clients tell them, and tell nobody. */
const lonely = Component.layer({
  name: "lonely",
  requests: Request,
  sends: Sent,
  initial: 0,
  step: (sum, input) => {
    if (input._tag !== "Received") return [sum, []]
    const { message } = input
    return message.type === "add"
      ? [sum + message.delta, [reply({ type: "add_ok" })]]
      : [sum, [reply({ type: "read_ok", value: sum })]]
  }
})

const scenario: Scenario.Scenario = {
  ...Scenario.defaults,
  latency: 20,
  nemesis: ["partition", "crash", "loss"],
  nemesis_interval: 2000
}

describe("the requests of a counter", () => {
  it.effect("are reads and additions of −5 to 4, half and half, for pn-counter", () =>
    Effect.gen(function* () {
      const source = pnCounter.requests(yield* seeded("workload"))
      const bodies = Array.from({ length: 5000 }, () => source.next().value.body)
      const deltas = bodies.filter(({ type }) => type === "add").map((body) => body["delta"])
      assert.approximately(deltas.length / 5000, 1 / 2, (3 * 0.5) / Math.sqrt(5000))
      assert.sameMembers([...new Set(deltas)], [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4])
    })
  )

  it.effect("are the same without negative numbers for g-counter: a third are additions of 0 to 4", () =>
    Effect.gen(function* () {
      const source = gCounter.requests(yield* seeded("workload"))
      const bodies = Array.from({ length: 5000 }, () => source.next().value.body)
      const deltas = bodies.filter(({ type }) => type === "add").map((body) => body["delta"])
      assert.approximately(deltas.length / 5000, 1 / 3, (3 * Math.sqrt(2 / 9)) / Math.sqrt(5000))
      assert.sameMembers([...new Set(deltas)], [0, 1, 2, 3, 4])
      assert.deepStrictEqual(gCounter.final?.body, { type: "read" })
    })
  )
})

describe("the judgement on a counter", () => {
  it("is valid and complete if every last read shows the sum of what was acknowledged, without what failed", () => {
    const { complete, figures, problems, valid } = judge(
      [added(3), added(-1), failed(100), shown(0, "n0", false)],
      2,
      2
    )
    assert.deepStrictEqual([valid, complete, problems], [true, true, []])
    assert.deepStrictEqual(figures, { additions: 3, acknowledged: 2, in_doubt: 0, sum: 2 })
  })

  it("is not valid if a last read shows another sum, and says which and what it should be", () => {
    const { complete, problems, valid } = judge([added(3), added(4)], 7, 3)
    assert.deepStrictEqual([valid, complete], [false, false])
    assert.deepStrictEqual(problems, [
      "the last read of n1 shows 3, but the acknowledged additions make 7",
      "n1 and n0 differ in their last reads: 3 and 7"
    ])
  })

  it.each([
    { value: 6, valid: false },
    { value: 7, valid: true },
    { value: 9, valid: true },
    { value: 11, valid: false },
    { value: 12, valid: true },
    { value: 14, valid: true },
    { value: 15, valid: false }
  ])("of 7 with 2 and 5 in doubt says valid: $valid to a read of $value", ({ valid, value }) => {
    const judgement = judge([added(7), inDoubt(2), inDoubt(5)], value, value)
    assert.strictEqual(judgement.valid, valid)
    assert.isTrue(judgement.complete)
    if (valid) return
    assert.strictEqual(
      judgement.problems[0],
      `the last read of n0 shows ${value}, but the acknowledged additions make 7, ` +
        "and with 2 in doubt the sum may be 7, 9, 12 and 14"
    )
  })

  it("is valid but not complete if nodes differ in what is in doubt", () => {
    const { complete, problems, valid } = judge([added(7), inDoubt(2)], 7, 9)
    assert.deepStrictEqual([valid, complete], [true, false])
    assert.deepStrictEqual(problems, ["n1 and n0 differ in their last reads: 9 and 7"])
  })

  it("is not complete if the last read of a node did not succeed, and unknown if none did", () => {
    const one = judge([added(7)], 7)
    assert.deepStrictEqual([one.valid, one.complete], [true, false])
    assert.deepStrictEqual(one.problems, ["the last read of n1 did not succeed"])
    const none = judge([added(7), shown(9, "n0", false)])
    assert.deepStrictEqual([none.valid, none.complete], ["unknown", false])
  })

  it("is unknown if too many sums are possible to try them all", () => {
    const doubts = Array.from({ length: 30 }, (_, power) => inDoubt(10 * 3 ** power))
    assert.strictEqual(judge([added(1), ...doubts], 8, 8).valid, "unknown")
    assert.strictEqual(judge([added(1), ...doubts], 0, 0).valid, false)
  })
})

describe("counters under faults", () => {
  it.live.each(["g-counter", "pn-counter"] as const)("%s holds for the built-in nodes", (name) =>
    Effect.gen(function* () {
      const node = { profile: "default" as const, settings: {}, peers: "all" as const }
      const { history, verdict } = yield* Programs.simulate(name, scenario, node)
      assert.isNotEmpty(history.faults)
      assert.deepStrictEqual([verdict.valid, verdict.complete, verdict.problems], [true, true, []])
      assert.isAbove(verdict.figures["acknowledged"] ?? 0, 10)
    })
  )

  it.live("nodes that tell nobody are found out", () =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({ scenario, parts: lonely, workload: pnCounter })
      assert.deepStrictEqual([verdict.valid, verdict.complete], [false, false])
      assert.match(verdict.problems[0] ?? "", /^the last read of n\d shows .*, but the acknowledged additions make/)
    })
  )
})
