/**
 * Maelstrom's broadcast workload: which requests come when, and what the replies mean.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Broadcast from "../../src/workload/Broadcast.ts"
import { seeded } from "../gossip/Seeded.ts"

describe("arrivals", () => {
  const rate = 50
  const count = 5000
  const arrivals = Effect.map(seeded("workload"), (random) => {
    const source = Broadcast.arrivals(random, rate)
    return Array.from({ length: count }, () => source.next().value)
  })

  it.effect("come at intervals that are uniform from 0 to twice their mean", () =>
    Effect.gen(function* () {
      const intervals = (yield* arrivals).map(({ after }) => after)
      const mean = intervals.reduce((sum, interval) => sum + interval, 0) / count
      // Uniform in 0..40 ms, so σ = 40/√12: three standard errors.
      assert.approximately(mean, 1000 / rate, (3 * 40) / Math.sqrt(12 * count))
      assert.isAtLeast(Math.min(...intervals), 0)
      assert.isBelow(Math.max(...intervals), 40)
      const short = intervals.filter((interval) => interval < 10).length / count
      assert.approximately(short, 1 / 4, 3 * Math.sqrt((0.25 * 0.75) / count))
    })
  )

  it.effect("are reads and broadcasts in equal shares, and the broadcasts count up from 0", () =>
    Effect.gen(function* () {
      const requests = (yield* arrivals).map(({ request }) => request)
      const broadcasts = requests.filter(({ f }) => f === "broadcast")
      assert.approximately(broadcasts.length / count, 0.5, (3 * 0.5) / Math.sqrt(count))
      assert.deepStrictEqual(
        broadcasts.map(({ value }) => value),
        broadcasts.map((_, index) => index)
      )
      assert.isTrue(requests.every(({ final }) => !final))
    })
  )
})

describe("body", () => {
  it("is a broadcast with the value, or a read", () => {
    assert.deepStrictEqual(Broadcast.body(Broadcast.broadcast([1, "a"])), { type: "broadcast", message: [1, "a"] })
    assert.deepStrictEqual(Broadcast.body(Broadcast.read), { type: "read" })
    assert.deepStrictEqual(Broadcast.body(Broadcast.lastRead), { type: "read" })
  })
})

describe("outcome", () => {
  const broadcast = Broadcast.broadcast(1)
  const endings = (reply: Parameters<typeof Broadcast.outcome>[1]) =>
    [broadcast, Broadcast.read].map((request) => Broadcast.outcome(request, reply).ending)

  it("broadcast_ok means that a broadcast was carried out", () => {
    assert.strictEqual(Broadcast.outcome(broadcast, { type: "broadcast_ok" }).ending, "ok")
  })

  it("read_ok means that a read was carried out and returned its messages", () => {
    assert.deepStrictEqual(Broadcast.outcome(Broadcast.read, { type: "read_ok", in_reply_to: 0, messages: [3, [4]] }), {
      ending: "ok",
      reason: undefined,
      values: [3, [4]]
    })
  })

  it("without a reply a read has failed, and nobody can tell about a broadcast", () => {
    assert.deepStrictEqual(endings(undefined), ["info", "fail"])
  })

  it.each([
    { code: 0, ending: "info" },
    { code: 1, ending: "fail" },
    { code: 10, ending: "fail" },
    { code: 11, ending: "fail" },
    { code: 12, ending: "fail" },
    { code: 13, ending: "info" },
    { code: 14, ending: "fail" },
    { code: 20, ending: "fail" },
    { code: 21, ending: "fail" },
    { code: 22, ending: "fail" },
    { code: 30, ending: "fail" },
    { code: 1000, ending: "info" },
    { code: "11", ending: "info" }
  ])("after error $code a broadcast ends as $ending, and a read has failed", ({ code, ending }) => {
    const error = { type: "error", code, text: "because" }
    assert.deepStrictEqual(endings(error), [ending, "fail"])
    assert.strictEqual(Broadcast.outcome(broadcast, error).reason, "because")
  })

  it("after a reply of another type a read has failed, and nobody can tell about a broadcast", () => {
    assert.deepStrictEqual(endings({ type: "topology_ok", in_reply_to: 0 }), ["info", "fail"])
  })

  it.each([{}, { messages: 1 }, { messages: null }])("a read_ok with %j is a failed read", (fields) => {
    assert.strictEqual(Broadcast.outcome(Broadcast.read, { type: "read_ok", in_reply_to: 0, ...fields }).ending, "fail")
  })
})
