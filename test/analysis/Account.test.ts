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
import { assess, broadcast, history, message, read } from "./Histories.ts"

const account = (happened: ReturnType<typeof history>) => Account.account(assess(happened))

/** Lines as one text, wherever they are broken. */
const textOf = (lines: ReadonlyArray<string>): string => lines.join(" ").replaceAll(/ +/g, " ")

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
      textOf(account(history([], { nodes, faults, transmissions }))),
      "healing 2 partitions ended; after the slowest, every node had every value 1,234 ms later (one-way until 3.0 s)"
    )
  })

  it("says so if the cluster never recovered from a partition", () => {
    const never = account(history([], { nodes, faults: faults.slice(0, 1), transmissions: [told(1, "n0", 500)] }))
    assert.include(
      textOf(never),
      "healing 1 partition ended; after the slowest, some node never got every value (partition until 1.0 s)"
    )
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

  it("tells the first values, and how many others there are", () => {
    const transmissions = Array.from({ length: 12 }, (_, value) => [
      told(value, "n0", 100 * value),
      message("n0", "n1", { type: "gossip", message: value }, 100 * value + 1234)
    ]).flat()
    const lines = account(history([], { nodes, transmissions }))
    const first = lines.indexOf("who had it when (ms after the broadcast):")
    assert.deepStrictEqual(lines.slice(first + 1, first + 3), [
      "   value      at      n0      n1",
      "       0       0      +0  +1,234"
    ])
    assert.strictEqual(lines[first + 12], "  … 2 more values: see --explain VALUE or --out DIR")
  })

  it("tells the first nodes of many, and how many others there are", () => {
    const many = Scenario.nodeIds(25)
    const transmissions = [told(0, "n0", 0), message("n0", "n1", { type: "gossip", message: 0 }, 5)]
    const lines = account(history([], { nodes: many, transmissions }))
    assert.include(lines, "  … 17 more nodes: see --explain VALUE or --out DIR")
  })

  it("has no table if every node had every value at once", () => {
    const lines = account(history([], { nodes, transmissions: nodes.map((node) => told(1, node, 7)) }))
    assert.notInclude(textOf(lines), "who had it when")
  })

  it("tells faults in the order in which they began, in lines that fit into a terminal", () => {
    const groups = [Scenario.nodeIds(150), Scenario.nodeIds(149).map((node) => `${node}00`)]
    const lines = account(
      history([], {
        faults: [
          { fault: Fault.Pause({ nodes: ["n1"] }), from: 500, to: 600 },
          { fault: Fault.Partition({ groups }), from: 100, to: 86_400_000 }
        ]
      })
    )
    const first = lines.indexOf("faults:")
    assert.deepStrictEqual(lines.slice(first + 1, first + 4), [
      "  0.1–86,400.0 s partition: n0,n1,n2 and 147 more | n000,n100,n200 and 146 more",
      "  0.5–0.6 s pause: n1",
      ""
    ])
  })

  it("has no line of more than 80 columns, whatever happened", () => {
    const values = Array.from({ length: 40 }, (_, value) => 1_000_000 + value)
    const operations = [
      ...values.map((value) => broadcast(value, [0, 10])),
      ...values.map((value) => broadcast(2 * value, [0, 10], { ending: "info" })),
      ...nodes.map((node) => read([], 9000, { node, final: true }))
    ]
    const transmissions = values.flatMap((value) => [told(value, "n0", 0), told(value, "n1", 1e9)])
    const lines = account(history(operations, { nodes, faults, transmissions }))
    assert.deepStrictEqual(
      lines.filter((line) => line.length > 80),
      []
    )
  })

  it("tells apart values that were never acknowledged, and that no read shows", () => {
    const operations = [
      broadcast(1, [0, 10]),
      broadcast(2, [0, 10], { ending: "info" }),
      broadcast(3, [0, 10], { ending: "info" }),
      ...nodes.map((node) => read([1], 900, { node, final: true }))
    ]
    const lines = account(history(operations, { nodes }))
    assert.include(lines, "unanswered    2 values were never acknowledged, and no read shows them: 2 and 3")
    assert.match(lines.at(-1) ?? "", / valid, complete$/)
    assert.notInclude(textOf(account(history([]))), "unanswered")
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
    assert.include(
      textOf(lines),
      "1 of them forgotten by every node that had them: " +
        "7: only n0 had it, and forgot it at 300 ms before any other node had learned it " +
        "1 of them without such an excuse: 8"
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
      "between nodes 0.00 messages per request (0 in all, 0 kB), 0 once it was quiet",
      "reads         3",
      "in doubt      1",
      "mean time     2.50",
      "n1 read twice",
      "n2 read too late",
      "",
      "verdict       NOT VALID, complete"
    ])
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
