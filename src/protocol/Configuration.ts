/**
 * What can be set on a running node: the fields of `configure`, each with its range.
 *
 * Flags, environment variables and the message share these schemas, so that one range holds everywhere.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const between = (minimum: number, maximum: number) =>
  // @effect-diagnostics-next-line schemaNumber:off -- what is not a number is out of range like any other
  Schema.Number.check(
    Schema.makeFilter(
      (n: number) =>
        (Number.isInteger(n) && n >= minimum && n <= maximum) || `must be an integer from ${minimum} to ${maximum}`
    )
  )

const numberFromText = SchemaTransformation.transform({
  decode: (text: string) => (text.trim() === "" ? Number.NaN : Number(text)),
  encode: String
})

/** A setting as flags and environment variables have it. What is not a number at all is out of its range as well. */
export const fromText = (setting: ReturnType<typeof between>) =>
  Schema.String.pipe(Schema.decodeTo(setting, numberFromText))

/** To how many peers a value is forwarded: 1 to 1,000,000; more than there are means everybody. */
export const Fanout = between(1, 1_000_000)

/** The time between a node's gossip rounds in ms: 1 to 3,600,000 (an hour). */
export const GossipInterval = between(1, 3_600_000)

/** Every setting by the name that it has in messages. */
export const fields = {
  fanout: Fanout,
  gossip_interval_ms: GossipInterval
}
