/**
 * Two nodes at which different values are confirmed find out which, and give each other what is missing. The cost grows with
 * the difference alone.
 *
 * One node sends a sketch of the hashes of all that is confirmed at it. The other reads the difference from it, sends what the
 * first lacks and asks for the rest by hash. If the sketch is too small for the difference, the other answers with a larger one
 * of its own. If that is too small as well, all hashes are listed, which always tells the difference, or, if they are very
 * many, sketches follow of many parts of them. Every message stands for itself, so losing one only costs the time until the
 * sets are compared again.
 */
import type { Value } from "../protocol/Value.ts"
import * as Digest from "./Digest.ts"
import { type GossipSketch, matchSummary } from "./Messages.ts"
import * as Sketch from "./Sketch.ts"

/** The hashes that leave the remainder `part` when divided by `parts`. */
interface Part {
  readonly part: number
  readonly parts: number
}

/** Which values of a part are confirmed at a node, as a sketch or, if they are few, as all hashes: a `gossip_sketch`. */
export type Summary = typeof GossipSketch.Type

/**
 * What a node finds in a peer's summary. If it can tell the difference: what to give and what to ask for. If it cannot:
 * summaries that tell more, to answer with.
 */
export type Finding =
  | { readonly _tag: "Known"; readonly missing: ReadonlyArray<Value>; readonly want: ReadonlyArray<number> }
  | { readonly _tag: "Unknown"; readonly summaries: ReadonlyArray<Summary> }

/** So many cells tell a difference of 30 values nineteen times out of twenty. */
const fewCells = 60
/** So many cells tell a difference of 1,000 values nearly always. They are 80 kB in print. */
const manyCells = 1920
/** Into how many parts a part is cut if its difference is too large for one message. */
const cut = 32
/** How many bytes a printed cell takes at most. */
const bytesPerCell = 42
/** So many hashes take no more bytes than one cell. */
const hashesPerCell = 2
/** How much of a message is filled with hashes, as a share: parts are of equal size only on average. */
const fill = 0.8

const everything: Part = { part: 0, parts: 1 }

const isIn =
  ({ part, parts }: Part) =>
  (hash: number): boolean =>
    hash % parts === part

const hashesOf = (values: ReadonlyArray<Value>, part: Part): ReadonlyArray<number> =>
  values.map(Digest.hash).filter(isIn(part))

const summarise = (hashes: ReadonlyArray<number>, { part, parts }: Part, cellCount: number): Summary =>
  hashes.length <= hashesPerCell * cellCount
    ? { type: "gossip_sketch", kind: "hashes", part, parts, hashes }
    : { type: "gossip_sketch", kind: "sketch", part, parts, cells: Sketch.make(hashes, cellCount) }

/**
 * How many cells a sketch may have. It is a multiple of the three tables, so that a sketch has just as many: one that came
 * out smaller would be answered with a larger one for ever.
 */
const mostCells = (messageBytes: number) =>
  Math.max(fewCells, Math.min(manyCells, 3 * Math.floor(messageBytes / (3 * bytesPerCell))))

/**
 * The first summary, for a peer whose set differs by about `about` values. It takes at most `messageBytes`, unless not even
 * the smallest sketch fits.
 */
export const begin = (values: ReadonlyArray<Value>, about: number, messageBytes: number): Summary =>
  summarise(hashesOf(values, everything), everything, 2 * about <= fewCells ? fewCells : mostCells(messageBytes))

const difference = (ours: ReadonlyArray<number>, summary: Summary): Sketch.Difference | undefined =>
  matchSummary(summary, {
    sketch: ({ cells }) => Sketch.difference(Sketch.make(ours, Sketch.cellCount(cells)), cells),
    hashes: ({ hashes }) => {
      const [known, listed] = [new Set(ours), new Set(hashes)]
      return {
        ours: ours.filter((hash) => !listed.has(hash)),
        theirs: hashes.filter((hash) => !known.has(hash))
      }
    }
  })

/** Those of these values that have these hashes, in their order. */
export const select = (values: ReadonlyArray<Value>, hashes: ReadonlyArray<number>): ReadonlyArray<Value> => {
  if (hashes.length === 0) return []
  const wanted = new Set(hashes)
  return values.filter((value) => wanted.has(Digest.hash(value)))
}

/** Cuts a part into so many. */
const cutInto = (count: number, { part, parts }: Part): ReadonlyArray<Part> =>
  Array.from({ length: count }, (_, index) => ({ part: part + index * parts, parts: parts * count }))

/** Summaries of a part that tell more than the largest sketch: all hashes, or sketches if those take fewer bytes. */
const tellMore = (ours: ReadonlyArray<number>, part: Part, messageBytes: number): ReadonlyArray<Summary> => {
  const most = mostCells(messageBytes)
  const bytes = (ours.length * bytesPerCell) / hashesPerCell
  if (bytes > cut * most * bytesPerCell) {
    return cutInto(cut, part).map((piece) => summarise(ours.filter(isIn(piece)), piece, most))
  }
  return cutInto(Math.max(1, Math.ceil(bytes / (fill * messageBytes))), part).map((piece): Summary => ({
    type: "gossip_sketch",
    kind: "hashes",
    ...piece,
    hashes: ours.filter(isIn(piece))
  }))
}

/**
 * Compares these values with a peer's summary. Answers take about as many bytes each as {@link begin}
 * says.
 */
export const compare = (values: ReadonlyArray<Value>, summary: Summary, messageBytes: number): Finding => {
  const { part, parts } = summary
  const ours = hashesOf(values, summary)
  const found = difference(ours, summary)
  if (found !== undefined) return { _tag: "Known", missing: select(values, found.ours), want: found.theirs }
  const most = mostCells(messageBytes)
  if (summary.kind === "sketch" && Sketch.cellCount(summary.cells) < most) {
    return { _tag: "Unknown", summaries: [summarise(ours, { part, parts }, most)] }
  }
  // Hashes are below 2^52. No node makes a sketch of a part so small that nothing would be left to cut, or of one that does
  // not exist.
  if (part >= parts || parts * cut > 2 ** 52) return { _tag: "Known", missing: [], want: [] }
  return { _tag: "Unknown", summaries: tellMore(ours, { part, parts }, messageBytes) }
}
