/**
 * How fast, how far and at what cost values spread, and how soon the cluster recovers from a partition.
 *
 * All figures are computed from the courses of the values. Relative message redundancy and last delivery hop are those of
 * Leitão, Pereira and Rodrigues, "Epidemic Broadcast Trees" (2007).
 *
 * @module
 * @since 0.1.0
 */
import { type Course, type Courses, started } from "./Courses.ts"
import type { FaultPeriod, History } from "./History.ts"
import { type Quantiles, quantiles } from "./Quantiles.ts"
import { fault } from "./Words.ts"

/**
 * Figures on the spread of all values. Times in ms.
 *
 * @category models
 * @since 0.1.0
 */
export interface Spread {
  /** The time from the first node to the last, over the values that reached every node; null if there are none. */
  readonly times: Quantiles | null
  /** The mean share of nodes that ever learned a value. */
  readonly coverage: number
  /** The mean share of nodes that know a value so many ms after its start, until the slowest value has spread. */
  readonly coverage_over_time: ReadonlyArray<{ readonly after: number; readonly coverage: number }>
  /**
   * Relative message redundancy, m/(n−1) − 1, in the mean over the values that two nodes or more learned: how many copies
   * of a value a node is sent beyond the first. Of m messages that carry a value, n nodes learn it (Leitão, Pereira and
   * Rodrigues, “Epidemic Broadcast Trees”, 2007).
   */
  readonly rmr: number
  /** Last delivery hop: the largest hop at which a node learned a value, in the mean over the values. */
  readonly ldh: number
  /** How many values a message carries that carries any, in the mean. */
  readonly values_per_message: number
}

/**
 * The mean of some numbers; 0 if there are none.
 *
 * @category math
 * @since 0.1.0
 */
export const mean = (numbers: ReadonlyArray<number>): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** When the last of the nodes that learned a value learned it, in ms since the start. */
const endOf = ({ lessons }: Course): number => Math.max(...[...lessons.values()].map(({ at }) => at))

/**
 * The mean share of nodes that know a value so many ms after its start, as a function of that time.
 *
 * @category measuring
 * @since 0.1.0
 */
export const coverageOf = (courses: Courses, nodeCount: number): ((after: number) => number) => {
  const known = started(courses)
  const delays = known.flatMap(({ lessons, start }) => [...lessons.values()].map(({ at }) => at - start))
  delays.sort((a, b) => a - b)
  return (after) => {
    // Binary search for the number of delays that are not longer than `after`.
    let [from, to] = [0, delays.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((delays[middle] ?? Infinity) <= after) from = middle + 1
      else to = middle
    }
    return known.length === 0 ? 0 : from / (nodeCount * known.length)
  }
}

const redundancy = ({ carried, lessons }: Course): number => carried / (lessons.size - 1) - 1

/** The number of equal steps into which coverage over time is cut. */
const coverageSteps = 20

/**
 * Figures on the spread of all values of a run.
 *
 * @category measuring
 * @since 0.1.0
 */
export const measure = (courses: Courses, { nodes }: History): Spread => {
  const known = started(courses)
  const everywhere = known.filter(({ lessons }) => lessons.size === nodes.length)
  const longest = known.reduce((most, course) => Math.max(most, endOf(course) - course.start), 0)
  const moments = Array.from({ length: coverageSteps + 1 }, (_, step) => (step * longest) / coverageSteps)
  const coverageAfter = coverageOf(courses, nodes.length)
  const carried = known.reduce((sum, course) => sum + course.carried, 0)
  return {
    times: quantiles(everywhere.map((course) => endOf(course) - course.start)),
    coverage: mean(known.map(({ lessons }) => lessons.size / nodes.length)),
    coverage_over_time: moments.map((after) => ({ after, coverage: coverageAfter(after) })),
    rmr: mean(known.filter(({ lessons }) => lessons.size > 1).map(redundancy)),
    ldh: mean(known.map(({ lessons }) => Math.max(...[...lessons.values()].map(({ hop }) => hop)))),
    values_per_message: courses.carriers === 0 ? 0 : carried / courses.carriers
  }
}

/**
 * How the cluster recovered from a partition. Times in ms.
 *
 * @category models
 * @since 0.1.0
 */
export interface Healing {
  /** Which fault ended: `partition` or `one-way`. */
  readonly fault: string
  /** When it ended, since the start of the run. */
  readonly at: number
  /** How much later every node had every value that any node had at the end of the partition; null if some never did. */
  readonly after: number | null
  /** Whether no other fault was on in that time. */
  readonly undisturbed: boolean
}

const isPartition = ({ fault: done }: FaultPeriod): boolean =>
  done._tag === "Partition" ? done.groups.length > 1 : done._tag === "MajoritiesRing" || done._tag === "OneWay"

/**
 * The recovery from every partition that cut somebody off, in the order in which the partitions ended.
 *
 * @category measuring
 * @since 0.1.0
 */
export const healings = (courses: Courses, { faults, nodes }: History): ReadonlyArray<Healing> => {
  const spread = started(courses).map((course) => ({
    start: course.start,
    end: course.lessons.size < nodes.length ? Infinity : endOf(course)
  }))
  return faults
    .filter(isPartition)
    .map((period): Healing => {
      const { to } = period
      const whole = spread.reduce((latest, { end, start }) => (start <= to ? Math.max(latest, end) : latest), to)
      const undisturbed = faults.every((other) => other === period || other.to <= to || other.from >= whole)
      return { fault: fault(period.fault).name, at: to, after: whole === Infinity ? null : whole - to, undisturbed }
    })
    .toSorted((a, b) => a.at - b.at)
}
