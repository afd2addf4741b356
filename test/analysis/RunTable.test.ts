/**
 * Several runs in one table.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Report from "../../src/analysis/Report.ts"
import * as RunTable from "../../src/analysis/RunTable.ts"
import { outline } from "../../src/analysis/Summary.ts"
import type { Operation } from "../../src/analysis/History.ts"
import type { Checker, Judgement } from "../../src/analysis/Verdict.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { assess, broadcast, history, message, read } from "./Histories.ts"

const nodes = ["n0", "n1"]

/** A run in which a value takes so long to reach everybody, and nodes exchange so many messages. */
const run = (seed: number, latency: number, messages: number) =>
  outline(
    assess(
      history(
        [
          broadcast(1, [0, 0]),
          read([], latency, { node: "n1" }),
          ...nodes.map((node) => read([1], 2 * latency, { node, final: true }))
        ],
        {
          nodes,
          transmissions: [
            message("c0", "n0", { type: "broadcast", message: 1 }, 0),
            ...Array.from({ length: messages }, () => message("n0", "n1", { type: "gossip", message: 1 }, latency))
          ]
        }
      ),
      { ...Scenario.defaults, seed }
    )
  )

const lost = outline(
  assess(history([broadcast(1, [0, 0]), ...nodes.map((node) => read([], 9, { node, final: true }))], { nodes }), {
    ...Scenario.defaults,
    seed: 1234
  })
)

describe("the table of several runs", () => {
  const first = run(7, 1234, 4)
  const second = run(8, 1_029_000, 4_000_000 / 1000)

  it("has a row for each run, under a head, with figures as in the account of a single run", () => {
    assert.deepStrictEqual(
      [...RunTable.head(first), ...[first, second, lost].map(RunTable.line)],
      [
        "                               messages  stable,  stable,",
        "seed  verdict                 a request   median  at most coverage",
        "   7  valid, complete              1.00 1,234 ms 1,234 ms  100.0 %",
        "   8  valid, complete          1,000.00 1,029,000 ms 1,029,000 ms  100.0 %",
        "1234  NOT VALID, NOT COMPLETE      0.00        —        —    0.0 %"
      ]
    )
  })

  it("ends with mean, minimum and maximum of each column, and how many runs were valid and complete", () => {
    assert.deepStrictEqual(RunTable.foot([first, run(8, 2000, 8), lost], 3), [
      "",
      "mean                               1.00 1,617 ms 1,617 ms   66.7 %",
      " min                               0.00 1,234 ms 1,234 ms    0.0 %",
      " max                               2.00 2,000 ms 2,000 ms  100.0 %",
      "",
      "3 runs: valid 2 of 3, complete 2 of 3"
    ])
  })

  it("says so if not all runs were made", () => {
    assert.strictEqual(
      RunTable.foot([first], 20).at(-1),
      "interrupted after 1 of 20 runs: valid 1 of 1, complete 1 of 1"
    )
  })

  it("has the checker's figures of any other workload than broadcast", () => {
    const checker: Checker<Operation, Judgement> = {
      name: "reading",
      check: () => ({ valid: true, complete: true, problems: [], figures: { reads: 3, mean_time: 2.5 } })
    }
    const reading = outline(Report.assess(Scenario.defaults, checker, history([])))
    assert.deepStrictEqual(
      [...RunTable.head(reading), RunTable.line(reading)],
      [
        "                               messages",
        "seed  verdict                 a request    reads mean time",
        "   1  valid, complete              0.00        3      2.50"
      ]
    )
  })
})
