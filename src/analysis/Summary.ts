/**
 * Several runs in a few figures: mean, minimum and maximum of everything that was measured.
 */
import * as Predicate from "effect/Predicate"
import * as Report from "./Report.ts"
import { mean } from "./Spread.ts"

const generalOutline = ({ scenario, verdict, workload }: Report.Report) => ({
  seed: scenario.seed,
  workload,
  ...verdict
})

const broadcastOutline = ({ forgotten, healing, scenario, spread, verdict, workload }: Report.BroadcastReport) => ({
  seed: scenario.seed,
  workload,
  ...verdict,
  set: { ...verdict.set, forgotten_count: forgotten.length, forgotten },
  spread,
  healing
})

/** What is printed of a run as JSON, whatever the workload was. */
export type Outline = ReturnType<typeof generalOutline>

/** What is printed of a run as JSON: all of its report but the history. */
export const outline = (report: Report.Report): Outline =>
  Report.isBroadcast(report) ? broadcastOutline(report) : generalOutline(report)

/** The paths of all numbers and booleans in `A`: names joined by dots. Lists are left out. */
type PathIn<A> = {
  [Name in keyof A & string]: NonNullable<A[Name]> extends ReadonlyArray<unknown>
    ? never
    : NonNullable<A[Name]> extends object
      ? `${Name}.${PathIn<NonNullable<A[Name]>>}`
      : Name
}[keyof A & string]

/** The path of a figure in what is printed of a run of the broadcast workload, as in `net.servers.msgs_per_op`. */
export type FigurePath = PathIn<Omit<ReturnType<typeof broadcastOutline>, "seed" | "workload">>

/** One figure over several runs. */
export interface Figure {
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** All figures over several runs. A figure is missing if no run has it, as the latency of values of which there are none. */
export type Summary = { readonly [Path in FigurePath]?: Figure }

const numbersIn = (value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<readonly [string, number]> => {
  if (typeof value === "number") return [[path.join("."), value]]
  if (typeof value === "boolean") return [[path.join("."), value ? 1 : 0]]
  if (!Predicate.isObject(value) || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, member]) => numbersIn(member, [...path, name]))
}

// There may be more runs than a call of `Math.min` takes arguments.
const figureOf = (numbers: ReadonlyArray<number>): Figure => ({
  mean: mean(numbers),
  min: numbers.reduce((least, number) => Math.min(least, number), Infinity),
  max: numbers.reduce((most, number) => Math.max(most, number), -Infinity)
})

/** Mean, minimum and maximum of each figure over the runs that have it; true counts as 1 and false as 0. */
export const summarise = (outlines: ReadonlyArray<Outline>): Summary => {
  // A run without messages of some type has sent none of that type; it does not lack the figure.
  const none = Object.fromEntries(outlines.flatMap(({ by_type }) => Object.keys(by_type)).map((type) => [type, 0]))
  const columns = new Map<string, Array<number>>()
  for (const { by_type, seed: _seed, ...rest } of outlines) {
    for (const [path, number] of numbersIn({ ...rest, by_type: { ...none, ...by_type } })) {
      const column = columns.get(path)
      if (column === undefined) columns.set(path, [number])
      else column.push(number)
    }
  }
  return Object.fromEntries([...columns].map(([path, numbers]) => [path, figureOf(numbers)]))
}
