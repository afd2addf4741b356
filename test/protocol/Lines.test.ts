/**
 * Bytes become the same lines however they are cut into chunks, and no character is altered in silence.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { end, type Line, maxBytes, push, type Rest, start, Unreadable } from "../../src/protocol/Lines.ts"

const encoder = new TextEncoder()

/** All lines of these chunks, and of the end after them. */
const linesOf = (chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let rest: Rest = start
  for (const chunk of chunks) {
    const [next, completed] = push(rest, chunk)
    lines.push(...completed)
    rest = next
  }
  return [...lines, ...end(rest)]
}

const textLines = (...texts: ReadonlyArray<string>) => linesOf(texts.map((text) => encoder.encode(text)))

/** These bytes cut at these places, counted from the cut before and around again. */
const cut = (bytes: Uint8Array, sizes: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  if (sizes.every((size) => size === 0)) return [bytes]
  const chunks: Array<Uint8Array> = []
  for (let [from, turn] = [0, 0]; from < bytes.length; turn++) {
    const to = from + (sizes[turn % sizes.length] ?? 0)
    chunks.push(bytes.subarray(from, to))
    from = to
  }
  return chunks
}

/** The lines by the letter: split at line feeds, each decoded alone. */
const expected = (bytes: Uint8Array): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (let from = 0; from < bytes.length;) {
    const feed = bytes.indexOf(0x0a, from)
    const to = feed === -1 ? bytes.length : feed
    try {
      lines.push(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, to)))
    } catch {
      lines.push(new Unreadable("not UTF-8"))
    }
    from = to + 1
  }
  return lines
}

/** Bytes that often are line feeds, parts of characters, or nonsense. */
const Byte = Schema.Union([
  Schema.Literals([0x0a, 0x0d, 0x41, 0xc3, 0xa9, 0xf0, 0x9f, 0xa6, 0x84, 0xef, 0xbf, 0xbd, 0xbb, 0x80, 0xff]),
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
])
const Size = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 }))
const Text = Schema.Array(Schema.Union([Schema.String, Schema.Literals(["\n", "\r\n", "é", "🦄", "\uFFFD", "\uFEFF"])]))

describe("Lines", () => {
  it.prop(
    "any bytes in any chunks yield the lines of one chunk",
    { bytes: Schema.Array(Byte), sizes: Schema.Array(Size) },
    ({ bytes, sizes }) => {
      const whole = Uint8Array.from(bytes)
      assert.deepStrictEqual(linesOf(cut(whole, sizes)), expected(whole))
    },
    { arbitrary: { runs: 1000, seed: 1 } }
  )

  it.prop(
    "any text in any chunks, cut within characters too, yields its lines unaltered",
    { text: Text, sizes: Schema.Array(Size) },
    ({ sizes, text }) => {
      // What is no text in the first place, half a surrogate pair, is replaced by the encoder.
      const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(encoder.encode(text.join("")))
      const lines = whole.endsWith("\n") ? whole.slice(0, -1).split("\n") : whole === "" ? [] : whole.split("\n")
      assert.deepStrictEqual(linesOf(cut(encoder.encode(whole), sizes)), lines)
    },
    { arbitrary: { runs: 500, seed: 2 } }
  )

  it("a line is complete when its line feed arrives", () => {
    const [rest, none] = push(start, encoder.encode("ab"))
    assert.deepStrictEqual(none, [])
    const [next, lines] = push(rest, encoder.encode("c\nd\ne"))
    assert.deepStrictEqual(lines, ["abc", "d"])
    assert.deepStrictEqual(end(next), ["e"])
  })

  it("a character that arrives byte by byte is put together", () => {
    assert.deepStrictEqual(linesOf(cut(encoder.encode("é🦄\n日\n"), [1])), ["é🦄", "日"])
  })

  it("empty lines are kept, and none is added at the end", () => {
    assert.deepStrictEqual(textLines("\n\na\n"), ["", "", "a"])
    assert.deepStrictEqual(textLines(), [])
    assert.deepStrictEqual(textLines(""), [])
  })

  it("the last line needs no line feed", () => {
    assert.deepStrictEqual(textLines("a\nb"), ["a", "b"])
  })

  it("the carriage return of a CRLF line stays, because JSON takes it for white space", () => {
    assert.deepStrictEqual(textLines(`{"a": 1}\r\n`), [`{"a": 1}\r`])
  })

  it("a byte order mark is kept", () => {
    assert.deepStrictEqual(textLines("\uFEFFa\n\uFEFFb\n"), ["\uFEFFa", "\uFEFFb"])
  })

  it("bytes that are not UTF-8 make their line unreadable, and no other", () => {
    const bytes = Uint8Array.from([0x61, 0xff, 0x0a, ...encoder.encode("b\uFFFD\nc\n"), 0xc3])
    assert.deepStrictEqual(linesOf([bytes]), [new Unreadable("not UTF-8"), "b\uFFFD", "c", new Unreadable("not UTF-8")])
  })

  it("a replacement character that was sent is kept", () => {
    assert.deepStrictEqual(textLines("\uFFFD\n", "a\uFFFD"), ["\uFFFD", "a\uFFFD"])
  })

  it("a line that is too long is refused without being kept, and the next line is read", () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x61)
    let rest: Rest = start
    for (let size = 0; size <= maxBytes; size += chunk.length) [rest] = push(rest, chunk)
    assert.isUndefined(rest.last)
    const [next, lines] = push(rest, encoder.encode("a\nb\nc"))
    assert.deepStrictEqual(lines, [new Unreadable("longer than 134217728 bytes"), "b"])
    assert.deepStrictEqual(end(next), ["c"])
    assert.deepStrictEqual(end(rest), [new Unreadable("longer than 134217728 bytes")])
  })

  it("a line as long as the limit is read", () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x61)
    let rest: Rest = start
    for (let size = 0; size < maxBytes; size += chunk.length) [rest] = push(rest, chunk)
    const [, [line]] = push(rest, encoder.encode("\n"))
    assert.strictEqual(typeof line === "string" ? line.length : line, maxBytes)
  })
})
