/**
 * The account of a run at the terminal, on histories written by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Account from "../../src/analysis/Account.ts"
import { Fault, type History } from "../../src/analysis/History.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Report from "../../src/analysis/Report.ts"
import { broadcast, history, message, read } from "./Histories.ts"

const account = (happened: History) => Account.account(Report.assess(Scenario.defaults, happened))

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
