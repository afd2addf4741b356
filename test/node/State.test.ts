/**
 * All state of a node is in one Ref: it can be kept, looked at, and started from again.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Slices from "../../src/node/Slices.ts"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Output from "../../src/node/Output.ts"
import * as State from "../../src/node/State.ts"
import { body, union } from "../../src/protocol/Message.ts"
import { init, lines, message, names, runIn } from "./Cluster.ts"

const Add = body("add", { delta: Schema.Int })
const AddOk = body("add_ok", { sum: Schema.Int, steps: Schema.Int })
const { reply } = Output.of<typeof AddOk.Type>()

/** A sum, and how many steps it took. */
interface Sum {
  readonly sum: number
  readonly steps: number
}

const adding: Component.Component<Sum, typeof Add.Type, typeof AddOk.Type> = {
  name: "adding",
  requests: union(Add),
  sends: union(AddOk),
  initial: { sum: 0, steps: 0 },
  step: (state, input) => {
    if (input._tag !== "Received") return [state, []]
    const next = { sum: state.sum + input.message.delta, steps: state.steps + 1 }
    return [next, [reply({ type: "add_ok", ...next })]]
  }
}

/** The same; a crash takes the number of steps with it. */
const forgetful = { ...adding, recover: ({ sum }: Sum): Sum => ({ sum, steps: 0 }) }

const add = (delta: number, msg_id: number) => message({ type: "add", delta, msg_id })

const sliceOf = (state: State.State) => Slices.get(state.slices, adding)

/** The bodies of these lines. */
const bodies = (sent: ReadonlyArray<string>) => sent.map((line) => line.slice(line.indexOf(`"body": `) + 8, -1))

