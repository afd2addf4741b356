/**
 * Users' handlers: transitions and Effects, duplicates and overrides, failures, and what the compiler refuses.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { DuplicateHandler, type Handlers, layer, transition } from "../../src/node/Handlers.ts"
import * as Metrics from "../../src/node/Metrics.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { ErrorCode, Init, InitOk, reply, request } from "../../src/protocol/Message.ts"
import { printBody } from "../../src/protocol/Wire.ts"
import { init, message } from "./Cluster.ts"

const Echo = request("echo", { echo: Schema.Json })
const EchoOk = reply("echo_ok", { echo: Schema.Json })
const Sleep = request("sleep", { ms: Schema.Int })
const SleepOk = reply("sleep_ok", { slept: Schema.Int })
const Add = request("add", { delta: Schema.Int })
const AddOk = reply("add_ok", { sum: Schema.Int })

const echo = (options: { readonly answer: string; readonly override?: boolean }) =>
  layer({
    request: Echo,
    reply: EchoOk,
    override: options.override ?? false,
    handle: () => Effect.succeed({ reply: { echo: options.answer } })
  })

const plain = (answer: string) => echo({ answer })
const override = (answer: string) => echo({ answer, override: true })

const sleep = layer({
  request: Sleep,
  reply: SleepOk,
  handle: ({ ms }) => Effect.as(Effect.sleep(ms), { reply: { slept: ms } })
})

/** Adds up; refuses to go below zero, dies at 13, and cannot reply with half a number. */
const add = Layer.effectDiscard(
  Effect.gen(function* () {
    const state = yield* Ref.make(0)
    yield* transition({
      state,
      request: Add,
      reply: AddOk,
      handle: (sum, { delta }) => {
        if (delta === 13) throw new Error("unlucky")
        return [{ reply: { sum: delta === 7 ? 0.5 : sum + delta } }, sum + delta]
      }
    })
  })
)

const node = <A, E>(handlers: Layer.Layer<A, E, Handlers>) => TestNode.layer(handlers, { seed: 1 })

/** Why a node under test may not start, or stop. */
type StartError = Layer.Error<ReturnType<typeof node<never, never>>>

const askEcho = Effect.fnUntraced(function* () {
  const test = yield* TestNode
  const [, answer] = yield* test.send(init(1), message({ type: "echo", echo: 1, msg_id: 2 }))
  return String(answer?.body["echo"])
})

