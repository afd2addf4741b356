/**
 * An invertible sketch of a set of hashes. The difference of two sketches tells the difference of the sets, and how large a
 * sketch must be depends on how much the sets differ, not on how much is in them.
 *
 * Every hash is added to one cell of each of three tables. What both sets have cancels when one sketch is subtracted from
 * the other. A cell that then holds a single hash reveals it, and taking that hash out of its other cells reveals more.
 * Eppstein, Goodrich, Uyeda, Varghese: What's the Difference? Efficient Set Reconciliation without Prior Context (2011).
 */
import { minus, plus } from "./Digest.ts"

/** One cell after the other, three numbers each: how many hashes, their sum, the sum of their checks. */
export type Cells = ReadonlyArray<number>

/** Hashes that only one of two sets has. */
export interface Difference {
  readonly ours: ReadonlyArray<number>
  readonly theirs: ReadonlyArray<number>
}

const tables = 3
const numbersPerCell = 3

const mix = (bits: number): number => {
  let mixed = Math.imul(bits ^ (bits >>> 16), 2246822507)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 3266489909)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const high = (hash: number): number => Math.floor(hash / 2 ** 32)

/** Tells a single hash from a sum of several that looks like one. */
const check = (hash: number): number => mix(hash ^ Math.imul(high(hash), 1597334677))

/** The index of the cell that a hash belongs to in a table. */
const place = (hash: number, table: number, cellsPerTable: number): number =>
  numbersPerCell *
  (table * cellsPerTable + (mix((hash ^ Math.imul(high(hash) + table, 2654435761)) | 0) % cellsPerTable))

const at = (cells: Cells, index: number): number => cells[index] ?? 0

const addTo = (cells: Array<number>, hash: number): void => {
  const cellsPerTable = cells.length / (tables * numbersPerCell)
  for (let table = 0; table < tables; table++) {
    const index = place(hash, table, cellsPerTable)
    cells[index] = at(cells, index) + 1
    cells[index + 1] = plus(at(cells, index + 1), hash)
    cells[index + 2] = plus(at(cells, index + 2), check(hash))
  }
}

/** The sketch of a set of hashes in `cellCount` cells, rounded down to a multiple of the three tables; at least three. */
export const make = (hashes: Iterable<number>, cellCount: number): Cells => {
  const cells = Array.from({ length: Math.max(1, Math.floor(cellCount / tables)) * tables * numbersPerCell }, () => 0)
  for (const hash of hashes) addTo(cells, hash)
  return cells
}

/** How many cells a sketch has. */
export const cellCount = (cells: Cells): number => cells.length / numbersPerCell

/**
 * The difference of two sets, from their sketches, which must have equally many cells. Undefined if there are too few cells:
 * up to about two thirds as many hashes as cells can be told.
 */
export const difference = (ours: Cells, theirs: Cells): Difference | undefined => {
  const cells = ours.map((number, index) =>
    index % numbersPerCell === 0 ? number - at(theirs, index) : minus(number, at(theirs, index))
  )
  const cellsPerTable = cells.length / (tables * numbersPerCell)
  const found = { ours: new Array<number>(), theirs: new Array<number>() }
  const pending = Array.from({ length: cellCount(cells) }, (_, cell) => cell * numbersPerCell)
  // No sketch reveals more hashes than it has cells. Numbers that do are no sketch, and might go on for ever.
  let left = pending.length
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const count = at(cells, index)
    if (count !== 1 && count !== -1) continue
    const sum = at(cells, index + 1)
    const hash = count === 1 ? sum : minus(0, sum)
    const mark = at(cells, index + 2)
    if (check(hash) !== (count === 1 ? mark : minus(0, mark))) continue
    if (left-- === 0) return undefined
    found[count === 1 ? "ours" : "theirs"].push(hash)
    for (let table = 0; table < tables; table++) {
      const other = place(hash, table, cellsPerTable)
      cells[other] = at(cells, other) - count
      cells[other + 1] = minus(at(cells, other + 1), count === 1 ? hash : minus(0, hash))
      cells[other + 2] = minus(at(cells, other + 2), count === 1 ? check(hash) : minus(0, check(hash)))
      pending.push(other)
    }
  }
  return cells.every((number) => number === 0) ? found : undefined
}
