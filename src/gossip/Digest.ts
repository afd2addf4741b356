/**
 * What a node knows, in a few bytes: how many values, and the sum of their hashes.
 *
 * The sum does not depend on the order in which values were learned, and keeping it up to date costs one hash a value. Two
 * different sets have the same digest by chance once in 2^52 times. It is no protection against senders who deceive.
 */
import { key, type Value } from "../protocol/Value.ts"

/** A summary of a set of values. */
export interface Digest {
  /** How many values. */
  readonly count: number
  /** The sum of their hashes; 0 to 2^52 − 1. */
  readonly sum: number
}

/** A summary of what was known up to a time, in ms of the meeting clock. */
export interface AsOf extends Digest {
  readonly up_to: number
}

/** Hashes and their sums are below this, so that adding two of them is exact. */
const modulus = 2 ** 52

/** The sum of two hashes, or of sums of them; 0 to 2^52 − 1. */
export const plus = (a: number, b: number): number => (a + b < modulus ? a + b : a + b - modulus)

/** The number that {@link plus} `b` makes `a`; 0 to 2^52 − 1. */
export const minus = (a: number, b: number): number => (a < b ? a - b + modulus : a - b)

// The multipliers and the finish of cyrb53 by bryc (public domain): two lanes of 32 bits that are mixed at the end.
const finish = (first: number, second: number): number => {
  const high = Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909)
  const low = Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (high & 0xfffff) * 2 ** 32 + (low >>> 0)
}

const start = 0x9e3779b9 | 0

const ofUnit = (unit: number): number =>
  finish(Math.imul(start ^ unit, 2654435761), Math.imul(~start ^ unit, 1597334677))

const ofText = (text: string): number => {
  let high = start
  let low = ~start
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  return finish(high, low)
}

/** The hash of a value; 0 to 2^52 − 1. Values that are equal as JSON have the same hash. */
export const hash = (value: Value): number =>
  // Most values are small integers, which need no text.
  typeof value === "number" && (value | 0) === value ? ofUnit(value) : ofText(key(value))

/** The digest of these values, all different. */
export const of = (values: ReadonlyArray<Value>): Digest => ({
  count: values.length,
  sum: values.map(hash).reduce(plus, 0)
})

/** The digest of a set without a part of it. */
export const without = (whole: Digest, part: Digest): Digest => ({
  count: whole.count - part.count,
  sum: minus(whole.sum, part.sum)
})

/** Whether two digests are of the same set, as far as digests can tell. */
export const equals = (a: Digest, b: Digest): boolean => a.count === b.count && a.sum === b.sum
