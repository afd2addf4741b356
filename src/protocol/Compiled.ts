/**
 * The one place that chooses which schemas are compiled.
 *
 * Effect can compile a schema to a function when it is first used. That pays for schemas that every message passes, and
 * only for those. Where the runtime forbids compiling (no `new Function`), Effect interprets the schema as usual. What is
 * compiled belongs to the schema, so that all nodes of one process share it.
 */
import { memoize } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import type { BodySchema, WireBody } from "./Message.ts"

const enable = <S extends Schema.Constraint>(schema: S): S => {
  SchemaJITCompiler.enable(schema.ast)
  return schema
}

/** {@link Schema.is}, compiled. */
export const is = <S extends Schema.Constraint>(schema: S) => Schema.is(enable(schema))

/** What a schema has found wrong. */
export class Misfit {
  readonly issue: SchemaIssue.Issue
  constructor(issue: SchemaIssue.Issue) {
    this.issue = issue
  }
}

/**
 * A decoder of messages whose body has this schema, compiled. Effect compiles no part of a union if it cannot compile one
 * member, so each member has a decoder of its own.
 */
export const decodeMessage = memoize((body: BodySchema) => {
  // Names that are empty are refused later: as a check of the schema it would cost as much as all the rest.
  const message = Schema.Struct({ src: Schema.String, dest: Schema.String, body: enable(body) })
  const decode = SchemaParser.decodeUnknownSync(enable(message))
  return (json: unknown): typeof message.Type | Misfit => {
    try {
      return decode(json)
    } catch (thrown) {
      // Effect's decoder that throws is the fastest for messages that fit, because it makes the fewest objects.
      if (Predicate.isError(thrown) && SchemaIssue.isIssue(thrown.cause)) return new Misfit(thrown.cause)
      throw thrown
    }
  }
})

/** An encoder of a body, compiled. It throws if the body does not fit its schema. */
export const encode: (schema: BodySchema) => (body: unknown) => WireBody = memoize((schema) => {
  enable(Schema.flip(schema))
  return Schema.encodeUnknownSync(schema)
})
