/**
 * Comparisons: when a node begins one, what it costs to find and repair a difference, and that any message may be lost.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { type Digest, hash, of as ofValues } from "../../src/gossip/Digest.ts"
import type * as Settings from "../../src/gossip/Settings.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import type { Value } from "../../src/protocol/Value.ts"
import type { Envelope, RawBody } from "../../src/protocol/Wire.ts"
import { layerGossip, message, names } from "../node/Cluster.ts"
import { type Crossing, gather } from "./Gathering.ts"
import { type Options, pair } from "./Pair.ts"

const integers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

const digestOf = (...values: ReadonlyArray<Value>): Digest => ofValues(values)

const AsOf = Schema.Struct({ up_to: Schema.Int, count: Schema.Int, sum: Schema.Int })

/** The digest in a message, without its time. */
const digestIn = (confirmed: unknown): Digest => {
  const { count, sum } = Schema.decodeUnknownSync(AsOf)(confirmed)
  return { count, sum }
}

/** The second node begins no comparison of its own. */
const oneAsks: Options = { second: { repair_interval_ms: 3_600_000 } }

/** One comparison of two nodes: the messages between them, and whether both know the same afterwards. */
const compared = Effect.fnUntraced(function* (
  ours: ReadonlyArray<Value>,
  theirs: ReadonlyArray<Value>,
  options: Options = oneAsks
) {
  const nodes = yield* pair([ours, theirs], options)
  yield* nodes.pass(1000)
  const messages = yield* nodes.crossed
  const [first, second] = [yield* nodes.knowledge("n1"), yield* nodes.knowledge("n2")]
  const [known, knownThere] = [new Set(ours), new Set(theirs)]
  const knownTo = (name: string, value: Value) => (name === "n1" ? known : knownThere).has(value)
  return {
    messages,
    bytes: messages.reduce((sum, { bytes }) => sum + bytes, 0),
    equal: first === second,
    size: first.split(",").length,
    /** Values that were sent to a node that had them already. */
    wasted: messages.flatMap(({ dest, values }) => values.filter((value) => knownTo(dest, value)))
  }
})

describe("a comparison", () => {
  it.effect("a comparison of equal sets of 100,000 values costs one message of less than 300 bytes", () =>
    Effect.gen(function* () {
      const { bytes, messages } = yield* compared(integers(0, 100_000), integers(0, 100_000).toReversed())
      assert.lengthOf(messages, 1)
      assert.isBelow(bytes, 300)
    })
  )

  for (const [what, ours, theirs, most, mostBytes] of [
    ["in 5 on either side", integers(0, 100_000), integers(5, 100_005), 6, 20_000],
    ["in 10 that the node lacks", integers(0, 99_990), integers(0, 100_000), 6, 20_000],
    ["in 10 that its peer lacks", integers(0, 100_000), integers(0, 99_990), 6, 20_000],
    ["in 500 on either side", integers(0, 100_000), integers(500, 100_500), 10, 200_000],
    ["in 1,000 that the node lacks", integers(0, 99_000), integers(0, 100_000), 10, 200_000],
    ["in 1,000 that its peer lacks", integers(0, 100_000), integers(0, 99_000), 10, 200_000]
  ] as const) {
    it.effect(
      `a comparison of sets of 100,000 that differ ${what} takes at most ${most} messages and ${mostBytes / 1000} kB and sends no value that is known`,
      () =>
        Effect.gen(function* () {
          const { bytes, equal, messages, size, wasted } = yield* compared(ours, theirs)
          assert.isTrue(equal)
          assert.strictEqual(size, new Set([...ours, ...theirs]).size)
          assert.isAtMost(messages.length, most)
          assert.isAtMost(bytes, mostBytes)
          assert.deepStrictEqual(wasted, [])
        })
    )
  }

  it.effect("a comparison with a node that knows nothing gives it everything, in messages of bounded size", () =>
    Effect.gen(function* () {
      for (const [ours, theirs] of [
        [[], integers(0, 20_000)],
        [integers(0, 20_000), []]
      ] as const) {
        const { equal, messages, size, wasted } = yield* compared(ours, theirs, {
          ...oneAsks,
          settings: { message_bytes: 20_000 }
        })
        assert.isTrue(equal)
        assert.strictEqual(size, 20_000)
        assert.deepStrictEqual(wasted, [])
        for (const { bytes } of messages) assert.isAtMost(bytes, 20_000)
      }
    })
  )

  it.effect("a comparison keeps every message within its bound, however much both sides lack", () =>
    Effect.gen(function* () {
      const texts = (from: number, to: number) => integers(from, to).map((value) => `${value} ${"é".repeat(20)}`)
      for (const message_bytes of [4000, 10_000, 50_000]) {
        const { equal, messages } = yield* compared(texts(0, 1700), texts(1700, 3400), {
          ...oneAsks,
          settings: { message_bytes }
        })
        assert.isTrue(equal)
        for (const { bytes, type } of messages) assert.isAtMost(bytes, message_bytes, type)
      }
    })
  )

  it.effect("a comparison costs the same in a large cluster as in a small one", () =>
    Effect.gen(function* () {
      const sizes: Array<number> = []
      for (const count of [2, 1000]) {
        const lines = Effect.gen(function* () {
          const test = yield* TestNode
          const node_ids = [
            "n1",
            ...names(count)
              .slice(1)
              .map(() => "n2")
          ]
          yield* test.lines(
            message({ type: "init", node_id: "n1", node_ids: count === 2 ? node_ids : names(count) }),
            message({ type: "read" })
          )
          yield* TestClock.adjust(1000)
          return yield* test.lines("")
        })
        const [line] = yield* Effect.provide(lines, layerGossip())
        sizes.push((line ?? "").replace(/"dest": "n\d+"|"up_to": -?\d+/g, "").length)
      }
      assert.strictEqual(sizes[0], sizes[1])
    })
  )
})

