/**
 * How long hosts wait: what {@link Wait.after} makes of what they measure.
 *
 * Measures vary, so the wait varies from meeting to meeting. In some meetings it is shorter than the slowest guests need, and
 * these guests decide the slowest values. So a forecast needs the distribution of waits, not their mean. It is the stationary
 * distribution of a Markov chain, and each step of the chain is `Wait.after`.
 */
import * as Latency from "./Latency.ts"
import * as Wait from "../gossip/Wait.ts"

/** How late a node's timer fires at most, in ms. It was measured under Maelstrom, and is the simulator's default. */
export const timerLateness = 1.2

/** What the host of a meeting measures. */
interface Measure {
  /** How many nodes come. */
  readonly guests: number
  /** The share of guests that the host waits for: Q, rounded up to whole guests. */
  readonly reach: number
  /** The share of all latencies that are not longer than that of the slowest guest it waits for. */
  readonly share: number
}

/** Waits in ms, and the chance of each. */
export type Waits = ReadonlyArray<readonly [ms: number, chance: number]>

/** By how many measures the distribution is represented that a host may make of a number of guests. */
const measureCount = 8

/** Latencies above this quantile are ignored. */
const surely = 0.999

/**
 * Three equally likely numbers stand for a distribution: its mean, and the mean plus and minus so many standard deviations. They
 * have the same mean and the same standard deviation as the distribution.
 */
const spread = Math.sqrt(1.5)

/** The logistic distribution, divided by this, is nearly the standard normal one. */
const logistic = 1.702

/**
 * The share of all latencies that are not longer than that of the guest with this rank, the quickest guest having rank 1. It is
 * returned as {@link measureCount} equally likely values.
 *
 * It is an order statistic. The k-th of m uniform numbers is e^−(E_k/k + … + E_m/m), where the E are exponential with mean 1
 * (Rényi 1953). A gamma distribution with the same mean and variance replaces the sum. Its cube root is nearly normal (Wilson and
 * Hilferty 1931).
 */
const neededShares = (guests: number, rank: number): ReadonlyArray<number> => {
  let [mean, variance] = [0, 0]
  for (let place = rank; place <= guests; place++) {
    mean += 1 / place
    variance += 1 / place ** 2
  }
  const shape = mean ** 2 / variance
  return Latency.middles(measureCount).map((part) => {
    const normal = Math.log(part / (1 - part)) / logistic
    return Math.exp(-mean * Math.max(0, 1 - 1 / (9 * shape) + normal / (3 * Math.sqrt(shape))) ** 3)
  })
}

/** Equally likely measures of a host, if a share `comes` of the `others` comes and the host waits for a share Q of these. */
export const measures = (others: number, comes: number, attendance: number): ReadonlyArray<Measure> => {
  const deviation = Math.sqrt(others * comes * (1 - comes))
  return [-spread, 0, spread].flatMap((away) => {
    const guests = Math.max(1, Math.round(others * comes + away * deviation))
    const rank = Math.ceil(attendance * guests)
    return neededShares(guests, rank).map((share) => ({ guests, share, reach: rank / guests }))
  })
}

/**
 * How many ms after the beginning a guest arrives whose latency is at this share. A guest's timer is late as well: the last of so
 * many timers by this much in the mean. Nodes count whole ms.
 */
const lateness = (latency: Latency.Latency, share: number, guests: number): number =>
  Math.ceil(latency.quantile(share) + (timerLateness * guests) / (guests + 1))

/** Equally likely waits of the second meeting. Its hosts know only what the hosts of the first one have measured. */
export const second = (latency: Latency.Latency, all: ReadonlyArray<Measure>, hosts: number): ReadonlyArray<number> =>
  all.map(({ guests, share }) => {
    const measured = lateness(latency, share, guests)
    return Array.from({ length: hosts - 1 }).reduce<number>(
      (wait) => Wait.after(wait, measured),
      Wait.after(undefined, measured)
    )
  })

/**
 * The waits of the first meetings, in order, as far as they are too short, if hosts wait for `wait` later on. Nobody knows the
 * latencies when a run begins. The first wait is a guess, and each meeting makes it longer by a limited step.
 */
export const tooShort = (wait: number, hosts: number): ReadonlyArray<number> => {
  const needed = wait - Wait.margin
  const learn = (before: number | undefined): number =>
    Array.from({ length: hosts - 1 }).reduce<number>((next) => Wait.after(next, needed), Wait.after(before, needed))
  const waits: Array<number> = []
  for (let next = Wait.guess; next < needed; next = learn(waits.length === 1 ? undefined : next)) waits.push(next)
  return waits
}

/** How many states the chain has: waits at equal distances from 0 to the longest. */
const waitCount = 48
/** After so many steps of the chain, its distribution has settled. */
const meetingCount = 40
/** By how many latencies those of a first guest are represented. */
const firstCount = 4
const firsts = Latency.middles(firstCount)

/**
 * The distribution of waits after many meetings.
 *
 * A host measures the guests that are in time. It tells the next host how late the others were, and that host takes the mean of
 * both measures. In Maelstrom's network an inbox waits for the message that was sent first, so all guests arrive after the
 * first one. If the first guest is slower than those that the host waits for, the host measures its latency. If it is later
 * than the wait, the host waits anew.
 */
export const settled = (latency: Latency.Latency, all: ReadonlyArray<Measure>): Waits => {
  const longest = Math.max(...all.map(({ guests }) => lateness(latency, surely, guests))) + Wait.margin
  if (latency.samples.length === 1) return [[longest, 1]]
  const step = longest / waitCount
  const stepsFrom = (wait: number): Float64Array => {
    const next = new Float64Array(waitCount + 1)
    const add = (measured: number, chance: number) => {
      const at = Math.min(waitCount, Wait.after(wait, measured) / step)
      const below = Math.min(waitCount - 1, Math.floor(at))
      next[below] = (next[below] ?? 0) + (chance / all.length) * (below + 1 - at)
      next[below + 1] = (next[below + 1] ?? 0) + (chance / all.length) * (at - below)
    }
    const inTime = 1 - latency.later(wait)
    for (const { guests, reach, share } of all) {
      const everybody = lateness(latency, share, guests)
      const own = lateness(latency, share * inTime, guests)
      const allInTime = inTime ** (guests - 1)
      const anew = Math.max(0, share - inTime) / share
      add(everybody, reach * anew)
      add(own, reach * (1 - anew) * allInTime)
      add((own + everybody) / 2, reach * (1 - anew) * (1 - allInTime))
      for (const part of firsts) {
        add(lateness(latency, share + (1 - share) * part, guests), (1 - reach) / firstCount)
      }
    }
    return next
  }
  const steps = Array.from({ length: waitCount + 1 }, (_, place) => stepsFrom(place * step))
  let chances = new Float64Array(waitCount + 1).fill(1 / (waitCount + 1))
  for (let meeting = 0; meeting < meetingCount; meeting++) {
    const after = new Float64Array(waitCount + 1)
    // Loops, because `reduce` of a typed array takes several times as long, and this is much of a forecast.
    for (const [from, next] of steps.entries()) {
      const chance = chances[from] ?? 0
      for (let to = 0; to <= waitCount; to++) after[to] = (after[to] ?? 0) + chance * (next[to] ?? 0)
    }
    chances = after
  }
  return Array.from(chances, (chance, place) => [place * step, chance])
}
