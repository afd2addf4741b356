/**
 * The verdict on histories written by hand: what is lost, stale, duplicated or incomplete, and how it is counted.
 *
 * The rules are Maelstrom's (Jepsen's `set-full`), to the nanosecond. Times are in ms.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Defect } from "../../src/analysis/History.ts"
import { quantiles } from "../../src/analysis/Quantiles.ts"
import type { BroadcastOperation as Operation } from "../../src/analysis/Report.ts"
import { broadcast, history, judge, message, read } from "./Histories.ts"

const setOf = (...operations: ReadonlyArray<Operation>) => judge(history(operations)).set

describe("what becomes of a value", () => {
  it("a value that every later read shows is stable at once, and the run is valid and complete", () => {
    const verdict = judge(history([broadcast(1, [0, 10]), read([1], 20), read([1], 30, { final: true })]))
    assert.strictEqual(verdict.valid, true)
    assert.isTrue(verdict.complete)
    assert.strictEqual(verdict.set.stable_count, 1)
    assert.strictEqual(verdict.set.stale_count, 0)
    assert.strictEqual(verdict.set.stable_latencies?.["1"], 0)
  })

  it("a value that was shown and is then missed for good is lost", () => {
    const verdict = judge(history([broadcast(1, [0, 10]), read([1], 20), read([], 30, { final: true })]))
    assert.strictEqual(verdict.valid, false)
    assert.isFalse(verdict.complete)
    assert.deepStrictEqual(verdict.set.lost, [1])
    assert.strictEqual(verdict.set.lost_count, 1)
    assert.strictEqual(verdict.set.stable_count, 0)
  })

  it("an acknowledged value that no read ever shows is lost", () => {
    const set = setOf(broadcast(1, [0, 10]), broadcast(2, [0, 10]), read([2], 20))
    assert.deepStrictEqual(set.lost, [1])
    assert.strictEqual(set.stable_count, 1)
  })

  it("a run in which one of many values is lost is not valid", () => {
    const values = Array.from({ length: 50 }, (_, value) => value)
    const operations = values.map((value) => broadcast(value, [0, 10]))
    assert.strictEqual(judge(history([...operations, read(values, 20)])).valid, true)
    assert.strictEqual(judge(history([...operations, read(values.slice(1), 20)])).valid, false)
  })

  it("an acknowledged value counts as never read if no read came later, and the validity is unknown", () => {
    const verdict = judge(history([read([], 5), broadcast(1, [0, 10])]))
    assert.strictEqual(verdict.valid, "unknown")
    assert.deepStrictEqual(verdict.set.never_read, [1])
    assert.strictEqual(verdict.set.never_read_count, 1)
    assert.strictEqual(verdict.set.lost_count, 0)
  })

  it("a value is not lost if the read that misses it began before the value was known, however late it ended", () => {
    assert.strictEqual(setOf(broadcast(1, [0, 10]), read([], 9, { completed: 500 })).lost_count, 0)
    assert.strictEqual(setOf(broadcast(1, [0, 10]), read([], 11, { completed: 500 })).lost_count, 1)
  })

  it("a value that was not acknowledged and that no read shows counts as never read, and a run can be complete without it", () => {
    const verdict = judge(
      history([broadcast(1, [0, 5000], { ending: "info" }), broadcast(2, [0, 10]), read([2], 6000, { final: true })])
    )
    assert.deepStrictEqual(verdict.set.never_read, [1])
    assert.strictEqual(verdict.set.acknowledged_count, 1)
    assert.strictEqual(verdict.set.attempt_count, 2)
    assert.strictEqual(verdict.valid, true)
    assert.isTrue(verdict.complete)
  })

  it("a value that was not acknowledged but that a read shows is known from then on, and can be lost", () => {
    const unacknowledged = broadcast(1, [0, 5000], { ending: "info" })
    const appearing = setOf(unacknowledged, read([], 20), read([1], 30, { completed: 40 }), read([1], 50))
    assert.strictEqual(appearing.stable_count, 1)
    assert.strictEqual(appearing.stable_latencies?.["1"], 0)
    const vanishing = setOf(unacknowledged, read([1], 30, { completed: 40 }), read([], 50))
    assert.deepStrictEqual(vanishing.lost, [1])
  })

  it("a value that a read misses and a later one shows again is stable", () => {
    const set = setOf(broadcast(1, [0, 10]), read([1], 20), read([], 30), read([1], 40))
    assert.strictEqual(set.stable_count, 1)
    assert.strictEqual(set.lost_count, 0)
  })

  it("a run in which some nodes miss a value at the end is valid if the last read shows it, but not complete", () => {
    const nodes = ["n0", "n1", "n2"]
    const verdict = judge(
      history(
        [
          broadcast("a", [0, 10]),
          read([], 100, { node: "n0", final: true }),
          read(["a"], 101, { node: "n1", final: true }),
          read(["a"], 102, { node: "n2", final: true })
        ],
        { nodes }
      )
    )
    assert.strictEqual(verdict.valid, true)
    assert.isFalse(verdict.complete)
    assert.deepStrictEqual(verdict.set.incomplete, [{ value: "a", nodes: ["n0"] }])
    assert.strictEqual(verdict.set.incomplete_count, 1)
  })

  it("values that are equal as JSON are one value", () => {
    const verdict = judge(
      history([broadcast({ a: 1, b: [2] }, [0, 10]), read([{ b: [2], a: 1 }], 20), read([{ a: 1, b: [2] }], 30)])
    )
    assert.strictEqual(verdict.set.stable_count, 1)
    assert.deepStrictEqual(verdict.set.unexpected, [])
    assert.strictEqual(setOf(broadcast(1, [0, 10]), read(["1"], 20)).lost_count, 1)
  })

  it("a value that nobody broadcast is unexpected", () => {
    assert.deepStrictEqual(setOf(broadcast(1, [0, 10]), read([1, 2], 20)).unexpected, [2])
  })

  it("a run without broadcasts has nothing stable, and its validity is unknown", () => {
    const verdict = judge(history([read([], 10, { final: true })]))
    assert.strictEqual(verdict.valid, "unknown")
    assert.isNull(verdict.set.stable_latencies)
  })
})

describe("duplicates and last reads", () => {
  it("a value that is twice in one read is duplicated", () => {
    const set = setOf(broadcast(1, [0, 10]), broadcast(2, [0, 10]), read([2, 1, 2, 2], 20))
    assert.deepStrictEqual(set.duplicated, [2])
    assert.strictEqual(set.duplicated_count, 1)
  })

  it("a value that is once in each of two reads is not duplicated", () => {
    assert.strictEqual(setOf(broadcast(1, [0, 10]), read([1], 20), read([1], 30)).duplicated_count, 0)
  })

  it("a run with a duplicate in a last read is not complete, one with a duplicate in an earlier read is", () => {
    const complete = (last: ReadonlyArray<number>, earlier: ReadonlyArray<number>) =>
      judge(history([broadcast(1, [0, 10]), read(earlier, 20), read(last, 30, { final: true })])).complete
    assert.isTrue(complete([1], [1]))
    assert.isFalse(complete([1, 1], [1]))
    assert.isTrue(complete([1], [1, 1]))
  })

  it("a failed read neither shows nor misses a value", () => {
    const set = setOf(broadcast(1, [0, 10]), read([1], 20), read([], 30, { ending: "fail", completed: 5030 }))
    assert.strictEqual(set.lost_count, 0)
    assert.strictEqual(set.stable_count, 1)
  })

  it("a run is not complete if the last read of a node failed", () => {
    const nodes = ["n0", "n1"]
    const operations = [broadcast(1, [0, 10]), read([1], 20, { node: "n0", final: true })]
    const failed = read([], 20, { node: "n1", final: true, ending: "fail", completed: 5020 })
    const verdict = judge(history([...operations, failed], { nodes }))
    assert.isFalse(verdict.complete)
    assert.deepStrictEqual(verdict.set.incomplete, [{ value: 1, nodes: ["n1"] }])
    assert.isFalse(judge(history([read([], 20, { final: true }), failed], { nodes })).complete)
  })
})

describe("the stable latency of a value", () => {
  const latency = (...operations: ReadonlyArray<Operation>) => setOf(...operations).stable_latencies?.["1"]

  it.each([
    { missed: 50, expected: 0 },
    { missed: 100, expected: 0 },
    { missed: 100.5, expected: 0 },
    { missed: 100.999998, expected: 0 },
    { missed: 100.999999, expected: 1 },
    { missed: 101, expected: 1 },
    { missed: 350.7, expected: 250 },
    { missed: 1099.999999, expected: 1000 }
  ])("is $expected ms if it was known at 100 and missed at $missed for the last time", (timing) => {
    const operations = [broadcast(1, [0, 100]), read([], timing.missed), read([1], 2000)]
    assert.strictEqual(latency(...operations), timing.expected)
    assert.strictEqual(setOf(...operations).stale_count, timing.expected > 0 ? 1 : 0)
  })

  it("counts in whole ns, even if the times are not exact in binary", () => {
    assert.strictEqual(latency(broadcast(1, [0, 0.1]), read([], 70.1), read([1], 90)), 70)
    assert.strictEqual(latency(broadcast(1, [0, 100_000.3]), read([], 100_010.299999), read([1], 200_000)), 10)
    assert.strictEqual(latency(broadcast(1, [0, 100_000.3]), read([], 100_010.299998), read([1], 200_000)), 9)
  })

  it("counts from the completion of the broadcast, not from its invocation", () => {
    assert.strictEqual(latency(broadcast(1, [0, 400]), read([], 450), read([1], 500)), 50)
  })

  it("counts from the completion of a read that shows the value before the broadcast is acknowledged", () => {
    const operations = [
      broadcast(1, [0, 500]),
      read([1], 100, { completed: 200, node: "n1" }),
      read([], 320),
      read([1], 600)
    ]
    assert.strictEqual(latency(...operations), 120)
  })

  it("ends with the invocation of the read that missed it, not with its completion", () => {
    const slow = read([], 200, { completed: 900, node: "n1" })
    assert.strictEqual(latency(broadcast(1, [0, 100]), slow, read([], 300), read([1], 400)), 200)
  })

  it("ends with the latest read that missed it, whatever was shown in between", () => {
    assert.strictEqual(latency(broadcast(1, [0, 100]), read([1], 200), read([], 700), read([1], 800)), 600)
  })

  it("is measured for stable values only", () => {
    const set = setOf(broadcast(1, [0, 100]), broadcast(2, [0, 100]), read([2], 300), read([2], 500))
    assert.strictEqual(set.lost_count, 1)
    assert.deepStrictEqual(set.stable_latencies, { "0": 0, "0.5": 0, "0.95": 0, "0.99": 0, "1": 0 })
  })

  it.each([
    { count: 1, expected: [0, 0, 0, 0, 0] },
    { count: 2, expected: [0, 1, 1, 1, 1] },
    { count: 3, expected: [0, 1, 2, 2, 2] },
    { count: 20, expected: [0, 10, 19, 19, 19] },
    { count: 100, expected: [0, 50, 95, 99, 99] },
    { count: 1000, expected: [0, 500, 950, 990, 999] }
  ])("has quantiles that are the elements at min(n − 1, ⌊n · p⌋) of $count sorted latencies", ({ count, expected }) => {
    const values = Array.from({ length: count }, (_, index) => (index * 7919) % count)
    const [p0, p50, p95, p99, p100] = expected
    assert.deepStrictEqual(quantiles(values), { "0": p0, "0.5": p50, "0.95": p95, "0.99": p99, "1": p100 })
  })
})

describe("counting", () => {
  it("availability is the share of requests of both kinds that succeeded", () => {
    const operations = [
      broadcast(1, [0, 10]),
      broadcast(2, [0, 5000], { ending: "info" }),
      broadcast(3, [0, 10], { ending: "fail" }),
      read([1], 20),
      read([], 30, { ending: "fail" })
    ]
    const verdict = judge(history(operations))
    assert.strictEqual(verdict.ops, 5)
    assert.strictEqual(verdict.availability, 2 / 5)
    assert.strictEqual(judge(history([])).availability, 1)
  })

  const nodes = ["n0", "n1"]
  const transmissions = [
    message("c0", "n0", { type: "broadcast", message: "é" }, 0),
    message("n0", "n1", { type: "gossip", messages: ["é"] }, 0),
    message("n1", "n0", { type: "hint_ok" }, 10),
    message("n0", "n1", { type: "gossip", messages: ["é"] }, 20, { _tag: "Dropped", at: 20, why: "loss" }),
    message("n0", "n1", { type: "digest" }, 9000, { _tag: "InFlight" }),
    message("n0", "c0", { type: "broadcast_ok" }, 0),
    message("c1", "n1", { type: "read" }, 10_000)
  ]
  const operations = [
    broadcast("é", [0, 0]),
    read(["é"], 100),
    read(["é"], 10_000, { final: true, node: "n0" }),
    read(["é"], 10_000, { final: true, node: "n1" })
  ]
  const verdict = judge(history(operations, { nodes, transmissions, lastRequestsAt: 10_000 }))

  it("messages between nodes include acknowledgements, dropped messages and those of the quiet time, per request of either kind", () => {
    assert.strictEqual(verdict.net.servers.msg_count, 4)
    assert.strictEqual(verdict.net.servers.msgs_per_op, 4 / 4)
  })

  it("messages from and to clients are counted apart from those between nodes", () => {
    assert.strictEqual(verdict.net.clients.msg_count, 3)
    assert.strictEqual(verdict.net.all.msg_count, 7)
    assert.strictEqual(verdict.net.all.msgs_per_op, 7 / 4)
    assert.strictEqual(verdict.net.all.bytes, verdict.net.clients.bytes + verdict.net.servers.bytes)
  })

  it("messages between a node and a service count as those of servers, messages between a client and a service do not", () => {
    const asked = [
      message("n0", "seq-kv", { type: "read" }, 0),
      message("seq-kv", "n0", { type: "read_ok" }, 10),
      message("c0", "seq-kv", { type: "read" }, 0),
      message("seq-kv", "c0", { type: "read_ok" }, 10)
    ]
    const { net } = judge(history(operations, { nodes, services: ["seq-kv"], transmissions: asked }))
    assert.strictEqual(net.servers.msg_count, 2)
    assert.strictEqual(net.clients.msg_count, 2)
  })

  it("the bytes of all lines between nodes are added up, line feeds included", () => {
    const bytes = transmissions
      .filter(({ dest, src }) => src.startsWith("n") && dest.startsWith("n"))
      .reduce((sum, { text }) => sum + Buffer.byteLength(`${text}\n`), 0)
    assert.strictEqual(verdict.net.servers.bytes, bytes)
  })

  it("messages are counted by type", () => {
    assert.deepStrictEqual(verdict.by_type, {
      broadcast: 1,
      gossip: 2,
      hint_ok: 1,
      digest: 1,
      broadcast_ok: 1,
      read: 1
    })
  })

  it.each([
    { sent: 2999, expected: 0 },
    { sent: 3000, expected: 1 },
    { sent: 9999, expected: 1 },
    { sent: 10_000, expected: 0 }
  ])(
    "of the messages sent $sent ms after the last broadcast, $expected between nodes count as sent when it was quiet",
    (late) => {
      const chatter = [
        message("n0", "n1", { type: "gossip" }, 500 + late.sent),
        message("c0", "n1", { type: "read" }, 500 + late.sent)
      ]
      const { quiet } = judge(
        history([broadcast(1, [0, 0]), broadcast(2, [500, 800])], {
          nodes,
          transmissions: chatter,
          lastRequestsAt: 10_500
        })
      )
      assert.strictEqual(quiet.server_messages, late.expected)
    }
  )
})

describe("defects", () => {
  const defect: Defect = {
    node: "n1",
    at: 100,
    where: "set, share",
    from: "n0",
    text: "Error: 17 of [1,2] are too many",
    stack: ["at step (Set.ts:1:2)", "at run (Main.ts:3:4)"]
  }
  const fine = [broadcast(1, [0, 10]), read([1], 20, { final: true })]

  it.each([
    { what: "loses nothing", operations: fine, valid: true },
    { what: "shows no value", operations: [], valid: "unknown" as const }
  ])("a run that $what is not valid if there is a defect", ({ operations, valid }) => {
    const [without, withDefect] = [[], [defect]].map((defects) => judge(history(operations, { defects })))
    assert.strictEqual(without?.valid, valid)
    assert.strictEqual(withDefect?.valid, false)
    assert.strictEqual(withDefect?.complete, without?.complete)
    assert.deepStrictEqual([without?.defect_count, without?.defects], [0, []])
  })

  it("a defect that is noticed again and again is told once, as it was noticed first, with a count", () => {
    const again = { ...defect, at: 200, from: "n2", text: "Error: 9 of [1,2,3] are too many" }
    const elsewhere = { ...defect, at: 300, node: "n2", stack: ["at step (Set.ts:1:2)", "at fast (Main.ts:5:6)"] }
    const verdict = judge(history(fine, { defects: [defect, again, elsewhere] }))
    assert.strictEqual(verdict.defect_count, 3)
    assert.deepStrictEqual(verdict.defects, [{ ...defect, count: 3 }])
  })

  it.each([
    { what: "over another type of message", other: { where: "set, read" } },
    { what: "with another message", other: { text: "Error: 17 of [1,2] are too few" } },
    { what: "thrown in another line", other: { stack: ["at step (Set.ts:8:2)", "at run (Main.ts:3:4)"] } },
    { what: "without a stack", other: { stack: [] } }
  ])("a defect $what is another one", ({ other }) => {
    const { defects } = judge(history(fine, { defects: [defect, { ...defect, ...other }, defect] }))
    assert.deepStrictEqual(
      defects.map(({ count }) => count),
      [2, 1]
    )
  })
})

describe("how many requests must succeed", () => {
  const operations = [
    broadcast(1, [0, 10]),
    read([1], 20),
    read([], 25, { ending: "fail" }),
    read([1], 30, { final: true })
  ]

  it.each([
    { demanded: 0, valid: true },
    { demanded: 0.75, valid: true },
    { demanded: 0.76, valid: false },
    { demanded: 1, valid: false }
  ])("a run of which three of four succeed is valid: $valid where $demanded must", ({ demanded, valid }) => {
    const verdict = judge(history(operations), demanded)
    assert.strictEqual(verdict.valid, valid)
    assert.strictEqual(verdict.availability, 0.75)
    const told = `3 of 4 requests succeeded, 75.0 %, but ${(100 * demanded).toFixed(1)} % must`
    assert.deepStrictEqual(verdict.problems, valid ? [] : [told])
  })

  it("a run without requests lacks none", () => {
    assert.strictEqual(judge(history([]), 1).valid, "unknown")
  })
})