describe("Handlers", () => {
  it.effect("a handler answers with its reply's fields, type and ids", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1, msg_id: 5 })), [
        `{"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": "here", "in_reply_to": 5, "msg_id": 1}}`
      ])
    }).pipe(Effect.provide(node(plain("here"))))
  )

  const refused: ReadonlyArray<readonly [order: string, handlers: Layer.Layer<never, never, Handlers>]> = [
    ["plain, plain", Layer.mergeAll(plain("a"), plain("b"))],
    ["override, override", Layer.mergeAll(override("a"), override("b"))],
    ["plain, override, plain", Layer.mergeAll(plain("a"), override("b"), plain("c"))],
    ["override, plain, override", Layer.mergeAll(override("a"), plain("b"), override("c"))],
    ["plain, plain, override", Layer.mergeAll(plain("a"), plain("b"), override("c"))]
  ]
  for (const [order, handlers] of refused) {
    it.effect(`the node does not start with two handlers of one kind for a type: ${order}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.provide(askEcho(), node(handlers)))
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
    it.effect(`an override takes its type's place when it comes ${order} the other`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* askEcho(), "override")
      }).pipe(Effect.provide(node(handlers)))
    )
  }

  it.effect("the node does not start with a handler for init, not even as an override", () =>
    Effect.gen(function* () {
      const handlers = layer({
        request: Init,
        reply: InitOk,
        override: true,
        handle: () => Effect.succeed({ reply: {} })
      })
      const error = yield* Effect.flip(Effect.provide(askEcho(), node(handlers)))
      assert.instanceOf(error, DuplicateHandler)
      assert.include(error.message, "the node itself")
    })
  )

  it.effect("a handler's failure is answered with its code and text", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const [answer] = yield* test.send(message({ type: "echo", echo: 1, msg_id: 2 }))
      assert.deepStrictEqual(answer?.body, { type: "error", code: 1001, text: "not now", in_reply_to: 2, msg_id: 1 })
    }).pipe(
      Effect.provide(
        node(
          layer({
            request: Echo,
            reply: EchoOk,
            handle: () => Effect.fail(new RequestError({ code: 1001, text: "not now" }))
          })
        )
      )
    )
  )

  for (const [kind, handle] of [
    ["dies", () => Effect.die(new Error("broken"))],
    [
      "throws",
      () => {
        throw new Error("broken")
      }
    ]
  ] satisfies ReadonlyArray<readonly [string, () => Effect.Effect<never>]>) {
    it.effect(`a handler that ${kind} is answered with error 13, and the node goes on`, () =>
      Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.lines(init(1))
        const [died, slept] = yield* test.send(
          message({ type: "echo", echo: 1, msg_id: 2 }),
          message({ type: "sleep", ms: 0, msg_id: 3 })
        )
        assert.deepStrictEqual(died?.body, {
          type: "error",
          code: ErrorCode.crash,
          text: "the handler died: Error: broken",
          in_reply_to: 2,
          msg_id: 1
        })
        const late = yield* Effect.andThen(TestClock.adjust(0), test.sent)
        assert.deepStrictEqual([slept, ...late].find((sent) => sent !== undefined)?.body["type"], "sleep_ok")
      }).pipe(Effect.provide(node(Layer.mergeAll(layer({ request: Echo, reply: EchoOk, handle }), sleep))))
    )
  }

  it.effect("a handler that dies over a message that wants no reply is not answered", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1 })), [])
      assert.deepStrictEqual(yield* test.lines(message({ type: "add", delta: 13 })), [])
      const [answer] = yield* test.send(message({ type: "add", delta: 1, msg_id: 4 }))
      assert.strictEqual(answer?.body["sum"], 1)
    }).pipe(
      Effect.provide(
        node(Layer.mergeAll(layer({ request: Echo, reply: EchoOk, handle: () => Effect.die("broken") }), add))
      )
    )
  )

  it.effect("a handler that fails or dies over a message that is itself a reply sends no error", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      assert.deepStrictEqual(yield* test.lines(message({ type: "echo", echo: 1, in_reply_to: 8, msg_id: 2 })), [])
      assert.deepStrictEqual(yield* test.lines(message({ type: "add", delta: 13, in_reply_to: 8, msg_id: 3 })), [])
      const [answer] = yield* test.send(message({ type: "add", delta: 1, in_reply_to: 8, msg_id: 4 }))
      assert.deepStrictEqual([answer?.body["sum"], answer?.body["in_reply_to"]], [1, 4])
    }).pipe(
      Effect.provide(
        node(
          Layer.mergeAll(
            layer({
              request: Echo,
              reply: EchoOk,
              handle: () => Effect.fail(new RequestError({ code: 20, text: "no" }))
            }),
            add
          )
        )
      )
    )
  )

  it.effect("a transition that throws, or whose reply does not fit, changes nothing", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const sent = yield* test.send(
        ...([
          message({ type: "add", delta: 5, msg_id: 2 }),
          message({ type: "add", delta: 13, msg_id: 3 }),
          message({ type: "add", delta: 7, msg_id: 4 }),
          message({ type: "add", delta: 1, msg_id: 5 })
        ] as const)
      )
      assert.deepStrictEqual(
        sent.map(({ body }) => [body["in_reply_to"], body["sum"] ?? body["code"]]),
        [
          [2, 5],
          [3, ErrorCode.crash],
          [4, ErrorCode.crash],
          [5, 6]
        ]
      )
    }).pipe(Effect.provide(node(add)))
  )

  it.effect("wrong fields of a user's message are answered with error 12 naming the field", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const [answer] = yield* test.send(message({ type: "add", delta: "1", msg_id: 2 }))
      assert.strictEqual(answer?.body["code"], ErrorCode.malformedRequest)
      assert.match(String(answer?.body["text"]), /^add: delta: /)
    }).pipe(Effect.provide(node(add)))
  )

  it.effect("a handler may use a service, which its layer then needs", () => {
    class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
    const greeting = layer({
      request: Echo,
      reply: EchoOk,
      handle: (_, { self }) => Effect.map(Greeting, ({ text }) => ({ reply: { echo: `${text} from ${self}` } }))
    })
    return Effect.gen(function* () {
      assert.strictEqual(yield* askEcho(), "hello from n1")
    }).pipe(Effect.provide(node(Layer.provide(greeting, Layer.succeed(Greeting, { text: "hello" })))))
  })

  it.effect("slow handlers are answered when they are done, and the node answers others meanwhile", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(1))
      const atOnce = yield* test.send(
        message({ type: "sleep", ms: 2000, msg_id: 2 }),
        message({ type: "sleep", ms: 1000, msg_id: 3 }),
        message({ type: "add", delta: 1, msg_id: 4 })
      )
      assert.deepStrictEqual(
        atOnce.map(({ body }) => [body["in_reply_to"], body["msg_id"]]),
        [[4, 1]]
      )
      yield* TestClock.adjust(1000)
      const [second] = yield* test.sent
      assert.deepStrictEqual([second?.body["slept"], second?.body["in_reply_to"], second?.body["msg_id"]], [1000, 3, 2])
      const [between] = yield* test.send(message({ type: "add", delta: 1, msg_id: 5 }))
      assert.deepStrictEqual([between?.body["sum"], between?.body["msg_id"]], [2, 3])
      yield* TestClock.adjust(1000)
      const [first, ...none] = yield* test.sent
      assert.deepStrictEqual([first?.body["slept"], first?.body["in_reply_to"], first?.body["msg_id"]], [2000, 2, 4])
      assert.deepStrictEqual(none, [])
    }).pipe(Effect.provide(node(Layer.mergeAll(sleep, add))))
  )

  it.effect("what a handler sends leaves before its reply", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(init(2))
      const sent = yield* test.send(message({ type: "echo", echo: 1, msg_id: 2 }))
      assert.deepStrictEqual(
        sent.map(({ body, dest }) => [dest, body["type"], body["in_reply_to"], body["msg_id"]]),
        [
          ["n2", "hint", undefined, 1],
          ["c1", "echo_ok", 2, 2]
        ]
      )
    }).pipe(
      Effect.provide(
        node(
          layer({
            request: Echo,
            reply: EchoOk,
            handle: ({ echo: value }) =>
              Effect.succeed({ reply: { echo: value }, send: [{ dest: "n2", body: printBody({ type: "hint" }) }] })
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
      assert.deepStrictEqual(answer?.body["echo"], ["c9", "n1", ["n1", "n2", "n3"], 1_700_000_000_000])
    }).pipe(
      Effect.provide(
        node(
          layer({
            request: Echo,
            reply: EchoOk,
            handle: (_, { nodes, now, self, src }) => Effect.succeed({ reply: { echo: [src, self, nodes, now] } })
          })
        )
      )
    )
  )

  it.effect("a message without a reply schema is handled and not replied to, even if it asks", () =>
    Effect.gen(function* () {
      const seen = yield* Ref.make<ReadonlyArray<Schema.Json>>([])
      const note = layer({
        request: Echo,
        handle: ({ echo: value }) =>
          Effect.as(
            Ref.update(seen, (all) => [...all, value]),
            { reply: undefined }
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
      const before = (yield* Metrics.report)["node_bytes_in"] ?? 0
      yield* test.lines(init(1))
      yield* test.lines(message({ type: "echo", echo: 1, msg_id: 2 }))
      assert.strictEqual(Number((yield* Metrics.report)["node_bytes_in"]) - Number(before), 3)
    }).pipe(
      Effect.provide(
        node(
          layer({
            request: Echo,
            reply: EchoOk,
            handle: () => Effect.succeed({ reply: { echo: 0 }, count: [[Metrics.bytesIn, 3]] })
          })
        )
      )
    )
  )

  // @effect-diagnostics missingEffectError:off missingLayerContext:off globalErrorInEffectFailure:off -- meant here
  it("the compiler refuses a reply that does not fit its schema", () => {
    // @ts-expect-error -- `echo` is missing from the reply
    assert.isTrue(Layer.isLayer(layer({ request: Echo, reply: EchoOk, handle: () => Effect.succeed({ reply: {} }) })))
    assert.isTrue(
      Layer.isLayer(
        // @ts-expect-error -- `sum` is a number
        layer({ request: Add, reply: AddOk, handle: () => Effect.succeed({ reply: { sum: "1" } }) })
      )
    )
    assert.isTrue(
      Layer.isLayer(
        // @ts-expect-error -- a message without a reply schema has no reply
        layer({ request: Add, handle: () => Effect.succeed({ reply: { sum: 1 } }) })
      )
    )
    assert.isTrue(
      // @ts-expect-error -- only RequestError says which code to reply with
      Layer.isLayer(layer({ request: Add, reply: AddOk, handle: () => Effect.fail(new Error("which code?")) }))
    )
  })

  it("the compiler keeps track of the services that a handler needs", () => {
    class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
    const greeting = layer({
      request: Echo,
      reply: EchoOk,
      handle: () => Effect.map(Greeting, ({ text }) => ({ reply: { echo: text } }))
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
