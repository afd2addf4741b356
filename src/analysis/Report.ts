/**
 * A run and everything that is read off its history.
 *
 * Where the history comes from does not matter: a simulated cluster or any other.
 */
import * as Courses from "./Courses.ts"
import * as Forgotten from "./Forgotten.ts"
import type { History } from "./History.ts"
import * as Spread from "./Spread.ts"
import * as Verdict from "./Verdict.ts"

/** What a report tells people of the circumstances of a run. The scenario of a simulation says this and more. */
export interface Circumstances {
  readonly node_count: number
  /** The mean latency between nodes, in ms, and how latencies are distributed around it. */
  readonly latency: number
  readonly latency_dist: string
  /** How many requests clients made a second, in all. */
  readonly rate: number
  /** How long clients worked, in ms. */
  readonly time_limit: number
  readonly seed: number
}

/** A run and what there is to say of it. */
export interface Report<Scenario extends Circumstances = Circumstances> {
  readonly scenario: Scenario
  readonly history: History
  readonly verdict: Verdict.Verdict
  readonly courses: Courses.Courses
  readonly spread: Spread.Spread
  /** The recovery from every partition, in the order in which the partitions ended. */
  readonly healing: ReadonlyArray<Spread.Healing>
  /** The values that no node has at the end because every node that had them forgot them. */
  readonly forgotten: ReadonlyArray<Forgotten.Forgotten>
}

/** Analyses the history of a run. */
export const assess = <Scenario extends Circumstances>(scenario: Scenario, history: History): Report<Scenario> => {
  const courses = Courses.courses(history)
  const verdict = Verdict.judge(history)
  return {
    scenario,
    history,
    verdict,
    courses,
    spread: Spread.measure(courses, history),
    healing: Spread.healings(courses, history),
    forgotten: Forgotten.find(history, verdict.set.incomplete)
  }
}
