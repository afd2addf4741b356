/**
 * What the pages have in common: a document that needs no network, and its tables.
 *
 * Whatever comes from a run is escaped, because values are any JSON. Text is escaped as HTML. In data for scripts, "<" is
 * written as a JavaScript escape, so that nothing in it can end the script element.
 */
import style from "../../build/page/Style.css.txt"
import { number } from "../analysis/Words.ts"

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

/** Text as HTML. */
export const escape = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)

/** A value as data for a script; numbers with six digits. */
export const json = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "number" ? Number(member.toPrecision(6)) : member
  ).replaceAll("<", "\\u003c")

/** A word in green or in red. */
export const badge = (isGood: boolean, text: string): string =>
  `<span class="${isGood ? "good" : "bad"}">${text}</span>`

/** A page: its title, and the HTML of its body. */
export const document = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`

/** What stands in a cell of a table. */
export type Cell = string | number

const cell = (content: Cell): string =>
  typeof content === "number" ? `<td class="number">${number(content)}</td>` : `<td>${escape(content)}</td>`

/** So many rows of a table are shown at once, and so many in all. */
const rowsAtOnce = 25
const maxRows = 1000

/** A section with a table; `none` is what it says if there are no rows. */
export const table = (
  title: string,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  none: string
): string => {
  const heading = `<h2>${title}</h2>`
  if (rows.length === 0) return `<section>${heading}<p>${none}</p></section>`
  const head = columns.map((column) => `<th>${column}</th>`).join("")
  const part = (some: ReadonlyArray<ReadonlyArray<Cell>>) =>
    `<div class="rows"><table><thead><tr>${head}</tr></thead><tbody>\n${some.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}\n</tbody></table></div>`
  const others = rows.slice(rowsAtOnce, maxRows)
  const more =
    others.length === 0 ? "" : `<details><summary>${number(others.length)} more</summary>${part(others)}</details>`
  const omitted = rows.length > maxRows ? `<p>and ${number(rows.length - maxRows)} that are not shown</p>` : ""
  return `<section>${heading}${part(rows.slice(0, rowsAtOnce))}${more}${omitted}</section>`
}
