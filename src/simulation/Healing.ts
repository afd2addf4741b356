/**
 * How long a cluster takes to become whole after a partition: from the moment it heals until every node has every value
 * that any node had by then.
 */
import type { FaultPeriod, History } from "./History.ts"
import { type Course, endOf } from "./Spread.ts"

/** The end of a partition, and what came of it. */
export interface Healing {
  /** Which fault ended: `partition` or `one-way`. */
  readonly fault: string
  /** When it ended, in ms since the start. */
  readonly at: number
  /** After how many ms every node had every value; null if some never had. */
  readonly after: number | null
  /** Whether no other fault was on or began in that time. */
  readonly undisturbed: boolean
}

const isPartition = ({ fault }: FaultPeriod): boolean => fault === "partition" || fault === "one-way"

/** Every partition's healing, in the order in which they ended. */
export const measure = ({ faults, nodes }: History, courses: Iterable<Course>): ReadonlyArray<Healing> => {
  const spread = [...courses]
    .filter(({ lessons }) => lessons.size > 0)
    .map((course) => ({ start: course.start, end: course.lessons.size < nodes.length ? Infinity : endOf(course) }))
  return faults
    .filter(isPartition)
    .map((period): Healing => {
      const { fault, to } = period
      const whole = Math.max(to, ...spread.filter(({ start }) => start <= to).map(({ end }) => end))
      const undisturbed = faults.every((other) => other === period || other.to <= to || other.from >= whole)
      return { fault, at: to, after: whole === Infinity ? null : whole - to, undisturbed }
    })
    .toSorted((a, b) => a.at - b.at)
}
