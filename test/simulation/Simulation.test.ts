/**
 * Whole runs: how a library user makes them, programs whose mistakes the verdict must show, and what must not change a run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Ref from "effect/Ref"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Message from "../../src/protocol/Message.ts"
import { Broadcast, BroadcastOk, Read, ReadOk } from "../../src/protocol/Broadcast.ts"
import { type Value, Values } from "../../src/protocol/Value.ts"
import { ClockError, Fault, type History } from "../../src/analysis/History.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { flood, infectAndDie, sharedSet } from "./Programs.ts"

const quick: Scenario.Scenario = { ...Scenario.defaults, rate: 40, time_limit: 3000, latency: 20 }

describe("simulate", () => {
  it.live("runs and judges the handlers of a user", () =>
    Effect.gen(function* () {
      const parts = Handler.layer({
        request: Read,
        sends: [ReadOk],
        handle: (_, { reply }) => Effect.succeed([reply({ type: "read_ok", messages: [] })])
      })
      const { verdict } = yield* Simulation.simulate({ scenario: quick, parts })
      assert.strictEqual(verdict.valid, "unknown")
      assert.isAbove(verdict.by_type["error"] ?? 0, 5)
    })
  )

  it.live("fails if a node cannot start", () =>
    Effect.gen(function* () {
      const again = Handler.layer({ request: Read, handle: () => Effect.succeed([]) })
      const failed = yield* Effect.flip(
        Simulation.simulate({ scenario: quick, parts: Layer.merge(Gossip.layer, again) })
      )
      assert.strictEqual(failed._tag, "DuplicateHandler")
    })
  )

  it.live.each([1, 2, 3])("a cluster of %i nodes loses nothing without faults", (node_count) =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({ scenario: { ...quick, node_count }, parts: flood })
      assert.strictEqual(verdict.valid, true)
      assert.isTrue(verdict.complete)
    })
  )

  it.live(
    "makes requests as Maelstrom does: half of them reads, at the given rate and for the given time, and last a read of every node",
    () =>
      Effect.gen(function* () {
        const scenario = { ...quick, rate: 100, time_limit: 10_000 }
        const { history, verdict } = yield* Simulation.simulate({ scenario, parts: flood })
        const [last, working] = [true, false].map((final) => history.operations.filter((one) => one.final === final))
        const count = working?.length ?? 0
        // Intervals are uniform in 0..2/rate, so their σ is 2/(rate · √12): three standard errors of the count.
        assert.approximately(count, 1000, (3 * Math.sqrt(1000) * 2) / Math.sqrt(12))
        assert.approximately(verdict.set.attempt_count / count, 0.5, (3 * 0.5) / Math.sqrt(count))
        assert.deepStrictEqual(
          last?.map(({ node }) => node),
          history.nodes
        )
        const begin = history.lastRequestsAt - scenario.quiet - scenario.time_limit
        for (const { invoked } of working ?? []) assert.isTrue(begin <= invoked && invoked < begin + 10_000)
        const broadcasts = history.operations.filter((operation) => operation.f === "broadcast")
        assert.deepStrictEqual(
          broadcasts.map(({ request }) => request.message),
          broadcasts.map((_, index) => index)
        )
        assert.strictEqual(verdict.ops, history.operations.length)
      })
  )

  it.live("sends every node an init and then a topology before any other request", () =>
    Effect.gen(function* () {
      const { history } = yield* Simulation.simulate({ scenario: quick, parts: flood })
      for (const node of history.nodes) {
        const told = history.transmissions.filter(({ dest }) => dest === node).map(({ type }) => type)
        assert.deepStrictEqual(told.slice(0, 2), ["init", "topology"])
        assert.notInclude(told.slice(2), "init")
      }
    })
  )
})

/** The flooding program with other replies to reads. */
const withRead = (answer: (known: ReadonlyArray<Value>) => Effect.Effect<ReadonlyArray<Value>>) =>
  Handler.layer({
    request: Read,
    sends: [ReadOk],
    override: true,
    handle: Effect.fnUntraced(function* (_, { reply }) {
      const known = yield* Gossip.use((gossip) => gossip.known)
      return [reply({ type: "read_ok", messages: yield* answer(known) })]
    })
  }).pipe(Layer.provideMerge(flood))

const forgetful = Handler.layer({
  request: Broadcast,
  sends: [BroadcastOk],
  override: true,
  handle: (_, { reply }) => Effect.succeed([reply({ type: "broadcast_ok" })])
}).pipe(Layer.provideMerge(flood))

/** Keeps the values of clients to itself. */
const taciturn = Component.layer(sharedSet(Infinity))

/** Replies to a read with what the read before should have shown. */
const belated = Layer.unwrap(
  Effect.map(Ref.make<ReadonlyArray<Value>>([]), (copy) => withRead((known) => Ref.getAndSet(copy, known)))
)

/** Asks a node to spread values half a second later. */
const Later = Message.body("later", { messages: Values })

