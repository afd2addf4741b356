/**
 * The program in the page over several runs: sorts the rows of the table by the column whose head is clicked, upwards first
 * and downwards the next time.
 */
const table = document.getElementById("runs")
const body = table?.querySelector("tbody")

const valueOf = (row: Element, column: number): number =>
  Number(row.children[column]?.getAttribute("data-value") ?? Infinity)

const heads = [...(table?.querySelectorAll("th") ?? [])]

const sortBy = (column: number): void => {
  const isUpwards = heads[column]?.getAttribute("aria-sort") !== "ascending"
  for (const head of heads) head.removeAttribute("aria-sort")
  heads[column]?.setAttribute("aria-sort", isUpwards ? "ascending" : "descending")
  const sign = isUpwards ? 1 : -1
  const rows = [...(body?.children ?? [])]
  // Not a difference: that of two infinities is no number.
  const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -sign : sign)
  rows.sort((a, b) => compare(valueOf(a, column), valueOf(b, column)))
  body?.append(...rows)
}

heads.forEach((head, column) => head.addEventListener("click", () => sortBy(column)))
