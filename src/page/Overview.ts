/**
 * The page over several runs: a row for each seed with a link to its page, and how each figure is distributed.
 *
 * A click on the head of a column sorts the rows by it. Without scripts the rows are in the order of the seeds.
 */
import program from "../../build/page/Sorting.js.txt"
import { number } from "../analysis/Words.ts"
import { badge, document, escape } from "./Html.ts"

/** A figure that every run has, or that some lack. */
export interface Column {
  readonly name: string
  /** A number of this column as text, with its unit. */
  readonly text: (value: number) => string
}

/** One run. */
export interface Row {
  readonly seed: number
  /** The address of the run's page, relative to this one. */
  readonly page: string
  readonly isValid: boolean | "unknown"
  readonly isComplete: boolean
  /** One number for each column; undefined where the run lacks the figure. */
  readonly numbers: ReadonlyArray<number | undefined>
}

/** What the page shows. */
export interface OverviewData {
  /** What was simulated, in a line. */
  readonly scenario: string
  /** The command that repeats all runs. */
  readonly command: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Row>
}

/** A histogram has this many bars, each of them this many pixels wide; the highest bar is as high as that. */
const bars = 24
const barWidth = 10
const height = 60

/** How often each part of the range from the least number to the greatest occurs. */
export const histogram = (numbers: ReadonlyArray<number>): ReadonlyArray<number> => {
  const least = numbers.reduce((one, other) => Math.min(one, other), Infinity)
  const most = numbers.reduce((one, other) => Math.max(one, other), -Infinity)
  const counts = Array.from({ length: bars }, () => 0)
  for (const value of numbers) {
    const bar = most === least ? 0 : Math.min(bars - 1, Math.floor((bars * (value - least)) / (most - least)))
    counts[bar] = (counts[bar] ?? 0) + 1
  }
  return counts
}

const distribution = (column: Column, numbers: ReadonlyArray<number>): string => {
  const heading = `<dt>${escape(column.name)}</dt>`
  const sorted = numbers.toSorted((a, b) => a - b)
  const [least] = sorted
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) return `<div>${heading}<dd>—</dd><small>no run has it</small></div>`
  const median = sorted[Math.floor(sorted.length / 2)] ?? least
  const counts = histogram(numbers)
  const highest = Math.max(...counts)
  const drawn = counts.map((count, bar) => {
    const size = (height * count) / highest
    return `<rect x="${bar * barWidth}" y="${height - size}" width="${barWidth - 1}" height="${size}"/>`
  })
  const label = `${column.name}: from ${column.text(least)} to ${column.text(most)}`
  return `<div>${heading}<dd>${column.text(median)}</dd><small>the median; ${column.text(least)} to ${column.text(most)}</small>
<svg class="histogram" viewBox="0 0 ${bars * barWidth} ${height}" role="img" aria-label="${escape(label)}">${drawn.join("")}</svg></div>`
}

// Sorting compares the number behind a cell. What is missing comes last.
const cell = (content: string, value: number | undefined): string =>
  `<td class="number" data-value="${value ?? "Infinity"}">${content}</td>`

const row = ({ isComplete, isValid, numbers, page, seed }: Row, columns: ReadonlyArray<Column>): string => {
  const isGood = isValid === true && isComplete
  const verdict = `${isValid === true ? "valid" : isValid === false ? "not valid" : "validity unknown"}, ${isComplete ? "complete" : "not complete"}`
  const cells = columns.map((column, index) => {
    const value = numbers[index]
    return cell(value === undefined ? "—" : column.text(value), value)
  })
  return `<tr>${cell(`<a href="${escape(page)}">${seed}</a>`, seed)}<td data-value="${isGood ? 1 : 0}">${badge(isGood, verdict)}</td>${cells.join("")}</tr>`
}

/** The page as HTML. */
export const overview = ({ columns, command, rows, scenario }: OverviewData): string => {
  const good = rows.filter(({ isComplete, isValid }) => isValid === true && isComplete).length
  const heads = ["seed", "verdict", ...columns.map(({ name }) => name)]
  return document(
    `maelstrom-gossip, ${number(rows.length)} runs`,
    `<header>
<h1>${number(rows.length)} runs <span class="verdict">${badge(good === rows.length, `${number(good)} of ${number(rows.length)} valid and complete`)}</span></h1>
<p>${escape(scenario)}</p>
<pre>${escape(command)}</pre>
</header>
<dl>
${columns
  .map((column, index) =>
    distribution(
      column,
      rows.flatMap(({ numbers }) => numbers[index] ?? [])
    )
  )
  .join("\n")}
</dl>
<section><h2>Runs</h2><p>A click on the head of a column sorts by it. A seed links to the page of its run.</p>
<div class="rows"><table id="runs"><thead><tr>${heads.map((head) => `<th><button>${escape(head)}</button></th>`).join("")}</tr></thead><tbody>
${rows.map((one) => row(one, columns)).join("\n")}
</tbody></table></div></section>
<script>${program}</script>`
  )
}
