/**
 * What a component of a node wants to do later, as data: when it is due, and the transition that does it.
 *
 * Nothing here waits. The node asks for the earliest time due after each step, sleeps once for all timers, and runs what is
 * due as it runs a handler: a pure step from state to state and messages.
 */
import type { MessageContext, Outcome } from "./Handlers.ts"

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

/** When the first of some timers is due, in ms since the epoch; undefined if none is. */
export const earliest = (timers: ReadonlyArray<Timer>, awake: number): number | undefined =>
  timers.reduce<number | undefined>((first, { due }) => {
    const at = due(awake)
    return at === undefined || (first !== undefined && first <= at) ? first : at
  }, undefined)
