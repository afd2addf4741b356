/**
 * Nodes of a simulated cluster, paused and crashed by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import { message } from "../analysis/Histories.ts"
import { infectAndDie } from "./Programs.ts"
import type { Defect } from "../../src/analysis/History.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Metrics from "../../src/node/Metrics.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import * as Cluster from "../../src/simulation/Cluster.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"

const nodes = ["n0", "n1", "n2", "n3"]

/** Answers `nap` after 100 ms. */
const layerNap = Handler.layer({
  request: Message.body("nap", {}),
  sends: [Message.body("nap_ok", {})],
  handle: (_, { reply }) => Effect.as(Effect.sleep(100), [reply({ type: "nap_ok" })])
})

/** Answers `counters` with what the node has counted. */
const layerCounters = Handler.layer({
  request: Message.body("counters", {}),
  sends: [Message.body("counters_ok", { counters: Schema.Record(Schema.String, Schema.Unknown) })],
  handle: (_, { reply }) => Effect.map(Metrics.report, (counters) => [reply({ type: "counters_ok", counters })])
})

/** A cluster without processes, and a way to send messages to n0. */
const make = Effect.gen(function* () {
  const time = new VirtualTime()
  const sent: Array<Wire.Envelope & { readonly at: number }> = []
  const defects: Array<Defect> = []
  const made = yield* Deferred.make<Cluster.Cluster<unknown>>()
  const fiber = yield* Cluster.make({
    nodes,
    isService: () => false,
    scenario: { ...Scenario.defaults, timer_lateness: 0 },
    parts: Layer.mergeAll(infectAndDie(2), layerNap, layerCounters),
    time,
    report: (defect) => defects.push(defect),
    send: ({ text }) => sent.push({ ...Result.getOrThrow(Wire.envelope(text)), at: time.now })
  }).pipe(
    Effect.flatMap((cluster) => Deferred.succeed(made, cluster)),
    Effect.andThen(Effect.never),
    Effect.scoped,
    Effect.provideService(Clock.Clock, time.clock()),
    Effect.provideService(Scheduler.Scheduler, time.scheduler),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.forkDetach({ startImmediately: true })
  )
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      fiber.interruptUnsafe()
      time.settle()
    })
  )
  const cluster = yield* Deferred.await(made)
  let asked = 0
  /** Hands n0 a message; says whether it was taken. */
  const tell = (body: Message.WireBody, src = "c0") => {
    time.settle()
    const isTaken = cluster.receive(message(src, "n0", { ...body, msg_id: asked++ }, 0))
    time.settle()
    return isTaken
  }
  const init = () => tell({ type: "init", node_id: "n0", node_ids: nodes })
  return { cluster, init, sent, tell, time }
})

type Sent = ReadonlyArray<Wire.Envelope>

const ids = (sent: Sent) => sent.map(({ body }) => body["msg_id"])
const types = (sent: Sent) => sent.map(({ body }) => body["type"])
const shown = (sent: Sent) => sent.findLast(({ body }) => body["type"] === "read_ok")?.body["messages"]
const gossiped = (sent: Sent, value: number) =>
  sent.filter(({ body }) => body["type"] === "gossip" && JSON.stringify(body["messages"]) === `[${value}]`)

describe("metrics", () => {
  it.effect("every process of a node counts for itself", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell } = yield* make
      cluster.start("n0", false)
      init()
      tell({ type: "nonsense" })
      tell({ type: "counters" })
      assert.deepStrictEqual(sent.at(-1)?.body["counters"], { node_errors_replied: 1 })
      cluster.crash("n0")
      cluster.start("n0", true)
      init()
      tell({ type: "counters" })
      assert.deepStrictEqual(sent.at(-1)?.body["counters"], {})
    })
  )
})

