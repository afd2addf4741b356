/**
 * Gossip as a part that others stand on: what is added, what is learned, and a set on top of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import * as TestClock from "effect/testing/TestClock"
import { Gossip, InvalidValue } from "../../src/gossip/Gossip.ts"
import * as Handler from "../../src/node/Handler.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { Broadcast, BroadcastOk, Read, ReadOk } from "../../src/protocol/Broadcast.ts"
import { body } from "../../src/protocol/Message.ts"
import { maxDepth, type Value } from "../../src/protocol/Value.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { init, message } from "../node/Cluster.ts"

const Add = body("add", { element: Schema.Json })
const AddOk = body("add_ok", {})
const Elements = body("read_ok", { value: Schema.Array(Schema.Json) })

/** A set that grows, by Maelstrom's messages. */
const gSet = Layer.mergeAll(
  Handler.layer({
    request: Add,
    sends: [AddOk],
    handle: Effect.fnUntraced(function* ({ element }, { reply }) {
      yield* Effect.orDie((yield* Gossip).add(element))
      return [reply({ type: "add_ok" })]
    })
  }),
  Handler.layer({
    request: Read,
    sends: [Elements],
    override: true,
    handle: Effect.fnUntraced(function* (_, { reply }) {
      return [reply({ type: "read_ok", value: yield* (yield* Gossip).known })]
    })
  })
).pipe(Layer.provideMerge(Gossip.layer))

/** Broadcast by handlers on top of gossip, so that the simulator's clients reach `add`. */
const again = Layer.mergeAll(
  Handler.layer({
    request: Broadcast,
    sends: [BroadcastOk],
    override: true,
    handle: Effect.fnUntraced(function* ({ message: value }, { reply }) {
      yield* Effect.orDie((yield* Gossip).add(value))
      return [reply({ type: "broadcast_ok" })]
    })
  }),
  Handler.layer({
    request: Read,
    sends: [ReadOk],
    override: true,
    handle: Effect.fnUntraced(function* (_, { reply }) {
      return [reply({ type: "read_ok", messages: yield* (yield* Gossip).known })]
    })
  })
).pipe(Layer.provideMerge(Gossip.layer))

const wake = message({ type: "gossip_stats" })

/** Runs an Effect inside a gossip node of a cluster of this many, once the node is awake. */
const inside = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E, Gossip>, nodes = 1) {
  const result = yield* Ref.make<Fiber.Fiber<A, E> | undefined>(undefined)
  const part = Layer.effectDiscard(Effect.flatMap(Effect.forkScoped(effect), (fiber) => Ref.set(result, fiber))).pipe(
    Layer.provideMerge(Gossip.layer)
  )
  return yield* Effect.gen(function* () {
    const test = yield* TestNode
    const sent = yield* test.send(init(nodes), wake)
    const fiber = (yield* Ref.get(result)) ?? assert.fail("the part was not built")
    return { value: yield* Fiber.join(fiber), sent: [...sent, ...(yield* test.sent)] }
  }).pipe(Effect.provide(TestNode.layer(part, { seed: 1 })))
})

const deep = (depth: number): Value => {
  let value: Value = 1
  for (let at = 0; at < depth; at++) value = [value]
  return value
}

