/**
 * The node: takes chunks of lines from its transport, steps, and carries out what the step leaves to be done.
 *
 * All state is in one `Ref`; a chunk of lines is one `Ref.modify` and one write. Handlers' work runs beside the loop; when
 * the input ends the node waits for it, so that everything that was read is answered.
 *
 * @module
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberHandle from "effect/FiberHandle"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as Metrics from "./Metrics.ts"
import { Observer } from "./Observer.ts"
import { type Calling, type Conflict, Registry } from "./Registry.ts"
import { RequestError } from "./RequestError.ts"
import * as Rpc from "./Rpc.ts"
import { type Running, Self } from "./Self.ts"
import { NodeState, type State } from "./State.ts"
import * as Step from "./Step.ts"
import { type InputFailed, type OutputClosed, Transport } from "./Transport.ts"

/** How many handlers may be at work at once. Beyond that the node reads no further. */
const maxConcurrentHandlers = 1024

/** How the work of a handler failed. A handler that dies, or interrupts itself, is a defect. */
const failureOf = ({ received }: Step.Task, cause: Cause.Cause<RequestError>): RequestError | Step.Defect => {
  const thrown = Cause.squash(cause)
  return thrown instanceof RequestError ? thrown : new Step.Defect(`handler of ${received.message.type}`, thrown)
}

/** What a step leaves for the loop. */
interface Stepped {
  readonly turn: Step.Turn
  /** Whether the node woke up by it. */
  readonly awakes: boolean
  /** Whether it set the alarm to an earlier time. */
  readonly wakesEarlier: boolean
}

const loop = Effect.gen(function* () {
  const parts = yield* Effect.flatMap(Registry, ({ resolved }) => resolved)
  const state = yield* NodeState
  const self = yield* Self
  const { ask } = yield* Rpc.Rpc
  const transport = yield* Transport
  const observe = yield* Observer
  const random = yield* Random.Random
  const clock = yield* Clock.Clock
  const metrics = yield* Effect.context<never>()
  const running = yield* FiberSet.make()
  const sleeper = yield* FiberHandle.make<void, never>()
  const permits = yield* Semaphore.make(maxConcurrentHandlers)

  /** Steps on an input; `now` is in ms since the epoch. */
  const step = (input: Step.Input, now: number) =>
    Effect.map(
      Ref.modify(state, (before) => {
        const [turn, after] = Step.step(before, input, { parts, now, random })
        return [{ before, turn, after }, after]
      }),
      ({ after, before, turn }): Stepped => {
        observe(before, turn, after, parts)
        if (after.slices !== before.slices) PubSub.publishUnsafe(self.changed, undefined)
        return { turn, awakes: after.awake !== before.awake, wakesEarlier: after.alarm < before.alarm }
      }
    )

  /** A handler that waits gives its permit back, because the node must read on to get what the handler waits for. */
  const waiting = <A, E, R>(wait: Effect.Effect<A, E, R>) =>
    Effect.acquireUseRelease(
      permits.release(1),
      () => wait,
      () => permits.take(1)
    )

  /** Runs the work of a handler, then steps on what it leaves. */
  const perform = (task: Step.Task) =>
    task.effect.pipe(
      Effect.provideService(Rpc.Waiting, waiting),
      Effect.catchCause((cause) => Effect.fail(failureOf(task, cause))),
      Effect.result,
      Effect.flatMap((result) => advance({ _tag: "Done", task, result })),
      Effect.ensuring(permits.release(1))
    )

  /** Makes the call of a component, which then steps on the result. */
  const call = ({ body, name, step: stepOn, timeout = Rpc.defaultTimeout, to }: Calling) =>
    ask(to, body, timeout).pipe(
      Effect.result,
      Effect.flatMap((result) =>
        advance({ _tag: "Own", what: `${name}, Returned`, step: (slices, env) => stepOn(slices, result, env) })
      )
    )

  const carryOut = Effect.fnUntraced(function* (turn: Step.Turn, awakes: boolean) {
    const { calling, complaints, defects, late, messages, notes, refused, returned, skipped, tasks } = turn
    for (const { thrown, where } of defects) yield* Effect.logError(`a defect in ${where}`, Cause.die(thrown))
    for (const complaint of complaints) yield* Effect.logWarning(complaint)
    for (const note of notes) yield* Effect.logDebug(note)
    if (skipped > 0) yield* Metric.update(Metrics.linesSkipped, skipped)
    if (refused > 0) yield* Metric.update(Metrics.errorsReplied, refused)
    if (late > 0) yield* Metric.update(Metrics.repliesLate, late)
    if (messages.length > 0) yield* transport.send(messages)
    if (awakes) yield* Deferred.succeed(self.awake, inside)
    for (const { reply, waiter } of returned) yield* Deferred.succeed(waiter, reply)
    for (const one of calling) yield* FiberSet.run(running, call(one), { startImmediately: true })
    for (const task of tasks) {
      yield* permits.take(1)
      yield* FiberSet.run(running, perform(task), { startImmediately: true })
    }
  })

  /** Most steps leave nothing but messages to be sent. */
  const isPlain = ({ calling, complaints, defects, late, notes, refused, returned, skipped, tasks }: Step.Turn) =>
    complaints.length + defects.length + notes.length + skipped + refused + late === 0 &&
    calling.length + returned.length + tasks.length === 0

  const send = (turn: Step.Turn, awakes = false): Effect.Effect<void> => {
    // Counted without an Effect for each, because nearly every message between nodes counts something.
    for (const { by, metric } of turn.counts) metric.updateUnsafe(by, metrics)
    if (awakes || !isPlain(turn)) return carryOut(turn, awakes)
    return turn.messages.length > 0 ? transport.send(turn.messages) : Effect.void
  }

  /** Steps on an input that does not come from the node's own clock. */
  const stepNow = (input: Step.Input) => Effect.suspend(() => step(input, clock.currentTimeMillisUnsafe()))

  /** Carries out a step, and wakes earlier if that is what follows. */
  const follow = ({ awakes, turn, wakesEarlier }: Stepped) =>
    wakesEarlier ? Effect.andThen(send(turn, awakes), sleepAnew) : send(turn, awakes)

  const advance = (input: Step.Input): Effect.Effect<void> => Effect.flatMap(stepNow(input), follow)

  const inside: Running = {
    step: (input) =>
      stepNow(input).pipe(
        Effect.flatMap((stepped) =>
          Effect.map(FiberSet.run(running, follow(stepped), { startImmediately: true }), (fiber) => ({
            turn: stepped.turn,
            carriedOut: Fiber.join(fiber)
          }))
        ),
        Effect.uninterruptible
      )
  }
  if ((yield* Ref.get(state)).awake !== undefined) yield* Deferred.succeed(self.awake, inside)

  /** Sleeps until the alarm and ticks, again and again as long as there is an alarm. */
  const sleep: Effect.Effect<void> = Effect.flatMap(Ref.get(state), ({ alarm }: State) => {
    if (alarm === Infinity) return Effect.void
    const wait = Effect.suspend(() =>
      clock.sleep(Duration.millis(Math.max(0, alarm - clock.currentTimeMillisUnsafe())))
    )
    // What a tick has taken for sent must be sent, also when the input ends meanwhile. A sleeper may wake a fraction of a
    // ms early; what it slept for is due all the same.
    const tick = Effect.uninterruptible(
      Effect.flatMap(
        Effect.suspend(() => step({ _tag: "Tick" }, Math.max(alarm, clock.currentTimeMillisUnsafe()))),
        ({ turn }) => send(turn)
      )
    )
    return wait.pipe(Effect.andThen(tick), Effect.andThen(sleep))
  })

  const sleepAnew = FiberHandle.run(sleeper, sleep, { startImmediately: true })

  const handled = Stream.runForEachArray(transport.incoming, (lines) => advance({ _tag: "Lines", lines }))
  // One race for all of the input: `Stream.interruptWhen` hands every chunk from fiber to fiber.
  yield* transport.closed === undefined ? handled : Effect.raceFirst(handled, transport.closed)
  yield* FiberSet.awaitEmpty(running)
  yield* FiberHandle.clear(sleeper)
  yield* advance({ _tag: "Ended" })
}).pipe(Effect.scoped)