describe("losing any one message only costs time", () => {
  for (const [what, ours, theirs] of [
    ["a few values", integers(0, 505), [...integers(5, 500), ...integers(1000, 1005)]],
    ["more than a small sketch tells", integers(0, 5000), integers(150, 5150)],
    ["all that one of them knows", [], integers(0, 300)],
    ["so much that sketches are cut into parts", integers(0, 2000), integers(1000, 3000)]
  ] as const) {
    it.effect(`losing any one message only costs time when two nodes differ in ${what}`, () =>
      Effect.gen(function* () {
        const settings = what.endsWith("parts") ? { message_bytes: 5000 } : {}
        const untilEqual = Effect.fnUntraced(function* (lose: number) {
          const nodes = yield* pair([ours, theirs], { settings, lose })
          for (let ms = 0; ms < 60_000; ms += 500) {
            yield* nodes.pass(500)
            if ((yield* nodes.knowledge("n1")) === (yield* nodes.knowledge("n2"))) return (yield* nodes.crossed).length
          }
          return assert.fail(`message ${lose} lost, not equal after a minute`)
        })
        const needed = yield* untilEqual(-1)
        assert.isAbove(needed, 2)
        const step = Math.ceil(needed / 12)
        for (let lose = 0; lose < needed; lose += step) yield* untilEqual(lose)
      })
    )
  }
})

describe("while values spread", () => {
  it.effect("while values spread, those that are on their way are not taken for lost", () =>
    Effect.gen(function* () {
      const nodes = yield* pair([integers(0, 50), integers(0, 50)])
      for (let value = 0; value < 100; value++) {
        yield* nodes.tell(value % 3 === 0 ? "n1" : "n2", { type: "broadcast", message: `v${value}` })
        yield* nodes.pass(70)
      }
      const types = new Set((yield* nodes.crossed).map(({ type }) => type))
      assert.deepStrictEqual([...types], ["gossip"])
      yield* nodes.pass(2000)
      assert.strictEqual(yield* nodes.knowledge("n1"), yield* nodes.knowledge("n2"))
    })
  )

  it.effect("while values spread, an old value that one node missed is found all the same", () =>
    Effect.gen(function* () {
      const nodes = yield* pair([[...integers(0, 50), "old"], integers(0, 50)])
      for (let value = 0; value < 40; value++) {
        yield* nodes.tell("n2", { type: "broadcast", message: `v${value}` })
        yield* nodes.pass(70)
      }
      assert.include(yield* nodes.knowledge("n2"), `"old"`)
    })
  )
})

