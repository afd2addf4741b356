/**
 * The step of gossip is a function: the same state, input and chance give the same outputs and an equal state, and the
 * state that it was given stays as it was.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Gossip from "../../src/gossip/Gossip.ts"
import type { Request, Sent } from "../../src/gossip/Messages.ts"
import { update } from "../../src/gossip/State.ts"
import type { Input } from "../../src/node/Component.ts"
import { names } from "../node/Cluster.ts"
import { first, look, say, take, type Taken, walk } from "./Steps.ts"

const received = (message: Request, from = "c1"): Input<Request> => ({
  _tag: "Received",
  from,
  to: "n1",
  id: 7,
  isReply: false,
  message
})

/** The type of a message, or what a `gossip` says. */
const kindOf = (body: Request | Sent): string => (body.type === "gossip" ? body.kind : body.type)

const env = { self: "n1", nodes: names(5), now: 1000 }

/** That a step that was taken before can be taken again. */
const assertRepeats = Effect.fnUntraced(function* ({ after, before, env: same, input, outputs, seed }: Taken) {
  const seen = look(before)
  const again = yield* take(before, input, same, seed)
  assert.deepStrictEqual(say(again.outputs), say(outputs), seed)
  assert.deepStrictEqual(look(again.after), look(after), seed)
  assert.deepStrictEqual(look(before), seen, seed)
})

describe("the step of gossip", () => {
  it.effect("a broadcast that is handled twice from the same state sends the same messages twice", () =>
    Effect.gen(function* () {
      const state = yield* first({ fanout: 2 })
      const seen = look(state)
      const once = yield* take(state, received({ type: "broadcast", message: "v" }), env, "chance")
      const twice = yield* take(state, received({ type: "broadcast", message: "v" }), env, "chance")
      assert.deepStrictEqual(
        once.outputs.map(({ _tag }) => _tag),
        ["Send", "Send", "Reply"]
      )
      assert.deepStrictEqual(twice.outputs, once.outputs)
      assert.deepStrictEqual(look(twice.after), look(once.after))
      assert.deepStrictEqual(look(state), seen)
      assert.deepStrictEqual(look(state).store.values, [])
    })
  )

  it.effect("different broadcasts from the same state do not see each other", () =>
    Effect.gen(function* () {
      const state = yield* first()
      const a = yield* take(state, received({ type: "broadcast", message: "a" }), env, "chance")
      const b = yield* take(state, received({ type: "broadcast", message: "b" }), env, "chance")
      assert.deepStrictEqual([look(a.after).store.values, look(b.after).store.values], [["a"], ["b"]])
      const both = yield* take(a.after, received({ type: "broadcast", message: "b" }), env, "chance")
      assert.deepStrictEqual(look(both.after).store.values, ["a", "b"])
    })
  )

  it.effect("gossip_stats reports no messages per operation when there were no operations", () =>
    Effect.gen(function* () {
      const state = update(yield* first(), { statistics: { broadcasts: 0, gossipSent: 4 } })
      const { after, outputs } = yield* take(state, received({ type: "gossip_stats" }), env, "chance")
      assert.strictEqual(after.store, state.store)
      assert.deepStrictEqual(after.statistics, state.statistics)
      assert.deepStrictEqual(outputs, [
        {
          _tag: "Reply",
          body: {
            type: "gossip_stats_ok",
            broadcasts_received: 0,
            gossip_messages_sent: 4,
            messages_per_op: 0,
            unique_messages: 0
          }
        }
      ])
    })
  )

  it.effect("gossip_stats divides messages by operations", () =>
    Effect.gen(function* () {
      const state = update(yield* first(), { statistics: { broadcasts: 4, gossipSent: 6 } })
      const { outputs } = yield* take(state, received({ type: "gossip_stats" }), env, "chance")
      const [answer] = outputs
      assert.include(answer?._tag === "Reply" ? answer.body : {}, { type: "gossip_stats_ok", messages_per_op: 1.5 })
    })
  )

  it.effect.prop(
    "any step can be taken again from its old state, whatever was done meanwhile from that state or from later ones",
    { seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed }) {
      const taken = yield* walk(seed, 60)
      for (const step of taken) yield* assertRepeats(step)
      for (const step of taken.toReversed()) yield* assertRepeats(step)
    }),
    { arbitrary: { runs: 150, seed: 1 } }
  )

  it.effect.prop(
    "after a tick, the next one is due later, whatever fractions of a ms clocks and messages have",
    { seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed }) {
      for (const { after, env: at, input } of yield* walk(seed, 100))
        if (input._tag === "Tick") assert.isAbove(Gossip.due(after, 1000) ?? Infinity, at.now, `seed ${seed}`)
    }),
    { arbitrary: { runs: 150, seed: 1 } }
  )

  it.effect("random runs contain every message, meetings, comparisons, and last words", () =>
    Effect.gen(function* () {
      const kinds = new Map<string, number>()
      for (let seed = 0; seed < 200; seed++) {
        for (const { input, outputs } of yield* walk(seed, 60)) {
          const what = input._tag === "Received" ? kindOf(input.message) : input._tag
          for (const output of outputs) {
            const name = `${what} ${"body" in output ? kindOf(output.body) : output._tag.toLowerCase()}`
            kinds.set(name, (kinds.get(name) ?? 0) + 1)
          }
        }
      }
      for (const name of [
        "topology topology_ok",
        "broadcast forward",
        "broadcast broadcast_ok",
        "read read_ok",
        "forward forward",
        "arrival count",
        "list gossip_sketch",
        "compare gossip_sketch",
        "gossip_sketch gossip_sketch",
        "gossip_sketch gossip_repair",
        "gossip_repair gossip_repair",
        "gossip_repair list",
        "gossip_stats gossip_stats_ok",
        "configure configure_ok",
        "Tick arrival",
        "Tick list",
        "Tick compare",
        "Ended arrival",
        "Ended list"
      ])
        assert.isAtLeast(kinds.get(name) ?? 0, 5, name)
    })
  )
})
