/**
 * How a node spreads what it learns over time: at once or after a window, in rounds, and then no more.
 *
 * Seen from outside, on virtual time. Repair is off unless a test says otherwise, so that all that is sent is rumor.
 */
import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Node from "../../src/node/Node.ts"
import { layerRandom, TestNode } from "../../src/node/TestNode.ts"
import { Transport } from "../../src/node/Transport.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { Value } from "../../src/protocol/Value.ts"
import { type Envelope, envelope, type Outgoing, printer } from "../../src/protocol/Wire.ts"
import { init, layerGossip, message, names } from "../node/Cluster.ts"

/** Without a window: rounds every 100 ms, four in all. */
const atOnce = { fanout: 2, window_ms: 0, gossip_interval_ms: 100, rounds: 4, repair_interval_ms: 0 }
/** With a window of 100 ms. */
const windowed = { ...atOnce, window_ms: 100, fanout: 1, rounds: 3 }

const provide = (settings: Partial<Settings.SettingsShape>, seed: number | string = 1) =>
  Effect.provide(layerGossip({ settings, seed }))

const broadcast = (value: Value, msg_id = 1000) => message({ type: "broadcast", message: value, msg_id })
const forwarded = (src: string, ...messages: ReadonlyArray<Value>) => message({ type: "gossip", messages }, src)
/** A timer round of a peer. */
const pulled = (src: string, msg_id: number, ...messages: ReadonlyArray<Value>) =>
  message({ type: "gossip", messages, pull: true, msg_id }, src)
const answered = (src: string, ...messages: ReadonlyArray<Value>) =>
  message({ type: "gossip_ok", messages, in_reply_to: 0 }, src)
const configured = (settings: Partial<Settings.SettingsShape>) => message({ type: "configure", ...settings })

/** A started node of a cluster of so many. */
const started = Effect.fnUntraced(function* (count: number) {
  const test = yield* TestNode
  yield* test.lines(init(count))
  return test
})

/** What the node sends unasked while so much time passes. */
const pass = Effect.fnUntraced(function* (ms: number) {
  yield* TestClock.adjust(ms)
  return yield* (yield* TestNode).sent
})

/** What messages to peers say: to whom, which values, and whether they ask for others. */
const toPeers = (sent: ReadonlyArray<Envelope>) =>
  sent.flatMap(({ body, dest }) =>
    dest.startsWith("n") ? [{ dest, type: body["type"], values: body["messages"], pull: body["pull"] }] : []
  )

const valuesOf = (sent: ReadonlyArray<Envelope>) => toPeers(sent).map(({ values }) => values)

/** When messages are sent while time passes in steps of 10 ms, and which values they carry. */
const watch = Effect.fnUntraced(function* (until: number) {
  const test = yield* TestNode
  const seen: Array<readonly [at: number, values: unknown]> = []
  for (let at = 10; at <= until; at += 10) {
    yield* TestClock.adjust(10)
    for (const { values } of toPeers(yield* test.sent)) seen.push([at, values])
  }
  return seen
})

const hour = 3_600_000

