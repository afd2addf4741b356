/**
 * Calls: what is sent, how each call ends, what is forgotten, and what does not compile.
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Deferred from "effect/Deferred"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as CallError from "../../src/node/CallError.ts"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Metrics from "../../src/node/Metrics.ts"
import * as Output from "../../src/node/Output.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import * as Rpc from "../../src/node/Rpc.ts"
import * as State from "../../src/node/State.ts"
import { replyTo, TestNode } from "../../src/node/TestNode.ts"
import { body, ErrorCode, ErrorReply, union } from "../../src/protocol/Message.ts"
import type { Envelope, RawBody, Returned } from "../../src/protocol/Wire.ts"
import { assemble, init, layerLog, lines, message, type Parts, runIn } from "./Cluster.ts"

const Get = body("get", { key: Schema.String })
const GetOk = body("get_ok", { value: Schema.Json })
const Read = body("read", { key: Schema.String })
const ReadOk = body("read_ok", { value: Schema.Json })

const read = (key: string) => Rpc.call("seq-kv", { type: "read", key }, { sends: Read, reply: ReadOk })

/** Answers `get` by what `seq-kv` says of the key. */
const get = Handler.layer({
  request: Get,
  sends: [GetOk],
  handle: ({ key }, { reply }) =>
    Rpc.call("seq-kv", { type: "read", key }, { sends: Read, reply: ReadOk, timeout: "500 millis" }).pipe(
      Effect.map(({ value }) => [reply({ type: "get_ok", value })]),
      Effect.catchTag("KeyDoesNotExist", () => Effect.succeed([reply({ type: "get_ok", value: null })])),
      Effect.mapError(({ code, message: text }) => new RequestError({ code, text }))
    )
})

/** What a test does from the inside of a node. */
class Inside extends Context.Service<
  Inside,
  {
    readonly calls: Effect.Effect<number>
    readonly run: <A, E>(effect: Effect.Effect<A, E, Rpc.Rpc>) => Effect.Effect<A, E>
  }
>()("test/Inside") {}

/** A node that is awake, and its inside. */
const awake = Effect.gen(function* () {
  let inside: Inside["Service"] | undefined
  const part = Layer.effectDiscard(
    Effect.gen(function* () {
      const state = yield* State.NodeState
      const services = yield* Effect.context<Rpc.Rpc>()
      inside = {
        calls: Effect.map(Ref.get(state), ({ calls }) => HashMap.size(calls)),
        run: Effect.provideContext(services)
      }
    })
  )
  const node = Context.get(
    yield* Layer.build(
      TestNode.layer(Layer.merge(part, Handler.layer({ request: body("wake", {}), handle: () => Effect.void })), {
        seed: 1
      })
    ),
    TestNode
  )
  yield* node.lines(init(2), message({ type: "wake" }))
  return { ...node, ...(inside ?? assert.fail("the part was not built")) }
})

const report = Effect.map(Metrics.report, ({ replies_late }) => replies_late ?? 0)
const countedAnew = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

const node = (parts: Parts = get) => TestNode.layer(parts, { seed: 1 })

const ask = (key: string, msg_id: number) => message({ type: "get", key, msg_id })

