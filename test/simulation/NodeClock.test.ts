/**
 * The clocks of nodes: what they show and how late sleepers wake, alone and in a whole run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import { ClockError, type History } from "../../src/analysis/History.ts"
import * as Component from "../../src/node/Component.ts"
import * as Output from "../../src/node/Output.ts"
import { Topology, TopologyOk } from "../../src/protocol/Broadcast.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Wire from "../../src/protocol/Wire.ts"
import { type Clocks, epoch, NodeClock } from "../../src/simulation/NodeClock.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { seeded } from "../gossip/Seeded.ts"
import { sharedSet } from "./Programs.ts"

/** The clock of a node, and a way to run an effect by it until nothing is left to happen. */
const make = Effect.fnUntraced(function* (clocks: Partial<Clocks> = {}, seed = "clock") {
  const time = new VirtualTime()
  const clock = new NodeClock(time, yield* seeded(seed), { ...Scenario.defaults, ...clocks })
  return {
    time,
    clock,
    run: (effect: Effect.Effect<unknown>) => {
      effect.pipe(
        Effect.provideService(
          Clock.Clock,
          clock.service((wake) => wake())
        ),
        Effect.provideService(Scheduler.Scheduler, time.scheduler),
        Effect.runFork
      )
      while (!time.isIdle) time.step()
    }
  }
})

const count = 1000

/** How long sleeps of 10 ms take, one after another. */
const naps = Effect.fnUntraced(function* (clocks: Partial<Clocks>, seed?: string) {
  const { run, time } = yield* make(clocks, seed)
  const took: Array<number> = []
  const nap = Effect.suspend(() => {
    const start = time.now
    return Effect.andThen(
      Effect.sleep(10),
      Effect.sync(() => took.push(time.now - start))
    )
  })
  run(Effect.repeat(nap, { times: count - 1 }))
  assert.lengthOf(took, count)
  return took
})

describe("timers", () => {
  it.effect("wake late by a uniform part of the lateness", () =>
    Effect.gen(function* () {
      const late = (yield* naps({ timer_lateness: 1.2 })).map((took) => took - 10)
      // Times are rounded to ns.
      for (const one of late) assert.isTrue(one > -1e-5 && one < 1.2 + 1e-5, String(one))
      const mean = late.reduce((sum, one) => sum + one, 0) / count
      assert.approximately(mean, 0.6, (3 * 1.2) / Math.sqrt(12 * count))
      assert.isBelow(Math.min(...late), 0.05)
      assert.isAbove(Math.max(...late), 1.15)
    })
  )

  it.effect("are exact if the lateness is 0", () =>
    Effect.gen(function* () {
      for (const took of yield* naps({ timer_lateness: 0 })) assert.strictEqual(took, 10)
    })
  )

  it.effect("of different nodes are late by different times", () =>
    Effect.gen(function* () {
      assert.notDeepEqual(yield* naps({}, "one"), yield* naps({}, "other"))
    })
  )

  it.live("of every node in a run are up to 1.2 ms late unless the scenario says otherwise", () =>
    Effect.gen(function* () {
      const interval = 100
      const { nodes, transmissions } = yield* Simulation.run({
        scenario: { ...Scenario.defaults, latency: 20 },
        parts: Component.layer(sharedSet(interval))
      })
      for (const node of nodes) {
        const shares = transmissions.filter(({ src, type }) => src === node && type === "share")
        const times = Arr.dedupe(shares.map(({ sent }) => sent))
        const late = times.slice(1).map((at, index) => at - (times[index] ?? 0) - interval)
        assert.isAbove(late.length, 100)
        for (const one of late) assert.isTrue(one > -1e-5 && one < 1.2 + 1e-5, `${node}: ${one}`)
        assert.isAbove(Math.max(...late), 1)
      }
    })
  )
})

const Time = Message.body("time", { now: Schema.Finite, due: Schema.Finite })
const Sent = Message.union(TopologyOk, Time)
const { reply, send } = Output.of<typeof Sent.Type>()

