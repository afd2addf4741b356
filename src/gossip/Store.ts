/**
 * The known values, in the order in which they were learned.
 *
 * A store is a value: it never changes. It is a view on the first `size` values of a log that only grows. Adding to the
 * newest view appends to the log, which later views share; adding to an older view copies what that view shows first. So
 * every view stays what it was, yet a million values take no more than one set and one array.
 *
 * The printed form is kept in blocks that never change once full, so answering a `read` copies text and prints only what
 * is new, however often values come in between.
 */
import * as JsonText from "../protocol/JsonText.ts"
import { isComposite, key, type Value } from "../protocol/Value.ts"
import * as Digest from "./Digest.ts"

const grows = <A>(set: Set<A>, element: A): boolean => {
  const before = set.size
  return set.add(element).size > before
}

/**
 * A mutable set in which values that are equal as JSON are one. JavaScript's own Set compares scalars as JSON does, 0 and
 * −0 included; arrays and objects are compared by their keys.
 */
export class ValueSet {
  readonly #scalars = new Set<Value>()
  readonly #composites = new Set<string>()

  /** The set of these values. */
  static of(values: ReadonlyArray<Value>): ValueSet {
    const set = new ValueSet()
    for (const value of values) set.add(value)
    return set
  }

  /** Whether a value is in the set. */
  has(value: Value): boolean {
    return isComposite(value) ? this.#composites.has(key(value)) : this.#scalars.has(value)
  }

  /** Adds a value; returns whether it is new. */
  add(value: Value): boolean {
    return isComposite(value) ? grows(this.#composites, key(value)) : grows(this.#scalars, value)
  }
}

/** How many values one block of printed text holds. */
const blockSize = 512

/** Different values in the order in which they were learned. It only grows. */
class Log {
  readonly #known = new ValueSet()
  readonly #values: Array<Value> = []
  /** The text of all full blocks. V8 keeps a text that is appended to in parts and joins them when it is read. */
  #blocks = ""
  /** How many values the full blocks hold. */
  #blocked = 0
  /** The text of each value after the last full block, as far as values were printed. */
  #unblocked: Array<string> = []

  get size(): number {
    return this.#values.length
  }

  /** Appends a value unless it is there already; returns whether it did. */
  append(value: Value): boolean {
    if (!this.#known.add(value)) return false
    // −0 is 0 in JSON.
    this.#values.push(value === 0 ? 0 : value)
    return true
  }

  slice(from: number, to: number): ReadonlyArray<Value> {
    return this.#values.slice(from, to)
  }

  collect(ranges: ReadonlyArray<{ readonly from: number; readonly to: number }>): ReadonlyArray<Value> {
    const found: Array<Value> = []
    for (const { from, to } of ranges)
      for (let place = from; place < to; place++) {
        const value = this.#values[place]
        if (value !== undefined) found.push(value)
      }
    return found
  }

  /** The first `count` values as a list. */
  print(count: number): string {
    // A newer view was printed since: the blocks may hold more than `count` values.
    if (count < this.#blocked) return JsonText.print(this.slice(0, count))
    for (let printed = this.#blocked + this.#unblocked.length; printed < count; printed++) {
      this.#unblocked.push(JsonText.print(this.#values[printed]))
      if (this.#unblocked.length === blockSize) {
        const block = this.#unblocked.join(", ")
        this.#blocks = this.#blocked === 0 ? block : `${this.#blocks}, ${block}`
        this.#blocked += blockSize
        this.#unblocked = []
      }
    }
    const rest = this.#unblocked.slice(0, count - this.#blocked).join(", ")
    if (this.#blocked === 0) return `[${rest}]`
    return rest === "" ? `[${this.#blocks}]` : `[${this.#blocks}, ${rest}]`
  }
}

/** A set of values that never changes. Values that are equal as JSON are one. */
export interface Store {
  /** Shared with older and newer stores. */
  readonly log: Log
  /** How many of the log's values are in this store. */
  readonly size: number
  /** The sum of their hashes; 0 to 2^52 − 1. */
  readonly sum: number
}

/** No values. */
export const empty: Store = { log: new Log(), size: 0, sum: 0 }

/** The log that a store may append to: its own if no newer store uses it, else a copy. */
const ownLog = ({ log, size }: Store): Log => {
  // The log of `empty` stays empty, because `empty` lives as long as the process.
  if (log.size === size && size > 0) return log
  const copy = new Log()
  for (const value of log.slice(0, size)) copy.append(value)
  return copy
}

/** The store with these values added. If all of them are known already, it is the store itself. */
export const add = (store: Store, values: ReadonlyArray<Value>): Store => {
  const log = ownLog(store)
  let { sum } = store
  for (const value of values) if (log.append(value)) sum = Digest.plus(sum, Digest.hash(value))
  return log.size === store.size ? store : { log, size: log.size, sum }
}

/**
 * The values from place `from` up to but not including place `to`, oldest first. Places count from 0 in the order learned;
 * places outside the store are passed over.
 */
export const slice = ({ log, size }: Store, from = 0, to = size): ReadonlyArray<Value> =>
  log.slice(Math.max(0, from), Math.min(to, size))

/** The values in these ranges of places, each from `from` up to `to`, excluded. */
export const collect = (
  { log }: Store,
  ranges: ReadonlyArray<{ readonly from: number; readonly to: number }>
): ReadonlyArray<Value> => log.collect(ranges)

/** The digest of all values. */
export const digest = ({ size, sum }: Store): Digest.Digest => ({ count: size, sum })

/** All values as a list, oldest first. It is printed when it is written. */
export const printed = ({ log, size }: Store): JsonText.Printed => new JsonText.Printed(() => log.print(size))

/** Whether a store has all values of another one, at the same places. */
const continues = (after: Store, before: Store): boolean => {
  if (after.log === before.log) return true
  const values = slice(after)
  return slice(before).every((value, place) => value === values[place])
}

/** The invariants that are broken if one store followed another, one sentence each: a set only grows, its digest fits. */
export const violations = (before: Store, after: Store): ReadonlyArray<string> => {
  if (after === before) return []
  if (after.size < before.size) return [`the set shrank from ${before.size} to ${after.size} values`]
  if (!continues(after, before)) return [`some of the ${before.size} values known were changed or replaced`]
  const sum = slice(after, before.size).map(Digest.hash).reduce(Digest.plus, before.sum)
  return sum === after.sum
    ? []
    : [`the digest of ${after.size} values says ${after.sum}, their hashes add up to ${sum}`]
}
