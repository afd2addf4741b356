/**
 * How long messages between nodes take, as far as planning needs it: constant, uniform or exponential around a mean.
 *
 * Means over a distribution are taken over some of its quantiles, so that nothing is drawn by chance.
 */
import * as Wait from "../gossip/Wait.ts"

/** How latencies are distributed around their mean; uniform is from 0 to twice the mean. */
export type Kind = "constant" | "uniform" | "exponential"

/** A distribution of latencies in ms. */
export interface Latency {
  /** The latency that a share `p` of the messages does not exceed, 0 < `p` < 1. */
  readonly quantile: (p: number) => number
  /** How much the quantile grows with `p`. */
  readonly slope: (p: number) => number
  /** The share of messages that take longer than this. */
  readonly later: (ms: number) => number
  /** How much longer than this those messages take in the mean that take longer. */
  readonly excess: (ms: number) => number
  /** Latencies each of which stands for an equal share of the messages. */
  readonly samples: ReadonlyArray<number>
}

/** The middles of so many equal parts of the range from 0 to 1. */
export const middles = (count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => (index + 0.5) / count)

/** How many latencies stand for a distribution. */
const sampleCount = 12

const sampled = (latency: Omit<Latency, "samples">): Latency => ({
  ...latency,
  samples: middles(sampleCount).map(latency.quantile)
})

const constant = (ms: number): Latency => ({
  quantile: () => ms,
  slope: () => 0,
  later: (than) => (than < ms ? 1 : 0),
  excess: (than) => Math.max(0, ms - than),
  samples: [ms]
})

/** The latencies of this kind and mean. */
export const of = (kind: Kind, mean: number): Latency => {
  if (kind === "constant" || mean === 0) return constant(mean)
  if (kind === "uniform") {
    return sampled({
      quantile: (p) => 2 * mean * p,
      slope: () => 2 * mean,
      later: (than) => Math.min(1, Math.max(0, 1 - than / (2 * mean))),
      excess: (than) => Math.max(0, mean - than / 2)
    })
  }
  return sampled({
    quantile: (p) => -mean * Math.log(1 - p),
    slope: (p) => mean / (1 - p),
    later: (than) => Math.exp(-Math.max(0, than) / mean),
    excess: () => mean
  })
}

/** The mean of a function of the latency. */
export const expected = ({ samples }: Latency, figure: (ms: number) => number): number => Wait.mean(samples.map(figure))