describe("what is in flight", () => {
  it.effect("what is in flight is in neither digest: lists that overtake others are not taken for a loss", () =>
    Effect.gen(function* () {
      const isSlow = ({ kind, meeting = 1, to }: Crossing) => kind === "list" && to === "n1" && meeting % 600 === 0
      const cluster = yield* gather({
        settings: { meeting_ms: 60 },
        carry: (crossing) => [isSlow(crossing) ? 172 : 108]
      })
      for (let turn = 0; turn < 50; turn++) {
        for (const name of cluster.names) cluster.tell(name, `${name} ${turn}`)
        cluster.pass(60)
      }
      assert.isAtLeast(cluster.sent.filter(isSlow).length, 3)
      assert.deepStrictEqual(
        cluster.sent.filter(({ kind }) => kind === "gossip_sketch"),
        []
      )
    })
  )
})

const settings: Partial<Settings.SettingsShape> = { fanout: 1, meeting_ms: 100, rounds: 2, repair_interval_ms: 1000 }

/** A list of a host: of a meeting long ago, unless something else is said. */
const listed = (messages: ReadonlyArray<Value>, fields: RawBody = {}, src = "n2") =>
  message({ type: "gossip", messages, meeting: -1_000_000, wait: 100, ...fields }, src)

/** A node of five that has known 1, 2, 3 for long, and that has heard nothing since. */
const started = Effect.gen(function* () {
  const test = yield* TestNode
  yield* test.lines(message({ type: "init", node_id: "n1", node_ids: names(5) }), listed([1, 2, 3]))
  return test
})

const provide = Effect.provide(layerGossip({ settings }))

/** When comparisons are begun while time passes in steps of 100 ms. Other messages are ignored. */
const comparisons = Effect.fnUntraced(function* (ms: number) {
  const test = yield* TestNode
  const at: Array<number> = []
  for (let now = 100; now <= ms; now += 100) {
    yield* TestClock.adjust(100)
    for (const { body } of yield* test.sent)
      if (Array.isArray(body["messages"]) && body["messages"].length === 0) at.push(now)
  }
  return at
})

/** A comparison that a peer begins. */
const asks = ({ count, sum }: Digest, src = "n2") =>
  message({ type: "gossip", messages: [], confirmed: { up_to: 0, count, sum } }, src)

const same = asks(digestOf(3, 2, 1))
const other = asks(digestOf(1, 2))

const hasValues = ({ body: { messages } }: Envelope) => Array.isArray(messages) && messages.length > 0

const typesOf = (sent: ReadonlyArray<Envelope>) => sent.map(({ body, dest }) => [dest, body["type"]])

