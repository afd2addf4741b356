/**
 * How long hosts will wait: a forecast of what {@link Wait.after} makes of what hosts measure.
 *
 * It is a distribution, because measures vary: hosts wait less than the slowest guests need in some meetings, and these
 * guests decide the slowest values. The distribution is the stationary one of a chain whose steps are that very function.
 */
import * as Latency from "./Latency.ts"
import * as Wait from "../gossip/Wait.ts"

/** How late a timer of a node wakes at most, in ms: measured under Maelstrom, and the simulator's default as well. */
export const timerLateness = 1.2

/** What the host of a meeting measures. */
interface Measure {
  readonly guests: number
  /** Up to which share of all latencies it must wait for those guests that it waits for, … */
  readonly share: number
  /** … and which share of the guests they are. */
  readonly reach: number
}

/** How long hosts may wait in ms, and the chance of each. */
export type Waits = ReadonlyArray<readonly [ms: number, chance: number]>

/** How many measures stand for all that a host may make of so many guests. */
const measureCount = 8

/** The share of all latencies beyond which none matters. */
const surely = 0.999

/** How many standard deviations from the mean three numbers are that have the mean and the deviation. */
const spread = Math.sqrt(1.5)

/** The logistic distribution is nearly the normal one, if it is scaled by this. */
const logistic = 1.702

/**
 * Up to which share of all latencies a host must wait for the first `rank` of its guests, each of these equally often. This
 * is an order statistic: the k-th of m is at e^−(E_k/k + … + E_m/m), where E are exponential with mean 1 (Rényi 1953). That sum
 * is taken for a gamma distribution with its mean and variance, in the approximation of Wilson and Hilferty (1931).
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

/** What hosts measure, each of these equally often, if this share of `others` comes and they wait for a share Q of them. */
export const measures = (others: number, comes: number, attendance: number): ReadonlyArray<Measure> => {
  const deviation = Math.sqrt(others * comes * (1 - comes))
  return [-spread, 0, spread].flatMap((away) => {
    const guests = Math.max(1, Math.round(others * comes + away * deviation))
    const rank = Math.ceil(attendance * guests)
    return neededShares(guests, rank).map((share) => ({ guests, share, reach: rank / guests }))
  })
}

/** How long guests take up to which this share of latencies must be waited for, in whole ms: their timers are late as well. */
const lateness = (latency: Latency.Latency, share: number, guests: number): number =>
  Math.ceil(latency.quantile(share) + (timerLateness * guests) / (guests + 1))

/** The waits of second meetings, each equally likely: so far, the hosts of the first one have told what they measured. */
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

/** How many waits stand for all, after how many meetings they have settled, and how many first guests stand for all. */
const waitCount = 48
const meetingCount = 40
const firstCount = 4
const firsts = Latency.middles(firstCount)

/**
 * How long hosts wait once waits have settled. A host measures those who are in time. Of those who are late it tells the hosts
 * to come, and these take the mean. In Maelstrom's network nobody comes before the message that was sent first, because the
 * inbox waits for it: that one counts if it is slower than those that the host waits for, and if it is late, the host waits
 * anew.
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
