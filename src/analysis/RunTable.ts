/**
 * Several runs in one table: a row for each, and below them the mean, the minimum and the maximum of each column. Figures
 * are written as in the account of a single run.
 */
import * as Account from "./Account.ts"
import { type Figure, type FigurePath, type Outline, type Summary, summarise } from "./Summary.ts"
import * as Words from "./Words.ts"

interface Column {
  /** Two lines. */
  readonly head: readonly [string, string]
  readonly path: string
  readonly text: (value: number) => string
}

const ms = (value: number): string => `${Words.number(value)} ms`

const messages: Column = {
  head: ["messages", "a request"],
  path: "net.servers.msgs_per_op" satisfies FigurePath,
  text: (value) => Words.number(value, 2)
}

const ofBroadcast: ReadonlyArray<Column> = [
  messages,
  { head: ["stable,", "median"], path: "set.stable_latencies.0.5" satisfies FigurePath, text: ms },
  { head: ["stable,", "at most"], path: "set.stable_latencies.1" satisfies FigurePath, text: ms },
  { head: ["", "coverage"], path: "spread.coverage" satisfies FigurePath, text: Words.percent }
]

/** The columns of any other workload are what its checker counts. */
const ofFigures = ({ figures }: Outline): ReadonlyArray<Column> => [
  messages,
  ...Object.keys(figures).map((name): Column => ({
    head: ["", Words.label(name)],
    path: `figures.${name}`,
    text: Words.figure
  }))
]

const columnsOf = (outline: Outline): ReadonlyArray<Column> => ("spread" in outline ? ofBroadcast : ofFigures(outline))

const seedWidth = 4
const verdictWidth = "NOT VALID, NOT COMPLETE".length

/** A column is as wide as its head, and at least as wide as most figures. A longer figure is still apart from the others. */
const row = (name: string, verdict: string, columns: ReadonlyArray<Column>, cells: ReadonlyArray<string>): string =>
  [
    name.padStart(seedWidth),
    ` ${verdict.padEnd(verdictWidth)}`,
    ...cells.map((cell, place) =>
      cell.padStart(Math.max(8, ...(columns[place]?.head ?? []).map(({ length }) => length)))
    )
  ]
    .join(" ")
    .trimEnd()

const figureOf = (summary: Summary, path: string): Figure | undefined => new Map(Object.entries(summary)).get(path)

const cellsOf = (summary: Summary, columns: ReadonlyArray<Column>, of: keyof Figure): ReadonlyArray<string> =>
  columns.map(({ path, text }) => {
    const figure = figureOf(summary, path)
    return figure === undefined ? "—" : text(figure[of])
  })

/** The head of a table whose first row is this run. */
export const head = (outline: Outline): ReadonlyArray<string> => {
  const columns = columnsOf(outline)
  return [
    row(
      "",
      "",
      columns,
      columns.map(({ head: [line] }) => line)
    ),
    row(
      "seed",
      "verdict",
      columns,
      columns.map(({ head: [, line] }) => line)
    )
  ]
}

/** The columns of the table as others show them: their names, how they write a number, and the number of each run. */
export const figures = (outlines: ReadonlyArray<Outline>) => {
  const [first] = outlines
  const summaries = outlines.map((outline) => summarise([outline]))
  return (first === undefined ? [] : columnsOf(first)).map(({ head: lines, path, text }) => ({
    name: lines.filter((line) => line !== "").join(" "),
    text,
    numbers: summaries.map((summary) => figureOf(summary, path)?.mean)
  }))
}

/** The row of a run. */
export const line = (outline: Outline): string => {
  const columns = columnsOf(outline)
  return row(
    String(outline.seed),
    Account.verdictOf(outline.valid, outline.complete),
    columns,
    cellsOf(summarise([outline]), columns, "mean")
  )
}

/** What stands below the rows of so many runs; the others were not made, because somebody interrupted. */
export const foot = (outlines: ReadonlyArray<Outline>, runs: number): ReadonlyArray<string> => {
  const [first] = outlines
  if (first === undefined) return []
  const columns = columnsOf(first)
  const summary = summarise(outlines)
  const count = (isGood: (outline: Outline) => boolean) =>
    `${Words.number(outlines.filter(isGood).length)} of ${Words.number(outlines.length)}`
  const made =
    outlines.length === runs
      ? `${Words.number(runs)} runs`
      : `interrupted after ${Words.number(outlines.length)} of ${Words.number(runs)} runs`
  return [
    "",
    row("mean", "", columns, cellsOf(summary, columns, "mean")),
    row("min", "", columns, cellsOf(summary, columns, "min")),
    row("max", "", columns, cellsOf(summary, columns, "max")),
    "",
    `${made}: valid ${count(({ valid }) => valid === true)}, complete ${count(({ complete }) => complete)}`
  ]
}
