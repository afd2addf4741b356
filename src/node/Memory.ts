/**
 * What outlives a crash of a node.
 *
 * A process that dies forgets everything, unless somebody keeps its state for it: a simulator that crashes nodes does, and
 * hands it to the node that starts in its place. By default nothing is kept.
 */
import { constVoid } from "effect/Function"
import type * as Ref from "effect/Ref"

/** A keeper of one part of a node's state. */
export interface Memory<State> {
  /** The state of the node in whose place this one starts; undefined for a node that starts afresh. */
  readonly recalled: State | undefined
  /** Is told where the state lives from now on. */
  readonly keep: (state: Ref.Ref<State>) => void
}

/** Keeps nothing. */
export const none = <State>(): Memory<State> => ({ recalled: undefined, keep: constVoid })
