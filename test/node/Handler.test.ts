/**
 * Handlers of users: what they answer and send, failures and deaths, duplicates and overrides, what does not compile.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Handler from "../../src/node/Handler.ts"
import * as Metrics from "../../src/node/Metrics.ts"
import * as Output from "../../src/node/Output.ts"
import type { Provided } from "../../src/node/Node.ts"
import { DuplicateHandler } from "../../src/node/Registry.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { body, ErrorCode, Init, InitOk } from "../../src/protocol/Message.ts"
import { init, layerLog, message } from "./Cluster.ts"

const Echo = body("echo", { echo: Schema.Json })
const EchoOk = body("echo_ok", { echo: Schema.Json })
const Sleep = body("sleep", { ms: Schema.Int })
const SleepOk = body("sleep_ok", { slept: Schema.Int })
const Hint = body("hint", {})

const echo = (options: { readonly answer: string; readonly override?: boolean }) =>
  Handler.layer({
    request: Echo,
    sends: [EchoOk],
    override: options.override ?? false,
    handle: (_, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: options.answer })])
  })

const plain = (answer: string) => echo({ answer })
const override = (answer: string) => echo({ answer, override: true })

const sleep = Handler.layer({
  request: Sleep,
  sends: [SleepOk],
  handle: ({ ms }, { reply }) => Effect.as(Effect.sleep(ms), [reply({ type: "sleep_ok", slept: ms })])
})

const node = <A, E>(handlers: Layer.Layer<A, E, Provided>, log: Array<string> = []) =>
  Layer.provide(TestNode.layer(handlers, { seed: 1 }), layerLog(log))

/** Why a node under test may not start, or stop. */
type StartError = Layer.Error<ReturnType<typeof node<never, never>>>

const askEcho = Effect.gen(function* () {
  const test = yield* TestNode
  const [, answer] = yield* test.send(init(1), message({ type: "echo", echo: 1, msg_id: 2 }))
  return String(answer?.body["echo"])
})

