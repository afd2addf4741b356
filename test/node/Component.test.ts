/**
 * Components of users: what their steps answer and keep, when they are ticked while a node runs, and what does not compile.
 */
import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Node from "../../src/node/Node.ts"
import * as Output from "../../src/node/Output.ts"
import { DuplicateHandler } from "../../src/node/Registry.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { Transport } from "../../src/node/Transport.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { body, ErrorCode, Init, union } from "../../src/protocol/Message.ts"
import { init, layerLog, message, type Parts } from "./Cluster.ts"

const Add = body("add", { delta: Schema.Int })
const AddOk = body("add_ok", { sum: Schema.Int })
const Sum = body("sum", {})
const Requests = union(Add, Sum)
const { reply } = Output.of<typeof AddOk.Type>()

/** Adds up; dies at 13, and cannot reply with half a number. */
const add: Component.Component<number, typeof Requests.Type, typeof AddOk.Type> = {
  name: "add",
  requests: Requests,
  sends: union(AddOk),
  initial: 0,
  step: (sum, input) => {
    if (input._tag !== "Received") return [sum, []]
    return Requests.match(input.message, {
      add: ({ delta }): Component.Step<number, typeof AddOk.Type> => {
        if (delta === 13) throw new Error("unlucky")
        return [sum + delta, [reply({ type: "add_ok", sum: delta === 7 ? 0.5 : sum + delta })]]
      },
      sum: () => [sum, [reply({ type: "add_ok", sum })]] as const
    })
  }
}

const node = (parts: Parts, log: Array<string> = []) => Layer.provide(TestNode.layer(parts, { seed: 1 }), layerLog(log))

const started = Effect.gen(function* () {
  const test = yield* TestNode
  yield* test.lines(init(2))
  return test
})

