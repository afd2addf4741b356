/**
 * Which values are hot, and until when.
 *
 * A value is hot from when a node learns it until the node has sent it in as many rounds as its budget says; then it is
 * old news. Nothing hot means nothing to send: a cluster that has heard everything is silent.
 *
 * Append-mostly and mutable like the store beside it, and like it reached through the transitions of the node's state.
 */
import type { Value } from "../protocol/Value.ts"
import { ValueSet } from "./ValueSet.ts"

/** The hot values of a node. */
export class Rumors {
  /** In how many rounds each has been sent. A value enters once, as the object that the store keeps. */
  readonly #rounds = new Map<Value, number>()

  /** How many values are hot. */
  get size(): number {
    return this.#rounds.size
  }

  /** The hot values, oldest first. */
  get values(): ReadonlyArray<Value> {
    return [...this.#rounds.keys()]
  }

  /** The hot values that are not among these, oldest first. */
  without(others: ReadonlyArray<Value>): ReadonlyArray<Value> {
    if (this.size === 0) return []
    const excluded = ValueSet.of(others)
    return this.values.filter((value) => !excluded.has(value))
  }

  /** The hot values that have not been sent yet, oldest first. */
  get unsent(): ReadonlyArray<Value> {
    return [...this.#rounds].flatMap(([value, rounds]) => (rounds === 0 ? [value] : []))
  }

  /** Makes values hot that have been sent in so many rounds already, unless that is all the `budget`. */
  add(values: ReadonlyArray<Value>, rounds: number, budget: number): void {
    if (rounds >= budget) return
    for (const value of values) this.#rounds.set(value, rounds)
  }

  /** Counts a round in which all hot values were sent; those that have used their `budget` are hot no longer. */
  sent(budget: number): void {
    for (const [value, rounds] of this.#rounds) {
      if (rounds + 1 < budget) this.#rounds.set(value, rounds + 1)
      else this.#rounds.delete(value)
    }
  }
}