describe("the pace of comparisons", () => {
  it.effect("the pace of comparisons is not slowed by silence, and every peer has its turn", () =>
    Effect.gen(function* () {
      const test = yield* started
      const reached: Array<string> = []
      for (let turn = 1; turn <= 40; turn++) {
        yield* TestClock.adjust(1000)
        const sent = yield* test.sent
        assert.deepStrictEqual(
          sent.map(({ body: { confirmed, msg_id: _id, ...body } }) => [body, digestIn(confirmed)]),
          [[{ type: "gossip", messages: [] }, digestOf(1, 2, 3)]]
        )
        reached.push(...sent.map(({ dest }) => dest))
      }
      for (const name of names(5).slice(1))
        assert.lengthOf(
          reached.filter((dest) => dest === name),
          10
        )
    }).pipe(provide)
  )

  it.effect(
    "the pace of comparisons halves with every equal digest received, down to a 32nd, and an equal digest is not answered",
    () =>
      Effect.gen(function* () {
        const test = yield* started
        for (const interval of [2, 4, 8, 16, 32, 32, 32]) {
          assert.deepStrictEqual(yield* test.send(same), [])
          assert.deepStrictEqual(yield* comparisons(interval * 1000), [interval * 1000])
        }
      }).pipe(provide)
  )

  it.effect("anything new brings back the quickest pace of comparisons", () =>
    Effect.gen(function* () {
      const test = yield* started
      for (let times = 0; times < 9; times++) yield* test.lines(same)
      yield* test.lines(message({ type: "broadcast", message: 4 }))
      assert.deepStrictEqual(yield* comparisons(3200), [1000, 2000, 3000])
    }).pipe(provide)
  )

  it.effect("a long silence brings back the quickest pace of comparisons", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(same, same)
      assert.deepStrictEqual(
        yield* comparisons(30_000),
        [4, 8, 12, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30].map((seconds) => seconds * 1000)
      )
    }).pipe(provide)
  )

  it.effect("the pace of comparisons stays slow while peers say only what is known", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(same, same)
      for (let turn = 0; turn < 12; turn++) {
        assert.deepStrictEqual(yield* comparisons(4000), [4000])
        yield* test.lines(message({ type: "gossip", messages: [1] }, "n3"))
      }
    }).pipe(provide)
  )

  it.effect("where repair is off, nothing is compared, and digests are neither sent nor answered", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(message({ type: "configure", repair_interval_ms: 0 }))
      assert.deepStrictEqual(yield* test.send(other), [])
      // This node hosts a meeting, and tells what was brought.
      yield* test.lines(message({ type: "gossip", messages: [4], meeting: 0 }, "n2"))
      yield* TestClock.adjust(2000)
      const lists = (yield* test.sent).filter(({ body }) => body["wait"] !== undefined)
      assert.lengthOf(lists, 4)
      for (const { body } of lists) for (const name of ["ago", "count", "sum"]) assert.notProperty(body, name)
      assert.deepStrictEqual(yield* comparisons(100_000), [])
    }).pipe(provide)
  )
})

