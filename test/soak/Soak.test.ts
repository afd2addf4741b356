/**
 * A little of the soak, some seeds of every profile under every kind of fault in a small cluster; and that the soak finds
 * what is wrong.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, type History } from "../../src/analysis/History.ts"
import type { BroadcastOperation } from "../../src/analysis/Report.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { assess, broadcast, history, message, read } from "../analysis/Histories.ts"
import * as Finding from "./Finding.ts"
import * as Row from "./Row.ts"
import * as Trials from "./Trials.ts"

const small = { ...Trials.cluster, node_count: 9, rate: 60, time_limit: 6000, nemesis_interval: 1500 }

describe("under every kind of fault", () => {
  it.live.each(Trials.make(small))("$profile with $affliction is as it should be", (trial) =>
    Effect.gen(function* () {
      const findings = yield* Effect.forEach([1, 2, 3], (seed) => Finding.find(trial, seed))
      const [, ...failures] = Row.lines(trial, findings)
      assert.deepStrictEqual(failures, [])
    })
  )
})

describe("what is wrong with a run", () => {
  const nodes = ["n0", "n1"]
  const told = (node: string, at: number) => message("c0", node, { type: "broadcast", message: 7 }, at)
  const lastReads = (...shown: ReadonlyArray<ReadonlyArray<number>>) =>
    shown.map((values, place) => read(values, 20_000, { node: `n${place}`, final: true }))

  /** What is found in a run in which a client told n0 the value 7 at 100 ms, and what is told of it. */
  const judge = (
    affliction: Trials.Affliction,
    shown: ReadonlyArray<ReadonlyArray<number>>,
    rest: Partial<History<BroadcastOperation>> = {},
    profile: Trials.Trial["profile"] = "fast"
  ) => {
    const operations = [broadcast(7, [100, 100]), ...lastReads(...shown)]
    const happened = history(operations, { nodes, transmissions: [told("n0", 100)], lastRequestsAt: 20_000, ...rest })
    const trial: Trials.Trial = { profile, affliction, cluster: Scenario.defaults }
    const finding = Finding.judge(assess(happened), trial, "the command")
    const [row = "", ...failures] = Row.lines(trial, [finding])
    return { row, failures }
  }

  it("is nothing if every value is once at every node", () => {
    const { failures, row } = judge("none", [[7], [7]])
    assert.deepStrictEqual(failures, [])
    assert.match(row, /^fast +none +1 +1 +0 +0 +0 +0 +0 +0$/)
  })

  it("is a value that some node misses, told with the seed and the command", () => {
    const { failures, row } = judge("loss", [[7], []])
    assert.deepStrictEqual(failures, ["  seed 1: 1 not everywhere: 7\n    the command"])
    assert.match(row, /^fast +loss +1 +0 .* 1$/)
  })

  it("is a value that a read shows twice", () => {
    assert.include(judge("none", [[7], [7, 7]]).failures[0], "1 shown twice")
  })

  it("is a defect of the program", () => {
    const defect = { node: "n0", at: 1, where: "gossip, Tick", from: undefined, text: "Error: boom", stack: [] }
    const faults = [{ fault: Fault.Amnesia({ nodes: ["n0"] }), from: 200, to: 300 }]
    const { failures } = judge("amnesia", [[], []], { faults, defects: [defect, defect] })
    assert.deepStrictEqual(failures, ["  seed 1: 2 defects, the first: Error: boom\n    the command"])
  })

  it("is not a value that everybody forgot who had it, if there was amnesia", () => {
    const faults = [{ fault: Fault.Amnesia({ nodes: ["n0"] }), from: 200, to: 300 }]
    assert.deepStrictEqual(judge("amnesia", [[], []], { faults }).failures, [])
    assert.include(judge("all", [[], []], { faults }).failures[0], "1 forgotten without amnesia")
  })

  it("is a node whose last read failed", () => {
    assert.include(judge("crash", [[7]]).failures[0], "not everywhere: 7")
  })

  it.each([
    { profile: "fast", after: 6001, failures: 1 },
    { profile: "default", after: 6000, failures: 0 },
    { profile: "frugal", after: 12_000, failures: 0 },
    { profile: "frugal", after: 12_001, failures: 1 }
  ] as const)("are $failures partitions of $profile that took $after ms to heal", ({ after, failures, profile }) => {
    const faults = [{ fault: Fault.Partition({ groups: [["n0"], ["n1"]] }), from: 0, to: 1000 }]
    const transmissions = [told("n0", 100), told("n1", 1000 + after)]
    assert.lengthOf(judge("partition", [[7], [7]], { faults, transmissions }, profile).failures, failures)
  })

  it("is more than a hundred messages once it is quiet, if nothing went wrong", () => {
    const chatter = (count: number) =>
      Array.from({ length: count }, () => message("n0", "n1", { type: "gossip", messages: [] }, 9000))
    const after = (affliction: Trials.Affliction, count: number) =>
      judge(affliction, [[7], [7]], { transmissions: chatter(count) }).failures
    assert.deepStrictEqual(after("none", 100), [])
    assert.deepStrictEqual(after("none", 101), [
      "  seed 1: 101 messages between nodes when it was quiet\n    the command"
    ])
    assert.deepStrictEqual(after("loss", 101), [])
  })
})