describe("Rpc", () => {
  it.effect("a handler calls a service and answers its client with what the service says", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      const [, call] = yield* test.lines(init(1), ask("x", 2))
      assert.strictEqual(call, `{"src": "n1", "dest": "seq-kv", "body": {"type": "read", "key": "x", "msg_id": 1}}`)
      assert.deepStrictEqual(
        yield* test.lines({
          src: "seq-kv",
          dest: "n1",
          body: { type: "read_ok", value: 7, in_reply_to: 1, msg_id: 4 }
        }),
        [`{"src": "n1", "dest": "c1", "body": {"type": "get_ok", "value": 7, "in_reply_to": 2, "msg_id": 2}}`]
      )
    }).pipe(Effect.provide(node()))
  )

  it.effect("an error reply can be caught by its name, and others reach the client with their code", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.send(init(1))
      const answer = Effect.fnUntraced(function* (error: RawBody) {
        const [call] = yield* test.send(ask("x", 2))
        if (call === undefined) return assert.fail("nobody was called")
        const [reply] = yield* test.send(replyTo(call, { type: "error", ...error }))
        return reply?.body
      })
      assert.strictEqual((yield* answer({ code: 20, text: "no x" }))?.["value"], null)
      const { code, text, type } = (yield* answer({ code: 11, text: "later" })) ?? {}
      assert.deepStrictEqual([type, code, text], ["error", 11, "seq-kv did not carry out read: later (code 11)"])
    }).pipe(Effect.provide(node()))
  )

  it.effect("a call without a reply fails with Timeout after a second, and its late reply is counted and dropped", () =>
    Effect.gen(function* () {
      const { calls, run, send, sent } = yield* awake
      const calling = yield* Effect.forkChild(Effect.flip(run(read("x"))))
      yield* TestClock.adjust(999)
      assert.strictEqual(yield* calls, 1)
      const [call] = yield* sent
      yield* TestClock.adjust(1)
      const error = yield* Fiber.join(calling)
      assert.instanceOf(error, CallError.Timeout)
      assert.deepStrictEqual([error.code, error.definite], [0, false])
      assert.strictEqual(error.message, "seq-kv did not carry out read: no reply within 1s (code 0)")
      assert.deepStrictEqual([yield* calls, yield* report], [0, 0])
      if (call === undefined) return assert.fail("nobody was called")
      assert.deepStrictEqual(yield* send(replyTo(call, { type: "read_ok", value: 1, msg_id: 3 })), [])
      assert.strictEqual(yield* report, 1)
    }).pipe(countedAnew)
  )

  it.effect("a call is tried again by a schedule, each time with a new message id", () =>
    Effect.gen(function* () {
      const { calls, run, send, sent } = yield* awake
      const calling = yield* Effect.forkChild(
        run(Effect.retry(read("x"), Schedule.max([Schedule.spaced("100 millis"), Schedule.recurs(3)])))
      )
      yield* TestClock.adjust(2500)
      const all = yield* sent
      assert.deepStrictEqual(
        all.map((one) => one.body["msg_id"]),
        [1, 2, 3]
      )
      const [first, , third] = all
      if (first === undefined || third === undefined) return assert.fail("there were no three calls")
      yield* send(replyTo(first, { type: "read_ok", value: "late" }))
      yield* send(replyTo(third, { type: "read_ok", value: "in time" }))
      assert.strictEqual((yield* Fiber.join(calling)).value, "in time")
      assert.strictEqual(yield* calls, 0)
    })
  )

  it.effect("a call that is interrupted is forgotten", () =>
    Effect.gen(function* () {
      const { calls, run } = yield* awake
      const calling = yield* Effect.forkChild(run(read("x")), { startImmediately: true })
      assert.strictEqual(yield* calls, 1)
      yield* Fiber.interrupt(calling)
      assert.strictEqual(yield* calls, 0)
    })
  )

  it.effect("a reply counts only from the one who was called, with the id of the call, and once", () =>
    Effect.gen(function* () {
      const { calls, run, send, sent } = yield* awake
      const calling = yield* Effect.forkChild(run(read("x")), { startImmediately: true })
      const [call] = yield* sent
      if (call === undefined) return assert.fail("nobody was called")
      const reply = replyTo(call, { type: "read_ok", value: "right" })
      yield* send(
        { ...reply, src: "lin-kv" },
        { ...reply, body: { ...reply.body, in_reply_to: 99 } },
        { ...reply, body: { ...reply.body, in_reply_to: "1" } }
      )
      assert.deepStrictEqual([yield* calls, yield* report], [1, 3])
      yield* send(reply, { ...reply, body: { ...reply.body, value: "again" } })
      assert.strictEqual((yield* Fiber.join(calling)).value, "right")
      assert.strictEqual(yield* report, 4)
    }).pipe(countedAnew)
  )

  /** How a call ends that is answered by this text in place of its body. */
  const endsBy = Effect.fnUntraced(function* (text: string) {
    const { run, send, sent } = yield* awake
    const calling = yield* Effect.forkChild(Effect.flip(run(read("x"))), { startImmediately: true })
    const [call] = yield* sent
    yield* send(`{"src": "seq-kv", "dest": "n1", "body": {"in_reply_to": ${String(call?.body["msg_id"])}, ${text}}}`)
    return yield* Fiber.join(calling)
  })

  it.effect.each([
    [`"type": "read_ok"`, /^seq-kv did not carry out read: the reply is not as expected: value: .* \(code 13\)$/],
    [`"type": "write_ok"`, /the reply is not as expected: type: /],
    [`"value": 1`, /the reply is not as expected: type: /],
    [`"type": "error", "code": "20"`, /the error reply is malformed: code: /],
    [`"type": "read_ok", "value": 9007199254740993`, /the reply cannot be read without loss: value: /],
    [`"type": "read_ok", "value": 1e999`, /the reply is not as expected: value: /]
  ] as const)("a reply that says %s ends the call with BadReply", ([text, expected]) =>
    Effect.gen(function* () {
      const error = yield* endsBy(text)
      assert.instanceOf(error, CallError.BadReply)
      assert.isFalse(error.definite)
      assert.match(error.message, expected)
    })
  )

  it.effect.each([
    [0, "Timeout", false],
    [1, "NodeNotFound", true],
    [10, "NotSupported", true],
    [11, "TemporarilyUnavailable", true],
    [12, "MalformedRequest", true],
    [13, "Crash", false],
    [14, "Abort", true],
    [20, "KeyDoesNotExist", true],
    [21, "KeyAlreadyExists", true],
    [22, "PreconditionFailed", true],
    [30, "TxnConflict", true],
    [1234, "OtherError", false]
  ] as const)("an error reply with code %i is the failure %s, definite: %s", ([code, tag, definite]) =>
    Effect.gen(function* () {
      const error = yield* endsBy(`"type": "error", "code": ${code}`)
      assert.deepStrictEqual(
        [error._tag, error.code, error.definite, error.dest, error.request],
        [tag, code, definite, "seq-kv", "read"]
      )
    })
  )

  it("every code that Maelstrom defines has an error of its own", () => {
    const codes = Object.values(ErrorCode)
    const tags = codes.map((code) => CallError.fromReply({ dest: "n2", request: "read" }, { code })._tag)
    assert.strictEqual(new Set(tags).size, codes.length)
    assert.notInclude(tags, "OtherError")
  })

  it.effect("a reply whose type a part handles goes to the call and not to the part", () =>
    Effect.gen(function* () {
      const handled: Array<unknown> = []
      const spy = Handler.layer({
        request: ReadOk,
        handle: ({ value }) =>
          Effect.as(
            Effect.sync(() => handled.push(value)),
            []
          )
      })
      const test = Context.get(yield* Layer.build(node(Layer.merge(get, spy))), TestNode)
      const [, call] = yield* test.send(init(1), ask("x", 2))
      if (call === undefined) return assert.fail("nobody was called")
      const reply = replyTo(call, { type: "read_ok", value: 1 })
      assert.lengthOf(yield* test.send(reply), 1)
      assert.deepStrictEqual(handled, [])
      yield* test.send(reply)
      assert.deepStrictEqual(handled, [1])
    })
  )

  it.effect("a node calls nobody before its first message other than init", () =>
    Effect.gen(function* () {
      const started = Layer.effectDiscard(Effect.forkScoped(Effect.exit(read("x"))))
      const test = Context.get(yield* Layer.build(node(Layer.merge(started, get))), TestNode)
      yield* test.send(init(1))
      yield* TestClock.adjust(5000)
      assert.deepStrictEqual(yield* test.sent, [])
      assert.deepStrictEqual(
        (yield* test.send(ask("y", 2))).map((one) => one.body["key"]),
        ["x", "y"]
      )
    })
  )

  it.effect(
    "100,000 calls that time out leave nothing behind",
    () =>
      Effect.gen(function* () {
        setFlagsFromString("--expose-gc")
        const collect: unknown = runInNewContext("gc")
        const heap = () => {
          if (typeof collect !== "function") return assert.fail("there is no collector to call")
          collect()
          return process.memoryUsage().heapUsed
        }
        const { calls, run, sent } = yield* awake
        // The test clock takes 200 µs to wake one sleeper.
        const hasty = { ...(yield* Clock.Clock), sleep: () => Effect.yieldNow }
        const batch = Effect.gen(function* () {
          const all = Array.from({ length: 1000 }, () => Effect.flip(read("x")))
          const calling = yield* Effect.all(all, { concurrency: "unbounded" }).pipe(
            Effect.provideService(Clock.Clock, hasty),
            run,
            Effect.forkChild({ startImmediately: true })
          )
          assert.strictEqual(yield* calls, 1000)
          assert.deepStrictEqual([...new Set((yield* Fiber.join(calling)).map((error) => error._tag))], ["Timeout"])
          assert.strictEqual(yield* calls, 0)
          assert.lengthOf(yield* sent, 1000)
        })
        yield* batch
        const before = heap()
        yield* Effect.repeat(batch, { times: 98 })
        const left = heap() - before
        // A closure and a map entry for each would be 10 MB.
        assert.isBelow(left, 2_000_000)
      }),
    120_000
  )

  it.effect("1,500 handlers that all wait for replies are answered, though fewer may work at a time", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.send(init(1))
      const [first, ...others] = yield* test.send(ask("0", 0), ...Arr.makeBy(1499, (index) => ask("x", index + 1)))
      assert.lengthOf(others, 1499)
      if (first === undefined) return assert.fail("nobody was called")
      const answered = (call: Envelope) => replyTo(call, { type: "read_ok", value: 1 })
      const answers = yield* test.send(answered(first), ...others.map(answered))
      assert.deepStrictEqual(
        answers.map(({ body: { in_reply_to, type } }) => [type, in_reply_to]),
        Arr.makeBy(1500, (index) => ["get_ok", index])
      )
    }).pipe(Effect.provide(node()))
  )

  it.effect("handlers that wait for something else than a reply hold the node up when there are too many", () =>
    Effect.gen(function* () {
      const sleepy = Handler.layer({ request: Get, handle: () => Effect.sleep("1 second") })
      const test = Context.get(yield* Layer.build(node(sleepy)), TestNode)
      yield* test.send(init(1))
      const sending = yield* Effect.forkChild(test.send(ask("0", 0), ...Arr.makeBy(1024, (index) => ask("x", index))), {
        startImmediately: true
      })
      yield* TestClock.adjust(999)
      assert.isUndefined(sending.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(sending)
    })
  )

  it.effect("a caller is tested without a node by answers of a function", () =>
    Effect.gen(function* () {
      const answers = Rpc.Rpc.layerTest((dest, { key }) => {
        if (key === "slow") return Effect.never
        return key === "x"
          ? Effect.succeed({ type: "read_ok", value: dest })
          : Effect.fail(new CallError.KeyDoesNotExist({ dest, request: "read", text: "no such key" }))
      })
      const test = <A, E>(effect: Effect.Effect<A, E, Rpc.Rpc>) => Effect.provide(effect, answers)
      assert.strictEqual((yield* test(read("x"))).value, "seq-kv")
      assert.strictEqual((yield* Effect.flip(test(read("y"))))._tag, "KeyDoesNotExist")
      const slow = yield* Effect.forkChild(Effect.flip(test(read("slow"))))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(slow))._tag, "Timeout")
    })
  )

  it("a misspelt request, reply or error of a call does not compile", () => {
    const calls = () => [
      // @ts-expect-error -- the type is misspelt
      Rpc.call("seq-kv", { type: "raed", key: "x" }, { sends: Read, reply: ReadOk }),
      // @ts-expect-error -- the field is misspelt
      Rpc.call("seq-kv", { type: "read", kay: "x" }, { sends: Read, reply: ReadOk }),
      // @ts-expect-error -- the field of the reply is misspelt
      Effect.map(read("x"), ({ valeu }) => valeu),
      // @ts-expect-error -- there is no such error
      Effect.catchTag(read("x"), "KeyDoesNotExists", () => Effect.succeed(0)),
      // @ts-expect-error -- a timeout is not definite
      Effect.catchTag(read("x"), "Timeout", ({ definite }): Effect.Effect<true> => Effect.succeed(definite))
    ]
    assert.isFunction(calls)
  })
})