describe("a different digest", () => {
  it.effect("a different digest starts one reconciliation, and another only after a while", () =>
    Effect.gen(function* () {
      const test = yield* started
      assert.deepStrictEqual(typesOf(yield* test.send(other)), [["n2", "gossip_sketch"]])
      assert.deepStrictEqual(yield* test.send(other, asks(digestOf(9), "n3")), [])
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(yield* test.send(other), [])
      yield* TestClock.adjust(950)
      yield* test.sent
      assert.deepStrictEqual(typesOf(yield* test.send(other)), [["n2", "gossip_sketch"]])
    }).pipe(provide)
  )

  it.effect("what is unconfirmed at a node is in neither of the digests that are compared", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(message({ type: "broadcast", message: 4 }), message({ type: "gossip", messages: [5] }, "n3"))
      assert.deepStrictEqual(yield* test.send(same), [])
      assert.deepStrictEqual(typesOf(yield* test.send(asks(digestOf(1, 2, 3, 4, 5)))), [["n2", "gossip_sketch"]])
    }).pipe(provide)
  )

  it.effect("what was confirmed since the time of a digest is not compared", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(listed([4], { meeting: 100 }, "n3"))
      const compare = (up_to: number, digest: Digest) =>
        message({ type: "gossip", messages: [], confirmed: { up_to, ...digest } }, "n2")
      assert.deepStrictEqual(yield* test.send(compare(99, digestOf(1, 2, 3))), [])
      assert.deepStrictEqual(yield* test.send(compare(100, digestOf(1, 2, 3, 4))), [])
      assert.lengthOf(yield* test.send(compare(100, digestOf(1, 2, 3))), 1)
    }).pipe(provide)
  )

  it.effect("a digest of a time that is too long ago is not answered", () =>
    Effect.gen(function* () {
      const test = yield* started
      for (let meeting = 0; meeting < 20_000; meeting += 100) yield* test.lines(listed([`v${meeting}`], { meeting }))
      const confirmed = { up_to: 0, ...digestOf(7) }
      assert.deepStrictEqual(yield* test.send(message({ type: "gossip", messages: [], confirmed }, "n3")), [])
    }).pipe(provide)
  )

  it.effect("a host's list whose digest differs starts a reconciliation with that host at once", () =>
    Effect.gen(function* () {
      const list = (digest: Digest) => listed([4], { meeting: 100, ago: 50, ...digest }, "n3")
      const equal = Effect.flatMap(started, (test) => test.send(list(digestOf(1, 2, 3))))
      assert.deepStrictEqual(yield* provide(equal), [])
      for (const digest of [digestOf(1, 2), digestOf(1, 2, 3, 9), digestOf(1, 2, 9)]) {
        const [sketch, ...rest] = yield* provide(Effect.flatMap(started, (test) => test.send(list(digest))))
        assert.deepStrictEqual(rest, [])
        assert.isDefined(sketch)
        assert.strictEqual(sketch.dest, "n3")
        assert.strictEqual(sketch.body["type"], "gossip_sketch")
        // It says what it compared with the host's digest, so that the host knows who lacks the same.
        assert.deepStrictEqual(sketch.body["confirmed"], { up_to: 50, ...digestOf(1, 2, 3) })
      }
    })
  )

  it.effect("what a host gives to repair a difference to its digest is confirmed, and not brought to a meeting", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(listed([], { meeting: 0, ago: 0, ...digestOf(1, 2, 3, 9) }, "n3"))
      yield* test.lines(message({ type: "gossip_repair", messages: [9], want: [] }, "n3"))
      yield* TestClock.adjust(900)
      assert.deepStrictEqual((yield* test.sent).filter(hasValues), [])
      assert.deepStrictEqual(yield* test.send(asks(digestOf(1, 2, 3, 9))), [])
    }).pipe(provide)
  )

  it.effect("what any other peer gives to repair a difference is brought to the next meeting", () =>
    Effect.gen(function* () {
      const test = yield* started
      yield* test.lines(asks(digestOf(1, 2, 3, 9), "n3"))
      yield* test.lines(message({ type: "gossip_repair", messages: [9], want: [] }, "n3"))
      yield* TestClock.adjust(900)
      const carried = (yield* test.sent).filter(hasValues)
      assert.isNotEmpty(carried)
      for (const { body } of carried) assert.deepStrictEqual([body["messages"], "meeting" in body], [[9], true])
    }).pipe(provide)
  )
})

describe("a peer that does not know these messages", () => {
  const unknown = (src: string, code: number) => message({ type: "error", code, text: "what?", in_reply_to: 1 }, src)

  /** The peers with which a node compares itself in ten laps, after these messages. */
  const partners = Effect.fnUntraced(function* (...messages: readonly [Envelope, ...ReadonlyArray<Envelope>]) {
    const test = yield* started
    assert.deepStrictEqual(yield* test.send(...messages), [])
    yield* TestClock.adjust(40_000)
    return [...new Set((yield* test.sent).map(({ dest }) => dest))].toSorted()
  }, provide)

  it.effect("a peer that does not know the messages of repair is not compared with any more", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* partners(unknown("n3", 10)), ["n2", "n4", "n5"])
      assert.deepStrictEqual(yield* partners(unknown("n3", 10), unknown("n2", 10)), ["n4", "n5"])
    })
  )

  it.effect("a host that does not know the messages of repair gets no sketch, however its digest differs", () =>
    Effect.gen(function* () {
      const test = yield* started
      const list = listed([4], { meeting: 100, ago: 50, ...digestOf(9) }, "n3")
      assert.deepStrictEqual(yield* test.send(unknown("n3", 10), list), [])
    }).pipe(provide)
  )

  it.effect("a peer that compares, or sends a sketch, knows the messages of repair from then on", () =>
    Effect.gen(function* () {
      const sketch = message({ type: "gossip_sketch", part: 0, parts: 1, hashes: [1, 2, 3].map(hash) }, "n3")
      for (const knows of [asks(digestOf(1, 2, 3), "n3"), sketch])
        assert.deepStrictEqual(yield* partners(unknown("n3", 10), knows), ["n2", "n3", "n4", "n5"])
      const test = yield* started
      const sent = yield* test.send(unknown("n3", 10), asks(digestOf(1), "n3"))
      assert.deepStrictEqual(typesOf(sent), [["n3", "gossip_sketch"]])
    }).pipe(provide)
  )

  it.effect("only error 10 says that a peer does not know the messages of repair", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* partners(unknown("n3", 11), unknown("n2", 13)), ["n2", "n3", "n4", "n5"])
    })
  )
})