describe("Component", () => {
  it.effect("a component answers from its state, which each step replaces", () =>
    Effect.gen(function* () {
      const test = yield* started
      assert.deepStrictEqual(
        yield* test.lines(message({ type: "add", delta: 2, msg_id: 2 }), message({ type: "add", delta: 3, msg_id: 3 })),
        [
          `{"src": "n1", "dest": "c1", "body": {"type": "add_ok", "sum": 2, "in_reply_to": 2, "msg_id": 1}}`,
          `{"src": "n1", "dest": "c1", "body": {"type": "add_ok", "sum": 5, "in_reply_to": 3, "msg_id": 2}}`
        ]
      )
    }).pipe(Effect.provide(node(Component.layer(add))))
  )

  it.effect("a step that throws, or whose reply does not fit, changes nothing", () =>
    Effect.suspend(() => {
      const log: Array<string> = []
      return Effect.gen(function* () {
        const test = yield* started
        const sent = yield* test.send(
          message({ type: "add", delta: 5, msg_id: 2 }),
          message({ type: "add", delta: 13, msg_id: 3 }),
          message({ type: "add", delta: 7, msg_id: 4 }),
          message({ type: "add", delta: 1, msg_id: 5 })
        )
        assert.deepStrictEqual(
          sent.map((one) => [one.body["in_reply_to"], one.body["sum"] ?? one.body["code"]]),
          [
            [2, 5],
            [3, ErrorCode.crash],
            [4, ErrorCode.crash],
            [5, 6]
          ]
        )
        assert.strictEqual(sent[1]?.body["text"], "the handler died: Error: unlucky")
        assert.lengthOf(log, 2)
        assert.match(String(log[0]), /^a defect in add, add from c1\n.*unlucky\n.*Component\.test\.ts/)
        assert.match(String(log[1]), /^a defect in add, add from c1\n.*\n.* at /)
      }).pipe(Effect.provide(node(Component.layer(add), log)))
    })
  )

  it.effect("a component that dies over a message that wants no error is not answered", () =>
    Effect.gen(function* () {
      const test = yield* started
      assert.deepStrictEqual(yield* test.lines(message({ type: "add", delta: 13 })), [])
      assert.deepStrictEqual(yield* test.lines(message({ type: "add", delta: 13, in_reply_to: 8, msg_id: 3 })), [])
      const [answer] = yield* test.send(message({ type: "add", delta: 1, in_reply_to: 8, msg_id: 4 }))
      assert.deepStrictEqual([answer?.body["sum"], answer?.body["in_reply_to"]], [1, 4])
    }).pipe(Effect.provide(node(Component.layer(add))))
  )

  it.effect("wrong fields of a component's message are answered with error 12 naming the field", () =>
    Effect.gen(function* () {
      const test = yield* started
      const [answer] = yield* test.send(message({ type: "add", delta: "1", msg_id: 2 }))
      assert.strictEqual(answer?.body["code"], ErrorCode.malformedRequest)
      assert.match(String(answer?.body["text"]), /^add: delta: /)
    }).pipe(Effect.provide(node(Component.layer(add))))
  )

  it.effect("the node does not start with two components for one type, and the error names both", () =>
    Effect.gen(function* () {
      const twice = Layer.merge(Component.layer(add), Component.layer({ ...add, name: "more" }))
      const error = yield* Effect.flip(Effect.provide(started, node(twice)))
      assert.instanceOf(error, DuplicateHandler)
      assert.include(error.message, `"add" (add, more)`)
    })
  )

  it.effect("the node does not start with a component for init", () =>
    Effect.gen(function* () {
      const { step: _, ...rest } = add
      const own = Component.layer({ ...rest, requests: union(Init), step: (state) => [state, []] }, { override: true })
      const error = yield* Effect.flip(Effect.provide(started, node(own)))
      assert.instanceOf(error, DuplicateHandler)
      assert.include(error.message, "the node itself")
    })
  )

  it.effect("a component that overrides takes its types from others, which keep the rest", () =>
    Effect.gen(function* () {
      const test = yield* started
      const sent = yield* test.send(message({ type: "add", delta: 2, msg_id: 2 }), message({ type: "sum", msg_id: 3 }))
      assert.deepStrictEqual(
        sent.map((one) => one.body["sum"]),
        [-2, 0]
      )
    }).pipe(
      Effect.provide(
        node(
          Layer.merge(
            Component.layer(
              {
                name: "subtract",
                requests: union(Add),
                sends: union(AddOk),
                initial: 0,
                step: (sum: number, input) =>
                  input._tag === "Received"
                    ? [sum - input.message.delta, [reply({ type: "add_ok", sum: sum - input.message.delta })]]
                    : [sum, []]
              },
              { override: true }
            ),
            Component.layer(add)
          )
        )
      )
    )
  )

  it.effect("a handler may override one type of a component", () =>
    Effect.gen(function* () {
      const test = yield* started
      const [sum, ...rest] = yield* test.send(
        message({ type: "add", delta: 2, msg_id: 2 }),
        message({ type: "sum", msg_id: 3 })
      )
      assert.deepStrictEqual([sum?.body["in_reply_to"], sum?.body["sum"]], [3, 0])
      const late = [...rest, ...(yield* test.sent)]
      assert.deepStrictEqual(
        late.map((one) => one.body["sum"]),
        [99]
      )
    }).pipe(
      Effect.provide(
        node(
          Layer.merge(
            Component.layer(add),
            Handler.layer({
              request: Add,
              sends: [AddOk],
              override: true,
              handle: (_, context) => Effect.succeed([context.reply({ type: "add_ok", sum: 99 })])
            })
          )
        )
      )
    )
  )

  it.effect("the state of a registered component can be read at any time", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(message({ type: "add", delta: 2 }))
      const [answer] = [...(yield* test.send(message({ type: "ask", msg_id: 3 }))), ...(yield* test.sent)]
      assert.strictEqual(answer?.body["sum"], 2)
    }).pipe(
      Effect.provide(
        node(
          Layer.unwrap(
            Effect.map(Component.register(add), ({ state }) =>
              Handler.layer({
                request: body("ask", {}),
                sends: [AddOk],
                handle: (_, context) => Effect.map(state, (sum) => [context.reply({ type: "add_ok", sum })])
              })
            )
          )
        )
      )
    )
  )

  it("a component that sends or handles what its unions do not have does not compile", () => {
    type Step = (typeof add)["step"]
    const steps: ReadonlyArray<Step> = [
      (sum) => [sum, [reply({ type: "add_ok", sum })]],
      // @ts-expect-error -- the type is misspelt
      (sum) => [sum, [reply({ type: "added", sum })]],
      // @ts-expect-error -- the field is misspelt
      (sum) => [sum, [reply({ type: "add_ok", total: sum })]],
      // @ts-expect-error -- the node adds the ids
      (sum) => [sum, [reply({ type: "add_ok", sum, in_reply_to: 1 })]],
      (sum, input) => {
        if (input._tag !== "Received") return [sum, []]
        return Requests.match(
          input.message,
          // @ts-expect-error -- `sum` is not handled
          { add: (): Component.Step<number, typeof AddOk.Type> => [sum, []] }
        )
      }
    ]
    // @ts-expect-error -- `sends` does not have `sum`
    const undeclared: Step = (sum) => [sum, [Output.of<typeof Sum.Type>().reply({ type: "sum" })]]
    // @ts-expect-error -- the next state is missing
    const stateless: Step = () => [[reply({ type: "add_ok", sum: 1 })]]
    // @ts-expect-error -- the state is a number
    const textual: Step = (sum) => [`${sum}`, []]
    assert.lengthOf([...steps, undeclared, stateless, textual], 8)
  })

  it("a component whose unions are not those of its step does not compile", () => {
    // @ts-expect-error -- `sum` is missing from the requests
    const requests: typeof add = { ...add, requests: union(Add) }
    // @ts-expect-error -- `add_ok` is missing from what is sent
    const sends: typeof add = { ...add, sends: union(Sum) }
    const both = Component.layer({
      name: "both",
      requests: union(Sum),
      sends: union(AddOk),
      initial: 0,
      // @ts-expect-error -- `rung` is missing from what is sent
      step: (sum: number) => [
        sum,
        sum > 0 ? [reply({ type: "add_ok", sum })] : [bell.reply({ type: "rung", text: "nothing" })]
      ]
    })
    assert.deepStrictEqual([requests.name, sends.name, Layer.isLayer(both)], ["add", "add", true])
  })
})