describe("without a window", () => {
  it.effect(
    "without a window, a client's value is forwarded at once, then sent in R − 1 rounds that ask for others, then no more",
    () =>
      Effect.gen(function* () {
        const test = yield* started(9)
        const first = toPeers(yield* test.send(broadcast("v")))
        assert.deepStrictEqual(
          first.map(({ dest: _dest, ...rest }) => rest),
          [1, 2].map(() => ({ type: "gossip", values: ["v"], pull: undefined }))
        )
        const reached = first.map(({ dest }) => dest)
        for (let round = 2; round <= 4; round++) {
          assert.deepStrictEqual(yield* pass(99), [])
          const sent = toPeers(yield* pass(1))
          assert.deepStrictEqual(
            sent.map(({ dest: _dest, ...rest }) => rest),
            [1, 2].map(() => ({ type: "gossip", values: ["v"], pull: true }))
          )
          reached.push(...sent.map(({ dest }) => dest))
        }
        // The ring turns to everybody once before it turns to anybody again.
        assert.deepStrictEqual(reached.toSorted(), names(9).slice(1))
        assert.deepStrictEqual(yield* pass(hour), [])
      }).pipe(provide(atOnce))
  )

  it.effect(
    "a value that a peer forwards at once is forwarded at once as well, but never back to that peer, and sent in R − 1 rounds",
    () =>
      Effect.gen(function* () {
        const test = yield* started(4)
        const sent = toPeers(yield* test.send(forwarded("n3", "v", "w")))
        assert.deepStrictEqual(sent.map(({ dest }) => dest).toSorted(), ["n2", "n4"])
        for (const { pull, values } of sent) assert.deepStrictEqual([values, pull], [["v", "w"], undefined])
        const later = yield* watch(1000)
        assert.deepStrictEqual(
          later.map(([at]) => at),
          [100, 100, 200, 200, 300, 300]
        )
      }).pipe(provide(atOnce))
  )

  it.effect.each([
    ["a timer round", pulled("n2", 5, "v")],
    ["a round that asks for nothing", message({ type: "gossip", messages: ["v"], pull: false }, "n2")],
    ["an answer", answered("n2", "v")],
    ["repair", message({ type: "gossip_repair", messages: ["v"], want: [] }, "n2")]
  ] as const)("without a window, a value learned from %s waits for the timer and is sent in R rounds", ([, incoming]) =>
    Effect.gen(function* () {
      const test = yield* started(5)
      assert.deepStrictEqual(yield* test.send(incoming), [])
      assert.deepStrictEqual(
        yield* watch(1000),
        [100, 100, 200, 200, 300, 300, 400, 400].map((at) => [at, ["v"]] as const)
      )
    }).pipe(provide(atOnce))
  )

  it.effect("values share timer rounds, but each is sent in R rounds of its own", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("a"))
      yield* pass(150)
      yield* test.lines(broadcast("b"))
      yield* test.lines(pulled("n2", 1, "c"))
      assert.deepStrictEqual(yield* watch(1000), [
        [50, ["a", "b", "c"]],
        [150, ["a", "b", "c"]],
        [250, ["b", "c"]],
        [350, ["c"]]
      ])
    }).pipe(provide({ ...atOnce, fanout: 1 }))
  )

  it.effect(
    "with one round and no repair, a node forwards a value once and never sends anything more (infect and die)",
    () =>
      Effect.gen(function* () {
        const test = yield* started(5)
        assert.lengthOf(toPeers(yield* test.send(broadcast("a"))), 2)
        assert.lengthOf(toPeers(yield* test.send(forwarded("n2", "b"))), 2)
        assert.deepStrictEqual(yield* test.send(forwarded("n3", "a", "b")), [])
        assert.deepStrictEqual(yield* pass(hour), [])
      }).pipe(provide({ ...atOnce, rounds: 1 }))
  )

  it.effect("a forward at once is never answered, even if the receiver has hot values", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(broadcast("mine"))
      assert.deepStrictEqual(yield* test.send(message({ type: "gossip", messages: ["yours"], msg_id: 3 }, "n2")), [])
    }).pipe(provide(atOnce))
  )

  it.effect("a value that cannot be forwarded to anybody but its sender is sent in the timer rounds all the same", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      assert.deepStrictEqual(yield* test.send(forwarded("n2", "v")), [])
      assert.lengthOf(yield* watch(1000), 3)
    }).pipe(provide(atOnce))
  )

  it.effect("a node without peers is silent for ever", () =>
    Effect.gen(function* () {
      const test = yield* started(1)
      assert.lengthOf(yield* test.send(broadcast("v")), 1)
      assert.deepStrictEqual(yield* pass(hour), [])
    }).pipe(provide({ ...atOnce, repair_interval_ms: 1000 }))
  )
})

