/**
 * The findings of one run of a trial: its figures, and everything that is wrong with it.
 *
 * A finding is plain data, so that threads can exchange it.
 */
import * as Effect from "effect/Effect"
import { repeat } from "../../src/cli/Simulate.ts"
import * as Node from "../../src/cli/Node.ts"
import type * as Settings from "../../src/gossip/Settings.ts"
import { key } from "../../src/protocol/Value.ts"
import * as Forgotten from "../../src/analysis/Forgotten.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { afflictions, type Trial } from "./Trials.ts"

/** What is kept of a run. Times in ms. */
export interface Finding {
  readonly seed: number
  /** The command that repeats the run. */
  readonly command: string
  /** Everything that is wrong with the run; empty if nothing is. */
  readonly wrongs: ReadonlyArray<string>
  readonly isWhole: boolean
  readonly duplicated: number
  /** How long each partition took to heal while nothing else went wrong; infinite if it never did. */
  readonly healings: ReadonlyArray<number>
  /** How many nodes had each of the values that are excusably missing. */
  readonly forgotten: ReadonlyArray<number>
  /** Messages between nodes in the quiet time. */
  readonly quietMessages: number
}

/** Within how many ms 95 % of the partitions should have healed, by profile. */
export const healingLimit: Record<Settings.Profile, number> = { default: 2000, fast: 2000, frugal: 4000 }

/** A run fails if a partition takes more than this many times the limit to heal. */
const mostLimits = 3

/** How many messages nodes may send once it is quiet, if nothing went wrong. */
const mostQuietMessages = 100

const undisturbedHealings = ({ healing }: Simulation.Result): ReadonlyArray<number> =>
  healing.filter(({ undisturbed }) => undisturbed).map(({ after }) => after ?? Infinity)

const wrongsOf = (result: Simulation.Result, { affliction, profile }: Trial): ReadonlyArray<string> => {
  const { forgotten, verdict } = result
  const { quiet, set, valid } = verdict
  const inexcusable = Forgotten.inexcusable(set.incomplete, forgotten)
  const slowest = Math.max(0, ...undisturbedHealings(result))
  const checks: ReadonlyArray<readonly [isWrong: boolean, what: string]> = [
    [inexcusable.length > 0, `${inexcusable.length} not everywhere: ${inexcusable.slice(0, 5).map(key).join(", ")}`],
    [affliction !== "amnesia" && forgotten.length > 0, `${forgotten.length} forgotten without amnesia`],
    [
      set.incomplete_count === 0 && (valid !== true || !verdict.complete),
      `valid ${valid}, complete ${verdict.complete}`
    ],
    [verdict.defect_count > 0, `${verdict.defect_count} defects, the first: ${verdict.defects[0]?.text}`],
    [set.duplicated_count > 0, `${set.duplicated_count} shown twice`],
    [set.unexpected.length > 0, `${set.unexpected.length} shown but never broadcast`],
    [slowest > mostLimits * healingLimit[profile], `a partition healed after ${slowest.toFixed(0)} ms`],
    [
      affliction === "none" && quiet.server_messages > mostQuietMessages,
      `${quiet.server_messages} messages between nodes when it was quiet`
    ]
  ]
  return checks.filter(([isWrong]) => isWrong).map(([, what]) => what)
}

/** The findings of a run of a trial. The command repeats the run. */
export const judge = (result: Simulation.Result, trial: Trial, command: string): Finding => {
  const { forgotten, scenario, verdict } = result
  return {
    seed: scenario.seed,
    command,
    wrongs: wrongsOf(result, trial),
    isWhole: verdict.valid === true && verdict.complete,
    duplicated: verdict.set.duplicated_count,
    healings: undisturbedHealings(result),
    forgotten: forgotten.map(({ by }) => by.length),
    quietMessages: verdict.quiet.server_messages
  }
}

/** Runs a trial with a seed. */
export const find = Effect.fnUntraced(function* (trial: Trial, seed: number) {
  const scenario = { ...trial.cluster, nemesis: afflictions[trial.affliction], seed }
  const options: Node.Options = { profile: trial.profile, settings: {}, peers: "all" }
  const result = yield* Simulation.simulate({ scenario, parts: Node.parts(options) })
  return judge(result, trial, repeat(scenario, options))
})
