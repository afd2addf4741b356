/**
 * A counter on seq-kv, as users of Maelstrom write it: what it takes to be right, judged by the workload g-counter.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { CallError } from "../../src/node/CallError.ts"
import * as Handler from "../../src/node/Handler.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import * as Kv from "../../src/services/Kv.ts"
import { SeqKv } from "../../src/services/SeqKv.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { Add, AddOk, gCounter, Read, ReadOk } from "../../src/workload/Counter.ts"

const numbers = Effect.map(SeqKv, (kv) => Kv.schema(kv, { key: Schema.String, value: Schema.Int }))

/** What fails is told to the client with its code, so that the judge knows whether it may have been done. */
const answering = <A, R>(effect: Effect.Effect<A, CallError | Schema.SchemaError, R>) =>
  effect.pipe(
    Effect.catchTag("SchemaError", Effect.die),
    Effect.mapError(({ code, message }) => new RequestError({ code, text: message }))
  )

const add = Handler.layer({
  request: Add,
  sends: [AddOk],
  handle: Effect.fnUntraced(function* ({ delta }, { reply }) {
    const kv = yield* numbers
    yield* kv.update("sum", (sum) => sum + delta, { initial: 0 })
    return [reply({ type: "add_ok" })]
  }, answering)
})

/** The same without `cas`: two nodes that add at once both write what they read before. */
const addByWriting = Handler.layer({
  request: Add,
  sends: [AddOk],
  handle: Effect.fnUntraced(function* ({ delta }, { reply }) {
    const kv = yield* numbers
    const sum = yield* Effect.catchTag(kv.read("sum"), "KeyDoesNotExist", () => Effect.succeed(0))
    yield* kv.write("sum", sum + delta)
    return [reply({ type: "add_ok" })]
  }, answering)
})

/** Reads the sum. First it changes something, a key of this node's own, so that seq-kv shows nothing older than that. */
const read = Handler.layer({
  request: Read,
  sends: [ReadOk],
  handle: Effect.fnUntraced(function* (_, { reply, self }) {
    const kv = yield* numbers
    yield* kv.update(`reads of ${self}`, (reads) => reads + 1, { initial: 0 })
    const value = yield* Effect.catchTag(kv.read("sum"), "KeyDoesNotExist", () => Effect.succeed(0))
    return [reply({ type: "read_ok", value })]
  }, answering)
})

const readAsItIs = Handler.layer({
  request: Read,
  sends: [ReadOk],
  handle: Effect.fnUntraced(function* (_, { reply }) {
    const kv = yield* numbers
    const value = yield* Effect.catchTag(kv.read("sum"), "KeyDoesNotExist", () => Effect.succeed(0))
    return [reply({ type: "read_ok", value })]
  }, answering)
})

const seeds = [1, 2, 3, 4, 5]

const simulate = <E, R>(parts: Layer.Layer<never, E, R>, scenario: Partial<Scenario.Scenario>) =>
  Simulation.simulate({
    scenario: {
      ...Scenario.defaults,
      node_count: 3,
      rate: 20,
      latency: 20,
      latency_dist: "exponential",
      nemesis_interval: 1000,
      ...scenario
    },
    workload: gCounter,
    parts
  })

const counter = Layer.provide(Layer.merge(add, read), SeqKv.layer)

describe("a counter on seq-kv", () => {
  it.effect.each(seeds)("has the sum at the end, whatever partitions of the nodes there were (seed %s)", (seed) =>
    Effect.gen(function* () {
      const { history, verdict } = yield* simulate(counter, { seed, nemesis: ["partition"] })
      assert.isNotEmpty(history.faults)
      assert.deepStrictEqual([verdict.valid, verdict.complete, verdict.problems], [true, true, []])
      assert.strictEqual(verdict.availability, 1)
      assert.isAbove(verdict.counter.acknowledged_count, 20)
    })
  )

  it.effect.each(seeds)("has a possible sum if faults affect the service and nodes crash (seed %s)", (seed) =>
    Effect.gen(function* () {
      const { verdict } = yield* simulate(counter, {
        seed,
        nemesis: ["partition", "loss", "duplicate", "crash"],
        service_faults: true
      })
      assert.deepStrictEqual([verdict.valid, verdict.complete, verdict.problems], [true, true, []])
      assert.isBelow(verdict.availability, 1)
    })
  )

  it.effect("shows old sums at the end if its nodes only read", () =>
    Effect.gen(function* () {
      const { verdict } = yield* simulate(Layer.provide(Layer.merge(add, readAsItIs), SeqKv.layer), {})
      assert.isFalse(verdict.valid)
    })
  )

  it.effect("loses additions if its nodes write without cas", () =>
    Effect.gen(function* () {
      const { verdict } = yield* simulate(Layer.provide(Layer.merge(addByWriting, read), SeqKv.layer), {})
      assert.isFalse(verdict.valid)
    })
  )

  it.effect("asks seq-kv by messages that count as those of servers", () =>
    Effect.gen(function* () {
      const { history, verdict } = yield* simulate(counter, {})
      const asked = history.transmissions.filter(({ dest }) => dest === "seq-kv")
      assert.isAbove(asked.length, 2 * verdict.ops)
      assert.strictEqual(verdict.net.servers.msg_count, 2 * asked.length)
    })
  )
})
