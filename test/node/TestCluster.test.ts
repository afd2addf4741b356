/**
 * Several nodes under test: what a test can do with the messages between them, and that one seed gives one run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Output from "../../src/node/Output.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import * as Rpc from "../../src/node/Rpc.ts"
import { TestCluster } from "../../src/node/TestCluster.ts"
import { ReadOk } from "../../src/protocol/Broadcast.ts"
import { body, union } from "../../src/protocol/Message.ts"
import type { Envelope } from "../../src/protocol/Wire.ts"
import { layerLog } from "./Cluster.ts"

// A register that tells every other node what is written, once, and answers at once.
const Write = body("write", { value: Schema.Int })
const Copy = body("copy", { value: Schema.Int })
const Read = body("read", {})
const WriteOk = body("write_ok", {})
const RegisterOk = body("read_ok", { values: Schema.Array(Schema.Int) })

const Request = union(Write, Copy, Read)
const Sent = union(Copy, WriteOk, RegisterOk)
type Sent = typeof Sent.Type
const { reply, send } = Output.of<Sent>()
type Step = Component.Step<ReadonlyArray<number>, Sent>

const register = Component.layer({
  name: "register",
  requests: Request,
  sends: Sent,
  initial: [],
  step: (values, input: Component.Input<typeof Request.Type>, { nodes, self }): Step => {
    if (input._tag !== "Received") return [values, []]
    return Request.match(input.message, {
      write: ({ value }): Step => [
        [...values, value],
        [
          ...nodes.filter((node) => node !== self).map((node) => send(node, { type: "copy", value })),
          reply({ type: "write_ok" })
        ]
      ],
      copy: ({ value }): Step => [[...values, value], []],
      read: (): Step => [values, [reply({ type: "read_ok", values })]]
    })
  }
})

const layer = (options: { readonly nodes?: number; readonly latency?: number } = {}) =>
  TestCluster.layer(register, { nodes: 3, seed: 1, ...options })

const write = (value: number) => ({ type: "write", value })

/** What each node has stored, in the order in which it came. */
const stored = Effect.gen(function* () {
  const { ask, nodes } = yield* TestCluster
  return yield* Effect.forEach(nodes, (node) => Effect.map(ask(node, { type: "read" }, RegisterOk), (ok) => ok.values))
})

const to =
  (node: string) =>
  ({ dest }: Envelope): boolean =>
    dest === node