const Wake = body("wake", { at: Schema.Int })
const Slow = body("slow", { ms: Schema.Int })
const Rung = body("rung", { text: Schema.String })
const rings = Metric.counter("rings", { incremental: true })
const bell = Output.of<typeof Rung.Type>()

/** Rings when it was told to, and at the end unless it is `quiet` then; dies if `dies` says so. */
const alarm = (
  options: {
    readonly dies?: (now: number) => boolean
    readonly ticked?: Array<number>
    readonly quiet?: boolean
  } = {}
) =>
  Component.layer<number | undefined, typeof Wake.Type, typeof Rung.Type>({
    name: "alarm",
    requests: union(Wake),
    sends: union(Rung),
    initial: undefined,
    step: (at, input, { now, self }) => {
      switch (input._tag) {
        case "Received":
          return [input.message.at, []]
        case "Tick":
          options.ticked?.push(now)
          if (options.dies?.(now) === true) throw new Error("no more")
          return [undefined, [bell.send("n2", { type: "rung", text: `${self} at ${at}` }), Output.count(rings, 1)]]
        case "Ended":
          return [
            undefined,
            at === undefined || options.quiet === true ? [] : [bell.send("n2", { type: "rung", text: "end" })]
          ]
      }
    },
    due: (at) => at
  })

const wake = (at: number) => message({ type: "wake", at })

/** When a node sends what, while time passes in steps of 10 ms. */
const watch = Effect.fnUntraced(function* (ms: number) {
  const test = yield* TestNode
  const seen: Array<readonly [at: number, text: unknown]> = []
  for (let at = 10; at <= ms; at += 10) {
    yield* TestClock.adjust(10)
    for (const one of yield* test.sent) seen.push([at, one.body["text"]])
  }
  return seen
})