describe("with a window", () => {
  it.effect(
    "with a window, a node that was idle for longer sends a value right after its chunk of lines, and in R rounds in all",
    () =>
      Effect.gen(function* () {
        const test = yield* started(5)
        const sent = toPeers([...(yield* test.send(broadcast("a"), broadcast("b"))), ...(yield* pass(0))])
        assert.deepStrictEqual(
          sent.map(({ dest: _dest, ...rest }) => rest),
          [{ type: "gossip", values: ["a", "b"], pull: true }]
        )
        assert.deepStrictEqual(yield* watch(1000), [
          [100, ["a", "b"]],
          [200, ["a", "b"]]
        ])
        assert.deepStrictEqual(valuesOf([...(yield* test.send(broadcast("c"))), ...(yield* pass(0))]), [["c"]])
        assert.lengthOf(yield* pass(hour), 2)
        assert.deepStrictEqual(yield* pass(hour), [])
      }).pipe(provide({ ...windowed, rounds: 3 }))
  )

  it.effect("values that arrive within a window of a round wait until it has passed, and then share one message", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast(0))
      yield* pass(30)
      yield* test.lines(broadcast(1))
      yield* pass(30)
      yield* test.lines(broadcast(2), forwarded("n2", 3), pulled("n3", 1, 4))
      yield* test.lines(answered("n4", 5))
      assert.deepStrictEqual(yield* watch(1000), [[40, [1, 2, 3, 4, 5]]])
    }).pipe(provide({ ...windowed, rounds: 1 }))
  )

  it.effect("a value that arrives just as a window has passed is sent at once", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast(1))
      yield* pass(100)
      assert.deepStrictEqual(valuesOf([...(yield* test.send(broadcast(2))), ...(yield* pass(0))]), [[2]])
    }).pipe(provide({ ...windowed, rounds: 1 }))
  )

  it.effect("with a window, a value that a peer forwards at once is not forwarded at once, but sent in R rounds", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("first"))
      yield* pass(10)
      assert.deepStrictEqual(yield* test.send(forwarded("n2", "v")), [])
      assert.deepStrictEqual(yield* watch(500), [
        [90, ["first", "v"]],
        [190, ["v"]]
      ])
    }).pipe(provide({ ...windowed, rounds: 2 }))
  )

  it.effect("with a window, comparisons send no values before the window has passed, however quick their pace", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("a"))
      yield* pass(0)
      yield* test.lines(broadcast("b"))
      assert.deepStrictEqual(yield* watch(1010), [[1000, ["a", "b"]]])
    }).pipe(provide({ ...windowed, window_ms: 1000, rounds: 2, repair_interval_ms: 100 }))
  )
})

describe("the answer to a pull", () => {
  it.effect("the answer to a pull has the hot values that the pull did not list, each once", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast(1), broadcast({ a: 1, b: 2 }), broadcast(3))
      const sent = yield* test.send(pulled("n4", 77, 3, { b: 2, a: 1 }, 4))
      assert.deepStrictEqual(
        sent.map(({ body, dest }) => [dest, body["type"], body["messages"], body["in_reply_to"]]),
        [["n4", "gossip_ok", [1], 77]]
      )
    }).pipe(provide(atOnce))
  )

  it.effect("a pull is not answered if nothing is hot, or if it listed all that is", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      assert.deepStrictEqual(yield* test.send(pulled("n2", 1, 1, 2)), [])
      assert.deepStrictEqual(yield* test.send(pulled("n2", 2, 2, 1, 3)), [])
      assert.lengthOf(yield* test.send(pulled("n2", 3, 1, 3)), 1)
      yield* pass(1000)
      assert.deepStrictEqual(yield* test.send(pulled("n2", 4)), [])
    }).pipe(provide(atOnce))
  )

  it.effect("a pull without msg_id is not answered, nor is a part of a round", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast(1))
      assert.deepStrictEqual(yield* test.send(message({ type: "gossip", messages: [], pull: true }, "n2")), [])
      assert.deepStrictEqual(
        yield* test.send(message({ type: "gossip", messages: [], pull: false, msg_id: 3 }, "n2")),
        []
      )
    }).pipe(provide(atOnce))
  )

  it.effect("an answer to a pull is never answered, and neither is a bare acknowledgement", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast(1))
      assert.deepStrictEqual(yield* test.send(answered("n2", 5, 6)), [])
      assert.deepStrictEqual(yield* test.send(message({ type: "gossip_ok", in_reply_to: 1 }, "n2")), [])
      assert.deepStrictEqual(
        yield* test.send(message({ type: "gossip_ok", messages: [7], in_reply_to: 1, msg_id: 8 }, "n2")),
        []
      )
      const [read] = yield* test.send(message({ type: "read", msg_id: 9 }))
      assert.deepStrictEqual(read?.body["messages"], [1, 5, 6, 7])
    }).pipe(provide(atOnce))
  )

  it.effect("an answer to a pull is not counted as a round: its values are sent as often as ever", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast(1))
      for (let id = 0; id < 9; id++) assert.lengthOf(yield* test.send(pulled("n2", id)), 1)
      assert.lengthOf(yield* watch(1000), 3)
    }).pipe(provide({ ...atOnce, fanout: 1 }))
  )
})