const Incr = body("incr", {})
const IncrOk = body("incr_ok", { value: Schema.Int })
const Cas = body("cas", { key: Schema.String, from: Schema.Int, to: Schema.Int })
const CasOk = body("cas_ok", {})

const Request = union(Incr, body("wake", {}))
const Sent = union(IncrOk, Cas, ErrorReply)
const Replies = union(CasOk)
type Sent = typeof Sent.Type
type Replies = typeof Replies.Type
type Input = Component.Input<typeof Request.Type, Sent, Replies>
const counting = Output.of<Sent>()

/** What a counter believes, and whom it has to answer. */
interface Counter {
  readonly value: number
  readonly client: Component.Received<typeof Request.Type> | undefined
}

/** Counts in `lin-kv`, one client at a time, and tells what it believes when its call failed. */
const step = (state: Counter, input: Input): Component.Step<Counter, Sent, Replies> => {
  const { client, value } = state
  switch (input._tag) {
    case "Received":
      return input.message.type === "wake"
        ? [state, []]
        : [
            { value, client: input },
            [counting.call("lin-kv", { type: "cas", key: "n", from: value, to: value + 1 }, { timeout: 200 })]
          ]
    case "Returned":
      return Result.match(input.result, {
        onSuccess: () => [
          { value: value + 1, client: undefined },
          [counting.reply({ type: "incr_ok", value: value + 1 }, client)]
        ],
        onFailure: ({ _tag, code, definite }) => [
          { value, client: undefined },
          [
            counting.reply(
              { type: "error", code, text: `${_tag}, ${input.to}, ${input.request.type}, ${definite}` },
              client
            )
          ]
        ]
      })
    default:
      return [state, []]
  }
}

