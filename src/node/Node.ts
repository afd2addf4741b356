/**
 * The node: reads lines, lets `Dispatch` decide, carries out what comes of it.
 *
 * A chunk of lines is one step with one write at its end, so a busy node pays for its Effects by the chunk. Work of
 * effectful handlers runs beside the loop; when the input ends, the node waits for it, so everything that was read is
 * answered.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { ErrorCode } from "../protocol/Message.ts"
import * as Complaints from "./Complaints.ts"
import * as Dispatch from "./Dispatch.ts"
import { type Answer, type DuplicateHandler, Handlers } from "./Handlers.ts"
import type { Line } from "./Lines.ts"
import * as Memory from "./Memory.ts"
import * as Metrics from "./Metrics.ts"
import { Outbox } from "./Outbox.ts"
import * as Timers from "./Timers.ts"
import { type InputFailed, type OutputClosed, Transport } from "./Transport.ts"

/** Effectful handlers under way at once; beyond that the node reads no further. */
const maxConcurrentHandlers = 1024

/** Keeps a node's identity and message ids. */
export const NodeMemory = Context.Reference<Memory.Memory<Dispatch.NodeState>>("maelstrom-gossip/node/NodeMemory", {
  defaultValue: () => Memory.none()
})

const loop = Effect.gen(function* () {
  const registry = yield* Handlers
  const handlers = yield* registry.byType
  const timers = yield* registry.timers
  const transport = yield* Transport
  const random = yield* Random.Random
  const clock = yield* Clock.Clock
  const time = () => clock.currentTimeMillisUnsafe()
  const { keep, recalled } = yield* NodeMemory
  const state = yield* Ref.make(recalled === undefined ? Dispatch.start : Dispatch.recover(recalled))
  keep(state)
  const complaints = yield* Ref.make(Complaints.none)
  const running = yield* FiberSet.make()
  const watching = yield* FiberHandle.make<void, never>()
  const permits = yield* Semaphore.make(maxConcurrentHandlers)

  const tell = Effect.forEach((text: string) => Effect.logWarning(text), { discard: true })

  const complain = (text: string) =>
    Ref.modify(complaints, (all) => Complaints.add(all, text, time())).pipe(Effect.flatMap(tell))

  // What every metric looks up is added last, since that is where a context is searched first.
  const services = (yield* Effect.context<never>()).pipe(
    Context.add(Metric.CurrentMetricAttributes, yield* Metric.CurrentMetricAttributes),
    Context.add(Metric.MetricRegistry, yield* Metric.MetricRegistry)
  )
  /** Counts metrics up, without an Effect for each: there are some for most messages between nodes. */
  const count = (counts: NonNullable<Answer["count"]>) => {
    for (const [metric, by] of counts) metric.updateUnsafe(by, services)
  }

  /** Runs the work of a handler and sends its answer. */
  const perform = ({ effect, to }: Dispatch.Work) => {
    const isAnswered = to.id !== undefined && !to.isReply
    const refuse = (code: number, text: string) =>
      Effect.as(Metric.update(Metrics.errorsReplied, isAnswered ? 1 : 0), Dispatch.refusal(code, text))
    return effect.pipe(
      Effect.catchTag("RequestError", ({ code, text }) => refuse(code, text)),
      Effect.catchDefect((defect) =>
        Effect.logError("a handler died", Cause.die(defect)).pipe(
          Effect.andThen(refuse(ErrorCode.crash, `the handler died: ${String(defect)}`))
        )
      ),
      Effect.flatMap((answer) =>
        Ref.modify(state, (now) => {
          count(answer.count ?? [])
          const outbox = new Outbox(now.nextId)
          outbox.post(to, answer)
          return [outbox.frames, { ...now, nextId: outbox.nextId }]
        })
      ),
      Effect.flatMap((frames) => transport.send(frames))
    )
  }

  /** Counts and sends what a step leaves to be counted and sent. */
  const post = ({ counts, frames }: Dispatch.Turn | Timers.Rung) => {
    count(counts)
    return frames.length > 0 ? transport.send(frames) : Effect.void
  }

  /** Keeps the state that a step leaves. No Effect, because a cluster in one process spends its time on such steps. */
  const settle = <A>([result, next]: readonly [A, Dispatch.NodeState]): A => {
    state.ref.current = next
    return result
  }

  /** Timers that have not died since the last message: one that did is due still, and would die again at once. */
  let living = timers
  /** When the node wakes next; −∞ while timers run. */
  let wakes = Infinity

  const bury = ({ defect, timer }: Timers.Death) => {
    living = living.filter((one) => one !== timer)
    return Effect.logError("a timer died", Cause.die(defect))
  }

  const carryOut = (rung: Timers.Rung) =>
    rung.deaths.length === 0
      ? post(rung)
      : Effect.andThen(post(rung), Effect.forEach(rung.deaths, bury, { discard: true }))

  const nextDue = () => Timers.due(Ref.getUnsafe(state), living)

  /** Sleeps until a timer is due and runs it, again and again as long as there is one. */
  const watch: Effect.Effect<void> = Effect.suspend(() => {
    const due = nextDue()
    wakes = due
    if (due === Infinity) return Effect.void
    return Effect.flatMap(clock.sleep(Duration.millis(Math.max(0, due - time()))), () => {
      wakes = -Infinity
      // A sleeper may wake a fraction of a ms early; it was awaited all the same.
      const rung = settle(Timers.ring(Ref.getUnsafe(state), living, { now: Math.max(due, time()), random }))
      return Effect.andThen(carryOut(rung), watch)
    })
  })

  const watchAnew = FiberHandle.run(watching, watch, { startImmediately: true })

  /** Watches the timers anew if one is due earlier than was thought. */
  const arm = Effect.suspend(() => (nextDue() < wakes ? watchAnew : Effect.void))

  /** Has the lines from `first` on handled. */
  const take = (lines: ReadonlyArray<Line>, first: number) =>
    settle(Dispatch.turn(Ref.getUnsafe(state), lines, first, { handlers, random, now: time() }))

  /** Carries out a turn, then takes the lines that it has left. */
  const proceed = Effect.fnUntraced(function* (lines: ReadonlyArray<Line>, begun: Dispatch.Turn) {
    for (let turn = begun; ; turn = take(lines, turn.next)) {
      if (turn.complaints.length > 0) {
        yield* Metric.update(Metrics.linesSkipped, turn.complaints.length)
        yield* Effect.forEach(turn.complaints, complain, { discard: true })
      }
      if (turn.refused > 0) yield* Metric.update(Metrics.errorsReplied, turn.refused)
      yield* post(turn)
      if (turn.work !== undefined) {
        yield* permits.take(1)
        // What the work has changed may make a timer due.
        const work = perform(turn.work).pipe(Effect.andThen(arm), Effect.ensuring(permits.release(1)))
        yield* FiberSet.run(running, work, { startImmediately: true })
      }
      if (turn.next === lines.length) break
    }
    yield* arm
  })

  const receive = (lines: ReadonlyArray<Line>) => {
    living = timers
    const turn = take(lines, 0)
    if (turn.next < lines.length || turn.work !== undefined || turn.complaints.length + turn.refused > 0)
      return proceed(lines, turn)
    // Most turns leave nothing else to be done.
    const posted = post(turn)
    return nextDue() < wakes ? Effect.andThen(posted, watchAnew) : posted
  }

  yield* Stream.runForEachArray(transport.incoming, receive)
  yield* FiberSet.awaitEmpty(running)
  // What a timer is still sending has been taken for sent.
  living = []
  yield* wakes === -Infinity ? FiberHandle.awaitEmpty(watching) : FiberHandle.clear(watching)
  yield* Effect.flatMap(
    Ref.modify(state, (before) => Timers.end(before, timers, { now: time(), random })),
    carryOut
  )
  yield* Effect.flatMap(Ref.get(complaints), (all) => tell(Complaints.summary(all)))
}).pipe(Effect.scoped)

/**
 * Runs a node with the handlers that these layers add, until its input ends.
 *
 * Everything the handlers need, and a `Transport`, become requirements.
 */
export const run = <A, E, R>(
  handlers: Layer.Layer<A, E, R>
): Effect.Effect<void, E | DuplicateHandler | InputFailed | OutputClosed, Transport | Exclude<R, Handlers>> =>
  Effect.provide(loop, Layer.provideMerge(handlers, Handlers.layer), { local: true })
