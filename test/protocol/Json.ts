/**
 * JSON for tests: deep values, and values as JSON would hand them back.
 */
import * as Predicate from "effect/Predicate"
import type { Value } from "../../src/protocol/Value.ts"

/** Arrays around `core`, this many. */
export const nested = (depth: number, core: Value = []): Value => {
  let value = core
  for (let level = Predicate.isObjectOrArray(core) ? 1 : 0; level < depth; level++) value = [value]
  return value
}

/** How deep brackets nest in a text that has none within strings. */
export const depthOf = (text: string): number => {
  let [depth, deepest] = [0, 0]
  for (const char of text) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth)
    else if (char === "]" || char === "}") depth--
  }
  return deepest
}

/** The same with 0 for every −0, which JSON does not tell apart; all else untouched. */
export const withoutNegativeZero = (value: unknown): unknown => {
  if (value === 0) return 0
  if (Array.isArray(value)) return value.map(withoutNegativeZero)
  if (!Predicate.isObject(value)) return value
  // By entries, because assigning to a key named __proto__ would set the prototype.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutNegativeZero(member)]))
}