/** Acknowledges a value and shows it half a second later. */
const slow = Handler.layer({
  request: Broadcast,
  sends: [BroadcastOk, Later],
  override: true,
  handle: ({ message }, { nodes, reply, self, send }) =>
    Effect.succeed([
      reply({ type: "broadcast_ok" }),
      ...nodes.filter((dest) => dest !== self).map((dest) => send(dest, { type: "later", messages: [message] }))
    ])
}).pipe(
  Layer.merge(
    Handler.layer({
      request: Later,
      sends: [Message.body("gossip", { messages: Values })],
      handle: ({ messages }, { nodes, self, send }) =>
        Effect.as(
          Effect.sleep(500),
          nodes.filter((dest) => dest !== self).map((dest) => send(dest, { type: "gossip", messages }))
        )
    })
  ),
  Layer.provideMerge(flood)
)

describe("the verdict on a program with a mistake", () => {
  it.live("shows that every value is lost if a node acknowledges values and forgets them", () =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({ scenario: quick, parts: forgetful })
      assert.strictEqual(verdict.valid, false)
      assert.isFalse(verdict.complete)
      assert.strictEqual(verdict.set.acknowledged_count, verdict.set.attempt_count)
      assert.strictEqual(verdict.set.lost_count, verdict.set.attempt_count)
      assert.strictEqual(verdict.set.incomplete[0]?.nodes.length, quick.node_count)
    })
  )

  it.live("shows that values are at one node only if nodes never forward them", () =>
    Effect.gen(function* () {
      const { spread, verdict } = yield* Simulation.simulate({ scenario: quick, parts: taciturn })
      assert.strictEqual(verdict.valid, false)
      assert.isFalse(verdict.complete)
      assert.strictEqual(verdict.set.incomplete_count, verdict.set.attempt_count)
      for (const { nodes } of verdict.set.incomplete) assert.lengthOf(nodes, quick.node_count - 1)
      assert.strictEqual(verdict.net.servers.msg_count, 0)
      assert.approximately(spread.coverage, 1 / quick.node_count, 1e-12)
    })
  )

  it.live("shows that the last values are missing, and others stale, if nodes reply to reads with an old copy", () =>
    Effect.gen(function* () {
      const healthy = yield* Simulation.simulate({ scenario: quick, parts: flood })
      const { verdict } = yield* Simulation.simulate({ scenario: quick, parts: belated })
      assert.isFalse(verdict.complete)
      assert.isAbove(verdict.set.incomplete_count, 0)
      assert.isAbove(verdict.set.stale_count, 2 * healthy.verdict.set.stale_count)
    })
  )

  it.live("shows how long values were stale if a node acknowledges them before any read can show them", () =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({ scenario: quick, parts: slow })
      assert.strictEqual(verdict.valid, true)
      assert.isTrue(verdict.complete)
      assert.isAbove(verdict.set.stale_count, verdict.set.attempt_count / 2)
      const most = 500 + 2 * quick.latency
      const longest = verdict.set.stable_latencies?.["1"] ?? 0
      assert.isTrue(most / 2 < longest && longest <= most)
    })
  )

  it.live("shows that a value is duplicated if a read shows it twice, although nothing is lost", () =>
    Effect.gen(function* () {
      const parts = withRead((known) => Effect.succeed([...known, ...known.slice(0, 1)]))
      const { verdict } = yield* Simulation.simulate({ scenario: quick, parts })
      assert.strictEqual(verdict.valid, true)
      assert.isFalse(verdict.complete)
      assert.isAbove(verdict.set.duplicated_count, 0)
      assert.strictEqual(verdict.set.incomplete_count, 1)
      assert.lengthOf(verdict.set.incomplete[0]?.nodes ?? [], quick.node_count)
    })
  )

  it.live("shows which values reads show although no client broadcast them", () =>
    Effect.gen(function* () {
      const parts = withRead((known) => Effect.succeed([...known, "nobody said this"]))
      const { verdict } = yield* Simulation.simulate({ scenario: quick, parts })
      assert.deepStrictEqual(verdict.set.unexpected, ["nobody said this"])
    })
  )

  it.live("shows that requests failed if their handlers die", () =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({
        scenario: quick,
        parts: withRead(() => Effect.die("out of order"))
      })
      assert.strictEqual(verdict.valid, false)
      assert.strictEqual(verdict.set.stable_count, 0)
      assert.isFalse(verdict.complete)
      assert.approximately(verdict.availability, verdict.set.acknowledged_count / verdict.ops, 1e-12)
    })
  )
})

const faulty: Scenario.Scenario = {
  ...quick,
  node_count: 7,
  latency_dist: "exponential",
  nemesis: Scenario.faults,
  nemesis_interval: 500
}

const gossip = infectAndDie(3)

const lines = ({ transmissions }: History) => transmissions.map((transmission) => JSON.stringify(transmission))

/** What a fault is if all times are ten times as long. */
const tenfold = (fault: Fault): Fault =>
  fault._tag === "Clock"
    ? Fault.Clock({
        errors: fault.errors.map(([node, error]) => [
          node,
          ClockError.$match(error, {
            Offset: ({ offset }) => ClockError.Offset({ offset: 10 * offset }),
            Drift: () => error,
            Jumps: ({ every, offsets: [first, second] }) =>
              ClockError.Jumps({ offsets: [10 * first, 10 * second], every: 10 * every })
          })
        ])
      })
    : fault