describe("when a partition heals", () => {
  /** A cluster cut in two halves that have learned different values; what is sent from when it is whole again. */
  const healed = Effect.fnUntraced(function* (count: number, values: number) {
    let isCut = true
    const half = (name: string) => Number(name.slice(1)) <= count / 2
    const cluster = yield* gather({
      count,
      // Nobody compares but with the digests of hosts.
      settings: { meeting_ms: 460, repair_interval_ms: 3_600_000 },
      carry: ({ from, to }) => (isCut && half(from) !== half(to) ? [] : [50])
    })
    for (let value = 0; value < values; value++) {
      cluster.tell(`n${1 + (value % count)}`, `v${value}`)
      if (value % 100 === 0) cluster.pass(50)
    }
    cluster.pass(20_000)
    const lacked = cluster.names.map((name) => values - cluster.known(name).length)
    isCut = false
    const from = cluster.now()
    cluster.tell("n1", "the first value after that")
    cluster.pass(2000)
    return { cluster, crossings: cluster.since(from), lacked }
  })

  for (const count of [4, 9, 25]) {
    it.effect(
      `when two halves of ${count} nodes can meet again, everybody learns everything from the digest of one host's list`,
      () =>
        Effect.gen(function* () {
          const { cluster, lacked } = yield* healed(count, 200)
          for (const lack of lacked) assert.isAbove(lack, 50)
          for (const name of cluster.names) assert.lengthOf(cluster.known(name), 201, name)
          const { since } = cluster
          cluster.pass(20_000)
          assert.deepStrictEqual(
            since(cluster.now() - 20_000).filter(({ values }) => values.length > 0),
            []
          )
        })
    )

    it.effect(
      `of many among ${count} nodes that find the same difference to one host, the first sorts it out, and all others are given the same`,
      () =>
        Effect.gen(function* () {
          const { crossings, lacked } = yield* healed(count, 200)
          const ofKind = (kind: string) => crossings.filter((crossing) => crossing.kind === kind)
          const [arrival] = ofKind("arrival")
          const host = arrival?.to ?? "n1"
          const across = ofKind("gossip_sketch").filter(({ to }) => to === host)
          // Everybody on the other side says once that it differs, and the host has at most one question.
          assert.strictEqual(new Set(across.map(({ from }) => from)).size, across.length)
          assert.isAtLeast(across.length, Math.floor(count / 2))
          assert.isAtMost(ofKind("gossip_sketch").length - across.length, 1)
          // Each of them is given what it lacks once, the host as well, and whoever lacks the same as the host.
          const gifts = crossings.filter(({ values }) => values.length > 1)
          for (const [index, lack] of lacked.entries()) {
            const given = gifts.filter(({ to }) => to === `n${index + 1}`).flatMap(({ values }) => values)
            assert.strictEqual(given.length, lack, `n${index + 1}`)
            assert.strictEqual(new Set(given).size, lack, `n${index + 1}`)
          }
          assert.lengthOf(gifts, count)
        })
    )
  }

  for (const count of [25, 100]) {
    it.effect(
      `when ${count} nodes have learned 5,000 values on either side, healing costs at most twice what it takes to send each what it lacks`,
      () =>
        Effect.gen(function* () {
          const { crossings, lacked } = yield* healed(count, 10_000)
          const bytes = crossings.reduce((sum, crossing) => sum + crossing.bytes, 0)
          // A value takes nine bytes with what separates it from the next.
          const least = lacked.reduce((sum, lack) => sum + 9 * lack, 0)
          assert.isAtMost(bytes, 2 * least)
          // The meeting whose list shows the difference is held anyway.
          assert.isAtMost(crossings.length - count, 2 * count)
        })
    )
  }
})
