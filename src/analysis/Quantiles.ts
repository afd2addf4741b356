/**
 * Quantiles as Maelstrom takes them, so that latencies can be compared with those that it prints.
 *
 * @module
 * @since 0.1.0
 */

/**
 * Quantiles of some numbers: the smallest, the median, and so on to the largest.
 *
 * @category models
 * @since 0.1.0
 */
export interface Quantiles {
  readonly "0": number
  readonly "0.5": number
  readonly "0.95": number
  readonly "0.99": number
  readonly "1": number
}

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/**
 * Quantile p is the element at min(n − 1, ⌊n · p⌋) of the sorted list; null if there are no numbers.
 *
 * @category math
 * @since 0.1.0
 */
export const quantiles = (values: ReadonlyArray<number>): Quantiles | null => {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return {
    "0": quantile(sorted, 0),
    "0.5": quantile(sorted, 0.5),
    "0.95": quantile(sorted, 0.95),
    "0.99": quantile(sorted, 0.99),
    "1": quantile(sorted, 1)
  }
}
