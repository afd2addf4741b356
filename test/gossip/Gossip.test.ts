/**
 * What a gossip node does with each of its messages, seen from outside.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { hash } from "../../src/gossip/Digest.ts"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { duplicatesReceived } from "../../src/gossip/Learning.ts"
import { Peers, type Selection } from "../../src/gossip/Peers.ts"
import { Settings, type SettingsShape } from "../../src/gossip/Settings.ts"
import * as Handler from "../../src/node/Handler.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { body as bodyOf } from "../../src/protocol/Message.ts"
import type { Value } from "../../src/protocol/Value.ts"
import type { Envelope } from "../../src/protocol/Wire.ts"
import { init, layerGossip, message, names } from "../node/Cluster.ts"

const broadcast = (value: Value, msg_id: number) => message({ type: "broadcast", message: value, msg_id })

const gossip = (src: string, ...messages: ReadonlyArray<Value>) => message({ type: "gossip", messages }, src)

/** A started node of a cluster of so many. */
const started = Effect.fnUntraced(function* (count: number) {
  const test = yield* TestNode
  yield* test.lines(init(count))
  return test
})

const known = Effect.gen(function* () {
  const [answer] = yield* (yield* TestNode).send(message({ type: "read", msg_id: 100 }))
  return answer?.body["messages"]
})

const stats = Effect.gen(function* () {
  const [answer] = yield* (yield* TestNode).send(message({ type: "gossip_stats", msg_id: 100 }))
  const { in_reply_to: _to, msg_id: _id, type: _type, ...counters } = answer?.body ?? {}
  return counters
})

/** To whom values went, and which. */
const forwarded = (sent: ReadonlyArray<Envelope>) =>
  sent.flatMap(({ body, dest }) => (body["type"] === "gossip" ? [[dest, body["messages"]] as const] : []))

const typesOf = (sent: ReadonlyArray<Envelope>) => sent.map(({ body }) => body["type"])

const receivers = (sent: ReadonlyArray<Envelope>) => forwarded(sent).map(([dest]) => dest)