describe("State", () => {
  it("replacing parts of a state keeps the others, and setting a part to undefined does not compile", () => {
    const known = State.update(State.initial, { identity: { self: "n1", nodes: names(2) }, nextId: 1 })
    assert.deepStrictEqual(known, { ...State.initial, identity: { self: "n1", nodes: names(2) }, nextId: 1 })
    // @ts-expect-error -- a node never forgets who it is
    State.update(known, { identity: undefined })
  })

  it.effect("all that a running node knows is in the Ref that it was given", () =>
    Effect.gen(function* () {
      const ref = yield* Ref.make(State.initial)
      yield* runIn(ref, Component.layer(adding), lines(init(2), add(2, 2)), lines("nonsense", add(3, 3)))
      const state = yield* Ref.get(ref)
      assert.deepStrictEqual(state.identity, { self: "n1", nodes: names(2) })
      assert.deepStrictEqual([state.nextId, state.lines, state.awake, state.alarm], [3, 4, 0, Infinity])
      assert.deepStrictEqual(state.complaints, { since: 0, told: 1, untold: 0 })
      assert.deepStrictEqual(sliceOf(state), { sum: 5, steps: 2 })
    })
  )

  it.effect("a node on a recovered state has what its component recovers, and its message ids go on", () =>
    Effect.gen(function* () {
      const parts = Component.layer(forgetful)
      const first = yield* Ref.make(State.initial)
      yield* runIn(first, parts, lines(init(2), add(2, 2), add(3, 3)))
      const old = yield* Ref.get(first)
      const second = yield* Ref.make(State.recover(old))
      const sent = yield* runIn(second, parts, lines(init(2), add(1, 4)))
      assert.deepStrictEqual(bodies(sent), [
        `{"type": "init_ok", "in_reply_to": 1, "msg_id": 3}`,
        `{"type": "add_ok", "sum": 6, "steps": 1, "in_reply_to": 4, "msg_id": 4}`
      ])
      assert.deepStrictEqual([sliceOf(old), (yield* Ref.get(first)).nextId], [{ sum: 5, steps: 2 }, 3])
    })
  )

  it.effect("a component that does not say what it recovers keeps all of its state", () =>
    Effect.gen(function* () {
      const parts = Component.layer(adding)
      const first = yield* Ref.make(State.initial)
      yield* runIn(first, parts, lines(init(2), add(2, 2), add(3, 3)))
      const second = yield* Ref.make(State.recover(yield* Ref.get(first)))
      const [, answer] = bodies(yield* runIn(second, parts, lines(init(2), add(1, 4))))
      assert.strictEqual(answer, `{"type": "add_ok", "sum": 6, "steps": 3, "in_reply_to": 4, "msg_id": 4}`)
    })
  )

  it.effect(
    "a component recovers from a crash even if its state equals the initial one, and may recover undefined",
    () =>
      Effect.gen(function* () {
        const crashes: ReadonlyArray<readonly [before: string | undefined, after: string | undefined]> = [
          ["initial", "recovered"],
          ["initial", undefined],
          [undefined, "recovered"]
        ]
        for (const [before, after] of crashes) {
          const component: Component.Component<string | undefined, typeof Add.Type, typeof AddOk.Type> = {
            name: "recovering",
            requests: union(Add),
            sends: union(AddOk),
            initial: before,
            step: (state) => [state, []],
            recover: () => after
          }
          const ref = yield* Ref.make(State.initial)
          yield* runIn(ref, Component.layer(component), lines(init(2), add(2, 2)))
          const old = yield* Ref.get(ref)
          assert.strictEqual(Slices.get(old.slices, component), before)
          const next = yield* Ref.make(State.recover(old))
          yield* runIn(next, Component.layer(component), lines(init(2)))
          assert.strictEqual(Slices.get((yield* Ref.get(next)).slices, component), after)
        }
      })
  )

  it.effect("a node with amnesia starts from the initial state", () =>
    Effect.gen(function* () {
      const parts = Component.layer(adding)
      yield* runIn(yield* Ref.make(State.initial), parts, lines(init(2), add(2, 2)))
      const sent = yield* runIn(yield* Ref.make(State.initial), parts, lines(init(2), add(1, 4)))
      assert.deepStrictEqual(bodies(sent), [
        `{"type": "init_ok", "in_reply_to": 1, "msg_id": 0}`,
        `{"type": "add_ok", "sum": 1, "steps": 1, "in_reply_to": 4, "msg_id": 1}`
      ])
    })
  )

  it.effect("a recovered node knows neither who it is nor that it was awake", () =>
    Effect.gen(function* () {
      const ref = yield* Ref.make(State.initial)
      yield* runIn(ref, Component.layer(adding), lines(init(2), add(2, 2), "nonsense"))
      const old = yield* Ref.get(ref)
      const { nextId, slices, ...rest } = State.recover(old)
      assert.deepStrictEqual([nextId, slices], [old.nextId, old.slices])
      const { nextId: _id, slices: _slices, ...fresh } = State.initial
      assert.deepStrictEqual(rest, fresh)
      const [refused] = bodies(
        yield* runIn(yield* Ref.make(State.recover(old)), Component.layer(adding), lines(add(1, 3)))
      )
      assert.include(refused, `"code": 11`)
    })
  )

  it.effect("message ids count up over all that a node sends, answers of handlers included", () =>
    Effect.gen(function* () {
      const Slow = body("slow", { ms: Schema.Int })
      const SlowOk = body("slow_ok", {})
      const slow = Handler.layer({
        request: Slow,
        sends: [SlowOk],
        handle: ({ ms }, context) =>
          ms === 0
            ? Effect.die("no time")
            : Effect.as(Effect.yieldNow, [
                context.send("n2", { type: "slow_ok" }),
                context.reply({ type: "slow_ok" }),
                context.reply({ type: "slow_ok" })
              ])
      })
      const ask = (ms: number, msg_id?: number) => message({ type: "slow", ms, msg_id })
      const ref = yield* Ref.make(State.initial)
      const sent = yield* runIn(
        ref,
        Layer.merge(Component.layer(adding), slow),
        lines(init(2), ask(1, 2), add(1, 3), ask(0, 4), ask(1)),
        lines(add(1, 5), message({ type: "mystery", msg_id: 6 }), ask(1, 7), "nonsense"),
        lines(add(1, 8))
      )
      assert.lengthOf(sent, 13)
      assert.deepStrictEqual(
        sent.map((line) => /"msg_id": (\d+)}}$/.exec(line)?.[1]),
        sent.map((_, index) => String(index))
      )
      assert.strictEqual((yield* Ref.get(ref)).nextId, 13)
    })
  )
})
