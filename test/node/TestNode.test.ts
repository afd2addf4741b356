/**
 * A test node is deterministic: one seed gives one output, byte for byte.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Handler from "../../src/node/Handler.ts"
import { layerRandom, TestNode } from "../../src/node/TestNode.ts"
import { body } from "../../src/protocol/Message.ts"
import type { Envelope } from "../../src/protocol/Wire.ts"
import { init, message } from "./Cluster.ts"

const draw = Handler.layer({
  request: body("draw", {}),
  sends: [body("draw_ok", { drawn: Schema.Finite })],
  handle: (_, { random, reply }) => Effect.succeed([reply({ type: "draw_ok", drawn: random.nextDoubleUnsafe() })])
})

const inputs: ReadonlyArray<Envelope | string> = [
  ...Array.from({ length: 40 }, (_, index) => message({ type: "broadcast", message: { index }, msg_id: index })),
  "nonsense",
  message({ type: "gossip", messages: ["a", "b"] }, "n5"),
  message({ type: "read", msg_id: 50 }),
  message({ type: "gossip_stats", msg_id: 51 }),
  message({ type: "draw", msg_id: 52 })
]

/** Everything that a node of 25 says with this seed. */
const output = Effect.fnUntraced(
  function* (_seed: string | number) {
    const test = yield* TestNode
    return (yield* test.lines(init(25), ...inputs)).join("\n")
  },
  (effect, seed) => Effect.provide(effect, TestNode.layer(Layer.merge(Gossip.layer, draw), { seed }))
)

describe("TestNode", () => {
  it.effect("one seed gives one output, to the byte", () =>
    Effect.gen(function* () {
      for (const seed of [0, 1, "seed"]) assert.strictEqual(yield* output(seed), yield* output(seed))
    })
  )

  it.effect("another seed gives another output", () =>
    Effect.gen(function* () {
      const outputs = yield* Effect.forEach([0, 1, 2, "seed", "seed/n1", "seed/n2"], output)
      assert.strictEqual(new Set(outputs).size, 6)
    })
  )

  it.effect("nodes of one seed that run beside each other do not draw from one source", () =>
    Effect.gen(function* () {
      const alone = yield* output(7)
      const [one, other] = yield* Effect.all([output(7), output(7)], { concurrency: 2 })
      assert.deepStrictEqual([one, other], [alone, alone])
    })
  )

  it.effect("the source of a seed repeats its numbers", () =>
    Effect.gen(function* () {
      const numbers = (seed: number) =>
        Effect.provide(Effect.all([Random.next, Random.next, Random.next]), layerRandom(seed))
      assert.deepStrictEqual(yield* numbers(1), yield* numbers(1))
      assert.notDeepEqual(yield* numbers(1), yield* numbers(2))
    })
  )

  it.effect("a node hears one chunk after the other and says what it has sent meanwhile", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      assert.lengthOf(yield* test.lines(init(1)), 1)
      assert.deepStrictEqual(yield* test.sent, [])
      const [answer] = yield* test.send(message({ type: "read", msg_id: 2 }))
      assert.deepStrictEqual(answer, {
        src: "n1",
        dest: "c1",
        body: { type: "read_ok", messages: [], in_reply_to: 2, msg_id: 1 }
      })
    }).pipe(Effect.provide(TestNode.layer(Gossip.layer, { seed: 1 })))
  )
})
