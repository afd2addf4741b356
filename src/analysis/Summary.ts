/**
 * Several runs in a few figures: mean, minimum and maximum of everything that was measured.
 */
import * as Predicate from "effect/Predicate"
import type { Report } from "./Report.ts"

/** The spread of one figure over runs. */
export interface Figure {
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** What is told of a run, without its history. */
export const outline = ({ forgotten, healing, scenario, spread, verdict }: Report) => ({
  seed: scenario.seed,
  ...verdict,
  set: { ...verdict.set, forgotten_count: forgotten.length, forgotten },
  spread,
  healing
})

const numbersOf = (path: string, value: unknown): ReadonlyArray<readonly [path: string, number: number]> => {
  if (typeof value === "number") return [[path, value]]
  if (typeof value === "boolean") return [[path, value ? 1 : 0]]
  if (!Predicate.isObject(value) || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, member]) => numbersOf(path === "" ? name : `${path}.${name}`, member))
}

/** Mean, minimum and maximum of each number in these outlines, by its path; true counts as 1 and false as 0. */
export const summarise = (outlines: ReadonlyArray<ReturnType<typeof outline>>): Readonly<Record<string, Figure>> => {
  const columns = new Map<string, Array<number>>()
  for (const { seed: _seed, ...rest } of outlines) {
    for (const [path, number] of numbersOf("", rest)) {
      const column = columns.get(path)
      if (column === undefined) columns.set(path, [number])
      else column.push(number)
    }
  }
  return Object.fromEntries(
    [...columns].map(([path, numbers]) => {
      // A run that lacks a type of message sent none of it; other figures are left out where there is nothing to measure.
      const isZeroElsewhere = path.startsWith("by_type.") && numbers.length < outlines.length
      const count = isZeroElsewhere ? outlines.length : numbers.length
      const all = isZeroElsewhere ? [...numbers, 0] : numbers
      return [
        path,
        { mean: numbers.reduce((sum, number) => sum + number, 0) / count, min: Math.min(...all), max: Math.max(...all) }
      ]
    })
  )
}