describe("Handler", () => {
  it.effect("a handler's reply has its type, its fields and the ids", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1, msg_id: 5 })), [
        `{"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": "here", "in_reply_to": 5, "msg_id": 1}}`
      ])
    }).pipe(Effect.provide(node(plain("here"))))
  )

  const refused: ReadonlyArray<readonly [order: string, handlers: Layer.Layer<never, never, Provided>]> = [
    ["plain, plain", Layer.mergeAll(plain("a"), plain("b"))],
    ["override, override", Layer.mergeAll(override("a"), override("b"))],
    ["plain, override, plain", Layer.mergeAll(plain("a"), override("b"), plain("c"))],
    ["override, plain, override", Layer.mergeAll(override("a"), plain("b"), override("c"))],
    ["plain, plain, override", Layer.mergeAll(plain("a"), plain("b"), override("c"))]
  ]
  for (const [order, handlers] of refused) {
    it.effect(`the node does not start with two handlers of one kind for a type: ${order}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.provide(askEcho, node(handlers)))
        assert.instanceOf(error, DuplicateHandler)
        assert.strictEqual(error.type, "echo")
        assert.include(error.message, `"echo"`)
      })
    )
  }

  for (const [order, handlers] of [
    ["after", Layer.mergeAll(plain("plain"), override("override"))],
    ["before", Layer.mergeAll(override("override"), plain("plain"))],
    ["without", override("override")]
  ] as const) {
    it.effect(`a handler that overrides handles its type when it comes ${order} another`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* askEcho, "override")
      }).pipe(Effect.provide(node(handlers)))
    )
  }

  it.effect("the node does not start with a handler for init, not even as an override", () =>
    Effect.gen(function* () {
      const handlers = Handler.layer({
        request: Init,
        sends: [InitOk],
        override: true,
        handle: (_, { reply }) => Effect.succeed([reply({ type: "init_ok" })])
      })
      const error = yield* Effect.flip(Effect.provide(askEcho, node(handlers)))
      assert.instanceOf(error, DuplicateHandler)
      assert.include(error.message, "the node itself")
    })
  )

  it.effect("a handler without a reply returns nothing, and nothing is sent", () =>
    Effect.suspend(() => {
      const seen: Array<Schema.Json> = []
      return Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.lines(init(1))
        assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1, msg_id: 2 })), [])
        assert.deepStrictEqual(seen, [1])
      }).pipe(
        Effect.provide(
          node(Handler.layer({ request: Echo, handle: (request) => Effect.sync(() => void seen.push(request.echo)) }))
        )
      )
    })
  )

  it.effect("a handler's failure is answered with its code and text, and counted", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const [answer] = yield* test.send(message({ type: "echo", echo: 1, msg_id: 2 }))
      assert.deepStrictEqual(answer?.body, { type: "error", code: 1001, text: "not now", in_reply_to: 2, msg_id: 1 })
      assert.deepStrictEqual(yield* Metrics.report, { node_errors_replied: 1 })
    }).pipe(
      Effect.provide(
        node(
          Handler.layer({
            request: Echo,
            handle: () => Effect.fail(new RequestError({ code: 1001, text: "not now" }))
          })
        )
      ),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )

  const broken = () => new Error("broken")
  for (const [kind, handle] of [
    ["dies", () => Effect.die(broken())],
    ["dies after a while", () => Effect.andThen(Effect.yieldNow, Effect.die(broken()))],
    [
      "throws",
      () => {
        throw broken()
      }
    ]
  ] satisfies ReadonlyArray<readonly [string, () => Effect.Effect<never>]>) {
    it.effect(`a handler that ${kind} is answered with error 13, its stack is logged, and the node goes on`, () =>
      Effect.suspend(() => {
        const log: Array<string> = []
        return Effect.gen(function* () {
          const test = yield* TestNode
          yield* test.lines(init(1))
          const atOnce = yield* test.send(
            message({ type: "echo", echo: 1, msg_id: 2 }),
            message({ type: "sleep", ms: 1, msg_id: 3 })
          )
          const sent = [...atOnce, ...(yield* Effect.andThen(TestClock.adjust(1), test.sent))]
          assert.deepStrictEqual(sent[0]?.body, {
            type: "error",
            code: ErrorCode.crash,
            text: "the handler died: Error: broken",
            in_reply_to: 2,
            msg_id: 1
          })
          assert.deepStrictEqual(
            sent.slice(1).map((one) => one.body["type"]),
            ["sleep_ok"]
          )
          assert.lengthOf(log, 1)
          assert.match(String(log[0]), /^a defect in handler of echo/)
          assert.match(String(log[0]), /Error: broken\n.*Handler\.test\.ts/)
        }).pipe(Effect.provide(node(Layer.mergeAll(Handler.layer({ request: Echo, handle }), sleep), log)))
      })
    )
  }

  it.effect("a handler that interrupts itself is answered with error 13, and told of in the log", () =>
    Effect.suspend(() => {
      const log: Array<string> = []
      return Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.lines(init(1))
        const [answer] = yield* test.send(message({ type: "echo", echo: 1, msg_id: 2 }))
        assert.deepStrictEqual([answer?.body["code"], answer?.body["in_reply_to"]], [ErrorCode.crash, 2])
        assert.lengthOf(log, 1)
        assert.match(String(log[0]), /^a defect in handler of echo\n.*interrupt/i)
      }).pipe(Effect.provide(node(Handler.layer({ request: Echo, handle: () => Effect.interrupt }), log)))
    })
  )

  it.effect("a handler at work when the node is stopped is stopped too, and nothing is told of it", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const services = yield* Layer.buildWithScope(node(sleep, log), scope)
      const test = Context.get(services, TestNode)
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "sleep", ms: 1000, msg_id: 2 })), [])
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(2000)
      assert.deepStrictEqual([log, yield* test.sent], [[], []])
    })
  )

  it.effect("a handler whose reply does not fit its schema is answered with error 13, and sends nothing", () =>
    Effect.suspend(() => {
      const log: Array<string> = []
      return Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.lines(init(2))
        const sent = yield* test.send(message({ type: "sleep", ms: 1, msg_id: 2 }))
        assert.deepStrictEqual(
          sent.map((one) => [one.dest, one.body["code"], one.body["msg_id"]]),
          [["c1", ErrorCode.crash, 1]]
        )
        assert.match(String(log[0]), /^a defect in handler of sleep\n/)
        assert.match(String(log[0]), /slept/)
      }).pipe(
        Effect.provide(
          node(
            Handler.layer({
              request: Sleep,
              sends: [SleepOk, Hint],
              handle: (_, { reply, send }) =>
                Effect.succeed([send("n2", { type: "hint" }), reply({ type: "sleep_ok", slept: 0.5 })])
            }),
            log
          )
        )
      )
    })
  )

  it.effect("a handler that dies over a message that wants no reply is not answered", () =>
    Effect.suspend(() => {
      const log: Array<string> = []
      return Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.lines(init(1))
        assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1 })), [])
        assert.lengthOf(log, 1)
        const [answer] = yield* test.send(message({ type: "echo", echo: 1, msg_id: 4 }))
        assert.strictEqual(answer?.body["code"], ErrorCode.crash)
      }).pipe(Effect.provide(node(Handler.layer({ request: Echo, handle: () => Effect.die("broken") }), log)))
    })
  )

  it.effect("a handler that fails over a message that is itself a reply sends no error", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1, in_reply_to: 8, msg_id: 2 })), [])
    }).pipe(
      Effect.provide(
        node(Handler.layer({ request: Echo, handle: () => Effect.fail(new RequestError({ code: 20, text: "no" })) }))
      )
    )
  )

  it.effect("a handler may answer a message that is itself a reply", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const [answer] = yield* test.send(message({ type: "echo", echo: 1, in_reply_to: 8, msg_id: 4 }))
      assert.deepStrictEqual([answer?.body["type"], answer?.body["in_reply_to"]], ["echo_ok", 4])
    }).pipe(Effect.provide(node(plain("here"))))
  )

  it.effect("wrong fields of a user's message are answered with error 12 naming the field", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const [answer] = yield* test.send(message({ type: "sleep", ms: "1", msg_id: 2 }))
      assert.strictEqual(answer?.body["code"], ErrorCode.malformedRequest)
      assert.match(String(answer?.body["text"]), /^sleep: ms: /)
    }).pipe(Effect.provide(node(sleep)))
  )

  it.effect("a handler may use a service, which its layer then needs", () => {
    class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
    const greeting = Handler.layer({
      request: Echo,
      sends: [EchoOk],
      handle: (_, { reply, self }) =>
        Effect.map(Greeting, ({ text }) => [reply({ type: "echo_ok", echo: `${text} from ${self}` })])
    })
    return Effect.gen(function* () {
      assert.strictEqual(yield* askEcho, "hello from n1")
    }).pipe(Effect.provide(node(Layer.provide(greeting, Layer.succeed(Greeting, { text: "hello" })))))
  })

  it.effect("slow handlers are answered when they are done, and the node answers others meanwhile", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const ids = Effect.map(test.sent, (sent) =>
        sent.map(({ body: { in_reply_to, msg_id, type } }) => [type, in_reply_to, msg_id])
      )
      const atOnce = yield* test.send(
        message({ type: "sleep", ms: 2000, msg_id: 2 }),
        message({ type: "sleep", ms: 1000, msg_id: 3 }),
        message({ type: "mystery", msg_id: 4 })
      )
      assert.deepStrictEqual(
        atOnce.map(({ body: { in_reply_to, msg_id, type } }) => [type, in_reply_to, msg_id]),
        [["error", 4, 1]]
      )
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(yield* ids, [["sleep_ok", 3, 2]])
      const [between] = yield* test.send(message({ type: "mystery", msg_id: 5 }))
      assert.deepStrictEqual(between?.body["msg_id"], 3)
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(yield* ids, [["sleep_ok", 2, 4]])
    }).pipe(Effect.provide(node(sleep)))
  )

  it.effect("the work of handlers begins when all lines of their chunk were taken, in the order of the lines", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const sent = yield* test.send(
        message({ type: "echo", echo: 1, msg_id: 2 }),
        message({ type: "mystery", msg_id: 3 }),
        message({ type: "echo", echo: 1, msg_id: 4 }),
        message({ type: "mystery", msg_id: 5 })
      )
      assert.deepStrictEqual(
        sent.map(({ body: { in_reply_to, msg_id } }) => [in_reply_to, msg_id]),
        [
          [3, 1],
          [5, 2],
          [2, 3],
          [4, 4]
        ]
      )
    }).pipe(Effect.provide(node(plain("here"))))
  )

  it.effect("what a handler sends leaves in the order of its list", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(2))
      const sent = yield* test.send(message({ type: "echo", echo: 1, msg_id: 2 }))
      assert.deepStrictEqual(
        sent.map((one) => [one.dest, one.body["type"], one.body["in_reply_to"], one.body["msg_id"]]),
        [
          ["n2", "hint", undefined, 1],
          ["c1", "echo_ok", 2, 2],
          ["c1", "hint", 2, 3],
          ["n2", "echo_ok", undefined, 4]
        ]
      )
    }).pipe(
      Effect.provide(
        node(
          Handler.layer({
            request: Echo,
            sends: [EchoOk, Hint],
            handle: (request, { reply, send }) =>
              Effect.succeed([
                send("n2", { type: "hint" }),
                reply({ type: "echo_ok", echo: request.echo }),
                reply({ type: "hint" }),
                send("n2", { type: "echo_ok", echo: 2 })
              ])
          })
        )
      )
    )
  )

  it.effect("a handler is told who sent the message, who the nodes are and the time", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* TestClock.setTime(1_700_000_000_000)
      yield* test.lines(init(3))
      // A repeated init may list the nodes in another order; the first holds.
      yield* test.lines(message({ type: "init", node_id: "n1", node_ids: ["n3", "n2", "n1"] }))
      const [answer] = yield* test.send(message({ type: "echo", echo: 1, msg_id: 2 }, "c9"))
      assert.deepStrictEqual(answer?.body["echo"], [["c9", 2], "n1", ["n1", "n2", "n3"], 1_700_000_000_000])
    }).pipe(
      Effect.provide(
        node(
          Handler.layer({
            request: Echo,
            sends: [EchoOk],
            handle: (_, { nodes, now, received: { from, id }, reply, self }) =>
              Effect.succeed([reply({ type: "echo_ok", echo: [[from, id ?? null], self, nodes, now] })])
          })
        )
      )
    )
  )

  it.effect("a message whose handler returns nothing is not replied to, even if it asks", () =>
    Effect.gen(function* () {
      const seen = yield* Ref.make<ReadonlyArray<Schema.Json>>([])
      const note = Handler.layer({
        request: Echo,
        handle: (request) =>
          Effect.as(
            Ref.update(seen, (all) => [...all, request.echo]),
            []
          )
      })
      const test = yield* Effect.provide(TestNode, yield* Layer.build(node(note)))
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: "x", msg_id: 2 })), [])
      assert.deepStrictEqual(yield* Ref.get(seen), ["x"])
    })
  )

  it.effect("metrics that a handler counts are counted", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1, msg_id: 2 })), [])
      assert.deepStrictEqual(yield* Metrics.report, { node_bytes_in: 3 })
    }).pipe(
      Effect.provide(
        node(Handler.layer({ request: Echo, handle: () => Effect.succeed([Output.count(Metrics.bytesIn, 3)]) }))
      ),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )

  // @effect-diagnostics missingEffectError:off missingLayerContext:off globalErrorInEffectFailure:off -- meant here
  it("a handler that sends what its schemas do not have does not compile", () => {
    type Handle = Parameters<typeof Handler.layer<typeof Echo.Type, readonly [typeof EchoOk]>>[0]["handle"]
    const handles: ReadonlyArray<Handle> = [
      (_, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: 1 })]),
      // @ts-expect-error -- the type is misspelt
      (_, { reply }) => Effect.succeed([reply({ type: "eco_ok", echo: 1 })]),
      // @ts-expect-error -- the field is misspelt
      (_, { send }) => Effect.succeed([send("n2", { type: "echo_ok", eko: 1 })]),
      // @ts-expect-error -- a field is missing
      (_, { reply }) => Effect.succeed([reply({ type: "echo_ok" })]),
      // @ts-expect-error -- the node adds the ids
      (_, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: 1, in_reply_to: 2 })]),
      // @ts-expect-error -- only RequestError says which code to reply with
      () => Effect.fail(new Error("which code?")),
      // @ts-expect-error -- `sends` does not have `hint`
      () => Effect.succeed([Output.of<typeof Hint.Type>().reply({ type: "hint" })]),
      // @ts-expect-error -- the request has no such field
      (request, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: request.eko })])
    ]
    assert.lengthOf(handles, 8)
  })

  it("a handler that replies although it declares nothing to send does not compile", () => {
    const layer = Handler.layer({
      request: Echo,
      // @ts-expect-error -- there is no body that it may send
      handle: (_, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: 1 })])
    })
    assert.isTrue(Layer.isLayer(layer))
  })

  it("a node without a service that a handler needs does not compile", () => {
    class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
    const greeting = Handler.layer({
      request: Echo,
      sends: [EchoOk],
      handle: (_, { reply }) => Effect.map(Greeting, ({ text }) => [reply({ type: "echo_ok", echo: text })])
    })
    // @ts-expect-error -- nobody provides Greeting
    const missing: Layer.Layer<TestNode, StartError> = TestNode.layer(greeting, { seed: 1 })
    const provided: Layer.Layer<TestNode, StartError> = TestNode.layer(
      Layer.provide(greeting, Layer.succeed(Greeting, { text: "" })),
      { seed: 1 }
    )
    assert.isTrue(Layer.isLayer(missing))
    assert.isTrue(Layer.isLayer(provided))
  })
})