describe("crashes", () => {
  it.effect("a node takes messages only while it has a process", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell } = yield* make
      assert.isFalse(init())
      assert.isTrue(cluster.start("n0", false))
      assert.isTrue(init())
      cluster.crash("n0")
      assert.isFalse(tell({ type: "read" }))
      assert.deepStrictEqual(types(sent), ["init_ok"])
    })
  )

  it.effect(
    "a node that restarts with what it knew keeps its values, settings and message ids, and needs an init",
    () =>
      Effect.gen(function* () {
        const { cluster, init, sent, tell } = yield* make
        cluster.start("n0", false)
        init()
        tell({ type: "configure", fanout: 1 })
        tell({ type: "broadcast", message: 7 })
        cluster.crash("n0")
        cluster.start("n0", true)
        tell({ type: "read" })
        assert.strictEqual(sent.at(-1)?.body["code"], Message.ErrorCode.temporarilyUnavailable)
        init()
        tell({ type: "read" })
        assert.deepStrictEqual(shown(sent), [7])
        tell({ type: "broadcast", message: 8 })
        tell({ type: "read" })
        assert.deepStrictEqual(shown(sent), [7, 8])
        assert.lengthOf(gossiped(sent, 8), 1)
        assert.deepStrictEqual(
          ids(sent),
          sent.map((_, index) => index)
        )
      })
  )

  it.effect("a node that restarts with nothing has no values, default settings and message ids from 0", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell } = yield* make
      cluster.start("n0", false)
      init()
      tell({ type: "configure", fanout: 1 })
      tell({ type: "broadcast", message: 7 })
      cluster.crash("n0")
      sent.length = 0
      cluster.start("n0", false)
      init()
      tell({ type: "read" })
      assert.deepStrictEqual(shown(sent), [])
      tell({ type: "broadcast", message: 8 })
      assert.lengthOf(gossiped(sent, 8), 2)
      assert.deepStrictEqual(
        ids(sent),
        sent.map((_, index) => index)
      )
    })
  )

  it.effect("a handler that is at work ends with its process", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell, time } = yield* make
      cluster.start("n0", false)
      init()
      tell({ type: "nap" })
      cluster.crash("n0")
      cluster.start("n0", true)
      while (!time.isIdle) time.step()
      assert.deepStrictEqual(types(sent), ["init_ok"])
    })
  )

  it.effect(
    "a node that crashed twice starts once, when both crashes are over, and remembers nothing if one crash was amnesia",
    () =>
      Effect.gen(function* () {
        const { cluster, init, sent, tell } = yield* make
        cluster.start("n0", false)
        init()
        tell({ type: "broadcast", message: 7 })
        cluster.crash("n0")
        cluster.crash("n0")
        assert.isFalse(cluster.start("n0", false))
        assert.isFalse(init())
        assert.isTrue(cluster.start("n0", true))
        assert.isTrue(init())
        tell({ type: "read" })
        assert.deepStrictEqual(shown(sent), [])
        tell({ type: "broadcast", message: 8 })
        cluster.crash("n0")
        assert.isTrue(cluster.start("n0", true))
        init()
        tell({ type: "read" })
        assert.deepStrictEqual(shown(sent), [8])
      })
  )
})

describe("pauses", () => {
  it.effect("a paused node handles nothing, and everything in order once it resumes", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell, time } = yield* make
      cluster.start("n0", false)
      init()
      cluster.pause("n0")
      sent.length = 0
      const values = [5, 3, 4, 1]
      for (const value of values) assert.isTrue(tell({ type: "gossip", messages: [value] }, "n1"))
      tell({ type: "read" })
      assert.lengthOf(sent, 0)
      time.at(500, () => cluster.resume("n0"))
      while (!time.isIdle) time.step()
      assert.deepStrictEqual(shown(sent), values)
      assert.isTrue(sent.every(({ at }) => at === 500))
    })
  )

  it.effect("a sleeper wakes when its node resumes, or at its own time if that is later", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell, time } = yield* make
      cluster.start("n0", false)
      init()
      time.at(0, () => tell({ type: "nap" }))
      time.at(80, () => cluster.pause("n0"))
      time.at(150, () => cluster.resume("n0"))
      time.at(200, () => tell({ type: "nap" }))
      time.at(220, () => cluster.pause("n0"))
      time.at(250, () => cluster.resume("n0"))
      while (!time.isIdle) time.step()
      const naps = sent.filter(({ body }) => body["type"] === "nap_ok").map(({ at }) => at)
      assert.deepStrictEqual(naps, [150, 300])
    })
  )

  it.effect("a node that crashes while it is paused loses the messages that wait for it", () =>
    Effect.gen(function* () {
      const { cluster, init, sent, tell } = yield* make
      cluster.start("n0", false)
      init()
      cluster.pause("n0")
      tell({ type: "broadcast", message: 1 })
      cluster.crash("n0")
      cluster.start("n0", true)
      init()
      cluster.resume("n0")
      tell({ type: "read" })
      assert.deepStrictEqual(shown(sent), [])
    })
  )

  it.effect("a message that waits for a paused process counts as dropped if that process crashes", () =>
    Effect.gen(function* () {
      const { cluster, init, time } = yield* make
      const receive = () => {
        const waiting = message("n1", "n0", { type: "gossip", messages: [1] }, 0)
        cluster.receive(waiting)
        return waiting
      }
      cluster.start("n0", false)
      init()
      cluster.pause("n0")
      const unread = receive()
      cluster.crash("n0")
      cluster.start("n0", true)
      const read = receive()
      time.at(500, () => cluster.resume("n0"))
      while (!time.isIdle) time.step()
      assert.deepStrictEqual(unread.fate, { _tag: "Dropped", at: 500, why: "crash" })
      assert.deepStrictEqual(read.fate, { _tag: "Delivered", at: 0 })
    })
  )
})
