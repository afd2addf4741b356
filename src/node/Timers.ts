/**
 * What a component of a node wants to do later, as data: when it is due, and the transition that does it.
 *
 * Nothing here waits. The node asks for the earliest time due after each step, sleeps once for all timers, and runs what is
 * due as it runs a handler: a pure step from state to state and messages. Before the first message other than `init`
 * nothing is ever due.
 */
import type * as Random from "effect/Random"
import type { Frame } from "../protocol/Wire.ts"
import type { NodeState } from "./Dispatch.ts"
import type { Answer, MessageContext, Outcome } from "./Handlers.ts"
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

/** What is sent unasked. */
export interface Prompted {
  /** In order. */
  readonly frames: ReadonlyArray<Frame>
  /** Metrics to count up. */
  readonly counts: NonNullable<Answer["count"]>
}

/** What a step is handed besides the state: the time in ms since the epoch, and the source of randomness. */
export interface Environment {
  readonly now: number
  readonly random: Random.Random
}

/** When the first timer is due, in ms since the epoch; undefined for never, as things are. */
export const due = ({ awake }: NodeState, timers: ReadonlyArray<Timer>): number | undefined => {
  if (awake === undefined) return undefined
  const first = Math.min(...timers.map((timer) => timer.due(awake) ?? Infinity))
  return first === Infinity ? undefined : first
}

const run = (
  before: NodeState,
  { now, random }: Environment,
  outcomesOf: (context: TimerContext, awake: number) => ReadonlyArray<Outcome<undefined>>
): readonly [Prompted, NodeState] => {
  const { awake, identity, nextId } = before
  if (awake === undefined || identity === undefined) return [{ frames: [], counts: [] }, before]
  const { nodes, self } = identity
  const outbox = new Outbox(nextId)
  const outcomes = outcomesOf({ self, nodes, now, random }, awake)
  for (const outcome of outcomes) outbox.post({ self, src: self, id: undefined, isReply: false }, outcome)
  const counts = outcomes.flatMap(({ count = [] }) => count)
  return [
    { frames: outbox.frames, counts },
    { ...before, nextId: outbox.nextId }
  ]
}

/** Runs the timers that are due. */
export const ring = (before: NodeState, timers: ReadonlyArray<Timer>, env: Environment) =>
  run(before, env, (context, awake) =>
    timers.filter((timer) => (timer.due(awake) ?? Infinity) <= env.now).map(({ fire }) => fire(context))
  )

/** Runs all timers for the last time. */
export const end = (before: NodeState, timers: ReadonlyArray<Timer>, env: Environment) =>
  run(before, env, (context) => timers.map((timer) => timer.end(context)))
