/**
 * What a component of a node wants to do later, as data: when it is due, and the transition that does it.
 *
 * Nothing here waits. The node asks for the earliest time due after each step, sleeps once for all timers, and runs what is
 * due as it runs a handler: a pure step from state to state and messages. Before the first message other than `init`
 * nothing is ever due.
 */
import type * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import type { Frame } from "../protocol/Wire.ts"
import type { NodeState } from "./Dispatch.ts"
import { type Answer, Handlers, type MessageContext, type Outcome } from "./Handlers.ts"
import { Outbox } from "./Outbox.ts"

/** What a timer may know: no message, hence no sender. */
export type TimerContext = Omit<MessageContext, "src">

/** A timer as the node sees it, its state being its own. */
export interface Timer {
  /** When it wants to run, in ms since the epoch; undefined for never, as things are. `awake` is when the node could first. */
  readonly due: (awake: number) => number | undefined
  /** Runs it. After that it must not be due at the same time again. */
  readonly fire: (context: TimerContext) => Outcome<undefined>
  /** Runs it for the last time, when the node's input has ended. */
  readonly end: (context: TimerContext) => Outcome<undefined>
}

/**
 * Adds a timer: what a component sends unasked. `due` says when, in ms since the epoch, `fire` does it; after that it must
 * not be due at the same time again. `end` is what is left to be sent when the node's input has ended.
 */
export const add = <State>(options: {
  readonly state: Ref.Ref<State>
  readonly due: (state: State, awake: number) => number | undefined
  readonly fire: (state: State, context: TimerContext) => readonly [outcome: Outcome<undefined>, state: State]
  readonly end: (state: State, context: TimerContext) => readonly [outcome: Outcome<undefined>, state: State]
}): Effect.Effect<void, never, Handlers> => {
  const { state } = options
  const transition = (step: typeof options.fire) => (context: TimerContext) => {
    const [outcome, next] = step(Ref.getUnsafe(state), context)
    state.ref.current = next
    return outcome
  }
  return Handlers.use((handlers) =>
    handlers.addTimer({
      due: (awake) => options.due(Ref.getUnsafe(state), awake),
      fire: transition(options.fire),
      end: transition(options.end)
    })
  )
}

/** A timer that threw, which is a bug of whoever wrote it. */
export interface Death {
  readonly timer: Timer
  readonly defect: unknown
}

/** What comes of running timers. */
export interface Rung {
  /** What is sent, in order. */
  readonly frames: ReadonlyArray<Frame>
  /** Metrics to count up. */
  readonly counts: NonNullable<Answer["count"]>
  /** The timers that threw; the others have done what they had to. */
  readonly deaths: ReadonlyArray<Death>
}

/** What a step is handed besides the state: the time in ms since the epoch, and the source of randomness. */
export interface Environment {
  readonly now: number
  readonly random: Random.Random
}

// Asked for after every message, hence as plain as can be.
const dueOf = (timer: Timer, awake: number): number => {
  try {
    return timer.due(awake) ?? Infinity
  } catch {
    // It is due at once, so that its death comes to light where it is run.
    return awake
  }
}

/** When the first timer is due, in ms since the epoch; infinite for never, as things are. */
export const due = ({ awake }: NodeState, timers: ReadonlyArray<Timer>): number => {
  let first = Infinity
  if (awake !== undefined) for (const timer of timers) first = Math.min(first, dueOf(timer, awake))
  return first
}

const run = (
  before: NodeState,
  timers: ReadonlyArray<Timer>,
  { now, random }: Environment,
  step: (timer: Timer, context: TimerContext, awake: number) => Outcome<undefined> | undefined
): readonly [Rung, NodeState] => {
  const { awake, identity, nextId } = before
  if (awake === undefined || identity === undefined) return [{ frames: [], counts: [], deaths: [] }, before]
  const { nodes, self } = identity
  const outbox = new Outbox(nextId)
  const counts: Array<Rung["counts"][number]> = []
  const deaths: Array<Death> = []
  for (const timer of timers) {
    const outcome = Result.try(() => step(timer, { self, nodes, now, random }, awake))
    if (Result.isFailure(outcome)) deaths.push({ timer, defect: outcome.failure })
    else if (outcome.success !== undefined) {
      outbox.post({ self, src: self, id: undefined, isReply: false }, outcome.success)
      counts.push(...(outcome.success.count ?? []))
    }
  }
  return [
    { frames: outbox.frames, counts, deaths },
    { identity, nextId: outbox.nextId, lines: before.lines, awake }
  ]
}

/** Runs the timers that are due. */
export const ring = (before: NodeState, timers: ReadonlyArray<Timer>, env: Environment) =>
  run(before, timers, env, (timer, context, awake) =>
    (timer.due(awake) ?? Infinity) <= env.now ? timer.fire(context) : undefined
  )

/** Runs all timers for the last time. */
export const end = (before: NodeState, timers: ReadonlyArray<Timer>, env: Environment) =>
  run(before, timers, env, (timer, context) => timer.end(context))
