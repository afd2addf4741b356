/**
 * The sums that some numbers can have if any of them may be left out. They are kept as intervals of integers, because the
 * sums of small numbers soon lie side by side.
 *
 * @module
 * @since 0.1.0
 */

/**
 * The integers from the first to the last, both included.
 *
 * @category models
 * @since 0.1.0
 */
export type Interval = readonly [first: number, last: number]

/**
 * Which sums are possible.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sums {
  /** Disjoint, in ascending order. */
  readonly intervals: ReadonlyArray<Interval>
  /** Whether every integer in the intervals is a possible sum. If not, all possible sums are in there, and others as well. */
  readonly exact: boolean
}

/** Two ascending lists of intervals as one; those that overlap or touch are joined. */
const union = (one: ReadonlyArray<Interval>, other: ReadonlyArray<Interval>): ReadonlyArray<Interval> => {
  const joined: Array<Interval> = []
  for (const [first, last] of [...one, ...other].toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1)
    if (before !== undefined && first <= before[1] + 1)
      joined[joined.length - 1] = [before[0], Math.max(before[1], last)]
    else joined.push([first, last])
  }
  return joined
}

// Each number may double the intervals. Beyond this, checking would take too long.
const maxIntervals = 10_000

/**
 * The sums of `base` and any of these integers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const of = (base: number, optional: ReadonlyArray<number>): Sums => {
  let intervals: ReadonlyArray<Interval> = [[base, base]]
  for (const number of optional) {
    intervals = union(
      intervals,
      intervals.map(([first, last]): Interval => [first + number, last + number])
    )
    if (intervals.length <= maxIntervals) continue
    const lowest = optional.reduce((sum, one) => sum + Math.min(0, one), base)
    const highest = optional.reduce((sum, one) => sum + Math.max(0, one), base)
    return { intervals: [[lowest, highest]], exact: false }
  }
  return { intervals, exact: true }
}

/**
 * Whether a sum is possible; unknown if that would take too long to find out.
 *
 * @category predicates
 * @since 0.1.0
 */
export const has = ({ exact, intervals }: Sums, sum: number): boolean | "unknown" =>
  intervals.some(([first, last]) => first <= sum && sum <= last) && (exact || "unknown")
