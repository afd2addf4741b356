/**
 * JSON as Maelstrom's own nodes print it: `", "` and `": "` between members at every depth, non-ASCII characters as they
 * are. An integer beyond ±(2^53 − 1) is printed with an exponent, because a reader that is careful about precision (our
 * own is) refuses the bare literal.
 */
import * as Predicate from "effect/Predicate"

/**
 * Part of a message that its sender can print more cheaply than value by value, such as a list of a hundred thousand
 * values that most readers ask for. It is printed when the message is written, not before.
 */
export class Printed {
  /** Prints the part, in this module's format. */
  readonly print: () => string
  constructor(print: () => string) {
    this.print = print
  }
}

const ofNumber = (number: number): string => {
  // Most numbers are small integers.
  if ((number | 0) === number) return String(number)
  if (!Number.isFinite(number)) return "null"
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? number.toExponential() : String(number)
}

const encoder = new TextEncoder()
const ascii = /^[\0-\x7f]*$/

/** How many bytes a text has in UTF-8. */
export const byteLength = (text: string): number => (ascii.test(text) ? text.length : encoder.encode(text).length)

/** Prints a list whose elements are printed already. */
export const list = (elements: ReadonlyArray<string>): string => `[${elements.join(", ")}]`

/** Whether a text is its own JSON but for the quotes, being printable ASCII that needs no escape. */
const isPlain = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false
  }
  return true
}

// Most strings are names; JSON.stringify costs many times this test.
const ofString = (text: string): string => (isPlain(text) ? `"${text}"` : JSON.stringify(text))

/**
 * Prints a value. Members that are `undefined` are left out, as `JSON.stringify` does.
 *
 * Recursive: a value nested more than a few thousand deep, or within itself, overflows the stack.
 */
export const print = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return ofString(value)
    case "number":
      return ofNumber(value)
    case "boolean":
      return value ? "true" : "false"
    default:
      if (value instanceof Printed) return value.print()
      if (Array.isArray(value)) return list(value.map(print))
      return Predicate.isObject(value) ? `${printOpen(value)}}` : "null"
  }
}

/** Prints an object, all but its closing brace. */
export const printOpen = (object: { readonly [name: string]: unknown }): string => {
  let text = "{"
  for (const name of Object.keys(object)) {
    const member = object[name]
    if (member !== undefined) text += `${text.length === 1 ? "" : ", "}${ofString(name)}: ${print(member)}`
  }
  return text
}
