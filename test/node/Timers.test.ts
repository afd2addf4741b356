/**
 * Timers: a node sleeps until the first is due, runs what is due, and is silent before it is awake and after its end.
 */
import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Dispatch from "../../src/node/Dispatch.ts"
import { layer, transition } from "../../src/node/Handlers.ts"
import * as Node from "../../src/node/Node.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import * as Timers from "../../src/node/Timers.ts"
import { Transport } from "../../src/node/Transport.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { reply, request } from "../../src/protocol/Message.ts"
import { printBody } from "../../src/protocol/Wire.ts"
import { init, message } from "./Cluster.ts"
import { seeded } from "../gossip/Seeded.ts"

const send = (dest: string, text: string) => ({ dest, body: printBody({ type: "tick", text }) })

/** A timer that is due then, and says so. */
const fixed = (name: string, due: number | undefined): Timers.Timer => ({
  due: () => due,
  fire: ({ now }) => ({ reply: undefined, send: [send("n2", `${name} at ${now}`)] }),
  end: ({ now }) => ({ reply: undefined, send: [send("n2", `${name} ends at ${now}`)] })
})

const awake: Dispatch.NodeState = {
  ...Dispatch.start,
  identity: { self: "n1", nodes: ["n1", "n2"] },
  awake: 100,
  nextId: 4
}

const textsOf = ({ frames }: Timers.Rung) => frames.map(({ text }) => /"text": "([^"]*)"/.exec(text)?.[1])

describe("Timers", () => {
  it("the first that is due counts", () => {
    assert.strictEqual(Timers.due(awake, [fixed("a", 30), fixed("b", undefined), fixed("c", 20)]), 20)
  })

  it("nothing is due without timers, or if none of them wants anything", () => {
    assert.strictEqual(Timers.due(awake, []), Infinity)
    assert.strictEqual(Timers.due(awake, [fixed("a", undefined)]), Infinity)
  })

  it("nothing is due before the first message other than init, which is told to all", () => {
    assert.strictEqual(Timers.due({ ...awake, awake: undefined }, [fixed("a", 1)]), Infinity)
    const later: Timers.Timer = { ...fixed("a", 0), due: (since) => since + 7 }
    assert.strictEqual(Timers.due(awake, [later]), 107)
  })

  it.effect("those that are due are run in their order, and their messages numbered", () =>
    Effect.gen(function* () {
      const random = yield* seeded(1)
      const timers = [fixed("a", 50), fixed("b", 51), fixed("c", 10), fixed("d", undefined)]
      const [prompted, after] = Timers.ring(awake, timers, { now: 50, random })
      assert.deepStrictEqual(textsOf(prompted), ["a at 50", "c at 50"])
      assert.deepStrictEqual(
        prompted.frames.map(({ text }) => text.slice(text.indexOf(`"msg_id"`))),
        [`"msg_id": 4}}`, `"msg_id": 5}}`]
      )
      assert.deepStrictEqual(after, { ...awake, nextId: 6 })
    })
  )

  it.effect("at the end all are run, due or not", () =>
    Effect.gen(function* () {
      const env = { now: 50, random: yield* seeded(1) }
      const [prompted, after] = Timers.end(awake, [fixed("a", 500), fixed("b", undefined)], env)
      assert.deepStrictEqual(textsOf(prompted), ["a ends at 50", "b ends at 50"])
      assert.strictEqual(after.nextId, 6)
      const asleep = { ...awake, awake: undefined }
      assert.deepStrictEqual(Timers.end(asleep, [fixed("a", 1)], env), [{ frames: [], counts: [], deaths: [] }, asleep])
    })
  )

  it.effect("one that dies, in whatever it is asked, leaves the others alone", () =>
    Effect.gen(function* () {
      const env = { now: 50, random: yield* seeded(1) }
      const die = () => {
        throw new Error("no more")
      }
      const dying = [
        { ...fixed("a", 1), fire: die },
        { ...fixed("b", 1), due: die }
      ]
      const timers = [...dying, fixed("c", 20)]
      assert.strictEqual(Timers.due(awake, [...dying.slice(1), fixed("c", 200)]), 100)
      const [rung] = Timers.ring(awake, timers, env)
      assert.deepStrictEqual(textsOf(rung), ["c at 50"])
      assert.deepStrictEqual(
        rung.deaths.map(({ timer: dead }) => dead),
        dying
      )
      const [last] = Timers.end(awake, [{ ...fixed("a", 1), end: die }, fixed("c", 20)], env)
      assert.deepStrictEqual(textsOf(last), ["c ends at 50"])
      assert.lengthOf(last.deaths, 1)
    })
  )
})

const Wake = request("wake", { at: Schema.Int })
const Slow = request("slow", { at: Schema.Int, ms: Schema.Int })
const rings = Metric.counter("rings", { incremental: true })

