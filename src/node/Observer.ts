/**
 * Observes a running node. By default nobody does; the simulator checks every step by it.
 */
import * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import type { Resolved } from "./Registry.ts"
import type { State } from "./State.ts"
import type { Turn } from "./Step.ts"

/** Is told of every step of a node, right after it was taken. It changes nothing. */
export type Observer = (before: State, turn: Turn, after: State, parts: Resolved) => void

/** The observer of a node. */
export const Observer = Context.Reference<Observer>("maelstrom-gossip/node/Observer", {
  defaultValue: () => constVoid
})
