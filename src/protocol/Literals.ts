/**
 * What `JSON.parse` would alter in silence, found in the text before it is lost.
 *
 * JavaScript's numbers hold integers exactly up to 2^53 − 1; a longer literal would come out changed, one beyond 1.8e308
 * as infinity. And a text nested many thousands deep would later exhaust the stack. Both are rare, so a text is first
 * sieved by a cheap test and only what the sieve keeps is read character by character.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { maxDepth } from "./Value.ts"

/** What is wrong with a message: the path from its body to the offending member, and why it is refused. */
export interface Flaw {
  readonly path: ReadonlyArray<string>
  readonly reason: string
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

const isDigitAt = (text: string, at: number): boolean => at >= 0 && at < text.length && isDigit(text.charCodeAt(at))

const largestSafe = String(Number.MAX_SAFE_INTEGER)

/**
 * Whether sixteen digits or more stand in a row that are no safe integer. Such a run covers one of every sixteen places
 * and, before or after it, those four and eight places away; so only these are looked at first.
 */
const hasLongNumber = (text: string): boolean => {
  for (let at = 15; at < text.length; at += 16) {
    if (!isDigitAt(text, at)) continue
    if (!(isDigitAt(text, at - 4) && isDigitAt(text, at - 8)) && !(isDigitAt(text, at + 4) && isDigitAt(text, at + 8)))
      continue
    let [first, last] = [at, at]
    while (isDigitAt(text, first - 1)) first--
    while (isDigitAt(text, last + 1)) last++
    if (last - first > 15 || (last - first === 15 && text.slice(first, last + 1) > largestSafe)) return true
  }
  return false
}

// An envelope, its body and a list of values may stand around a value.
const maxTextDepth = maxDepth + 3

const numberAt = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y

const reasonAgainst = (literal: string, isInteger: boolean): string | undefined => {
  const number = Number(literal)
  if (!Number.isFinite(number)) return "the number is beyond what a 64-bit float can hold"
  return isInteger && !Number.isSafeInteger(number) ? "the integer is beyond ±(2^53 − 1)" : undefined
}

const pathTo = (root: unknown, target: string): ReadonlyArray<string> | undefined => {
  const pending: Array<readonly [unknown, ReadonlyArray<string>]> = [[root, []]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, path] = next
    if (node === target) return path
    if (Predicate.isObjectOrArray(node)) {
      for (const [name, child] of Object.entries(node)) pending.push([child, [...path, name]])
    }
  }
  return undefined
}

const unescape = (quoted: string): string => String(JSON.parse(quoted))

/** How often a character stands in a text; counts no further than one beyond `limit`. */
const count = (text: string, char: string, limit: number): number => {
  let found = 0
  for (let at = text.indexOf(char); at >= 0 && found <= limit; at = text.indexOf(char, at + 1)) found++
  return found
}

const mayNestTooDeep = (text: string): boolean => {
  if (text.length <= 2 * maxTextDepth) return false
  const arrays = count(text, "[", maxTextDepth)
  return arrays + count(text, "{", maxTextDepth - arrays) > maxTextDepth
}

/** Whether a text may lose an integer or nest too deep. Quick; wrong only on the side of caution. */
export const isSuspect = (text: string): boolean => mayNestTooDeep(text) || hasLongNumber(text)

/**
 * The first flaw in the body of a message, the text of which is known to be JSON: an integer literal beyond ±(2^53 − 1),
 * a number that overflows, or nesting deeper than any message may be. What stands beside the body is not carried on, so
 * its flaws do no harm. A member named twice is refused for a flaw in either place.
 */
export const findFlaw = (text: string): Option.Option<Flaw> => {
  let depth = 0
  // The last text at the level of the envelope, and at that of the body, before something opens is the name of what opens.
  let [member, field] = ["", `""`]
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      const start = at
      for (at++; text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
      if (depth === 1) member = unescape(text.slice(start, at + 1))
      else if (depth === 2) field = text.slice(start, at + 1)
    } else if (char === 0x5b || char === 0x7b) {
      if (++depth > maxTextDepth && member === "body")
        return Option.some({ path: [unescape(field)], reason: `nested deeper than ${maxDepth} levels` })
    } else if (char === 0x5d || char === 0x7d) {
      depth--
    } else if (char === 0x2d || isDigit(char)) {
      numberAt.lastIndex = at
      const [literal = "", fraction, exponent] = numberAt.exec(text) ?? []
      const isInBody = depth > 1 && member === "body"
      const reason =
        isInBody && literal.length > 3
          ? reasonAgainst(literal, fraction === undefined && exponent === undefined)
          : undefined
      if (reason !== undefined) {
        const mark = `\u0000${literal}`
        const marked = text.slice(0, at) + JSON.stringify(mark) + text.slice(at + literal.length)
        return Option.some({ path: pathTo(JSON.parse(marked), mark)?.slice(1) ?? [unescape(field)], reason })
      }
      at += literal.length - 1
    }
  }
  return Option.none()
}