/** How often a node tells the time, in ms. */
const interval = 100

const initial: { readonly due: number | undefined } = { due: undefined }

/** A node that, every so often, tells another what its clock shows and when it wanted to be ticked. */
const telling = Component.layer({
  name: "time",
  requests: Message.union(Topology, Time),
  sends: Sent,
  initial,
  due: ({ due }, awake) => due ?? awake,
  step: (state, input, { nodes, now, self }) => {
    if (input._tag === "Received") {
      return [state, input.message.type === "topology" ? [reply({ type: "topology_ok" })] : []]
    }
    const other = nodes.find((node) => node !== self) ?? ""
    return [
      { due: now + interval },
      input._tag === "Tick" ? [send(other, { type: "time", now, due: state.due ?? now })] : []
    ]
  }
})

const isTime = Schema.is(Time)

/** What a node has told of its ticks, and when each happened. */
const ticks = ({ transmissions }: History, node: string) =>
  transmissions.flatMap(({ sent, src, text }) => {
    const { body } = Result.getOrThrow(Wire.envelope(text))
    return src === node && isTime(body) ? [{ at: sent, now: body.now, due: body.due }] : []
  })

/** What the clocks of nodes show at this time if their scenario is this one. */
const shownAt = (at: number, clocks: Partial<Clocks>) =>
  Effect.forEach(
    Array.from({ length: count }, (_, seed) => String(seed)),
    Effect.fnUntraced(function* (seed) {
      const { clock, time } = yield* make(clocks, seed)
      time.at(at, () => undefined)
      while (!time.isIdle) time.step()
      return clock.service((wake) => wake()).currentTimeMillisUnsafe()
    })
  )

describe("a clock", () => {
  it.effect("that is right shows the time since the start of the run, and that is some time after the epoch", () =>
    Effect.gen(function* () {
      for (const shown of yield* shownAt(1234.5, { clock_skew: 0 })) assert.strictEqual(shown, epoch + 1234.5)
    })
  )

  it.effect("that is skewed is off by a uniform part of the skew, either way", () =>
    Effect.gen(function* () {
      const off = (yield* shownAt(1000, { clock_skew: 50 })).map((shown) => shown - epoch - 1000)
      for (const one of off) assert.isAtMost(Math.abs(one), 50)
      const mean = off.reduce((sum, one) => sum + one, 0) / count
      assert.approximately(mean, 0, (3 * 100) / Math.sqrt(12 * count))
      assert.isBelow(Math.min(...off), -48)
      assert.isAbove(Math.max(...off), 48)
    })
  )

  it.effect("shows the same in ms and in ns", () =>
    Effect.gen(function* () {
      const { run } = yield* make({ clock_skew: 1000 })
      const shown: Array<readonly [millis: number, nanos: bigint]> = []
      run(
        Effect.gen(function* () {
          yield* Effect.sleep(20)
          shown.push([yield* Clock.currentTimeMillis, yield* Clock.currentTimeNanos])
        })
      )
      for (const [millis, nanos] of shown) assert.approximately(Number(nanos) / 1e6, millis, 1e-6)
      assert.lengthOf(shown, 1)
    })
  )

  it.effect("does not show a time before the epoch, however wrong it is", () =>
    Effect.gen(function* () {
      const clock_skew = Scenario.ranges.clock_skew.maximum
      for (const shown of yield* shownAt(0, { clock_skew })) assert.isAbove(shown, 0)
    })
  )

  it.live("is off by as much from the beginning of a run to its end, and each node's by another time", () =>
    Effect.gen(function* () {
      const history = yield* Simulation.run({ scenario: { ...Scenario.defaults, clock_skew: 5000 }, parts: telling })
      const skews = history.nodes.map((node) => {
        const [first = Number.NaN, ...others] = ticks(history, node).map(({ at, now }) => now - epoch - at)
        assert.isAbove(others.length, 100)
        for (const other of others) assert.approximately(other, first, 1e-5)
        return first
      })
      assert.isTrue(skews.every((skew) => Math.abs(skew) <= 5000))
      assert.isAbove(Math.max(...skews) - Math.min(...skews), 1000)
    })
  )
})