describe("large rounds", () => {
  const values = Array.from({ length: 25 }, (_, index) => index)

  it.effect("a large round takes several messages, of which only the last asks for what is in none of them", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(message({ type: "gossip", messages: values, pull: false }, "n2"))
      const sent = toPeers(yield* pass(100))
      assert.deepStrictEqual(
        sent.map(({ pull, values: some }) => [some, pull]),
        [
          [values.slice(0, 10), false],
          [values.slice(10, 20), false],
          [values.slice(20), true]
        ]
      )
    }).pipe(provide({ ...atOnce, message_values: 10 }))
  )

  it.effect("large forwards and large answers take several messages as well", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      const forwards = toPeers(yield* test.send(message({ type: "gossip", messages: values })))
      assert.deepStrictEqual(
        forwards.map(({ pull, values: some }) => [some, pull]),
        [
          [values.slice(0, 10), undefined],
          [values.slice(10, 20), undefined],
          [values.slice(20), undefined]
        ]
      )
      const answers = toPeers(yield* test.send(pulled("n2", 5, ...values.slice(0, 3))))
      assert.deepStrictEqual(
        answers.map(({ type, values: some }) => [type, some]),
        [
          ["gossip_ok", values.slice(3, 13)],
          ["gossip_ok", values.slice(13, 23)],
          ["gossip_ok", values.slice(23)]
        ]
      )
    }).pipe(provide({ ...atOnce, message_values: 10 }))
  )

  it.effect("no message of a large round, forward or answer has more bytes than its bound", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      const long = values.map((value) => `${value} ${"é".repeat(300)}`)
      const sent = [
        ...(yield* test.send(message({ type: "gossip", messages: long }))),
        ...(yield* pass(100)),
        ...(yield* test.send(pulled("n2", 5)))
      ]
      assert.isAbove(sent.length, 12)
      for (const line of sent.map(print)) assert.isAtMost(Buffer.byteLength(line) + 1, 4000)
    }).pipe(provide({ ...atOnce, message_bytes: 4000, repair_interval_ms: 1000 }))
  )
})

describe("before the first message other than init", () => {
  it.effect.each(["default", "fast", "frugal"] as const)(
    "a node sends nothing before the first message other than init, however long it takes: profile %s",
    (profile) =>
      Effect.gen(function* () {
        const test = yield* TestNode
        assert.deepStrictEqual(yield* pass(hour), [])
        yield* test.lines(init(5))
        assert.deepStrictEqual(yield* pass(hour), [])
        yield* test.lines(init(5), "", "no JSON", message({ type: "read", msg_id: 1 }, "c1", "n2"))
        assert.deepStrictEqual(yield* pass(hour), [])
        yield* test.lines(message({ type: "read", msg_id: 2 }))
        assert.isNotEmpty(toPeers(yield* pass(3000)))
      }).pipe(
        Effect.provide(
          TestNode.layer(Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.Settings.layer({}, profile)])), {
            seed: 1
          })
        )
      )
  )
})

describe("gossip_stats", () => {
  const sentBy = Effect.gen(function* () {
    const [answer] = yield* (yield* TestNode).send(message({ type: "gossip_stats", msg_id: 1 }))
    return answer?.body["gossip_messages_sent"]
  })

  it.effect("gossip_stats counts the messages that carry values: forwards, rounds, answers and repairs", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("a"))
      assert.strictEqual(yield* sentBy, 2)
      yield* pass(100)
      assert.strictEqual(yield* sentBy, 4)
      yield* test.lines(pulled("n2", 1))
      assert.strictEqual(yield* sentBy, 5)
      yield* test.lines(message({ type: "gossip_sketch", part: 0, parts: 1, hashes: [] }, "n2"))
      assert.strictEqual(yield* sentBy, 6)
    }).pipe(provide(atOnce))
  )

  it.effect("gossip_stats does not count comparisons, sketches and wishes, which carry no values", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(message({ type: "read", msg_id: 1 }))
      assert.lengthOf(yield* pass(1000), 1)
      const digest = { count: 1, sum: 1 }
      assert.lengthOf(
        yield* test.send(message({ type: "gossip", messages: [], pull: true, digest, msg_id: 1 }, "n2")),
        1
      )
      assert.lengthOf(yield* test.send(message({ type: "gossip_sketch", part: 0, parts: 1, hashes: [1] }, "n2")), 1)
      assert.strictEqual(yield* sentBy, 0)
    }).pipe(provide({ ...atOnce, repair_interval_ms: 1000 }))
  )
})

