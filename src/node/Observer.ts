/**
 * Somebody who looks on while a node runs. Nobody does by default; the simulator checks every step.
 */
import * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import type { Resolved } from "./Registry.ts"
import type { State } from "./State.ts"
import type { Turn } from "./Step.ts"

/** Is told of every step of a node, right after it was taken. It changes nothing. */
export type Observer = (before: State, turn: Turn, after: State, parts: Resolved) => void

/** Who looks on. */
export const Observer = Context.Reference<Observer>("maelstrom-gossip/node/Observer", {
  defaultValue: () => constVoid
})
