/**
 * Bytes → lines of text.
 *
 * Bytes arrive in chunks that end anywhere, also within a character. Only whole lines are decoded, so no character is
 * ever cut; what is left of the last line waits for the next chunk. Bytes that are not UTF-8 are never replaced in
 * silence: their line is reported as unreadable.
 */
import * as Result from "effect/Result"

/** A line that is no message, and why. An empty reason: the line is blank, and nothing is wrong with it. */
export class Unreadable {
  readonly _tag = "Unreadable"
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** A line without its line feed; {@link Unreadable} if its bytes are not text. */
export type Line = string | Unreadable

/** The beginning of a line whose end has not arrived. */
export interface Rest {
  /** How many bytes of the line have arrived; none of them are kept once the line is too long. */
  readonly size: number
  /** The latest chunk of it, linked to those before. */
  readonly last?: Part
}

interface Part {
  readonly bytes: Uint8Array
  readonly before?: Part
}

/** Where a stream begins. */
export const start: Rest = { size: 0 }

/** Longer lines are refused, in bytes: JavaScript's strings and the memory of a node both have an end. */
export const maxBytes = 128 * 1024 * 1024

const lineFeed = 0x0a

// Both keep a byte order mark: at the start of a line it is not white space but part of (broken) JSON.
const lenient = new TextDecoder("utf-8", { ignoreBOM: true })
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true })

const join = (rest: Rest): Uint8Array => {
  const whole = new Uint8Array(rest.size)
  let end = rest.size
  for (let part = rest.last; part !== undefined; part = part.before) {
    end -= part.bytes.length
    whole.set(part.bytes, end)
  }
  return whole
}

const decodeStrictly = (bytes: Uint8Array): Line =>
  Result.getOrElse(
    Result.try(() => strict.decode(bytes)),
    () => new Unreadable("not UTF-8")
  )

/** Decodes bytes that consist of whole lines, the last one without its line feed. */
const decodeLines = (bytes: Uint8Array): ReadonlyArray<Line> => {
  const text = lenient.decode(bytes)
  // The replacement character may have been sent, or may stand for bytes that are not UTF-8.
  if (!text.includes("\uFFFD")) return text.split("\n")
  const lines: Array<Line> = []
  for (let from = 0; from <= bytes.length;) {
    const end = bytes.indexOf(lineFeed, from)
    const to = end === -1 ? bytes.length : end
    lines.push(decodeStrictly(bytes.subarray(from, to)))
    from = to + 1
  }
  return lines
}

const keep = (rest: Rest, bytes: Uint8Array): Rest => {
  const size = rest.size + bytes.length
  if (size > maxBytes) return { size }
  return { size, last: rest.last === undefined ? { bytes } : { bytes, before: rest.last } }
}

const tooLong = new Unreadable(`longer than ${maxBytes} bytes`)

const close = (rest: Rest): ReadonlyArray<Line> => (rest.size > maxBytes ? [tooLong] : decodeLines(join(rest)))

/** The lines that a chunk completes, and what is left. */
export const push = (rest: Rest, chunk: Uint8Array): readonly [rest: Rest, lines: ReadonlyArray<Line>] => {
  const end = chunk.lastIndexOf(lineFeed)
  if (end === -1) return [keep(rest, chunk), []]
  const next = keep(start, chunk.subarray(end + 1))
  if (rest.size === 0) return [next, decodeLines(chunk.subarray(0, end))]
  const first = chunk.indexOf(lineFeed)
  const lines = close(keep(rest, chunk.subarray(0, first)))
  return [next, first === end ? lines : lines.concat(decodeLines(chunk.subarray(first + 1, end)))]
}

/** The line that the end of the stream completes, if any. */
export const end = (rest: Rest): ReadonlyArray<Line> => (rest.size === 0 ? [] : close(rest))