describe("the end of input", () => {
  /** A node whose input the test ends; what it has sent by then, and what it sends after that. */
  const running = Effect.fnUntraced(function* (settings: Partial<Settings.SettingsShape>, count: number) {
    const input = yield* Queue.unbounded<string, Cause.Done>()
    const sent = yield* Ref.make<ReadonlyArray<Outgoing>>([])
    const transport = Transport.of({
      incoming: Stream.fromQueue(input),
      send: (messages) => Ref.update(sent, (all) => [...all, ...messages])
    })
    const handlers = Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.Settings.layer(settings)]))
    const node = yield* Effect.forkScoped(
      Node.run(handlers).pipe(Effect.provideService(Transport, transport), Effect.provide(layerRandom(1)))
    )
    const take = Effect.map(Ref.getAndSet(sent, []), (messages) =>
      messages.map(printer()).map((line) => Result.getOrThrow(envelope(line)))
    )
    const tell = Effect.fnUntraced(function* (messages: ReadonlyArray<Envelope>, ms: number) {
      yield* Queue.offerAll(input, messages.map(print))
      yield* TestClock.adjust(ms)
      return yield* take
    })
    yield* tell([init(count)], 0)
    /** Ends the input; the node must end by itself, without time passing. */
    const end = Effect.gen(function* () {
      yield* Queue.end(input)
      yield* Fiber.join(node)
      return yield* take
    })
    return { tell, end }
  })

  it.effect("at the end of input, a node sends what it never sent to K peers, asks for nothing, and ends", () =>
    Effect.gen(function* () {
      const node = yield* running({ ...windowed, fanout: 2 }, 5)
      assert.lengthOf(toPeers(yield* node.tell([broadcast("sent")], 10)), 2)
      assert.deepStrictEqual(yield* node.tell([forwarded("n2", "newer")], 10), [])
      assert.lengthOf(yield* node.tell([broadcast("newest")], 10), 1)
      const last = toPeers(yield* node.end)
      assert.deepStrictEqual(
        last.map(({ dest: _dest, ...rest }) => rest),
        [1, 2].map(() => ({ type: "gossip", values: ["newer", "newest"], pull: false }))
      )
      assert.strictEqual(new Set(last.map(({ dest }) => dest)).size, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("at the end of input, values that were forwarded or in a round are not sent again", () =>
    Effect.gen(function* () {
      const rounds = yield* running(windowed, 5)
      assert.lengthOf(toPeers(yield* rounds.tell([broadcast("v")], 0)), 1)
      assert.deepStrictEqual(yield* rounds.end, [])
      const forwards = yield* running(atOnce, 5)
      assert.lengthOf(toPeers(yield* forwards.tell([broadcast("v"), forwarded("n2", "w")], 0)), 4)
      assert.deepStrictEqual(yield* forwards.end, [])
    }).pipe(Effect.scoped)
  )

  it.effect("at the end of input, a node without a window sends what still waits for its first round", () =>
    Effect.gen(function* () {
      const node = yield* running({ ...atOnce, fanout: 1 }, 5)
      yield* node.tell([broadcast("forwarded"), pulled("n2", 1, "waits")], 0)
      assert.deepStrictEqual(valuesOf(yield* node.end), [["waits"]])
    }).pipe(Effect.scoped)
  )

  it.effect("the end of input ends all timers, however long they would have slept", () =>
    Effect.gen(function* () {
      const node = yield* running({ ...atOnce, gossip_interval_ms: hour, repair_interval_ms: hour }, 5)
      yield* node.tell([broadcast("v")], 0)
      assert.deepStrictEqual(yield* node.end, [])
      assert.deepStrictEqual(yield* node.tell([], 2 * hour), [])
    }).pipe(Effect.scoped)
  )

  it.effect("a node whose input ends before the first message other than init sends nothing", () =>
    Effect.gen(function* () {
      const node = yield* running({ ...windowed, repair_interval_ms: 10 }, 5)
      yield* node.tell([], hour)
      assert.deepStrictEqual(yield* node.end, [])
    }).pipe(Effect.scoped)
  )
})

describe("configure", () => {
  it.effect("configure with a shorter interval brings forward a round that is due later", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("v"))
      yield* pass(10)
      yield* test.lines(configured({ gossip_interval_ms: 50 }))
      assert.deepStrictEqual(
        (yield* watch(1000)).map(([at]) => at),
        [50, 100, 150]
      )
    }).pipe(provide({ ...atOnce, fanout: 1, gossip_interval_ms: hour }))
  )

  it.effect("configure with a longer interval holds from the next round on", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("v"))
      yield* test.lines(configured({ gossip_interval_ms: 300 }))
      assert.deepStrictEqual(
        (yield* watch(1000)).map(([at]) => at),
        [100, 400, 700]
      )
    }).pipe(provide({ ...atOnce, fanout: 1 }))
  )

  it.effect("configure with a number of rounds holds for values that are hot already", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(broadcast("v"))
      yield* test.lines(configured({ rounds: 6 }))
      assert.lengthOf(yield* watch(350), 3)
      yield* test.lines(configured({ rounds: 2 }))
      assert.lengthOf(yield* watch(1000), 1)
      yield* test.lines(broadcast("w"))
      assert.lengthOf(yield* watch(1000), 1)
    }).pipe(provide({ ...atOnce, fanout: 1 }))
  )

  it.effect("configure with a fanout holds for the next round", () =>
    Effect.gen(function* () {
      const test = yield* started(9)
      yield* test.lines(broadcast("v"))
      yield* test.lines(configured({ fanout: 5 }))
      assert.lengthOf(yield* pass(100), 5)
    }).pipe(provide(atOnce))
  )

  it.effect("configure with a window ends the forwarding at once, and with none begins it again", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(configured({ window_ms: 200 }))
      assert.deepStrictEqual(valuesOf([...(yield* test.send(broadcast(1))), ...(yield* pass(0))]), [[1]])
      assert.deepStrictEqual(toPeers(yield* test.send(broadcast(2))), [])
      assert.deepStrictEqual(yield* watch(400), [
        [200, [1, 2]],
        [400, [1, 2]]
      ])
      yield* test.lines(configured({ window_ms: 0, rounds: 1 }))
      assert.deepStrictEqual(valuesOf(yield* test.send(broadcast(3))), [[3]])
    }).pipe(provide({ ...atOnce, fanout: 1, rounds: 3 }))
  )

  it.effect("configure with an interval sets the window of a node that has one", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      yield* test.lines(configured({ gossip_interval_ms: 300 }))
      yield* test.lines(broadcast(1))
      yield* pass(10)
      yield* test.lines(broadcast(2))
      assert.deepStrictEqual(yield* watch(1000), [[290, [2]]])
    }).pipe(provide({ ...windowed, rounds: 1 }))
  )

  it.effect("configure with bounds of messages holds for the next round", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      const values = Array.from({ length: 1200 }, (_, index) => 1000 + index)
      yield* test.lines(message({ type: "gossip", messages: values, pull: false }, "n2"))
      assert.lengthOf(yield* pass(100), 1)
      yield* test.lines(configured({ message_values: 400 }))
      assert.lengthOf(yield* pass(100), 3)
      yield* test.lines(configured({ message_values: 10_000, message_bytes: 4000 }))
      assert.lengthOf(yield* pass(100), 2)
    }).pipe(provide(atOnce))
  )

  it.effect("configure with a repair interval begins comparisons, and with 0 ends them", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(message({ type: "read", msg_id: 1 }))
      assert.deepStrictEqual(yield* pass(hour), [])
      yield* test.lines(configured({ repair_interval_ms: 200 }))
      assert.deepStrictEqual(
        (yield* watch(500)).map(([at]) => at),
        [200, 400]
      )
      yield* test.lines(configured({ repair_interval_ms: 0 }))
      assert.deepStrictEqual(yield* pass(hour), [])
    }).pipe(provide(atOnce))
  )
})
