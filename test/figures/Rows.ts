/**
 * Samples as rows of tables.
 */
import type { Changes } from "../../src/gossip/Settings.ts"
import type { Figure, Sample } from "./Sample.ts"

/** A figure as text: the mean, and the worst seed in parentheses. */
export const figure = ({ mean, worst }: Figure, digits = 0): string =>
  `${mean.toFixed(digits)} (${worst.toFixed(digits)})`

/** The heads of the columns that most tables have. */
export const costs = ["msgs/op", "median ms", "max ms"]

/** The cells of these columns. */
export const costsOf = ({ median, messages, slowest }: Sample): ReadonlyArray<string> => [
  figure(messages, 2),
  figure(median),
  figure(slowest)
]

/** The head of the column that says whether all runs were valid and complete. */
export const verdict = "valid and complete"

/** The cell of this column. */
export const verdictOf = ({ flawless }: Sample): string => (flawless ? "all" : "NOT ALL")

/** The heads of the columns about traffic. */
export const traffic = ["quiet messages", "bytes/op", "of the least", "RMR"]

/** The cells of these columns. */
export const trafficOf = ({ bytes, overhead, quiet, rmr }: Sample): ReadonlyArray<string> => [
  figure(quiet),
  figure(bytes),
  figure(overhead, 2),
  figure(rmr, 2)
]

/** Settings as flags. */
export const flags = (settings: Changes): string =>
  Object.entries(settings)
    .map(([name, value]) => `--${name.replaceAll("_", "-")} ${value}`)
    .join(" ")
