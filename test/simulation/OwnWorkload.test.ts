/**
 * What a user writes: a counter of one's own as a component, a workload of one's own, and a test of ten lines in which both
 * meet every fault.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Fault } from "../../src/analysis/History.ts"
import * as Component from "../../src/node/Component.ts"
import * as Output from "../../src/node/Output.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import * as Workload from "../../src/workload/Workload.ts"

const Add = Message.body("add", { delta: Schema.Int })
const AddOk = Message.body("add_ok", {})
const Read = Message.body("read", {})
const ReadOk = Message.body("read_ok", { value: Schema.Int })

/** What each node has added, as far as the sender knows. */
const Counts = Message.body("counts", { counts: Schema.Record(Schema.String, Schema.Int) })

const Request = Message.union(Add, Read, Counts)
type Request = typeof Request.Type
const Sent = Message.union(AddOk, ReadOk, Counts)
type Sent = typeof Sent.Type

interface State {
  readonly counts: typeof Counts.Type.counts
  /** When it last told everybody, in ms since the epoch. */
  readonly told: number
}

type Step = Component.Step<State, Sent>

const { reply, send } = Output.of<Sent>()

const step = (state: State, input: Component.Input<Request>, { nodes, now, self }: Component.Env): Step => {
  const { counts } = state
  if (input._tag === "Ended") return [state, []]
  if (input._tag === "Tick") {
    const others = nodes.filter((node) => node !== self)
    return [{ ...state, told: now }, others.map((node) => send(node, { type: "counts", counts }))]
  }
  return Request.match(input.message, {
    add: ({ delta }): Step => [
      { ...state, counts: { ...counts, [self]: (counts[self] ?? 0) + delta } },
      [reply({ type: "add_ok" })]
    ],
    read: (): Step => [
      state,
      [reply({ type: "read_ok", value: Object.values(counts).reduce((sum, count) => sum + count, 0) })]
    ],
    counts: ({ counts: theirs }): Step => {
      const larger = Object.entries(theirs).filter(([node, count]) => count > (counts[node] ?? 0))
      return [{ ...state, counts: { ...counts, ...Object.fromEntries(larger) } }, []]
    }
  })
}

const counter = Component.layer({
  name: "counter",
  requests: Request,
  sends: Sent,
  initial: { counts: {}, told: 0 },
  step,
  due: ({ told }, awake) => Math.max(awake, told) + 200
})

/** Clients add 1 and read; at the end all nodes must show everything that was acknowledged, and nothing that was not made. */
const counting = Workload.make({
  name: "counting",
  calls: [Workload.update(Add, AddOk), Workload.query(Read, ReadOk)],
  requests: function* (random) {
    for (;;) yield random.nextDoubleUnsafe() < 0.5 ? { type: "add", delta: 1 } : { type: "read" }
  },
  final: { type: "read" },
  check: ({ nodes, operations }) => {
    const added = operations.filter(({ ending, f }) => f === "add" && ending !== "fail")
    const acknowledged = added.filter(({ ending }) => ending === "ok").length
    const shown = operations.flatMap((operation) =>
      operation.f === "read" && operation.ending === "ok" && operation.final ? [operation.reply.value] : []
    )
    const wrong = shown.filter((value) => value < acknowledged || value > added.length)
    return {
      valid: wrong.length === 0,
      complete: shown.length === nodes.length,
      problems: wrong.map((value) => `a node shows ${value} instead of ${acknowledged} to ${added.length}`),
      figures: { acknowledged },
      shown
    }
  }
})

const scenario: Scenario.Scenario = { ...Scenario.defaults, rate: 20, latency: 20, nemesis_interval: 1500 }

const survivable = Scenario.faults.filter((fault) => fault !== "amnesia")

describe("a counter and a workload of one's own", () => {
  it.live.each([
    ...survivable.map((fault) => ({ what: fault, nemesis: [fault] })),
    { what: "all of these together", nemesis: survivable }
  ])("hold under $what", ({ nemesis }) =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({
        scenario: { ...scenario, nemesis },
        parts: counter,
        workload: counting
      })
      assert.deepStrictEqual([verdict.valid, verdict.complete, verdict.problems], [true, true, []])
      assert.isAbove(verdict.figures["acknowledged"] ?? 0, 50)
    })
  )

  it.live("tell when all nodes lose their memory, which no counter survives", () =>
    Effect.gen(function* () {
      const faults = [{ from: 5000, to: 6000, fault: Fault.Amnesia({ nodes: Scenario.nodeIds(5) }) }]
      const { verdict } = yield* Simulation.simulate({
        scenario: { ...scenario, faults },
        parts: counter,
        workload: counting
      })
      assert.strictEqual(verdict.valid, false)
      assert.isTrue(verdict.complete)
      assert.lengthOf(verdict.shown, 5)
      assert.match(verdict.problems[0] ?? "", /^a node shows \d+ instead of \d+ to \d+$/)
    })
  )

  it.live("run without a topology, without last requests, and end when every client is free", () =>
    Effect.gen(function* () {
      const { history, verdict } = yield* Simulation.simulate({
        scenario: { ...scenario, quiet: 0, nemesis: ["pause"], nemesis_interval: 8000 },
        parts: counter,
        workload: { ...counting, final: undefined }
      })
      assert.isFalse(history.transmissions.some(({ type }) => type === "topology"))
      assert.isFalse(history.operations.some(({ final }) => final))
      assert.strictEqual(
        history.transmissions.filter(({ type }) => type === "add" || type === "read").length,
        verdict.ops
      )
    })
  )
})