const counter: Component.Component<Counter, typeof Request.Type, Sent, Replies> = {
  name: "counter",
  requests: Request,
  sends: Sent,
  returns: Replies,
  initial: { value: 0, client: undefined },
  step
}

const incr = (msg_id: number) => message({ type: "incr", msg_id })

describe("a component that calls", () => {
  it.effect("steps on the reply and answers the client that it kept", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      const [, call] = yield* test.send(init(1), incr(5))
      if (call === undefined) return assert.fail("nobody was called")
      assert.deepStrictEqual(call, {
        src: "n1",
        dest: "lin-kv",
        body: { type: "cas", key: "n", from: 0, to: 1, msg_id: 1 }
      })
      const [answer] = yield* test.send(replyTo(call, { type: "cas_ok" }))
      assert.deepStrictEqual(answer, message({ type: "incr_ok", value: 1, in_reply_to: 5, msg_id: 2 }, "n1", "c1"))
    }).pipe(Effect.provide(node(Component.layer(counter))))
  )

  it.effect("steps on an error, on a reply of another kind, and on the end of its patience", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.send(init(1))
      const texts: Array<unknown> = []
      for (const said of [{ type: "error", code: 22, text: "it is 4" }, { type: "read_ok" }]) {
        const [call] = yield* test.send(incr(5))
        if (call === undefined) return assert.fail("nobody was called")
        texts.push((yield* test.send(replyTo(call, said)))[0]?.body["text"])
      }
      yield* test.send(incr(5))
      yield* TestClock.adjust(199)
      assert.deepStrictEqual(yield* test.sent, [])
      yield* TestClock.adjust(1)
      texts.push((yield* test.sent)[0]?.body["text"])
      assert.deepStrictEqual(texts, [
        "PreconditionFailed, lin-kv, cas, true",
        "BadReply, lin-kv, cas, false",
        "Timeout, lin-kv, cas, false"
      ])
    }).pipe(Effect.provide(node(Component.layer(counter))))
  )

  it.effect("that throws over a reply is a defect of the node, its state stays, and the node goes on", () =>
    Effect.suspend(() => {
      const log: Array<string> = []
      const broken = Component.layer({
        ...counter,
        step: (state, input) => {
          if (input._tag === "Returned") throw new Error("broken")
          return step(state, input)
        }
      })
      return Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.send(init(1))
        for (const from of [0, 0]) {
          const [call] = yield* test.send(incr(5))
          if (call === undefined) return assert.fail("nobody was called")
          assert.strictEqual(call.body["from"], from)
          assert.deepStrictEqual(yield* test.send(replyTo(call, { type: "cas_ok" })), [])
        }
        assert.lengthOf(log, 2)
        assert.match(String(log[0]), /^a defect in counter, Returned\nError: broken/)
      }).pipe(Effect.provide(Layer.provide(node(broken), layerLog(log))))
    })
  )

  it.effect("asks once, with one timeout, and is not called back by a reply that comes later", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      const [, call] = yield* test.send(init(1), incr(5))
      if (call === undefined) return assert.fail("nobody was called")
      yield* TestClock.adjust(200)
      assert.lengthOf(yield* test.sent, 1)
      assert.deepStrictEqual(yield* test.send(replyTo(call, { type: "cas_ok" })), [])
      assert.strictEqual(yield* report, 1)
    }).pipe(Effect.provide(node(Component.layer(counter))), countedAnew)
  )

  it.effect("lets the input end after its call has ended", () =>
    Effect.gen(function* () {
      const state = yield* Ref.make(State.initial)
      const running = yield* Effect.forkChild(runIn(state, Component.layer(counter), lines(init(1), incr(5))))
      yield* TestClock.adjust(200)
      const sent = yield* Fiber.join(running)
      assert.match(String(sent[2]), /"code": 0, "text": "Timeout, lin-kv/)
      assert.isTrue(HashMap.isEmpty((yield* Ref.get(state)).calls))
    })
  )

  it.effect("stepping again from a state in which a call waits gives the same turn", () =>
    Effect.gen(function* () {
      const assembled = yield* assemble(Component.layer(counter))
      const waiter = yield* Deferred.make<Returned, CallError.CallError>()
      const state = yield* assembled.after(assembled.initial, lines(init(1), message({ type: "wake" })), {
        _tag: "Call",
        to: "lin-kv",
        body: { type: "cas" },
        waiter
      })
      const reply = lines({ src: "lin-kv", dest: "n1", body: { type: "cas_ok", in_reply_to: 1 } })
      const turns = [yield* assembled.step(state, reply), yield* assembled.step(state, reply)]
      assert.deepStrictEqual(
        turns.map(([turn, next]) => [turn.returned.length, turn.late, HashMap.size(next.calls)]),
        [
          [1, 0, 0],
          [1, 0, 0]
        ]
      )
      assert.strictEqual(HashMap.size(state.calls), 1)
      const { calls, nextId } = State.recover(state)
      assert.deepStrictEqual([HashMap.size(calls), nextId], [0, 2])
    })
  )

  it("must declare what returns, and step on it", () => {
    const { call, reply } = counting
    const steps: ReadonlyArray<typeof counter.step> = [
      // @ts-expect-error -- the field is misspelt
      (state) => [state, [call("lin-kv", { type: "cas", kee: "n", from: 0, to: 1 })]],
      (state, input) => {
        if (input._tag !== "Returned" || Result.isFailure(input.result)) return [state, []]
        // @ts-expect-error -- the reply has no such field
        return [state, [reply({ type: "incr_ok", value: input.result.success.value })]]
      }
    ]
    // @ts-expect-error -- it makes calls, but does not declare what returns
    const silent: Component.Component<Counter, typeof Request.Type, Sent> = counter
    // @ts-expect-error -- a component that makes no calls gets nothing back
    const idle = (input: Component.Input<typeof Request.Type>): boolean => input._tag === "Returned"
    assert.lengthOf([...steps, silent, idle], 4)
  })
})
