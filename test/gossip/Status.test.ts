/**
 * `gossip_status` tells everything about a node.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import { GossipStatusOk } from "../../src/gossip/Status.ts"
import { TestCluster } from "../../src/node/TestCluster.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { init, layerGossip, message } from "../node/Cluster.ts"

const decode = Schema.decodeUnknownSync(GossipStatusOk)

const status = Effect.gen(function* () {
  const sent = yield* (yield* TestNode).send(message({ type: "gossip_status", msg_id: 100 }))
  return decode(sent.find(({ body }) => body["in_reply_to"] === 100)?.body)
})

describe("gossip_status", () => {
  it.effect("of a node that knows nothing it says so, with null where there was no meeting", () =>
    Effect.gen(function* () {
      yield* (yield* TestNode).lines(init(3))
      assert.deepStrictEqual(yield* status, {
        type: "gossip_status_ok",
        counters: { broadcasts_received: 0, gossip_messages_sent: 0 },
        settings: Settings.defaults,
        values: 0,
        unconfirmed: 0,
        meeting: { wait: null, due: null, confirmed: null, hosted: null }
      })
    }).pipe(Effect.provide(layerGossip()), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("it tells counters, metrics, settings as they are now, and how many values are unconfirmed", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines(
        init(3),
        message({ type: "configure", fanout: 1 }),
        message({ type: "gossip", messages: ["a", "b"], meeting: -1000, wait: 5 }, "n2"),
        message({ type: "broadcast", message: "c" }),
        message({ type: "gossip", messages: ["a", "b", "c"] }, "n3"),
        "no JSON",
        message({ type: "unheard of", msg_id: 7 })
      )
      const { meeting, ...rest } = yield* status
      assert.deepStrictEqual(rest, {
        type: "gossip_status_ok",
        counters: {
          broadcasts_received: 1,
          gossip_messages_sent: 1,
          gossip_duplicates_received: 3,
          node_lines_skipped: 1,
          node_errors_replied: 1
        },
        settings: { ...Settings.defaults, fanout: 1 },
        values: 3,
        unconfirmed: 1
      })
      assert.deepStrictEqual(meeting, { wait: null, due: 150, confirmed: -1000, hosted: null })
    }).pipe(Effect.provide(layerGossip()), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("it tells of the last meeting that the node hosted how many came in time, and how many in all", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      const brings = (value: string, from: string) => message({ type: "gossip", messages: [value], meeting: 0 }, from)
      yield* test.lines(init(5))
      yield* TestClock.adjust(40)
      yield* test.lines(brings("a", "n2"), brings("b", "n3"))
      yield* TestClock.adjust(60)
      const told = { wait: 42, due: null, confirmed: 0, hosted: { meeting: 0, in_time: 2, arrivals: 2 } }
      assert.deepStrictEqual((yield* status).meeting, told)
      yield* test.lines(brings("c", "n4"))
      const { meeting, unconfirmed, values } = yield* status
      assert.deepStrictEqual([values, unconfirmed], [3, 1])
      assert.deepStrictEqual(meeting, { ...told, due: 10_000, hosted: { meeting: 0, in_time: 2, arrivals: 3 } })
    }).pipe(Effect.provide(layerGossip({ settings: { meeting_ms: 10_000 } })))
  )

  it.effect("every node of a test cluster counts for itself, and anew after a crash", () =>
    Effect.gen(function* () {
      const { ask, nodes, restart } = yield* TestCluster
      const counters = Effect.forEach(nodes, (node) =>
        Effect.map(ask(node, { type: "gossip_status" }, GossipStatusOk), (ok) => ok.counters)
      )
      yield* ask("n1", { type: "nonsense" })
      const none = { broadcasts_received: 0, gossip_messages_sent: 0 }
      assert.deepStrictEqual(yield* counters, [none, { ...none, node_errors_replied: 1 }])
      yield* restart("n1")
      assert.deepStrictEqual(yield* counters, [none, none])
    }).pipe(Effect.provide(TestCluster.layer(Gossip.layer, { nodes: 2, seed: 1 })))
  )
})
