/**
 * The account of a run at the terminal, on histories written by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Account from "../../src/analysis/Account.ts"
import { type Defect, Fault } from "../../src/analysis/History.ts"
import type { Checker, Judgement } from "../../src/analysis/Verdict.ts"
import type { Operation } from "../../src/analysis/History.ts"
import * as Report from "../../src/analysis/Report.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { outline, summarise } from "../../src/analysis/Summary.ts"
import { assess, broadcast, history, message, read } from "./Histories.ts"

const account = (happened: ReturnType<typeof history>) => Account.account(assess(happened))

const told = (value: number, node: string, at: number) => message("c0", node, { type: "broadcast", message: value }, at)

describe("account", () => {
  const nodes = ["n0", "n1"]
  const faults = [
    { fault: Fault.Partition({ groups: [["n0"], ["n1"]] }), from: 0, to: 1000 },
    { fault: Fault.OneWay({ deaf: ["n0"], others: ["n1"] }), from: 2000, to: 3000 }
  ]

  it("names the partition from which the cluster took longest to recover", () => {
    const transmissions = [told(1, "n0", 500), told(1, "n1", 1200), told(2, "n0", 2500), told(2, "n1", 4234)]
    assert.include(
      account(history([], { nodes, faults, transmissions })),
      "healing       2 partitions ended, the slowest healed after 1,234 ms (one-way until 3.0 s)"
    )
  })

  it("says so if the cluster never recovered from a partition", () => {
    const never = account(history([], { nodes, faults: faults.slice(0, 1), transmissions: [told(1, "n0", 500)] }))
    assert.include(never, "healing       1 partition ended, the slowest never healed (partition until 1.0 s)")
  })

  it("does not mention healing if there was no partition", () => {
    assert.isFalse(account(history([])).some((line) => line.startsWith("healing")))
  })

  it("tells the first defects, each with its place, time and stack, and how many others there are", () => {
    const defect: Defect = {
      node: "n1",
      at: 1234.5,
      where: "set, share",
      from: "n0",
      text: "Error: one\nand two",
      stack: ["at step (Set.ts:1:2)", "at receive (Node.ts:3:4)"]
    }
    const others = ["c", "d", "e"].map((where) => ({ ...defect, where, from: undefined, text: "it shrank", stack: [] }))
    const lines = account(history([], { nodes, defects: [defect, ...others, { ...defect, node: "n0", from: "n1" }] }))
    const first = lines.indexOf("5 defects of the program:")
    assert.deepStrictEqual(lines.slice(first + 1, -2), [
      "  n1 at 1,235 ms, first of 2: set, share from n0",
      "    Error: one",
      "    and two",
      "    at step (Set.ts:1:2)",
      "    at receive (Node.ts:3:4)",
      "  n1 at 1,235 ms: c",
      "    it shrank",
      "  n1 at 1,235 ms: d",
      "    it shrank",
      "  and 1 other (--json tells them all)"
    ])
    assert.match(lines.at(-1) ?? "", /NOT VALID/)
  })

  it("does not mention defects if there were none", () => {
    assert.isFalse(account(history([])).some((line) => line.includes("defect")))
  })

  it("says which missing values were forgotten, and which have no such excuse", () => {
    const operations = [
      broadcast(7, [100, 100]),
      broadcast(8, [200, 200], { node: "n1" }),
      ...nodes.map((node) => read([], 9000, { node, final: true }))
    ]
    const lines = account(
      history(operations, {
        nodes,
        transmissions: [told(7, "n0", 100), told(8, "n1", 200)],
        faults: [{ fault: Fault.Amnesia({ nodes: ["n0"] }), from: 300, to: 400 }]
      })
    )
    assert.includeMembers(
      [...lines],
      [
        "1 of them forgotten by every node that had them:",
        "  7: only n0 had it, and forgot it at 300 ms before any other node had learned it",
        "1 of them without such an excuse: 8"
      ]
    )
  })
})

/** A checker of reads, whatever they show. */
const checker: Checker<Operation, Judgement> = {
  name: "reading",
  check: ({ operations }) => ({
    valid: false,
    complete: true,
    problems: ["n1 read twice", "n2 read too late"],
    figures: { reads: operations.length, in_doubt: 1, mean_time: 2.5 }
  })
}

describe("account of another workload than broadcast", () => {
  const happened = history([read([], 0), read([], 10), broadcast(1, [20, 30])])

  it("tells the checker's figures and what was wrong, and nothing of values", () => {
    const lines = Account.account(Report.assess(Scenario.defaults, checker, happened))
    assert.strictEqual(lines[0], "reading: 5 nodes, latency 0 ms constant, 5 requests/s for 10 s, seed 1")
    assert.deepStrictEqual(lines.slice(2), [
      "requests      2 read, 1 broadcast, 100.0 % answered",
      "between nodes 0.00 messages per request (0 messages, 0 kB), 0 once it was quiet",
      "reads         3",
      "in doubt      1",
      "mean time     2.50",
      "n1 read twice",
      "n2 read too late",
      "",
      "verdict       NOT VALID, complete"
    ])
  })

  it("tells of several runs the checker's figures beside those of the traffic", () => {
    const figures = summarise([outline(Report.assess(Scenario.defaults, checker, happened))])
    assert.deepStrictEqual(
      Account.summary(figures, 1, 1).map((line) => line.trim().replaceAll(/ {2,}/g, " | ")),
      [
        "",
        "1 runs, 0 valid and complete",
        "mean | min | max",
        "messages per request | 0.00 | 0.00 | 0.00",
        "messages when quiet | 0.00 | 0.00 | 0.00",
        "reads | 3.00 | 3.00 | 3.00",
        "in doubt | 1.00 | 1.00 | 1.00",
        "mean time | 2.50 | 2.50 | 2.50"
      ]
    )
  })
})

describe("account of a broadcast that too few clients got answered", () => {
  it("says how many must", () => {
    const failed = history([broadcast(1, [0, 10]), read([1], 20, { ending: "fail" })])
    const lines = Account.account(assess(failed, { ...Scenario.defaults, availability: 1 }))
    assert.include(lines, "1 of 2 requests succeeded, 50.0 %, but 100.0 % must")
    assert.match(lines.at(-1) ?? "", /NOT VALID/)
  })
})