/**
 * What a node provides to its parts.
 *
 * @category models
 * @since 0.1.0
 */
export type Provided = Registry | NodeState | Self | Rpc.Rpc

/**
 * What a node that starts with this state provides to its parts.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerProvided = (state: Layer.Layer<NodeState>): Layer.Layer<Provided> =>
  Layer.mergeAll(Registry.layer, state, Layer.provideMerge(Rpc.Rpc.layer, Self.layer))

/**
 * Runs a node until its input ends. `parts` are layers of components and handlers; what these need, and a `Transport`,
 * become requirements. The node itself provides what is `Provided`; calls (`Rpc`) are of it.
 *
 * @example
 * ```ts
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as NodeStdio from "@effect/platform-node/NodeStdio"
 * import * as Effect from "effect/Effect"
 * import * as Logger from "effect/Logger"
 * import { Gossip, Node, StdioTransport } from "maelstrom-gossip"
 *
 * // Standard output is for messages, so the logs go to standard error.
 * const logger = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])
 *
 * Node.run(Gossip.Gossip.layer).pipe(
 *   Effect.provide(StdioTransport.layer),
 *   Effect.provide([NodeStdio.layer, logger]),
 *   NodeRuntime.runMain
 * )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = <A, E, R>(
  parts: Layer.Layer<A, E, R>
): Effect.Effect<void, E | Conflict | InputFailed | OutputClosed, Transport | Exclude<R, Provided>> =>
  Effect.provide(loop, Layer.provideMerge(parts, layerProvided(NodeState.layer())), { local: true })

/**
 * Runs a node as {@link run} does, with a state that outlives it: the node starts with what is in the `Ref`.
 *
 * @category running
 * @since 0.1.0
 */
export const runIn = <A, E, R>(
  state: Ref.Ref<State>,
  parts: Layer.Layer<A, E, R>
): Effect.Effect<void, E | Conflict | InputFailed | OutputClosed, Transport | Exclude<R, Provided>> =>
  Effect.provide(loop, Layer.provideMerge(parts, layerProvided(Layer.succeed(NodeState, state))), { local: true })
