/**
 * The data of the page, compared with what happened in the run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault } from "../../src/analysis/History.ts"
import { pageData } from "../../src/page/PageData.ts"
import * as Spread from "../../src/analysis/Spread.ts"
import { broadcast, read } from "../analysis/Histories.ts"
import { happened, losing, message, simulated } from "./Runs.ts"

const chartsOf = (history: Parameters<typeof happened>[0]) => pageData(happened(history), "").charts

describe("the data of the page", () => {
  it("has a coverage curve that rises when a node learns a value", () => {
    const { curves } = chartsOf({
      transmissions: [
        message(0, ["c0", "n0"], "broadcast", 1),
        message(20, ["n0", "n1"], "gossip", 1),
        message(500, ["c0", "n0"], "broadcast", 2)
      ]
    })
    assert.deepStrictEqual(curves, {
      after: [0, 20],
      mean: [0.5, 0.75],
      low: [0.5, 0.5],
      high: [0.5, 0.5],
      everywhere: [0, 0.5]
    })
  })

  it.effect("draws the measured coverage with a bounded number of points, however long the run", () =>
    Effect.gen(function* () {
      const result = yield* simulated({
        node_count: 9,
        rate: 60,
        time_limit: 20_000,
        latency: 20,
        latency_dist: "exponential",
        nemesis: ["partition"],
        nemesis_interval: 2000
      })
      const { courses } = result
      const { curves } = pageData(result, "").charts
      assert.isDefined(curves)
      assert.isAbove(courses.byKey.size, 500)
      assert.isAbove(curves.after.length, 200)
      assert.isAtMost(curves.after.length, 401)
      for (const [index, after] of curves.after.entries()) {
        if (index % 20 === 0) {
          assert.approximately(curves.mean[index] ?? -1, Spread.coverageOf(courses, 9)(after), 0.001)
        }
        assert.isAtMost(curves.low[index] ?? 2, curves.high[index] ?? -1)
      }
      assert.approximately(curves.mean.at(-1) ?? -1, result.spread.coverage, 1e-9)
    })
  )

  it("counts messages between nodes by type and time, and the dropped ones also apart", () => {
    const { traffic } = chartsOf({
      transmissions: [
        message(0, ["c0", "n0"], "broadcast", 1),
        message(50, ["n1", "n0"], "hello", 1),
        message(60, ["n0", "n1"], "gossip", 1),
        message(99, ["n0", "n1"], "gossip", 2, { _tag: "Dropped", at: 99, why: "loss" }),
        message(250, ["n1", "n0"], "gossip", 2)
      ]
    })
    assert.deepStrictEqual(traffic, {
      bucket: 100,
      from: [0, 100, 200],
      types: [
        { type: "gossip", counts: [2, 0, 1] },
        { type: "hello", counts: [1, 0, 0] }
      ],
      dropped: [1, 0, 0]
    })
  })

  it("has longer buckets for a longer run, up to the end of the last fault", () => {
    const { traffic } = chartsOf({
      transmissions: [message(0, ["n0", "n1"], "gossip", 1)],
      faults: [{ fault: Fault.Loss({ share: 0.3 }), from: 0, to: 3_600_000 }]
    })
    assert.strictEqual(traffic.bucket, 20_000)
    assert.strictEqual(traffic.from.at(-1), 3_600_000)
  })

  it("has a row for each type of message, whoever sent it", () => {
    const { types } = pageData(
      happened({
        transmissions: [
          message(0, ["c0", "n0"], "broadcast", 1),
          message(10, ["n0", "n1"], "gossip", 1),
          message(20, ["n0", "n1"], "gossip", 1, { _tag: "Dropped", at: 20, why: "crash" })
        ]
      }),
      ""
    )
    assert.deepStrictEqual(types, [
      { type: "gossip", betweenNodes: 2, withClients: 0, dropped: 1 },
      { type: "broadcast", betweenNodes: 0, withClients: 1, dropped: 0 }
    ])
  })

  it("has a row for each value with problems, with the nodes that miss it", () => {
    assert.deepStrictEqual(pageData(losing({ b: 1, a: 2 }), "").values?.problems, [
      { value: '{"a":2,"b":1}', what: "lost, not exactly once at the end", nodes: ["n0", "n1"] }
    ])
  })

  it("does not count a value among those with problems that was never acknowledged and that no read shows", () => {
    const operations = [
      broadcast(1, [0, 10]),
      broadcast(2, [0, 10], { ending: "info" }),
      ...["n0", "n1"].map((node) => read([1], 100, { node, final: true }))
    ]
    const { values } = pageData(happened({ operations }), "")
    assert.deepStrictEqual(values?.problems, [])
    assert.deepStrictEqual(values?.set.unacknowledged, [2])
  })

  it("has the faults in the order in which they began", () => {
    const { faults } = chartsOf({
      faults: [
        { fault: Fault.Loss({ share: 0.3 }), from: 500, to: 600 },
        { fault: Fault.Partition({ groups: [["n0"], ["n1"]] }), from: 100, to: 700 }
      ]
    })
    assert.deepStrictEqual(faults, [
      { fault: "partition", detail: "n0 | n1", from: 100, to: 700 },
      { fault: "loss", detail: "30.0 % lost", from: 500, to: 600 }
    ])
  })

  it("exists for a run without values", () => {
    assert.deepStrictEqual(chartsOf({}).curves, { after: [0], mean: [0], low: [0], high: [0], everywhere: [0] })
  })
})
