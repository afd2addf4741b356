/**
 * A figure: a measurement, its baseline, and a limit for the ratio of the two.
 *
 * The two are measured in turns, so that other work on the machine slows both. The ratio is that of the medians.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

/** What is measured, in the same unit on both sides. */
export interface Figure<E> {
  readonly name: string
  readonly unit: string
  /** The limit for the figure divided by the baseline. */
  readonly limit: number
  /** How often each of the two is measured. */
  readonly runs: number
  readonly ours: Effect.Effect<number, E>
  readonly baseline: Effect.Effect<number, E>
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

const row = (...[name, ...cells]: ReadonlyArray<string>): string =>
  (name ?? "").padEnd(44) + cells.map((cell) => cell.padStart(13)).join("")

/** The line above the figures. */
export const header = Console.log(row("median of figure and baseline", "figure", "baseline", "ratio", "at most", "met"))

/** Measures a figure and prints its line. Returns whether the limit is met. */
export const measure = Effect.fnUntraced(function* <E>({ baseline, limit, name, ours, runs, unit }: Figure<E>) {
  const pairs = yield* Effect.replicateEffect(Effect.all([ours, baseline]), runs)
  const figure = median(pairs.map((pair) => pair[0]))
  const reference = median(pairs.map((pair) => pair[1]))
  const ratio = figure / reference
  const isMet = ratio <= limit
  const amount = (value: number) => `${value.toFixed(1)} ${unit}`
  yield* Console.log(
    row(
      `${name} (${runs} runs)`,
      amount(figure),
      amount(reference),
      ratio.toFixed(2),
      limit.toFixed(2),
      isMet ? "yes" : "no"
    )
  )
  return isMet
})
