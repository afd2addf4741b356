/**
 * A set of values in which those that are equal as JSON are one.
 *
 * JavaScript's own Set compares scalars as JSON does, 0 and −0 included; arrays and objects are told apart by their keys.
 */
import { isComposite, key, type Value } from "../protocol/Value.ts"

const grows = <A>(set: Set<A>, element: A): boolean => {
  const before = set.size
  return set.add(element).size > before
}

/** A growing set of values. */
export class ValueSet {
  readonly #scalars = new Set<Value>()
  readonly #composites = new Set<string>()

  /** Of these values. */
  static of(values: ReadonlyArray<Value>): ValueSet {
    const set = new ValueSet()
    for (const value of values) set.add(value)
    return set
  }

  /** Whether a value is in it. */
  has(value: Value): boolean {
    return isComposite(value) ? this.#composites.has(key(value)) : this.#scalars.has(value)
  }

  /** Adds a value; says whether it is new. */
  add(value: Value): boolean {
    return isComposite(value) ? grows(this.#composites, key(value)) : grows(this.#scalars, value)
  }
}
