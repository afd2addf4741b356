/**
 * Maelstrom's g-set workload: histories written by hand, and nodes that keep its rule or break it. The checker is that of
 * broadcast; all its rules are tested in `test/analysis/Verdict.test.ts`.
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
import { Add, AddOk, gSet, Read, ReadOk } from "../../src/workload/GSet.ts"
import { seeded } from "../gossip/Seeded.ts"
import { answered, happened, unanswered } from "./Operations.ts"

const added = (element: Value, at = 0) => answered({ type: "add", element }, { type: "add_ok" }, { at })

const shown = (value: ReadonlyArray<Value>, at: number, node = "n0") =>
  answered({ type: "read" }, { type: "read_ok", value }, { at, node, final: at >= 1000 })

const Sent = Message.union(AddOk, ReadOk)
const { reply } = Output.of<typeof Sent.Type>()

/** Nodes that keep what clients add, and tell nobody. */
const lonely = Component.layer({
  name: "lonely",
  requests: Message.union(Add, Read),
  sends: Sent,
  initial: new Array<Value>(),
  step: (elements, input) => {
    if (input._tag !== "Received") return [elements, []]
    const { message } = input
    return message.type === "add"
      ? [[...elements, message.element], [reply({ type: "add_ok" })]]
      : [elements, [reply({ type: "read_ok", value: elements })]]
  }
})

describe("g-set", () => {
  it.effect("adds 0, 1, 2, … and reads, half and half, and reads every node at the end", () =>
    Effect.gen(function* () {
      const source = gSet.requests(yield* seeded("workload"))
      const bodies = Array.from({ length: 5000 }, () => source.next().value.body)
      const adds = bodies.filter(({ type }) => type === "add")
      assert.approximately(adds.length / 5000, 0.5, (3 * 0.5) / Math.sqrt(5000))
      assert.deepStrictEqual(
        adds,
        adds.map((_, element) => ({ type: "add", element }))
      )
      assert.deepStrictEqual(gSet.final?.body, { type: "read" })
    })
  )

  it("is valid and complete if the last reads of all nodes show all elements", () => {
    const nodes = ["n0", "n1"]
    const operations = [added(1), added("a"), shown([1], 500), shown(["a", 1], 1000), shown([1, "a"], 1000, "n1")]
    const { complete, figures, problems, valid } = gSet.check(happened(operations, nodes))
    assert.deepStrictEqual([valid, complete, problems], [true, true, []])
    assert.deepStrictEqual(figures, { added: 2, acknowledged: 2, stable: 2, lost: 0, never_read: 0 })
  })

  it("is not valid if an element that was acknowledged is missing at the end, and says which and where", () => {
    const operations = [added(1), added(2), shown([1, 2], 500), shown([1, 3, 3], 1000)]
    const { complete, problems, set, valid } = gSet.check(happened(operations, ["n0", "n1"]))
    assert.deepStrictEqual([valid, complete], [false, false])
    assert.deepStrictEqual(set.lost, [2])
    assert.deepStrictEqual(problems, [
      "2 is lost: a later read misses it",
      "3 is shown twice by a read",
      "3 is shown by a read, but no client added it",
      "1 is not exactly once in the last read of n1",
      "2 is not exactly once in the last read of n0 and n1",
      "the last read of n1 did not succeed"
    ])
  })

  it("is unknown if no read shows anything", () => {
    const { complete, valid } = gSet.check(
      happened([
        unanswered({ type: "add", element: 1 }, "info"),
        unanswered({ type: "read" }, "fail", { final: true, at: 1000 })
      ])
    )
    assert.deepStrictEqual([valid, complete], ["unknown", false])
  })

  it.live("holds for the built-in nodes under faults", () =>
    Effect.gen(function* () {
      const scenario: Scenario.Scenario = {
        ...Scenario.defaults,
        latency: 20,
        nemesis: ["partition", "crash", "loss"],
        nemesis_interval: 2000
      }
      const node = { profile: "default" as const, settings: {}, peers: "all" as const }
      const { verdict } = yield* Programs.simulate("g-set", scenario, node)
      assert.deepStrictEqual([verdict.valid, verdict.complete, verdict.problems], [true, true, []])
      assert.isAbove(verdict.figures["stable"] ?? 0, 10)
    })
  )

  it.live("finds out nodes that tell nobody what clients add", () =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({ scenario: Scenario.defaults, parts: lonely, workload: gSet })
      assert.deepStrictEqual([verdict.valid, verdict.complete], [false, false])
      assert.match(verdict.problems[0] ?? "", /are lost: later reads miss them$/)
    })
  )
})
