/**
 * Ranges of numbers, for settings: a message, a flag and an environment variable take the same range and report a value
 * outside of it in the same words.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** The numbers from `minimum` to `maximum`, both included; of these only the integers, if `isInteger`. */
export interface Range {
  readonly minimum: number
  readonly maximum: number
  readonly isInteger: boolean
}

/** The integers from `minimum` to `maximum`, both included. */
export const integer = (minimum: number, maximum: number): Range => ({ minimum, maximum, isInteger: true })

/** The numbers from `minimum` to `maximum`, both included. */
export const number = (minimum: number, maximum: number): Range => ({ minimum, maximum, isInteger: false })

/** A number as people read it, thousands separated. */
export const format = (value: number): string => value.toLocaleString("en-US")

/** The range as people read it: "1 to 1,000". */
export const describe = ({ maximum, minimum }: Range): string => `${format(minimum)} to ${format(maximum)}`

/** The numbers of a range as a schema. The error names the range, whatever the value is. */
export const schema = ({ isInteger, maximum, minimum }: Range) => {
  const isKind: (n: number) => boolean = isInteger ? Number.isInteger : Number.isFinite
  const expected = `must be ${isInteger ? "an integer" : "a number"} from ${minimum} to ${maximum}`
  // @effect-diagnostics-next-line schemaNumber:off -- the check refuses NaN and infinities, with the range in its message
  return Schema.Number.check(Schema.makeFilter((n: number) => (isKind(n) && n >= minimum && n <= maximum) || expected))
}

const numberFromText = SchemaTransformation.transform({
  decode: (text: string) => (text.trim() === "" ? Number.NaN : Number(text)),
  encode: String
})

/** The same for text, as flags and environment variables have it. Text that is no number is out of range as well. */
export const fromText = (range: Range) => Schema.String.pipe(Schema.decodeTo(schema(range), numberFromText))