describe("a wrong clock", () => {
  /** How far a clock is off at these times if it is wrong in this way from 1000 to 2000 ms. */
  const offAt = Effect.fnUntraced(function* (error: ClockError, times: ReadonlyArray<number>) {
    const { clock, time } = yield* make()
    const { currentTimeMillisUnsafe: now } = clock.service((wake) => wake())
    const off: Array<number> = []
    time.at(1000, () => clock.set(error))
    time.at(2000, () => clock.set(undefined))
    for (const at of times) time.at(at, () => off.push(now() - epoch - at))
    while (!time.isIdle) time.step()
    return off
  })

  const times = [999, 1000, 1099, 1100, 1200, 1999, 2000]

  it.effect.each([
    { error: ClockError.Offset({ offset: -300 }), off: [0, -300, -300, -300, -300, -300, 0] },
    { error: ClockError.Drift({ rate: 0.5 }), off: [0, 0, 49.5, 50, 100, 499.5, 0] },
    { error: ClockError.Jumps({ offsets: [20, -40], every: 100 }), off: [0, 20, 20, -40, 20, -40, 0] }
  ])("is wrong by $error._tag while the fault lasts", ({ error, off }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* offAt(error, times), off)
    })
  )

  it.effect.each([
    ClockError.Offset({ offset: 5000 }),
    ClockError.Drift({ rate: 0.5 }),
    ClockError.Jumps({ offsets: [-500, 500], every: 7 })
  ])("does not change how long a sleep takes ($_tag)", (error) =>
    Effect.gen(function* () {
      const { clock, run, time } = yield* make({ timer_lateness: 0 })
      const woken: Array<number> = []
      time.at(50, () => clock.set(error))
      const wake = Effect.sync(() => woken.push(time.now))
      run(Effect.repeat(Effect.andThen(Effect.sleep(100), wake), { times: 2 }))
      assert.deepStrictEqual(woken, [100, 200, 300])
    })
  )

  it.live("shows nodes another time while it is wrong, and every tick comes, not before it is due and only once", () =>
    Effect.gen(function* () {
      const clock_offset = 300
      const scenario = { ...Scenario.defaults, nemesis: ["clock" as const], nemesis_interval: 1000, clock_offset }
      const history = yield* Simulation.run({ scenario, parts: telling })
      assert.deepStrictEqual(history.defects, [])
      assert.isAbove(history.faults.length, 3)
      const seen = new Set<string>()
      for (const node of history.nodes) {
        const all = ticks(history, node)
        for (const [index, { at, due, now }] of all.entries()) {
          assert.isAtLeast(now, due)
          const before = all[index - 1]
          if (before === undefined) continue
          // A clock that was set back makes the node wait for longer, and one that was set forward for less.
          const most = Math.max(interval, due - before.now) + 4 * clock_offset
          assert.isTrue(before.at < at && at - before.at <= most, `${node} at ${at}`)
        }
        for (const { errors, from, to } of history.faults.flatMap(({ fault, ...period }) =>
          fault._tag === "Clock" ? [{ ...period, errors: new Map(fault.errors) }] : []
        )) {
          const error = errors.get(node)
          for (const { at, due, now } of all.filter((tick) => from < tick.at && tick.at < to)) {
            // What is due is never early, so the node takes a tick that its clock was set back from to be on time.
            if (now === due) continue
            const off = now - epoch - at
            if (error === undefined) assert.approximately(off, 0, 1e-5)
            else if (error._tag === "Offset") assert.approximately(off, error.offset, 1e-5)
            else if (error._tag === "Drift") assert.approximately(off, error.rate * (at - from), 1e-5)
            else assert.isTrue(error.offsets.some((offset) => Math.abs(off - offset) < 1e-5))
            seen.add(error?._tag ?? "right")
          }
        }
      }
      assert.sameMembers([...seen], ["right", "Offset", "Drift", "Jumps"])
    })
  )
})