describe("Gossip", () => {
  it.effect("a broadcast is forwarded before it is acknowledged", () =>
    Effect.gen(function* () {
      const test = yield* started(3)
      const lines = yield* test.lines(broadcast({ a: [1] }, 7))
      assert.deepStrictEqual(
        lines.map((line) => line.replace(/"dest": "n[23]"/, `"dest": "peer"`)),
        [
          `{"src": "n1", "dest": "peer", "body": {"type": "gossip", "messages": [{"a": [1]}], "msg_id": 1}}`,
          `{"src": "n1", "dest": "peer", "body": {"type": "gossip", "messages": [{"a": [1]}], "msg_id": 2}}`,
          `{"src": "n1", "dest": "c1", "body": {"type": "broadcast_ok", "in_reply_to": 7, "msg_id": 3}}`
        ]
      )
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("a broadcast is acknowledged again but neither stored nor forwarded again", () =>
    Effect.gen(function* () {
      const test = yield* started(3)
      yield* test.lines(broadcast(1, 2))
      const again = yield* test.send(broadcast(1, 3), gossip("n2", 1), gossip("n3", 1, 1))
      assert.deepStrictEqual(
        again.map(({ body, dest }) => [dest, body["type"], body["in_reply_to"]]),
        [["c1", "broadcast_ok", 3]]
      )
      assert.deepStrictEqual(yield* known, [1])
    }).pipe(Effect.provide(layerGossip()))
  )

  for (const [fanout, cluster, expected] of [
    [1, 5, 1],
    [2, 5, 2],
    [3, 5, 3],
    [4, 5, 4],
    [5, 5, 4],
    [1_000_000, 5, 4],
    [2, 2, 1],
    [2, 1, 0]
  ] as const) {
    it.effect(
      `with fanout ${fanout}, a node of ${cluster} forwards to ${expected} different peers, never to itself`,
      () =>
        Effect.gen(function* () {
          const test = yield* started(cluster)
          for (let value = 0; value < 20; value++) {
            const to = receivers(yield* test.send(broadcast(value, value)))
            assert.lengthOf(to, expected)
            assert.strictEqual(new Set(to).size, expected)
            for (const peer of to) assert.include(names(cluster).slice(1), peer)
          }
        }).pipe(Effect.provide(layerGossip({ settings: { fanout } })))
    )
  }

  it.effect("a node sends to all its peers before it sends to any of them again", () =>
    Effect.gen(function* () {
      const test = yield* started(7)
      const sent = yield* test.send(broadcast(1, 1), broadcast(2, 2), broadcast(3, 3))
      assert.deepStrictEqual(receivers(sent).toSorted(), names(7).slice(1))
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("values from a peer are stored and only the new ones forwarded, together, never back to the sender", () =>
    Effect.gen(function* () {
      const test = yield* started(3)
      yield* test.lines(broadcast("a", 2))
      assert.deepStrictEqual(forwarded(yield* test.send(gossip("n2", "b", "a", "c", "b"))), [["n3", ["b", "c"]]])
      assert.deepStrictEqual(yield* known, ["a", "b", "c"])
    }).pipe(Effect.provide(layerGossip({ settings: { fanout: 5 } })))
  )

  it.effect("values from the only peer there is are stored and sent to nobody", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      assert.deepStrictEqual(yield* test.lines(gossip("n2", 1, 2)), [])
      assert.deepStrictEqual(yield* known, [1, 2])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("gossip is not replied to", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      assert.deepStrictEqual(yield* test.lines(message({ type: "gossip", messages: [1], msg_id: 4 }, "n2")), [])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect.each([0, null, false, "", [], { a: 1 }])("gossip of one bare message, %j, is understood", (value) =>
    Effect.gen(function* () {
      const test = yield* started(3)
      const sent = yield* test.send(message({ type: "gossip", message: value }, "n2"))
      assert.deepStrictEqual(forwarded(sent), [["n3", [value]]])
      assert.deepStrictEqual(yield* known, [value])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("gossip of several messages and a bare one is understood", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(message({ type: "gossip", messages: [1, 2], message: 3 }, "n2"), gossip("n2"))
      assert.deepStrictEqual(yield* known, [1, 2, 3])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("a peer's broadcast is understood, acknowledged if it asks, and not counted as an operation", () =>
    Effect.gen(function* () {
      const test = yield* started(3)
      const silent = yield* test.send(message({ type: "broadcast", message: "x" }, "n2"))
      assert.deepStrictEqual(
        silent.map(({ body, dest }) => [dest, body["type"]]),
        [["n3", "gossip"]]
      )
      const asked = yield* test.send(message({ type: "broadcast", message: "y", msg_id: 9 }, "n2"))
      assert.deepStrictEqual(
        asked.map(({ body, dest }) => [dest, body["type"], body["in_reply_to"]]),
        [
          ["n3", "gossip", undefined],
          ["n2", "broadcast_ok", 9]
        ]
      )
      assert.deepStrictEqual(yield* known, ["x", "y"])
      assert.strictEqual((yield* stats)["broadcasts_received"], 0)
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("values that are equal as JSON count once", () =>
    Effect.gen(function* () {
      const test = yield* started(1)
      const values = [
        "1",
        "1.0",
        "1e0",
        `"1"`,
        "0",
        "-0",
        "-0.0",
        `{"a": 1, "b": [2]}`,
        `{"b": [2.0], "a": 1}`,
        "[]",
        "{}"
      ]
      for (const value of values) {
        yield* test.lines(`{"src": "c1", "dest": "n1", "body": {"type": "broadcast", "message": ${value}}}`)
      }
      assert.deepStrictEqual(yield* known, [1, "1", 0, { a: 1, b: [2] }, [], {}])
      const { broadcasts_received, unique_messages } = yield* stats
      assert.deepStrictEqual([broadcasts_received, unique_messages], [11, 6])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("a float beyond 2^53 that was stored is forwarded and read as the number that it is", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      const lines = yield* test.lines(
        `{"src": "c1", "dest": "n1", "body": {"type": "broadcast", "message": 1e20}}`,
        message({ type: "read", msg_id: 3 })
      )
      assert.include(lines[0], `"messages": [1e+20]`)
      assert.include(lines[1], `"messages": [1e+20]`)
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("read lists the values in the order learned, whoever sent them", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(broadcast(9, 2), gossip("n2", 3, 9, 7), broadcast(1, 3), gossip("n2", 2))
      assert.deepStrictEqual(yield* test.lines(message({ type: "read", msg_id: 4 })), [
        `{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "messages": [9, 3, 7, 1, 2], "in_reply_to": 4, "msg_id": 5}}`
      ])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("read lists nothing if the node knows nothing", () =>
    Effect.gen(function* () {
      yield* started(1)
      assert.deepStrictEqual(yield* known, [])
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("gossip_stats reports broadcasts, messages sent, messages per broadcast and values, in this order", () =>
    Effect.gen(function* () {
      const test = yield* started(4)
      assert.deepStrictEqual(yield* test.lines(message({ type: "gossip_stats", msg_id: 2 })), [
        `{"src": "n1", "dest": "c1", "body": {"type": "gossip_stats_ok", "broadcasts_received": 0, ` +
          `"gossip_messages_sent": 0, "messages_per_op": 0, "unique_messages": 0, "in_reply_to": 2, "msg_id": 1}}`
      ])
      yield* test.lines(broadcast(1, 3), broadcast(1, 4), broadcast(2, 5), broadcast(3, 6), gossip("n2", 4, 5))
      assert.deepStrictEqual(yield* stats, {
        broadcasts_received: 4,
        gossip_messages_sent: 8,
        messages_per_op: 2,
        unique_messages: 5
      })
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("gossip_stats counts forwards, arrivals, lists and repairs, but no comparisons, sketches and wishes", () =>
    Effect.gen(function* () {
      const test = yield* started(5)
      const sentBy = Effect.map(stats, ({ gossip_messages_sent }) => gossip_messages_sent)
      yield* test.lines(broadcast("a", 2))
      assert.strictEqual(yield* sentBy, 2)
      yield* test.lines(message({ type: "gossip", messages: ["b"], meeting: 0 }, "n2"))
      assert.strictEqual(yield* sentBy, 2)
      // The list of the meeting that this node hosts.
      yield* TestClock.adjust(1000)
      assert.lengthOf(
        (yield* test.sent).filter(({ body }) => body["wait"] !== undefined),
        4
      )
      assert.strictEqual(yield* sentBy, 2 + 4)
      const nothing = { type: "gossip_sketch", part: 0, parts: 1, hashes: [] }
      yield* test.lines(message(nothing, "n2"))
      assert.strictEqual(yield* sentBy, 2 + 4 + 1)
      yield* test.lines(message({ ...nothing, hashes: [1, ...["a", "b"].map(hash)] }, "n3"))
      yield* TestClock.adjust(60_000)
      const later = yield* test.sent
      assert.isTrue(later.some(({ body }) => body["confirmed"] !== undefined || body["ago"] !== undefined))
      assert.strictEqual(yield* sentBy, 2 + 4 + 1)
    }).pipe(Effect.provide(layerGossip({ settings: { meeting_ms: 10_000 } })))
  )

  it.effect.each(["default", "fast", "frugal"] as const)(
    "a node sends nothing before the first message other than init, however long it takes: profile %s",
    (profile) =>
      Effect.gen(function* () {
        const test = yield* TestNode
        const pass = Effect.fnUntraced(function* (ms: number) {
          yield* TestClock.adjust(ms)
          return yield* test.sent
        })
        const hour = 3_600_000
        assert.deepStrictEqual(yield* pass(hour), [])
        yield* test.lines(init(5))
        assert.deepStrictEqual(yield* pass(hour), [])
        yield* test.lines(init(5), "", "no JSON", message({ type: "read", msg_id: 1 }, "c1", "n2"))
        assert.deepStrictEqual(yield* pass(hour), [])
        yield* test.lines(message({ type: "read", msg_id: 2 }))
        assert.isNotEmpty(yield* pass(3000))
      }).pipe(
        Effect.provide(
          TestNode.layer(Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.layer({}, profile)])), {
            seed: 1
          })
        )
      )
  )

  it.effect("a metric counts the values from peers that were known already", () =>
    Effect.gen(function* () {
      const test = yield* started(2)
      yield* test.lines(gossip("n2", 1, 2), gossip("n2", 2, 1, 3, 3))
      assert.strictEqual((yield* Metric.value(duplicatesReceived)).count, 3)
    }).pipe(Effect.provide(layerGossip()), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("a topology is acknowledged and does not matter by default", () =>
    Effect.gen(function* () {
      const test = yield* started(3)
      const [answer] = yield* test.send(message({ type: "topology", topology: { n1: [] }, msg_id: 2 }))
      assert.deepStrictEqual(answer?.body, { type: "topology_ok", in_reply_to: 2, msg_id: 1 })
      assert.lengthOf(receivers(yield* test.send(broadcast(1, 3))), 2)
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("with the topology's neighbours as peers, only they are sent to", () =>
    Effect.gen(function* () {
      const test = yield* started(6)
      assert.lengthOf(receivers(yield* test.send(broadcast(0, 2))), 5)
      yield* test.lines(message({ type: "topology", topology: { n1: ["n4", "n2", "n9"], n2: ["n3"] }, msg_id: 3 }))
      assert.deepStrictEqual(receivers(yield* test.send(broadcast(1, 4))).toSorted(), ["n2", "n4"])
      assert.deepStrictEqual(receivers(yield* test.send(gossip("n4", 2))), ["n2"])
    }).pipe(Effect.provide(layerGossip({ settings: { fanout: 9 }, peers: Peers.layerTopology })))
  )

  describe("configure", () => {
    const fanoutOf = Effect.fnUntraced(function* (value: number) {
      return receivers(yield* (yield* TestNode).send(broadcast(value, value))).length
    })

    it.effect("configure changes the fanout from the next message on", () =>
      Effect.gen(function* () {
        const test = yield* started(9)
        assert.strictEqual(yield* fanoutOf(1), 2)
        const [answer] = yield* test.send(message({ type: "configure", fanout: 5, msg_id: 2 }))
        assert.strictEqual(answer?.body["type"], "configure_ok")
        assert.strictEqual(yield* fanoutOf(2), 5)
      }).pipe(Effect.provide(layerGossip()))
    )

    it.effect("configure changes one setting or several, and leaves the others", () =>
      Effect.gen(function* () {
        const test = yield* started(9)
        const answers = yield* test.send(
          message({ type: "configure", fanout: 3, msg_id: 2 }),
          message({ type: "configure", meeting_ms: 1, msg_id: 3 })
        )
        assert.strictEqual(yield* fanoutOf(1), 3)
        const both = yield* test.send(message({ type: "configure", fanout: 4, meeting_ms: 3_600_000, msg_id: 4 }))
        assert.strictEqual(yield* fanoutOf(2), 4)
        assert.deepStrictEqual(
          [...answers, ...both].map(({ body }) => body["type"]),
          ["configure_ok", "configure_ok", "configure_ok"]
        )
      }).pipe(Effect.provide(layerGossip()))
    )

    it.effect.each([
      [{ fanout: -1 }, /^configure: fanout: must be an integer from 0 to 1000000$/],
      [{ fanout: 1_000_001 }, /^configure: fanout: must be/],
      [{ fanout: 1.5 }, /^configure: fanout: /],
      [{ fanout: "3" }, /^configure: fanout: /],
      [{ fanout: null }, /^configure: fanout: /],
      [{ meeting_ms: -1 }, /^configure: meeting_ms: must be an integer from 0 to 3600000$/],
      [{ meeting_ms: 3_600_001 }, /^configure: meeting_ms: must be/],
      [{ fanout: 5, meeting_ms: -1 }, /^configure: meeting_ms: must be/],
      [{ fanout: -1, meeting_ms: 5 }, /^configure: fanout: must be/],
      [{}, /^configure: give at least one of fanout, meeting_ms, hosts, attendance, rounds/],
      [{ fan_out: 3 }, /^configure: give at least one of fanout, meeting_ms, hosts, attendance, rounds/]
    ] as const)("configure with %j is refused with error 12 and changes nothing", ([fields, text]) =>
      Effect.gen(function* () {
        const test = yield* started(9)
        const [answer] = yield* test.send(message({ type: "configure", ...fields, msg_id: 2 }))
        assert.strictEqual(answer?.body["code"], 12)
        assert.match(String(answer?.body["text"]), text)
        assert.strictEqual(yield* fanoutOf(1), 2)
      }).pipe(Effect.provide(layerGossip()))
    )
  })

  it.effect.prop(
    "whatever values come from whomever, each is known once and forwarded once, to the fanout's peers without the sender",
    {
      fanout: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 })),
      cluster: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 })),
      messages: Schema.Array(
        Schema.Struct({
          from: Schema.Literals(["c1", "n2", "n3", "n4"]),
          values: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })))
        })
      ),
      seed: Schema.Int
    },
    ({ cluster, fanout, messages, seed }) =>
      Effect.gen(function* () {
        const test = yield* started(cluster)
        const learned = new Set<number>()
        for (const { from, values } of messages) {
          const fresh = [...new Set(values)].filter((value) => !learned.has(value))
          const sent = yield* test.send(gossip(from, ...values))
          const peers = names(cluster).filter((name) => name !== "n1" && name !== from)
          const to = receivers(sent)
          assert.lengthOf(to, fresh.length === 0 ? 0 : Math.min(fanout, peers.length))
          assert.strictEqual(new Set(to).size, to.length)
          for (const peer of to) assert.include(peers, peer)
          for (const [, told] of forwarded(sent)) assert.deepStrictEqual(told, fresh)
          for (const value of fresh) learned.add(value)
        }
        assert.deepStrictEqual(yield* known, [...learned])
      }).pipe(Effect.provide(layerGossip({ seed, settings: { fanout } }))),
    { arbitrary: { runs: 200, seed: 1 } }
  )

  describe("with a peer service that throws", () => {
    /** A node whose peers cannot be chosen until `mend`; what it logs goes to `log`. */
    const broken = Effect.fnUntraced(function* (settings: Partial<SettingsShape>) {
      const chosen = yield* Peers
      let isBroken = true
      const log: Array<string> = []
      const wrap = (selection: Selection): Selection => ({
        take: (count, except, env) => {
          if (isBroken) throw new Error("no peers today")
          const [peers, next] = selection.take(count, except, env)
          return [peers, wrap(next)]
        },
        withTopology: (topology, env) => wrap(selection.withTopology(topology, env)),
        hosts: (begin, count, env) => {
          if (isBroken) throw new Error("no hosts today")
          return selection.hosts?.(begin, count, env) ?? []
        }
      })
      const peers = Layer.succeed(Peers, wrap(chosen))
      const node = Context.get(yield* Layer.build(layerGossip({ settings, peers, log })), TestNode)
      yield* node.lines(init(3))
      const readValues = Effect.map(
        node.send(message({ type: "read", msg_id: 100 })),
        (sent) => sent.find(({ body }) => body["in_reply_to"] === 100)?.body["messages"]
      )
      return { node, log, readValues, mend: Effect.sync(() => void (isBroken = false)) }
    }, Effect.provide(Peers.layer))

    it.effect(
      "a broadcast whose peers cannot be chosen ends in error 13 and is not stored, and its retry is acknowledged and forwarded",
      () =>
        Effect.gen(function* () {
          const { log, mend, node, readValues } = yield* broken({ fanout: 2, repair_interval_ms: 0 })
          const [error, ...others] = yield* node.send(broadcast("v", 7))
          assert.deepStrictEqual(error?.body, {
            type: "error",
            code: 13,
            text: "the handler died: Error: no peers today",
            in_reply_to: 7,
            msg_id: 1
          })
          assert.deepStrictEqual(others, [])
          assert.isTrue(log.some((line) => line.includes("gossip, broadcast")))
          assert.deepStrictEqual(yield* readValues, [])
          assert.deepStrictEqual(yield* node.send(broadcast("w", 8), broadcast("v", 9)).pipe(Effect.map(typesOf)), [
            "error",
            "error"
          ])
          yield* mend
          const retried = yield* node.send(broadcast("v", 10))
          assert.deepStrictEqual(typesOf(retried), ["gossip", "gossip", "broadcast_ok"])
          assert.deepStrictEqual(
            forwarded(retried).map(([, values]) => values),
            [["v"], ["v"]]
          )
          assert.deepStrictEqual(yield* readValues, ["v"])
        }).pipe(Effect.scoped)
    )

    it.effect(
      "a peer's forward whose receivers cannot be chosen changes nothing, and is forwarded when it comes again",
      () =>
        Effect.gen(function* () {
          const { mend, node, readValues } = yield* broken({ repair_interval_ms: 0 })
          assert.deepStrictEqual(yield* node.send(gossip("n2", "v")), [])
          assert.deepStrictEqual(yield* readValues, [])
          yield* mend
          assert.deepStrictEqual(forwarded(yield* node.send(gossip("n2", "v"))), [["n3", ["v"]]])
          assert.deepStrictEqual(yield* readValues, ["v"])
        }).pipe(Effect.scoped)
    )

    it.effect(
      "a meeting whose hosts cannot be chosen is logged once and made up for after the next message, with all its values",
      () =>
        Effect.gen(function* () {
          const { log, mend, node } = yield* broken({ meeting_ms: 100, fanout: 0, repair_interval_ms: 0 })
          assert.deepStrictEqual(typesOf(yield* node.send(broadcast("v", 7))), ["broadcast_ok"])
          yield* TestClock.adjust(1000)
          assert.deepStrictEqual(yield* node.sent, [])
          assert.lengthOf(
            log.filter((line) => line.includes("gossip, Tick")),
            1
          )
          yield* mend
          const next = yield* node.send(broadcast("w", 8))
          yield* TestClock.adjust(1000)
          const told = forwarded([...next, ...(yield* node.sent)]).map(([, values]) => values)
          assert.isNotEmpty(told)
          for (const values of told) assert.deepStrictEqual(values, ["v", "w"])
        }).pipe(Effect.scoped)
    )
  })

  it.effect("a user's handler may ask for all that is known", () => {
    const count = Handler.layer({
      request: bodyOf("count", {}),
      sends: [bodyOf("count_ok", { count: Schema.Int })],
      handle: (_, { reply }) =>
        Effect.map(
          Gossip.use(({ known: all }) => all),
          (values) => [reply({ type: "count_ok", count: values.length })]
        )
    })
    const parts = Layer.provideMerge(count, Gossip.layer)
    return Effect.gen(function* () {
      const test = yield* started(1)
      const sent = yield* test.send(broadcast(1, 2), broadcast(2, 3), message({ type: "count", msg_id: 4 }))
      assert.strictEqual(sent.find(({ body }) => body["in_reply_to"] === 4)?.body["count"], 2)
    }).pipe(Effect.provide(TestNode.layer(parts, { seed: 1 })))
  })
})