/** A running node, with a transport that takes 100 ms to send. */
const slowlySending = Effect.fnUntraced(function* (parts: Parts) {
  const sent: Array<unknown> = []
  const input = yield* Queue.unbounded<string, Cause.Done>()
  const transport = Transport.of({
    incoming: Stream.fromQueue(input),
    send: (messages) =>
      Effect.delay(
        Effect.sync(() => sent.push(...messages.map((one) => one.body["text"] ?? one.body.type))),
        100
      )
  })
  const running = yield* Node.run(parts).pipe(Effect.provideService(Transport, transport), Effect.forkChild)
  return { sent, input, running }
})

describe("a component on a running node", () => {
  it.effect("a component is ticked when it is due, once", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(wake(50))
      assert.deepStrictEqual(yield* watch(200), [[50, "n1 at 50"]])
      assert.strictEqual((yield* Metric.value(rings)).count, 1)
    }).pipe(Effect.provide(node(alarm())), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("a component is ticked at once if it is overdue", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* TestClock.adjust(100)
      const sent = [...(yield* test.send(wake(50))), ...(yield* Effect.andThen(TestClock.adjust(0), test.sent))]
      assert.deepStrictEqual(
        sent.map((one) => one.body["text"]),
        ["n1 at 50"]
      )
    }).pipe(Effect.provide(node(alarm())))
  )

  it.effect(
    "a component that wants another tick at the time of its tick is not ticked again before the next lines",
    () => {
      const log: Array<string> = []
      const restless = Component.layer({
        name: "restless",
        requests: union(Wake),
        sends: union(Rung),
        initial: 0,
        step: (ticks: number, input) =>
          input._tag === "Tick" ? [ticks + 1, [bell.send("n2", { type: "rung", text: `${ticks}` })]] : [ticks, []],
        due: () => 50
      })
      return Effect.gen(function* () {
        const test = yield* started
        yield* test.lines(wake(0))
        assert.deepStrictEqual(yield* watch(100), [[50, "0"]])
        const again = [...(yield* test.send("")), ...(yield* Effect.andThen(TestClock.adjust(0), test.sent))]
        assert.deepStrictEqual(
          again.map((one) => one.body["text"]),
          ["1"]
        )
        assert.deepStrictEqual(yield* watch(100), [])
        assert.lengthOf(
          log.filter((text) => text.startsWith("a defect in restless, due")),
          2
        )
      }).pipe(Effect.provide(TestNode.layer(restless, { seed: 1 }).pipe(Layer.provide(layerLog(log)))))
    }
  )

  it.effect("a tick may be put forward and off while the node sleeps", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(wake(100_000))
      yield* test.lines(wake(50))
      yield* test.lines(wake(30))
      yield* test.lines(wake(80))
      assert.deepStrictEqual(yield* watch(200), [[80, "n1 at 80"]])
      yield* test.lines(wake(300))
      assert.deepStrictEqual(yield* watch(200), [[100, "n1 at 300"]])
    }).pipe(Effect.provide(node(alarm())))
  )

  it.effect("a component is ticked while handlers are at work", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(message({ type: "slow", ms: 100 }), wake(50))
      assert.deepStrictEqual(yield* watch(200), [
        [50, "n1 at 50"],
        [100, "slow"]
      ])
    }).pipe(
      Effect.provide(
        node(
          Layer.merge(
            alarm(),
            Handler.layer({
              request: Slow,
              sends: [Rung],
              handle: ({ ms }, { send }) => Effect.as(Effect.sleep(ms), [send("n2", { type: "rung", text: "slow" })])
            })
          )
        )
      )
    )
  )

  it.effect("a tick that dies does not end the node, and is tried again with the next line, not before", () =>
    Effect.suspend(() => {
      const ticked: Array<number> = []
      const log: Array<string> = []
      return Effect.gen(function* () {
        const test = yield* started
        yield* test.lines(wake(50))
        yield* watch(100)
        assert.deepStrictEqual(ticked, [50])
        yield* test.lines("")
        yield* watch(100)
        assert.deepStrictEqual(ticked, [50, 100])
        assert.deepStrictEqual(yield* test.send(wake(250)), [])
        assert.deepStrictEqual(yield* watch(100), [[50, "n1 at 250"]])
        assert.lengthOf(log, 2)
      }).pipe(Effect.provide(node(alarm({ ticked, dies: (now) => now < 200 }), log)))
    })
  )

  it.effect("what a tick is still sending when the input ends is waited for", () =>
    Effect.gen(function* () {
      const { input, running, sent } = yield* slowlySending(alarm())
      yield* Queue.offerAll(input, [print(init(2)), print(wake(150))])
      yield* TestClock.adjust(200)
      yield* Queue.end(input)
      yield* TestClock.adjust(40)
      assert.deepStrictEqual([sent, running.pollUnsafe()], [["init_ok"], undefined])
      yield* TestClock.adjust(10)
      yield* Fiber.join(running)
      assert.deepStrictEqual(sent, ["init_ok", "n1 at 150"])
    })
  )

  it.effect("what a tick is still sending is waited for, even if another tick was put before it meanwhile", () =>
    Effect.gen(function* () {
      const { input, running, sent } = yield* slowlySending(alarm({ quiet: true }))
      yield* Queue.offerAll(input, [print(init(2)), print(wake(150))])
      yield* TestClock.adjust(160)
      yield* Queue.offer(input, print(wake(1000)))
      yield* TestClock.adjust(10)
      yield* Queue.end(input)
      yield* TestClock.adjust(70)
      assert.deepStrictEqual([sent, running.pollUnsafe()], [["init_ok"], undefined])
      yield* TestClock.adjust(10)
      yield* Fiber.join(running)
      assert.deepStrictEqual(sent, ["init_ok", "n1 at 150"])
    })
  )
})

