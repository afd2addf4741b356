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
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { type BodySchema, type Tagged, union, type WireBody } from "./Message.ts"

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

/** {@link Schema.decodeUnknownSync}, compiled, which returns what does not fit. */
const decoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = SchemaParser.decodeUnknownSync(enable(schema))
  return (input: unknown): S["Type"] | Misfit => {
    try {
      return decode(input)
    } catch (thrown) {
      // Effect's decoder that throws is the fastest for messages that fit, because it makes the fewest objects.
      if (Predicate.isError(thrown) && SchemaIssue.isIssue(thrown.cause)) return new Misfit(thrown.cause)
      throw thrown
    }
  }
}

/** A decoder of one body, compiled if the schema maps nothing. It returns what does not fit. */
export const decode: <Body extends Tagged>(schema: BodySchema<Body>) => (input: unknown) => Body | Misfit = decoder

/** Whether a schema maps what the wire says to another form. */
const isMapped = ({ ast }: BodySchema): boolean => SchemaAST.toType(ast) !== ast

interface Message {
  readonly src: string
  readonly dest: string
  readonly body: Tagged
}

const makeDecoder = (members: ReadonlyArray<BodySchema>) => {
  const body = Schema.Union(members.map((member) => Schema.toEncoded(member)))
  // Names that are empty are refused later: as a check of the schema it would cost as much as all the rest.
  const decodeWire = decoder(Schema.Struct({ src: Schema.String, dest: Schema.String, body }))
  const mapped = union(...members.filter(isMapped))
  const isOfMapped = mapped.isAnyOf(Object.keys(mapped.cases))
  const decodeMapped = decoder(mapped)
  return (json: unknown): Message | Misfit => {
    const message = decodeWire(json)
    if (message instanceof Misfit || !isOfMapped(message.body)) return message
    const decoded = decodeMapped(message.body)
    return decoded instanceof Misfit
      ? new Misfit(new SchemaIssue.Pointer(["body"], decoded.issue))
      : { src: message.src, dest: message.dest, body: decoded }
  }
}

/** A list of members, its decoder, and the lists that are longer by one. */
class Members {
  readonly #members: ReadonlyArray<BodySchema>
  #decode: ReturnType<typeof makeDecoder> | undefined

  constructor(members: ReadonlyArray<BodySchema>) {
    this.#members = members
  }

  get decode() {
    return (this.#decode ??= makeDecoder(this.#members))
  }

  readonly with = memoize((member: BodySchema): Members => new Members([...this.#members, member]))
}

const noMembers = new Members([])

/**
 * A decoder of messages whose body is a member of the union of these schemas, compiled. There is one for each list of
 * schemas.
 *
 * Effect compiles no part of a union if one member maps what the wire says to another form. So the union is made of what
 * each member has on the wire, and it decodes every message. The few bodies that are mapped then go through the union of
 * the members that map.
 */
export const decodeMessage = (members: ReadonlyArray<BodySchema>) =>
  members.reduce((found, member) => found.with(member), noMembers).decode

/** An encoder of a body, compiled. It throws if the body does not fit its schema. */
export const encode: (schema: BodySchema) => (body: unknown) => WireBody = memoize((schema) => {
  enable(Schema.flip(schema))
  return Schema.encodeUnknownSync(schema)
})
