/**
 * A run and everything that is read off its history.
 *
 * Where the history comes from does not matter: a simulated cluster or any other.
 *
 * @module
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { Broadcast, BroadcastOk, Read, ReadOk } from "../protocol/Broadcast.ts"
import * as Courses from "./Courses.ts"
import * as Forgotten from "./Forgotten.ts"
import type { History, Operation } from "./History.ts"
import type * as SetFull from "./SetFull.ts"
import * as Spread from "./Spread.ts"
import * as Verdict from "./Verdict.ts"

/**
 * What a report tells people of the circumstances of a run. The scenario of a simulation says this and more.
 *
 * @category models
 * @since 0.1.0
 */
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
  /** Which share of the requests must succeed, 0 to 1. */
  readonly availability: number
}

/**
 * A run and what there is to say of it, whatever the workload was.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report<
  Scenario extends Circumstances = Circumstances,
  Judged extends Verdict.Judgement = Verdict.Judgement,
  Op extends Operation = Operation
> {
  readonly scenario: Scenario
  /** The name of the workload. */
  readonly workload: string
  readonly history: History<Op>
  readonly verdict: Verdict.Verdict<Judged>
}

/**
 * A request of the broadcast workload and its outcome.
 *
 * @category models
 * @since 0.1.0
 */
export type BroadcastOperation =
  | Operation<typeof Broadcast.Type, typeof BroadcastOk.Type>
  | Operation<typeof Read.Type, typeof ReadOk.Type>

/**
 * A run of the broadcast workload, whose values can be followed through the cluster.
 *
 * @category models
 * @since 0.1.0
 */
export interface BroadcastReport<Scenario extends Circumstances = Circumstances> extends Report<
  Scenario,
  SetFull.SetJudgement,
  BroadcastOperation
> {
  readonly courses: Courses.Courses
  readonly spread: Spread.Spread
  /** The recovery from every partition, in the order in which the partitions ended. */
  readonly healing: ReadonlyArray<Spread.Healing>
  /** The values that no node has at the end because every node that had them forgot them. */
  readonly forgotten: ReadonlyArray<Forgotten.Forgotten>
}

/**
 * Whether a run was one of the broadcast workload.
 *
 * @category guards
 * @since 0.1.0
 */
export const isBroadcast = <Scenario extends Circumstances>(
  report: Report<Scenario>
): report is BroadcastReport<Scenario> => Predicate.hasProperty(report, "courses")

/**
 * Judges the history of a run by the rules of its workload.
 *
 * @category validation
 * @since 0.1.0
 */
export const assess = <Scenario extends Circumstances, Op extends Operation, Judged extends Verdict.Judgement>(
  scenario: Scenario,
  checker: Verdict.Checker<Op, Judged>,
  history: History<Op>
): Report<Scenario, Judged, Op> => ({
  scenario,
  workload: checker.name,
  history,
  verdict: Verdict.judge(checker, history, scenario.availability)
})

/**
 * Judges the history of a run of the broadcast workload, and follows its values through the cluster.
 *
 * @category validation
 * @since 0.1.0
 */
export const assessBroadcast = <Scenario extends Circumstances>(
  scenario: Scenario,
  checker: Verdict.Checker<BroadcastOperation, SetFull.SetJudgement>,
  history: History<BroadcastOperation>
): BroadcastReport<Scenario> => {
  const report = assess(scenario, checker, history)
  const courses = Courses.courses(history)
  return {
    ...report,
    courses,
    spread: Spread.measure(courses, history),
    healing: Spread.healings(courses, history),
    forgotten: Forgotten.find(history, report.verdict.set.incomplete)
  }
}