/** A fault without the last digits of its numbers. */
const rounded = (fault: Fault | undefined) =>
  JSON.stringify(fault, (_, value) => (Predicate.isNumber(value) ? value.toFixed(6) : value))

describe("what must not change a run", () => {
  it.live.each(Scenario.networks)(
    "the same scenario and seed give the same run on the %s network, every time",
    (network) =>
      Effect.gen(function* () {
        const options = { scenario: { ...faulty, network }, parts: gossip }
        const first = yield* Simulation.run(options)
        const second = yield* Simulation.run(options)
        assert.isAbove(first.transmissions.length, 500)
        assert.deepStrictEqual(lines(second), lines(first))
        assert.strictEqual(JSON.stringify(second), JSON.stringify(first))
      })
  )

  it.live("runs that are made at the same time do not disturb one another", () =>
    Effect.gen(function* () {
      const options = (seed: number) => ({ scenario: { ...faulty, seed }, parts: gossip })
      const alone = yield* Effect.forEach([1, 2], (seed) => Simulation.run(options(seed)))
      const together = yield* Effect.forEach([1, 2], (seed) => Simulation.run(options(seed)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(together.map(lines), alone.map(lines))
    })
  )

  it.live("another seed gives another run", () =>
    Effect.gen(function* () {
      const [first, second] = yield* Effect.forEach([1, 2], (seed) =>
        Simulation.run({ scenario: { ...quick, seed }, parts: gossip })
      )
      assert.notDeepEqual(first === undefined ? [] : lines(first), second === undefined ? [] : lines(second))
    })
  )

  it.live(
    "draws of one part of a run do not change those of another: clients make the same requests whatever the latency",
    () =>
      Effect.gen(function* () {
        const [whole, slowed] = yield* Effect.forEach([0, 40], (latency) =>
          Simulation.run({ scenario: { ...quick, latency, latency_dist: "exponential" }, parts: gossip })
        )
        const plan = (history: History | undefined) => history?.operations.map(({ request }) => request)
        assert.isAbove(plan(whole)?.length ?? 0, 100)
        assert.deepStrictEqual(plan(slowed), plan(whole))
      })
  )

  it.live("nodes with other names do the same under their names", () =>
    Effect.gen(function* () {
      const nodes = ["delta", "alpha", "ζ", "n1x", "bravo", "charlie", "n-6"]
      const plain = yield* Simulation.run({ scenario: faulty, parts: gossip })
      const renamed = yield* Simulation.run({ scenario: faulty, parts: gossip, nodes })
      const translate = (text: string) => text.replaceAll(/\bn(\d)\b/g, (_, index) => nodes[Number(index)] ?? "")
      // Only the bytes may differ, since longer names make longer messages.
      const print = (history: History) => JSON.stringify(history, (name, value) => (name === "bytes" ? 0 : value))
      assert.strictEqual(print(renamed), translate(print(plain)))
    })
  )

  it.live("if all times are ten times as long, everything happens ten times as late", () =>
    Effect.gen(function* () {
      const nemesis = Scenario.faults.filter((kind) => kind !== "reorder")
      const scenario: Scenario.Scenario = { ...faulty, latency_dist: "constant", nemesis, clock_skew: 50 }
      const short = yield* Simulation.run({ scenario, parts: gossip })
      const long = yield* Simulation.run({
        scenario: {
          ...scenario,
          rate: scenario.rate / 10,
          time_limit: 10 * scenario.time_limit,
          latency: 10 * scenario.latency,
          nemesis_interval: 10 * scenario.nemesis_interval,
          timer_lateness: 10 * scenario.timer_lateness,
          clock_skew: 10 * scenario.clock_skew,
          clock_offset: 10 * scenario.clock_offset,
          request_timeout: 10 * scenario.request_timeout,
          quiet: 10 * scenario.quiet
        },
        parts: gossip
      })
      // The last reads start µs apart whatever the scenario.
      const tolerance = 0.1
      const messages = ({ transmissions }: History) => transmissions.map(({ dest, src, text }) => [src, dest, text])
      assert.deepStrictEqual(messages(long), messages(short))
      for (const [index, { fate, sent }] of short.transmissions.entries()) {
        const scaled = long.transmissions[index]
        assert.approximately(scaled?.sent ?? 0, 10 * sent, tolerance)
        assert.strictEqual(scaled?.fate._tag, fate._tag)
        if (fate._tag === "InFlight" || scaled === undefined || scaled.fate._tag === "InFlight") continue
        assert.approximately(scaled.fate.at, 10 * fate.at, tolerance)
      }
      assert.strictEqual(long.faults.length, short.faults.length)
      for (const [index, { fault, from, to }] of short.faults.entries()) {
        assert.strictEqual(rounded(long.faults[index]?.fault), rounded(tenfold(fault)))
        assert.approximately(long.faults[index]?.from ?? 0, 10 * from, 1e-6)
        assert.approximately(long.faults[index]?.to ?? 0, 10 * to, 1e-6)
      }
    })
  )
})
