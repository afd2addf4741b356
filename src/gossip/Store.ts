/**
 * The known values, in the order in which they were learned.
 *
 * Append-only and mutable, because an immutable map of a million values costs four times a `Set`; it lives in the node's
 * state and is reached through its transitions alone. The printed form is kept in blocks that never change once full, so
 * that answering a `read` costs a copy, not a printing, however often values come in between.
 */
import * as JsonText from "../protocol/JsonText.ts"
import { isComposite, key, type Value } from "../protocol/Value.ts"

/** How many values a block of printed text stands for. */
const blockSize = 512

const grows = <A>(set: Set<A>, element: A): boolean => {
  const before = set.size
  return set.add(element).size > before
}

/** A growing set of values, equal as JSON counting as one. */
export class Store {
  // In the order learned. JavaScript's Set compares scalars as JSON does, 0 and −0 included; composites have keys.
  readonly #values = new Set<Value>()
  readonly #composites = new Set<string>()
  /** The printed values of all full blocks, separated; V8 keeps what is appended to as it is and copies when it is used. */
  #blocks = ""
  #blocked = 0
  /** The printed values that do not fill a block yet. */
  #unblocked: Array<string> = []
  /** Walks over the values as they are printed. It goes on through those added later, unless asked for one too many. */
  #unprinted: Iterator<Value, undefined> | undefined

  /** How many different values are known. */
  get size(): number {
    return this.#values.size
  }

  /** Whether a value is known. */
  has(value: Value): boolean {
    return isComposite(value) ? this.#composites.has(key(value)) : this.#values.has(value)
  }

  /** Adds a value; says whether it is new. */
  add(value: Value): boolean {
    return (!isComposite(value) || grows(this.#composites, key(value))) && grows(this.#values, value)
  }

  /** The values, oldest first. */
  get values(): ReadonlyArray<Value> {
    return [...this.#values]
  }

  /** The values as one printed list, oldest first. */
  printed(): JsonText.Printed {
    this.#unprinted ??= this.#values.values()
    for (let printed = this.#blocked + this.#unblocked.length; printed < this.size; printed++) {
      this.#unblocked.push(JsonText.print(this.#unprinted.next().value))
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