const Rename = body("rename", { name: Schema.String })

describe("a registered component", () => {
  /** A node with a component that keeps a name, and what its layer does with it. */
  const withName = <A, E>(
    use: (name: {
      readonly tell: (request: typeof Rename.Type) => Effect.Effect<void>
      readonly changes: Stream.Stream<string>
    }) => Effect.Effect<A, E, never>,
    log: Array<string> = []
  ) => {
    const part: Parts = Layer.effectDiscard(
      Effect.flatMap(
        Component.register({
          name: "name",
          requests: union(Rename),
          sends: union(AddOk),
          initial: "nobody",
          step: (state: string, input) => {
            if (input._tag !== "Received") return [state, []]
            if (input.message.name === "") throw new Error("no name")
            return [input.message.name, []]
          }
        }),
        (registered) => Effect.forkScoped(use(registered))
      )
    )
    return TestNode.layer(part, { seed: 1 }).pipe(Layer.provide(layerLog(log)))
  }

  const rename = (name: string) => message({ type: "rename", name })

  it.effect("changes has the state as it is, and the latest state after steps that changed it", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const listening = withName(({ changes }) =>
        Stream.runForEach(changes, (name) => Effect.sync(() => seen.push(name)))
      )
      yield* Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.send(init(1))
        yield* TestClock.adjust(1)
        yield* test.send(rename("a"), rename("b"))
        yield* TestClock.adjust(1)
        yield* test.send(rename("b"))
        yield* TestClock.adjust(1)
        yield* test.send(rename("c"))
        yield* TestClock.adjust(1)
      }).pipe(Effect.provide(listening))
      assert.deepStrictEqual(seen, ["nobody", "b", "c"])
    })
  )

  it.effect("a request of the node itself that makes the step throw changes nothing, and its sender dies", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const seen: Array<unknown> = []
      const telling = withName(
        ({ changes, tell }) =>
          Effect.gen(function* () {
            yield* tell({ type: "rename", name: "a" })
            const defect = yield* Effect.catchDefect(tell({ type: "rename", name: "" }), Effect.succeed)
            const [name] = yield* Stream.runCollect(Stream.take(changes, 1))
            seen.push(String(defect), name)
          }),
        log
      )
      yield* Effect.gen(function* () {
        const test = yield* TestNode
        assert.lengthOf(yield* test.send(init(1)), 1)
        assert.deepStrictEqual(seen, [])
        yield* test.send(rename("first"))
        yield* TestClock.adjust(1)
      }).pipe(Effect.provide(telling))
      assert.deepStrictEqual(seen, ["Error: no name", "a"])
      assert.match(String(log[0]), /^a defect in name, rename\nError: no name/)
    })
  )
})
