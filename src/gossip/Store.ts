/**
 * The known values, in the order in which they were learned.
 *
 * Append-only and mutable, because an immutable map of a million values costs four times a `Set`; it lives in the node's
 * state and is reached through its transitions alone. The printed form is kept in blocks that never change once full, so
 * that answering a `read` costs a copy, not a printing, however often values come in between.
 */
import * as JsonText from "../protocol/JsonText.ts"
import type { Value } from "../protocol/Value.ts"
import * as Digest from "./Digest.ts"
import { ValueSet } from "./ValueSet.ts"

/** How many values a block of printed text stands for. */
const blockSize = 512

/** A growing set of values, equal as JSON counting as one. */
export class Store {
  readonly #known = new ValueSet()
  /** In the order learned. */
  readonly #values: Array<Value> = []
  #sum = 0
  /** The printed values of all full blocks, separated; V8 keeps what is appended to as it is and copies when it is used. */
  #blocks = ""
  #blocked = 0
  /** The printed values that do not fill a block yet. */
  #unblocked: Array<string> = []

  /** How many different values are known. */
  get size(): number {
    return this.#values.length
  }

  /** Whether a value is known. */
  has(value: Value): boolean {
    return this.#known.has(value)
  }

  /** Adds a value; says whether it is new. */
  add(value: Value): boolean {
    if (!this.#known.add(value)) return false
    // −0 is 0 in JSON.
    this.#values.push(value === 0 ? 0 : value)
    this.#sum = Digest.plus(this.#sum, Digest.hash(value))
    return true
  }

  /** The values, oldest first. Not to be kept: it grows with the store. */
  get values(): ReadonlyArray<Value> {
    return this.#values
  }

  /** What is known, in short. */
  get digest(): Digest.Digest {
    return { count: this.size, sum: this.#sum }
  }

  /** The values as one printed list, oldest first. */
  printed(): JsonText.Printed {
    for (let printed = this.#blocked + this.#unblocked.length; printed < this.size; printed++) {
      this.#unblocked.push(JsonText.print(this.#values[printed]))
      if (this.#unblocked.length === blockSize) {
        this.#blocks = this.#blocked === 0 ? this.#tail() : `${this.#blocks}, ${this.#tail()}`
        this.#blocked += blockSize
        this.#unblocked = []
      }
    }
    if (this.#blocked === 0) return new JsonText.Printed(`[${this.#tail()}]`)
    if (this.#unblocked.length === 0) return new JsonText.Printed(`[${this.#blocks}]`)
    return new JsonText.Printed(`[${this.#blocks}, ${this.#tail()}]`)
  }

  #tail(): string {
    return this.#unblocked.join(", ")
  }
}
