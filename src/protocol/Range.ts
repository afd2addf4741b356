/**
 * Numbers within a range, as messages, flags and environment variables take them: whatever is wrong, the range is told.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const within = (minimum: number, maximum: number, kind: string, isKind: (n: number) => boolean) =>
  // @effect-diagnostics-next-line schemaNumber:off -- what is not a number is out of range like any other
  Schema.Number.check(
    Schema.makeFilter(
      (n: number) => (isKind(n) && n >= minimum && n <= maximum) || `must be ${kind} from ${minimum} to ${maximum}`
    )
  )

/** A number within a range. */
export type Range = ReturnType<typeof within>

/** An integer from `minimum` to `maximum`, both included. */
export const integer = (minimum: number, maximum: number): Range =>
  within(minimum, maximum, "an integer", Number.isInteger)

/** A number from `minimum` to `maximum`, both included. */
export const number = (minimum: number, maximum: number): Range => within(minimum, maximum, "a number", Number.isFinite)

const numberFromText = SchemaTransformation.transform({
  decode: (text: string) => (text.trim() === "" ? Number.NaN : Number(text)),
  encode: String
})

/** The number as flags and environment variables have it. What is not a number at all is out of its range as well. */
export const fromText = (range: Range) => Schema.String.pipe(Schema.decodeTo(range, numberFromText))
