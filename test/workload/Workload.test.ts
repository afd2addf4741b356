/**
 * What all workloads share: when requests come, and what the replies mean.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Message from "../../src/protocol/Message.ts"
import type { RawBody } from "../../src/protocol/Wire.ts"
import * as Workload from "../../src/workload/Workload.ts"
import { seeded } from "../gossip/Seeded.ts"

const Add = Message.body("add", { delta: Schema.Int })
const AddOk = Message.body("add_ok", {})
const Read = Message.body("read", {})
const ReadOk = Message.body("read_ok", { value: Schema.Int })

/** Adds 1 without end, and reads once. */
const workload = Workload.make({
  name: "counter",
  calls: [Workload.update(Add, AddOk), Workload.query(Read, ReadOk)],
  requests: function* () {
    yield { type: "read" }
    for (;;) yield { type: "add", delta: 1 }
  },
  final: { type: "read" },
  check: ({ operations }) => {
    const added = operations.flatMap((one) => (one.f === "add" && one.ending === "ok" ? [one.request.delta] : []))
    const shown = operations.flatMap((one) => (one.f === "read" && one.ending === "ok" ? [one.reply.value] : []))
    return { valid: true, complete: true, problems: [], figures: { added: added.length, shown: shown.length } }
  }
})

const circumstances = { client: "c1", node: "n1", final: false, invoked: 100, completed: 120 }

/** How a read and an add end with this reply. */
const ends = (reply: RawBody | undefined) =>
  Effect.map(seeded("workload"), (random) => {
    const source = workload.requests(random)
    return [source.next().value, source.next().value].map((asked) => asked.conclude(circumstances, reply))
  })

const endings = (reply: RawBody | undefined) => Effect.map(ends(reply), (both) => both.map(({ ending }) => ending))

describe("arrivals", () => {
  it.effect("come at intervals that are uniform from 0 to twice their mean", () =>
    Effect.gen(function* () {
      const [rate, count] = [50, 5000]
      const source = Workload.arrivals(workload, yield* seeded("workload"), rate)
      const intervals = Array.from({ length: count }, () => source.next().value.after)
      const mean = intervals.reduce((sum, interval) => sum + interval, 0) / count
      // Uniform in 0..40 ms, so σ = 40/√12: three standard errors.
      assert.approximately(mean, 1000 / rate, (3 * 40) / Math.sqrt(12 * count))
      assert.isAtLeast(Math.min(...intervals), 0)
      assert.isBelow(Math.max(...intervals), 40)
      const short = intervals.filter((interval) => interval < 10).length / count
      assert.approximately(short, 1 / 4, 3 * Math.sqrt((0.25 * 0.75) / count))
    })
  )
})

describe("the end of a request", () => {
  it.effect("its reply means that an update was made", () =>
    Effect.gen(function* () {
      const [, add] = yield* ends({ type: "add_ok", in_reply_to: 1 })
      assert.deepStrictEqual(add, {
        ...circumstances,
        f: "add",
        request: { type: "add", delta: 1 },
        isQuery: false,
        ending: "ok",
        reply: { type: "add_ok" },
        reason: undefined
      })
    })
  )

  it.effect("its reply is what a query returned, without the ids", () =>
    Effect.gen(function* () {
      const [read] = yield* ends({ type: "read_ok", in_reply_to: 1, msg_id: 7, value: 3 })
      assert.deepInclude(read, { f: "read", isQuery: true, ending: "ok", reply: { type: "read_ok", value: 3 } })
    })
  )

  it.effect("without a reply a query has failed, and nobody can tell about an update", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* endings(undefined), ["fail", "info"])
    })
  )

  it.effect.each([
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
  ])("after error $code an update ends as $ending, and a query has failed", ({ code, ending }) =>
    Effect.gen(function* () {
      const error = { type: "error", code, text: "because" }
      assert.deepStrictEqual(yield* endings(error), ["fail", ending])
      for (const { reason } of yield* ends(error)) assert.strictEqual(reason, "because")
    })
  )

  it.effect("after a reply of another type a query has failed, and nobody can tell about an update", () =>
    Effect.gen(function* () {
      const [read, add] = yield* ends({ type: "topology_ok", in_reply_to: 0 })
      assert.deepInclude(read, { ending: "fail", reason: "answered with topology_ok instead of read_ok" })
      assert.deepInclude(add, { ending: "info", reason: "answered with topology_ok instead of add_ok" })
    })
  )

  it.effect.each([{}, { value: "1" }, { value: null }])("a read_ok with %j is a failed read", (fields) =>
    Effect.gen(function* () {
      const [read] = yield* ends({ type: "read_ok", in_reply_to: 0, ...fields })
      assert.strictEqual(read?.ending, "fail")
      assert.match(read?.reason ?? "", /^read_ok: value: /)
    })
  )
})

describe("make", () => {
  it("does not compile with a request that is not among the calls, or a field that is misspelt", () => {
    const check = () => ({ valid: true, complete: true, problems: [], figures: {} })
    Workload.make({
      name: "wrong",
      calls: [Workload.update(Add, AddOk)],
      // @ts-expect-error -- the field is called delta
      requests: function* () {
        for (;;) yield { type: "add", delda: 1 }
      },
      check
    })
    assert.throws(
      () =>
        Workload.make({
          name: "wrong",
          calls: [Workload.update(Add, AddOk)],
          requests: function* () {
            for (;;) yield { type: "add", delta: 1 }
          },
          // @ts-expect-error -- no such call
          final: { type: "read" },
          check
        }),
      "the workload wrong makes a request read, which is not among its calls"
    )
  })
})
