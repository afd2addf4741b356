/**
 * The values that are spread: any JSON, carried unaltered or refused.
 *
 * Two values are the same if they are equal as JSON: the order of an object's keys does not matter, and 1, 1.0 and 1e0
 * are one number, as are 0 and −0. A set of values therefore stores a {@link key} for each, under which equal values
 * coincide. How deep a value nests is bounded, so that no walk over one can exhaust the stack.
 *
 * @module
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A JSON value as clients hand it over.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = Schema.Json

/**
 * How deep arrays and objects may nest in one value: `[]` has depth 1, `[[]]` depth 2.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxDepth = 1000

/**
 * A value that is not a string, number, boolean or null.
 *
 * @category models
 * @since 0.1.0
 */
export type Composite = Schema.JsonArray | Schema.JsonObject

/**
 * Whether a value is an array or an object.
 *
 * @category guards
 * @since 0.1.0
 */
export const isComposite = (value: Value): value is Composite => typeof value === "object" && value !== null

const nestsWithin = (value: Value): boolean => {
  let level: ReadonlyArray<Value> = [value]
  for (let depth = 0; depth <= maxDepth; depth++) {
    const composites = level.filter(isComposite)
    if (composites.length === 0) return true
    level = composites.flatMap((composite): ReadonlyArray<Value> => Object.values(composite))
  }
  return false
}

const isJson = Schema.is(Schema.Json)

const isValue = (u: unknown): u is Value => {
  switch (typeof u) {
    case "number":
      return Number.isFinite(u)
    case "string":
    case "boolean":
      return true
    default:
      return isJson(u) && nestsWithin(u)
  }
}

/**
 * Any JSON value that nests at most {@link maxDepth} deep. Most values are scalars, which need no walk.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Value = Schema.Unknown.pipe(
  Schema.refine(isValue, { expected: `JSON nested at most ${maxDepth} levels deep` })
)

/**
 * Whether every element of a list is a {@link Value}.
 *
 * @category guards
 * @since 0.1.0
 */
export const areValues = (list: ReadonlyArray<unknown>): list is ReadonlyArray<Value> => list.every(isValue)

/**
 * A list of {@link Value}s. It is checked as a whole, because a schema for each element would cost as much as everything else
 * about a message.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Values = Schema.Array(Schema.Unknown).pipe(
  Schema.refine(areValues, { expected: `a list of JSON, each value nested at most ${maxDepth} levels deep` })
)

/**
 * One text for all values that are equal as JSON: keys sorted by UTF-16 code units, no white space, numbers in
 * JavaScript's shortest form (after RFC 8785, JSON Canonicalization Scheme).
 *
 * @category converting
 * @since 0.1.0
 */
export const key = (value: Value): string => {
  if (typeof value === "number") return String(value)
  if (!isComposite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(key).join()}]`
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${key(member)}`).join()}}`
}
