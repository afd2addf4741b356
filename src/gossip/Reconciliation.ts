/**
 * How two nodes that know different values find out which, and give each other what is missing, at a cost that grows with
 * the difference alone.
 *
 * One sends a sketch of the hashes of all that it knows; the other reads the difference from it, sends what the first
 * lacks and asks for the rest by its hashes. If the sketch is too small for the difference, the other answers with a larger
 * one of its own, then with many, each for a part of the hashes. A part in which little is known is listed, which always
 * tells. Every message stands for itself, so losing one only costs the time until the sets are compared again.
 */
import type * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Digest from "./Digest.ts"
import * as Sketch from "./Sketch.ts"
import type { Store } from "./Store.ts"

/** The hashes that leave the remainder `part` when divided by `parts`. */
interface Part {
  readonly part: number
  readonly parts: number
}

/** A summary of what a node knows of a part, in cells or, if it is little, in full: the body of a `gossip_sketch`. */
export type Summary = Omit<typeof Message.GossipSketch.Type, "msg_id">

/** What a summary tells to whoever knows something else: what to give and what to ask for, or summaries of its own. */
export type Finding =
  | { readonly _tag: "Known"; readonly missing: ReadonlyArray<Value>; readonly want: ReadonlyArray<number> }
  | { readonly _tag: "Unknown"; readonly summaries: ReadonlyArray<Summary> }

/** Enough, nineteen times of twenty, for 30 values that only one of both knows. */
const fewCells = 60
/** Enough for 1,000 values that only one of both knows, nearly always; they are 80 kB in print. */
const manyCells = 1920
/** Into how many parts a part is cut for which that is not enough. */
const cut = 32
/** A cell in print takes as many bytes at most, and as many hashes take less. */
const [bytesPerCell, hashesPerCell] = [42, 2]

const everything: Part = { part: 0, parts: 1 }

const isIn =
  ({ part, parts }: Part) =>
  (hash: number): boolean =>
    hash % parts === part

const hashesOf = (store: Store, part: Part): ReadonlyArray<number> => store.values.map(Digest.hash).filter(isIn(part))

const summarise = (hashes: ReadonlyArray<number>, { part, parts }: Part, cellCount: number): Summary =>
  hashes.length <= hashesPerCell * cellCount
    ? { type: "gossip_sketch", part, parts, hashes }
    : { type: "gossip_sketch", part, parts, cells: Sketch.make(hashes, cellCount) }

/** As many cells as a sketch can have, a multiple of its three tables: an answer with fewer would be outdone for ever. */
const mostCells = (messageBytes: number) =>
  Math.max(fewCells, Math.min(manyCells, 3 * Math.floor(messageBytes / (3 * bytesPerCell))))

/** The first summary, to a node that differs in about so many values; no larger than `messageBytes` where that is possible. */
export const begin = (store: Store, about: number, messageBytes: number): Summary =>
  summarise(hashesOf(store, everything), everything, 2 * about <= fewCells ? fewCells : mostCells(messageBytes))

const difference = (ours: ReadonlyArray<number>, { cells, hashes = [] }: Summary): Sketch.Difference | undefined => {
  if (cells !== undefined) return Sketch.difference(Sketch.make(ours, Sketch.cellCount(cells)), cells)
  const [known, listed] = [new Set(ours), new Set(hashes)]
  return {
    ours: ours.filter((hash) => !listed.has(hash)),
    theirs: hashes.filter((hash) => !known.has(hash))
  }
}

/** The known values that have these hashes, oldest first. */
export const select = (store: Store, hashes: ReadonlyArray<number>): ReadonlyArray<Value> => {
  if (hashes.length === 0) return []
  const wanted = new Set(hashes)
  return store.values.filter((value) => wanted.has(Digest.hash(value)))
}

/** Compares what is known with a peer's summary. */
export const compare = (store: Store, summary: Summary, messageBytes: number): Finding => {
  const { cells, part, parts } = summary
  const ours = hashesOf(store, summary)
  const found = difference(ours, summary)
  if (found !== undefined) return { _tag: "Known", missing: select(store, found.ours), want: found.theirs }
  const most = mostCells(messageBytes)
  if (cells !== undefined && Sketch.cellCount(cells) < most) {
    return { _tag: "Unknown", summaries: [summarise(ours, { part, parts }, most)] }
  }
  const smaller = Array.from({ length: cut }, (_, index): Part => ({ part: part + index * parts, parts: parts * cut }))
  return {
    _tag: "Unknown",
    summaries: smaller.map((piece) => summarise(ours.filter(isIn(piece)), piece, most))
  }
}