/** Rings when it was told to, by a transition or, after a while, by an effectful handler; dies if `dies` says so. */
const alarm = (options: { readonly dies?: (now: number) => boolean; readonly fired?: Array<number> } = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const state = yield* Ref.make<number | undefined>(undefined)
      yield* transition({
        state,
        request: Wake,
        handle: (_, { at }) => [{ reply: undefined }, at]
      })
      yield* Timers.add({
        state,
        due: (at) => at,
        fire: (at, { now, self }) => {
          options.fired?.push(now)
          if (options.dies?.(now) === true) throw new Error("no more")
          return [{ reply: undefined, send: [send("n2", `${self} at ${at}`)], count: [[rings, 1]] }, undefined]
        },
        end: (at) => [{ reply: undefined, send: at === undefined ? [] : [send("n2", "end")] }, undefined]
      })
      return layer({
        request: Slow,
        reply: reply("slow_ok", {}),
        handle: ({ at, ms }) => Effect.sleep(ms).pipe(Effect.andThen(Ref.set(state, at)), Effect.as({ reply: {} }))
      })
    })
  )

const wake = (at: number) => message({ type: "wake", at })

/** When a node sends what, while time passes in steps of 10 ms. */
const watch = Effect.fnUntraced(function* (ms: number) {
  const test = yield* TestNode
  const seen: Array<readonly [at: number, text: unknown]> = []
  for (let at = 10; at <= ms; at += 10) {
    yield* TestClock.adjust(10)
    for (const { body } of yield* test.sent) seen.push([at, body["text"]])
  }
  return seen
})

const started = Effect.gen(function* () {
  const test = yield* TestNode
  yield* test.lines(init(2))
  return test
})

const provide = (options: Parameters<typeof alarm>[0] = {}) =>
  Effect.provide(TestNode.layer(alarm(options), { seed: 1 }))

describe("a user's timer", () => {
  it.effect("runs when it is due, once, and is counted", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(wake(50))
      assert.deepStrictEqual(yield* watch(200), [[50, "n1 at 50"]])
      assert.strictEqual((yield* Metric.value(rings)).count, 1)
    }).pipe(provide(), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("runs at once if it is overdue", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* TestClock.adjust(100)
      const sent = [...(yield* test.send(wake(50))), ...(yield* Effect.andThen(TestClock.adjust(0), test.sent))]
      assert.deepStrictEqual(
        sent.map(({ body }) => body["text"]),
        ["n1 at 50"]
      )
    }).pipe(provide())
  )

  it.effect("may be put forward and off while the node sleeps", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(wake(100_000))
      yield* test.lines(wake(50))
      yield* test.lines(wake(30))
      yield* test.lines(wake(80))
      assert.deepStrictEqual(yield* watch(200), [[80, "n1 at 80"]])
      yield* test.lines(wake(300))
      assert.deepStrictEqual(yield* watch(200), [[100, "n1 at 300"]])
    }).pipe(provide())
  )

  it.effect("is noticed when an effectful handler sets it, as soon as that is done", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(message({ type: "slow", at: 50, ms: 20 }))
      assert.deepStrictEqual(yield* watch(200), [[50, "n1 at 50"]])
    }).pipe(provide())
  )

  it.effect("that dies does not end the node, and is run again with the next message, not before", () =>
    Effect.suspend(() => {
      const fired: Array<number> = []
      return Effect.gen(function* () {
        const test = yield* started
        yield* test.lines(wake(50))
        yield* watch(100)
        assert.deepStrictEqual(fired, [50])
        yield* test.lines("")
        yield* watch(100)
        assert.deepStrictEqual(fired, [50, 100])
        assert.deepStrictEqual(yield* test.send(wake(250)), [])
        assert.deepStrictEqual(yield* watch(100), [[50, "n1 at 250"]])
      }).pipe(provide({ fired, dies: (now) => now < 200 }))
    })
  )

  it.effect("whose message is still being sent when the input ends is waited for", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const input = yield* Queue.unbounded<string, Cause.Done>()
      const transport = Transport.of({
        incoming: Stream.fromQueue(input),
        send: (frames) =>
          Effect.delay(
            Effect.sync(() => sent.push(...frames.map(({ type }) => type))),
            100
          )
      })
      const node = yield* Node.run(alarm()).pipe(Effect.provideService(Transport, transport), Effect.forkChild)
      yield* Queue.offerAll(input, [print(init(2)), print(wake(150))])
      yield* TestClock.adjust(200)
      yield* Queue.end(input)
      yield* TestClock.adjust(40)
      assert.deepStrictEqual([sent, node.pollUnsafe()], [["init_ok"], undefined])
      yield* TestClock.adjust(10)
      yield* Fiber.join(node)
      assert.deepStrictEqual(sent, ["init_ok", "tick"])
    })
  )
})