describe("TestCluster", () => {
  it.effect("a message between nodes arrives before the request that has caused it returns", () =>
    Effect.gen(function* () {
      const { ask, nodes } = yield* TestCluster
      assert.deepStrictEqual(nodes, ["n0", "n1", "n2"])
      assert.deepStrictEqual(yield* ask("n0", write(1)), { type: "write_ok", in_reply_to: 3, msg_id: 3 })
      assert.deepStrictEqual(yield* stored, [[1], [1], [1]])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("with a latency, a message arrives when that time has passed", () =>
    Effect.gen(function* () {
      const { ask, inFlight } = yield* TestCluster
      yield* ask("n0", write(1))
      yield* TestClock.adjust(9)
      assert.lengthOf(yield* inFlight, 2)
      assert.deepStrictEqual(yield* stored, [[1], [], []])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* stored, [[1], [1], [1]])
    }).pipe(Effect.provide(layer({ latency: 10 })))
  )

  // Passes a message on to the next node, with the times at which it has arrived.
  const Pass = body("pass", { times: Schema.Array(Schema.Int) })
  const pass = Component.layer({
    name: "pass",
    requests: union(Pass),
    sends: union(Pass),
    initial: null,
    step: (state, input, { nodes, now, self }) => {
      if (input._tag !== "Received") return [state, []]
      const after = nodes[nodes.indexOf(self) + 1] ?? "c0"
      return [
        state,
        [Output.of<typeof Pass.Type>().send(after, { ...input.message, times: [...input.message.times, now] })]
      ]
    }
  })

  it.effect("messages that follow from each other take one latency each, however far time is let pass at once", () =>
    Effect.gen(function* () {
      const { request, sent } = yield* TestCluster
      yield* request("n0", { type: "pass", times: [] })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* sent).at(-1)?.body["times"], [0, 10, 20, 30, 40, 50, 60, 70])
    }).pipe(Effect.provide(TestCluster.layer(pass, { nodes: 8, seed: 1, latency: 10 })))
  )

  it.effect("requests that are made at the same time are all answered", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestCluster
      yield* Effect.all([ask("n0", write(1)), ask("n1", write(2)), ask("n2", write(3))], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* stored, [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3]
      ])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("what is sent is told once, in order", () =>
    Effect.gen(function* () {
      const { ask, sent } = yield* TestCluster
      yield* sent
      yield* ask("n0", write(1))
      assert.deepStrictEqual(
        (yield* sent).map(({ body: { type }, dest, src }) => [src, dest, type]),
        [
          ["n0", "n1", "copy"],
          ["n0", "n2", "copy"],
          ["n0", "c0", "write_ok"]
        ]
      )
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("messages that are held are delivered by hand, in any order", () =>
    Effect.gen(function* () {
      const { ask, deliver, hold, inFlight } = yield* TestCluster
      yield* hold
      yield* ask("n0", write(1))
      yield* ask("n1", write(2))
      assert.deepStrictEqual(
        (yield* inFlight).map(({ dest, src }) => [src, dest]),
        [
          ["n0", "n1"],
          ["n0", "n2"],
          ["n1", "n0"],
          ["n1", "n2"]
        ]
      )
      const delivered = yield* deliver(({ dest, src }) => src === "n1" && dest === "n2")
      assert.strictEqual(delivered.body["value"], 2)
      yield* deliver()
      yield* deliver(to("n2"))
      assert.deepStrictEqual(yield* stored, [[1], [2, 1], [2, 1]])
      assert.lengthOf(yield* inFlight, 1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("released messages are delivered in order, and later ones at once", () =>
    Effect.gen(function* () {
      const { ask, hold, release } = yield* TestCluster
      yield* hold
      yield* ask("n0", write(1))
      yield* ask("n1", write(2))
      yield* release
      yield* ask("n2", write(3))
      assert.deepStrictEqual(yield* stored, [
        [1, 2, 3],
        [2, 1, 3],
        [1, 2, 3]
      ])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("all messages are delivered by hand, whether they have arrived or not, and then there are none", () =>
    Effect.gen(function* () {
      const { ask, deliver, deliverAll, inFlight } = yield* TestCluster
      yield* ask("n0", write(1))
      assert.lengthOf(yield* deliverAll, 2)
      assert.deepStrictEqual(yield* inFlight, [])
      assert.deepStrictEqual(yield* stored, [[1], [1], [1]])
      const error = yield* Effect.flip(deliver())
      assert.strictEqual(error.message, "there is no message to deliver: nothing is in flight")
      yield* ask("n0", write(2))
      assert.strictEqual(
        (yield* Effect.flip(deliver(to("n0")))).message,
        "no message in flight fits; in flight: n0 → n1 copy, n0 → n2 copy"
      )
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* stored, [
        [1, 2],
        [1, 2],
        [1, 2]
      ])
    }).pipe(Effect.provide(layer({ latency: 10 })))
  )

  it.effect("messages that fit are dropped until the rule is ended, which tells what it has dropped", () =>
    Effect.gen(function* () {
      const { ask, drop } = yield* TestCluster
      const rule = yield* drop(to("n2"))
      yield* ask("n0", write(1))
      yield* ask("n1", write(2))
      yield* rule.end
      assert.deepStrictEqual(
        (yield* rule.met).map((lost) => lost.body["value"]),
        [1, 2]
      )
      yield* ask("n0", write(3))
      assert.deepStrictEqual(yield* stored, [[1, 2, 3], [1, 2, 3], [3]])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("one message is dropped, and the next like it arrives", () =>
    Effect.gen(function* () {
      const { ask, drop } = yield* TestCluster
      const rule = yield* drop(to("n2"), { times: 1 })
      yield* ask("n0", write(1))
      yield* ask("n0", write(2))
      assert.deepStrictEqual(yield* stored, [[1, 2], [1, 2], [2]])
      assert.lengthOf(yield* rule.met, 1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a message in flight is dropped", () =>
    Effect.gen(function* () {
      const { ask, drop, inFlight } = yield* TestCluster
      yield* ask("n0", write(1))
      yield* drop(to("n2"), { times: 1 })
      assert.lengthOf(yield* inFlight, 1)
      yield* ask("n0", write(2))
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* stored, [[1, 2], [1, 2], [2]])
    }).pipe(Effect.provide(layer({ latency: 10 })))
  )

  it.effect("a delayed message is overtaken by those sent after it", () =>
    Effect.gen(function* () {
      const { ask, delay } = yield* TestCluster
      yield* delay(to("n2"), "1 second", { times: 1 })
      yield* ask("n0", write(1))
      yield* ask("n0", write(2))
      yield* TestClock.adjust(1009)
      assert.deepStrictEqual(yield* stored, [[1, 2], [1, 2], [2]])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* stored, [
        [1, 2],
        [1, 2],
        [2, 1]
      ])
    }).pipe(Effect.provide(layer({ latency: 10 })))
  )

  it.effect("a partition loses what is sent from group to group, until it heals", () =>
    Effect.gen(function* () {
      const { ask, heal, partition } = yield* TestCluster
      const { met } = yield* partition([["n0"], ["n1", "n2"]])
      yield* ask("n0", write(1))
      yield* ask("n1", write(2))
      assert.deepStrictEqual(yield* stored, [[1], [2], [2]])
      yield* heal
      yield* ask("n0", write(3))
      assert.lengthOf(yield* met, 3)
      assert.deepStrictEqual(yield* stored, [
        [1, 3],
        [2, 3],
        [2, 3]
      ])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a partition loses what is in flight, and the next partition takes its place", () =>
    Effect.gen(function* () {
      const { ask, partition } = yield* TestCluster
      yield* ask("n0", write(1))
      yield* partition([["n0"]])
      yield* partition([["n2"]])
      yield* ask("n1", write(2))
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* stored, [[1, 2], [2], []])
    }).pipe(Effect.provide(layer({ latency: 10 })))
  )

  it.effect("a node that has crashed hears nothing, and starts again with what it keeps", () =>
    Effect.gen(function* () {
      const { ask, crash, restart } = yield* TestCluster
      yield* ask("n0", write(1))
      yield* crash("n2")
      yield* ask("n0", write(2))
      const error = yield* Effect.flip(ask("n2", { type: "read" }))
      assert.strictEqual(error._tag, "NoReply")
      assert.include(error.message, "n2 has not answered read. Down: n2.")
      yield* restart("n2")
      yield* ask("n0", write(3))
      assert.deepStrictEqual(yield* stored, [
        [1, 2, 3],
        [1, 2, 3],
        [1, 3]
      ])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a reply that does not fit its schema is an error that shows the reply", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestCluster
      const error = yield* Effect.flip(ask("n0", { type: "write", value: "one" }, WriteOk))
      assert.strictEqual(error._tag, "WrongReply")
      assert.match(
        error.message,
        /^n0 has replied \{"type": "error", "code": 12, "text": "write: value: .* "msg_id": 1\}/
      )
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a name that is not in the cluster is a defect that tells the names", () =>
    Effect.gen(function* () {
      const { ask, partition } = yield* TestCluster
      for (const effect of [Effect.asVoid(ask("n9", { type: "read" })), Effect.asVoid(partition([["n9"]]))]) {
        const exit = yield* Effect.exit(effect)
        assert.include(String(exit), "n9 is no node of this cluster, whose nodes are n0, n1, n2")
      }
    }).pipe(Effect.provide(layer()))
  )

  it.effect("the nodes can have any names", () =>
    Effect.gen(function* () {
      const { ask, nodes } = yield* TestCluster
      yield* ask("left", write(1))
      assert.deepStrictEqual(nodes, ["left", "right"])
      assert.deepStrictEqual(yield* stored, [[1], [1]])
    }).pipe(Effect.provide(TestCluster.layer(register, { nodes: ["left", "right"], seed: 1 })))
  )
})

describe("TestCluster with handlers and services", () => {
  const Slow = body("slow", {})
  const SlowOk = body("slow_ok", {})
  const slow = Handler.layer({
    request: Slow,
    sends: [SlowOk],
    handle: (_, { reply: answer }) => Effect.as(Effect.sleep(100), [answer({ type: "slow_ok" })])
  })

  it.effect("a handler that waits for time answers when the time has passed", () =>
    Effect.gen(function* () {
      const { ask, request } = yield* TestCluster
      const { reply: answer } = yield* request("n0", { type: "slow" })
      const error = yield* Effect.flip(answer)
      assert.strictEqual(
        error.message,
        "n0 has not answered slow. Nothing is in flight. If a handler waits for time, start with `request` and let it pass " +
          "with TestClock.adjust."
      )
      yield* TestClock.adjust(100)
      assert.strictEqual((yield* answer)["type"], "slow_ok")
      assert.strictEqual((yield* Effect.flip(ask("n0", { type: "slow" })))._tag, "NoReply")
    }).pipe(Effect.provide(TestCluster.layer(slow, { nodes: 1, seed: 1 })))
  )

  const Hop = body("hop", {})
  const HopOk = body("hop_ok", { hops: Schema.Int })
  const hop = Handler.layer({
    request: Hop,
    sends: [HopOk],
    handle: Effect.fnUntraced(function* (_, { reply: answer }) {
      for (let hops = 0; hops < 1000; hops++) yield* Effect.yieldNow
      return [answer({ type: "hop_ok", hops: 1000 })]
    })
  })

  it.effect("a handler that gives way to other fibers many times is waited for", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestCluster
      assert.strictEqual((yield* ask("n0", { type: "hop" }))["hops"], 1000)
    }).pipe(Effect.provide(TestCluster.layer(hop, { nodes: 1, seed: 1 })))
  )

  // Asks the service for a number that no node has had.
  const Next = body("next", {})
  const NextOk = body("next_ok", { n: Schema.Int })
  const Take = body("take", {})
  const Taken = body("taken", { n: Schema.Int })
  const next = Handler.layer({
    request: Next,
    sends: [NextOk],
    handle: (_, { reply: answer }) =>
      Rpc.call("counter", { type: "take" }, { sends: Take, reply: Taken }).pipe(
        Effect.map(({ n }) => [answer({ type: "next_ok", n })]),
        Effect.mapError(({ code, message: text }) => new RequestError({ code, text }))
      )
  })
  type Answer = (message: Envelope) => Effect.Effect<{ readonly [name: string]: unknown }, RequestError>
  const withCounter = (counter: Answer, latency = 0) =>
    TestCluster.layer(next, { nodes: 2, seed: 1, latency, others: { counter } })
  const counting = (latency?: number) =>
    Layer.unwrap(
      Effect.map(Ref.make(0), (count) =>
        withCounter(
          () =>
            Effect.map(
              Ref.updateAndGet(count, (n) => n + 1),
              (n) => ({ type: "taken", n })
            ),
          latency
        )
      )
    )

  it.effect("a call to a name that is no node is answered by a function", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestCluster
      assert.strictEqual((yield* ask("n0", { type: "next" }, NextOk)).n, 1)
      assert.strictEqual((yield* ask("n1", { type: "next" }, NextOk)).n, 2)
    }).pipe(Effect.provide(counting()))
  )

  it.effect("messages to and from others have latency, and no partition unless it names them", () =>
    Effect.gen(function* () {
      const { partition, request } = yield* TestCluster
      yield* partition([["n0"], ["n1"]])
      const first = yield* request("n0", { type: "next" })
      yield* TestClock.adjust(19)
      assert.strictEqual((yield* Effect.flip(first.reply)).inFlight[0]?.src, "counter")
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* first.reply)["n"], 1)
      yield* partition([["n0"], ["n1", "counter"]])
      const [cut, whole] = [yield* request("n0", { type: "next" }), yield* request("n1", { type: "next" })]
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* whole.reply)["n"], 2)
      assert.deepInclude(yield* cut.reply, { type: "error", code: 0 })
    }).pipe(Effect.provide(counting(10)))
  )

  it.effect("a failure of a function that answers is an error for the node that has asked", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestCluster
      assert.deepInclude(yield* ask("n0", { type: "next" }), {
        type: "error",
        code: 11,
        text: "counter did not carry out take: busy (code 11)"
      })
    }).pipe(Effect.provide(withCounter(() => Effect.fail(new RequestError({ code: 11, text: "busy" })))))
  )

  it.effect("a function that dies instead of answering is seen", () =>
    Effect.gen(function* () {
      const { request } = yield* TestCluster
      const exit = yield* Effect.exit(request("n0", { type: "next" }))
      assert.include(String(exit), "no number is left")
    }).pipe(Effect.provide(withCounter(() => Effect.die("no number is left"))))
  )

  it.effect("a message to a name that nobody has is lost, and the log says so", () => {
    const log: Array<string> = []
    return Effect.gen(function* () {
      const { inFlight, request } = yield* TestCluster
      yield* request("n0", { type: "next" })
      assert.deepStrictEqual(yield* inFlight, [])
      assert.deepStrictEqual(log, ["n0 → counter take is lost: nobody has this name; name who answers it in `others`"])
    }).pipe(Effect.provide(TestCluster.layer(next, { nodes: 1, seed: 1 }).pipe(Layer.provide(layerLog(log)))))
  })

  // Asks all other nodes for their numbers, one after the other.
  const Sum = body("sum", {})
  const SumOk = body("sum_ok", { sum: Schema.Int })
  const One = body("one", {})
  const OneOk = body("one_ok", {})
  const sums = Layer.mergeAll(
    Handler.layer({
      request: Sum,
      sends: [SumOk],
      handle: (_, { nodes, reply: answer, self }) =>
        Effect.forEach(
          nodes.filter((node) => node !== self),
          (node) => Rpc.call(node, { type: "one" }, { sends: One, reply: OneOk })
        ).pipe(
          Effect.map((ones) => [answer({ type: "sum_ok", sum: ones.length })]),
          Effect.mapError(({ code, message: text }) => new RequestError({ code, text }))
        )
    }),
    Handler.layer({
      request: One,
      sends: [OneOk],
      handle: (_, { reply: answer }) => Effect.as(Effect.yieldNow, [answer({ type: "one_ok" })])
    })
  )

  it.effect("a handler that calls all other nodes is waited for, and answers late when one of them is down", () =>
    Effect.gen(function* () {
      const { ask, crash, request } = yield* TestCluster
      assert.strictEqual((yield* ask("n0", { type: "sum" }, SumOk)).sum, 19)
      yield* crash("n7")
      const { reply: late } = yield* request("n0", { type: "sum" })
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* late, { type: "error", code: 0 })
    }).pipe(Effect.provide(TestCluster.layer(sums, { nodes: 20, seed: 1 })))
  )

  it.effect("two parts for one message are an error when the cluster starts", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(TestCluster.layer(Layer.merge(slow, Layer.fresh(slow)), { nodes: 2, seed: 1 }))
      )
      assert.strictEqual(error._tag, "DuplicateHandler")
    })
  )
})

describe("TestCluster with gossip", () => {
  /** Everything that a cluster says with this seed, while values spread through loss and a partition. */
  const run = (seed: number) =>
    Effect.gen(function* () {
      const { ask, drop, heal, nodes, partition, sent } = yield* TestCluster
      let count = 0
      yield* drop(() => count++ % 3 === 0)
      for (let value = 0; value < 20; value++) {
        if (value === 5) yield* partition([["n0", "n1"]])
        if (value === 15) yield* heal
        yield* ask(`n${value % nodes.length}`, { type: "broadcast", message: value })
        yield* TestClock.adjust(50)
      }
      yield* TestClock.adjust("20 seconds")
      for (const node of nodes) {
        const { messages } = yield* ask(node, { type: "read" }, ReadOk)
        assert.lengthOf(messages, 20)
      }
      return yield* sent
    }).pipe(Effect.provide(TestCluster.layer(Gossip.layer, { nodes: 5, seed, latency: 10 })))

  it.effect("one seed gives one run, and another seed another", () =>
    Effect.gen(function* () {
      const runs: Array<ReadonlyArray<Envelope>> = []
      for (const seed of [1, 1, 2]) {
        yield* TestClock.setTime(0)
        runs.push(yield* run(seed))
      }
      const [one, same, other] = runs
      assert.isAbove(one?.length ?? 0, 100)
      assert.deepStrictEqual(same, one)
      assert.notDeepEqual(other, one)
    })
  )
})
