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
  readonly #values: Array<Value> = []
  // Scalars are their own keys: JavaScript's Set compares them as JSON does, 0 and −0 included.
  readonly #scalars = new Set<Value>()
  readonly #composites = new Set<string>()
  readonly #blocks: Array<string> = []

  /** How many different values are known. */
  get size(): number {
    return this.#values.length
  }

  /** Whether a value is known. */
  has(value: Value): boolean {
    return isComposite(value) ? this.#composites.has(key(value)) : this.#scalars.has(value)
  }

  /** Adds a value; says whether it is new. */
  add(value: Value): boolean {
    const isNew = isComposite(value) ? grows(this.#composites, key(value)) : grows(this.#scalars, value)
    if (isNew) this.#values.push(value)
    return isNew
  }

  /** The values, oldest first. A view of what is known, not a copy. */
  get values(): ReadonlyArray<Value> {
    return this.#values
  }

  /** The values as one printed list, oldest first. */
  printed(): JsonText.Printed {
    const print = (from: number) =>
      this.#values
        .slice(from, from + blockSize)
        .map(JsonText.print)
        .join(", ")
    while ((this.#blocks.length + 1) * blockSize <= this.#values.length) {
      this.#blocks.push(print(this.#blocks.length * blockSize))
    }
    const printedCount = this.#blocks.length * blockSize
    const texts = printedCount < this.#values.length ? [...this.#blocks, print(printedCount)] : this.#blocks
    return new JsonText.Printed(JsonText.list(texts))
  }
}