describe("Gossip.add", () => {
  it.effect("a set on top of gossip takes elements and spreads them", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      const sent = yield* test.send(
        init(3),
        message({ type: "add", element: { x: 1 }, msg_id: 2 }),
        message({ type: "gossip", messages: [7] }, "n2"),
        message({ type: "read", msg_id: 3 })
      )
      const to = (node: string) =>
        sent.filter(({ dest }) => dest === node).map((one) => Struct.omit(one.body, ["msg_id"]))
      assert.deepInclude(to("n2"), { type: "gossip", messages: [{ x: 1 }] })
      assert.deepInclude(to("n3"), { type: "gossip", messages: [{ x: 1 }] })
      assert.deepInclude(to("n3"), { type: "gossip", messages: [7] })
      const [stats] = yield* test.send(message({ type: "gossip_stats", msg_id: 4 }))
      assert.strictEqual(stats?.body["broadcasts_received"], 1)
      assert.deepStrictEqual(to("c1"), [
        { type: "add_ok", in_reply_to: 2 },
        { type: "read_ok", value: [7, { x: 1 }], in_reply_to: 3 }
      ])
    }).pipe(Effect.provide(TestNode.layer(gSet, { seed: 1 })))
  )

  it.effect("a value is stored once, and it is when add is done", () =>
    Effect.gen(function* () {
      const { value } = yield* inside(
        Effect.gen(function* () {
          const { add, known } = yield* Gossip
          yield* add("x")
          yield* add("x")
          return yield* known
        })
      )
      assert.deepStrictEqual(value, ["x"])
    })
  )

  it.effect("a value is sent to the peers that a client's broadcast would go to", () =>
    Effect.gen(function* () {
      const { sent } = yield* inside(
        Gossip.use(({ add }) => add("x")),
        5
      )
      const test = yield* TestNode
      const asked = yield* test.send(init(5), wake, message({ type: "broadcast", message: "x" }))
      assert.isNotEmpty(asked.slice(1))
      assert.deepStrictEqual(sent, asked)
    }).pipe(Effect.provide(TestNode.layer(Gossip.layer, { seed: 1 })))
  )

  it.effect.each([
    ["NaN", NaN],
    ["an infinite number within", { a: [1, -Infinity] }],
    ["an array that is nested too deep", deep(maxDepth + 1)],
    ["an array that is nested very deep", deep(100_000)]
  ] as const)("%s is refused and not stored", ([, value]) =>
    Effect.gen(function* () {
      const { value: outcome } = yield* inside(
        Effect.gen(function* () {
          const { add, known } = yield* Gossip
          const error = yield* Effect.flip(add(value))
          return { error, known: yield* known }
        })
      )
      assert.instanceOf(outcome.error, InvalidValue)
      assert.deepStrictEqual(outcome.known, [])
    })
  )

  it.live.each([1, 2, 3])("a cluster that adds what it is asked to broadcast loses nothing, seed %i", (seed) =>
    Effect.gen(function* () {
      const scenario: Scenario.Scenario = {
        ...Scenario.defaults,
        seed,
        node_count: 5,
        rate: 20,
        time_limit: 8000,
        nemesis: ["partition", "crash", "pause"],
        nemesis_interval: 1000
      }
      const { verdict } = yield* Simulation.simulate({ scenario, parts: again })
      assert.deepStrictEqual(verdict.defects, [])
      assert.deepStrictEqual([verdict.valid, verdict.complete], [true, true])
    })
  )
})

describe("Gossip.learned", () => {
  it.effect("has the values known, oldest first, and then each value that is learned, once", () =>
    Effect.gen(function* () {
      const seen = yield* Ref.make<ReadonlyArray<Value>>([])
      const listening = Layer.effectDiscard(
        Effect.gen(function* () {
          const { learned } = yield* Gossip
          yield* Effect.forkScoped(Stream.runForEach(learned, (value) => Ref.update(seen, (all) => [...all, value])))
        })
      )
      const learning = Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.send(init(2), message({ type: "broadcast", message: 1 }))
        yield* test.send(message({ type: "gossip", messages: [2, 3, 1] }, "n2"))
        yield* test.send(message({ type: "broadcast", message: 3 }), message({ type: "broadcast", message: 4 }))
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* Ref.get(seen), [1, 2, 3, 4])
      })
      yield* Effect.provide(learning, TestNode.layer(Layer.provideMerge(listening, Gossip.layer), { seed: 1 }))
    })
  )

  it.effect("begins with everything for those who listen later", () =>
    Effect.gen(function* () {
      const { value } = yield* inside(
        Effect.gen(function* () {
          const { add, learned } = yield* Gossip
          yield* Effect.forEach(["a", "b", "c"], add)
          return yield* Stream.runCollect(Stream.take(learned, 3))
        })
      )
      assert.deepStrictEqual([...value], ["a", "b", "c"])
    })
  )
})
