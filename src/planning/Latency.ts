/**
 * How long messages between nodes take, as far as planning needs it: constant, uniform or exponential around a mean.
 *
 * A mean over a distribution is the mean over some of its quantiles, so nothing is drawn by chance.
 */
import * as Number from "effect/Number"

/** How latencies are distributed around their mean; uniform is from 0 to twice the mean. */
export type Kind = "constant" | "uniform" | "exponential"

/** A distribution of latencies in ms. */
export interface Latency {
  /** The latency that a share `p` of the messages does not exceed, 0 < `p` < 1. */
  readonly quantile: (p: number) => number
  /** The share of messages that take longer than this. */
  readonly later: (ms: number) => number
  /** Of the messages that take longer than this: how much longer they take in the mean. */
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
  later: (than) => (than < ms ? 1 : 0),
  excess: (than) => Math.max(0, ms - than),
  samples: [ms]
})

/** The latencies of this kind with this mean in ms. */
export const of = (kind: Kind, average: number): Latency => {
  if (kind === "constant" || average === 0) return constant(average)
  if (kind === "uniform") {
    return sampled({
      quantile: (p) => 2 * average * p,
      later: (than) => Math.min(1, Math.max(0, 1 - than / (2 * average))),
      excess: (than) => Math.max(0, average - than / 2)
    })
  }
  return sampled({
    quantile: (p) => -average * Math.log(1 - p),
    later: (than) => Math.exp(-Math.max(0, than) / average),
    excess: () => average
  })
}

/** The mean of some numbers, at least one. */
export const mean = (numbers: ReadonlyArray<number>): number => Number.sumAll(numbers) / numbers.length

/** The mean of a function of the latency. */
export const expected = ({ samples }: Latency, figure: (ms: number) => number): number => mean(samples.map(figure))
