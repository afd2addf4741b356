/**
 * What a message is: an envelope with the names of its sender and its receiver, and a body that is one member of a union
 * tagged by `type`.
 *
 * {@link body} makes the schema of one member, for the messages of this package and for those that users add.
 * {@link union} makes the tagged union of several. The ids of messages (`msg_id`, `in_reply_to`) are no part of a body:
 * `Wire` reads them off a line and the node adds them to what it sends.
 *
 * @module
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The name of a node (`n1`), a client (`c7`) or a service (`seq-kv`). Never empty.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NodeId = Schema.NonEmptyString
/**
 * The name of a node (`n1`), a client (`c7`) or a service (`seq-kv`).
 *
 * @category models
 * @since 0.1.0
 */
export type NodeId = typeof NodeId.Type

/**
 * Identifies one message of its sender; a safe integer.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageId = Schema.Int
/**
 * Identifies one message of its sender.
 *
 * @category models
 * @since 0.1.0
 */
export type MessageId = typeof MessageId.Type

/**
 * A member of a union tagged by `type`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tagged {
  readonly type: string
}

/**
 * The schema of a body of this type, with these fields besides `type`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const body = <const Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.tag(type), ...fields })

/**
 * A body in the form that the wire has it.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireBody extends Tagged {
  readonly [name: string]: unknown
}

/**
 * The schema of one body. It may map what the wire says to another form with the same `type`.
 *
 * @category models
 * @since 0.1.0
 */
export type BodySchema<Body extends Tagged = Tagged> = Schema.Codec<Body, WireBody>

/**
 * The schema of one body whose type is known, as {@link body} makes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageSchema<Body extends Tagged = Tagged> extends BodySchema<Body> {
  readonly fields: { readonly type: { readonly schema: { readonly literal: string } } }
}

/**
 * The type of the bodies of a schema.
 *
 * @category getters
 * @since 0.1.0
 */
export const typeOf = ({ fields }: MessageSchema): string => fields.type.schema.literal

/**
 * A union of bodies, each of its own type. `cases` has the schema of each type.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bodies<Body extends Tagged = Tagged> extends BodySchema<Body> {
  readonly cases: { readonly [Type in Body["type"]]: BodySchema }
}

/**
 * A union of bodies, tagged by `type`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const union = <const Members extends ReadonlyArray<BodySchema>>(...members: Members) =>
  Schema.Union(members).pipe(Schema.toTaggedUnion("type"))

/**
 * Tells a node its own name and everybody's, before anything else.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Init = body("init", { node_id: NodeId, node_ids: Schema.Array(NodeId) })
/**
 * The answer to `init`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InitOk = body("init_ok", {})

/**
 * What may go wrong with a request, as Maelstrom numbers it. Codes from 1000 on are free for users.
 *
 * @category constants
 * @since 0.1.0
 */
export const ErrorCode = {
  timeout: 0,
  nodeNotFound: 1,
  notSupported: 10,
  temporarilyUnavailable: 11,
  malformedRequest: 12,
  crash: 13,
  abort: 14,
  keyDoesNotExist: 20,
  keyAlreadyExists: 21,
  preconditionFailed: 22,
  txnConflict: 30
} as const

/**
 * Says why a request was not carried out.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ErrorReply = body("error", { code: Schema.Int, text: Schema.String })
