/**
 * All runs of a trial in one row of a table, and the commands that repeat those that failed.
 */
import { number, percent } from "../../src/analysis/Words.ts"
import { quantiles } from "../../src/analysis/Quantiles.ts"
import { type Finding, healingLimit } from "./Finding.ts"
import type { Trial } from "./Trials.ts"

const row = (names: ReadonlyArray<string>, cells: ReadonlyArray<string>): string =>
  names.map((name) => name.padEnd(11)).join("") + cells.map((cell) => cell.padStart(11)).join("")

/** The line above the rows. */
export const header = row(
  ["profile", "faults"],
  [
    "runs",
    "complete",
    "twice",
    "healings",
    "median ms",
    "95 %",
    "at most",
    "in time",
    "forgotten",
    "by several",
    "quiet",
    "failed"
  ]
)

/** The share of partitions that must heal in time. */
const promptly = 0.95

const isInTime =
  ({ profile }: Trial) =>
  (after: number) =>
    after <= healingLimit[profile]

/** Whether a run failed, or too many partitions took longer to heal than they should. */
export const isFailed = (trial: Trial, findings: ReadonlyArray<Finding>): boolean => {
  const healings = findings.flatMap((finding) => finding.healings)
  const isLate = healings.filter(isInTime(trial)).length < promptly * healings.length
  return isLate || findings.some(({ wrongs }) => wrongs.length > 0)
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, one) => total + one, 0)

/** The lines that tell what was found in a trial. */
export const lines = (trial: Trial, findings: ReadonlyArray<Finding>): ReadonlyArray<string> => {
  const { affliction, profile } = trial
  const healings = findings.flatMap((finding) => finding.healings)
  const times = quantiles(healings)
  const inTime = healings.filter(isInTime(trial)).length
  const forgotten = findings.flatMap((finding) => finding.forgotten)
  const failed = findings.filter(({ wrongs }) => wrongs.length > 0)
  const cells = [
    number(findings.length),
    number(findings.filter(({ isWhole }) => isWhole).length),
    number(sum(findings.map(({ duplicated }) => duplicated))),
    number(healings.length),
    ...(times === null
      ? ["", "", "", ""]
      : [number(times["0.5"]), number(times["0.95"]), number(times["1"]), percent(inTime / healings.length)]),
    number(forgotten.length),
    number(forgotten.filter((holders) => holders > 1).length),
    number(Math.max(...findings.map(({ quietMessages }) => quietMessages))),
    number(failed.length)
  ]
  return [
    row([profile, affliction], cells),
    ...failed.map(({ command, seed, wrongs }) => `  seed ${seed}: ${wrongs.join("; ")}\n    ${command}`)
  ]
}
