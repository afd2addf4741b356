/**
 * One line of text ↔ one message.
 *
 * {@link reader} parses a line as JSON and decodes it with one schema, whose body is the union of all requests. It returns
 * {@link Received}, or the reason why there is no such message. {@link encoder} and {@link printer} are the way back: a
 * body is encoded with the schema of its type, and a message is printed in the key order of Maelstrom's own nodes.
 *
 * @module
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Compiled from "./Compiled.ts"
import * as Issue from "./Issue.ts"
import { print, printOpen } from "./JsonText.ts"
import { type Line, Unreadable } from "./Lines.ts"
import { findFlaw, isSuspect } from "./Literals.ts"
import { type BodySchema, ErrorCode, type MessageId, NodeId, type Tagged, type WireBody } from "./Message.ts"

/**
 * Who sent a message to whom, and how a reply refers to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Header {
  readonly from: NodeId
  readonly to: NodeId
  /** The message's `msg_id`; undefined if its sender wants no reply. */
  readonly id: MessageId | undefined
  /** Whether the message is itself a reply. Nobody answers a reply with an error. */
  readonly isReply: boolean
}

/**
 * A message that was read from a line.
 *
 * @category models
 * @since 0.1.0
 */
export interface Received<Message> extends Header {
  readonly _tag: "Received"
  readonly message: Message
}

/**
 * A message that names its sender but asks for nothing that can be done. Its sender is told so, if it wants a reply.
 *
 * @category models
 * @since 0.1.0
 */
export class Refused implements Header {
  readonly _tag = "Refused"
  readonly from: NodeId
  readonly to: NodeId
  readonly id: MessageId | undefined
  readonly isReply: boolean
  /** The body's `type`; undefined if it is missing or no string. */
  readonly type: string | undefined
  /** One of `Message.ErrorCode`. */
  readonly code: number
  /** What is wrong, the field first. */
  readonly text: string
  constructor({ from, id, isReply, to }: Header, type: string | undefined, code: number, text: string) {
    this.from = from
    this.to = to
    this.id = id
    this.isReply = isReply
    this.type = type
    this.code = code
    this.text = text
  }
}

/**
 * A message on its way out.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outgoing {
  readonly src: NodeId
  readonly dest: NodeId
  readonly body: WireBody
  /** The `msg_id` of the request that this replies to, if it is a reply. */
  readonly in_reply_to: MessageId | undefined
  readonly msg_id: MessageId
}

/**
 * A body that has not been matched with the schema of its type.
 *
 * @category models
 * @since 0.1.0
 */
export type RawBody = { readonly [name: string]: unknown }

const isRawBody = (u: unknown): u is RawBody => typeof u === "object" && u !== null && !Array.isArray(u)

/**
 * A message whose body is any object.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Envelope = Schema.Struct({
  src: NodeId,
  dest: NodeId,
  body: Schema.Unknown.pipe(Schema.refine(isRawBody, { expected: "object" }))
})
/**
 * A message whose body is any object.
 *
 * @category models
 * @since 0.1.0
 */
export type Envelope = typeof Envelope.Type

const decodeEnvelope = Schema.decodeUnknownResult(Envelope)

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch (thrown) {
    // JSON.parse reports what is not JSON by an exception.
    return new Unreadable(line.trim() === "" ? "" : `not JSON: ${thrown instanceof Error ? thrown.message : thrown}`)
  }
}

const toEnvelope = (json: unknown): Result.Result<Envelope, Unreadable> =>
  Result.mapError(decodeEnvelope(json), ({ issue }) => new Unreadable(`not an envelope: ${Issue.format(issue)}`))

/**
 * Reads a line as a message, whatever its body. The body is left as it is.
 *
 * @category decoding
 * @since 0.1.0
 */
export const envelope = (line: string): Result.Result<Envelope, Unreadable> => {
  const json = parse(line)
  return json instanceof Unreadable ? Result.fail(json) : toEnvelope(json)
}

const isMessageId = (u: unknown): u is MessageId => Number.isSafeInteger(u)

const idOf = ({ msg_id }: RawBody): MessageId | undefined => (isMessageId(msg_id) ? msg_id : undefined)

const isReply = ({ in_reply_to }: RawBody): boolean => in_reply_to !== undefined

const noBody: RawBody = {}

/** The body of a message that was decoded from this JSON, as it was before. */
const rawBodyOf = (json: unknown): RawBody => {
  if (!isRawBody(json)) return noBody
  const { body } = json
  return isRawBody(body) ? body : noBody
}

/** What in a line's body cannot be carried unaltered, if anything. Reads the line character by character. */
const flawOf = (line: string): string | undefined =>
  Option.getOrUndefined(Option.map(findFlaw(line), ({ path, reason }) => Issue.sentence(path, reason)))

/** Says why JSON is no message that can be handled. `issue` is what a schema has found wrong with it. */
const refuse = (line: string, json: unknown, isKnown: (type: string) => boolean, issue: string): Refused | Unreadable =>
  Result.match(toEnvelope(json), {
    onFailure: (unreadable): Refused | Unreadable => unreadable,
    onSuccess: ({ body, dest, src }) => {
      const { type } = body
      const header = { from: src, to: dest, id: idOf(body), isReply: isReply(body) }
      if (typeof type !== "string") {
        const text = "type: must be there and be a string"
        return new Refused(header, undefined, ErrorCode.malformedRequest, text)
      }
      if (!isKnown(type)) {
        const text = `${type}: this node does not know messages of this type`
        return new Refused(header, type, ErrorCode.notSupported, text)
      }
      // A schema sees only what JSON.parse has made of a number such as 1e999; the flaw is in the text.
      return new Refused(header, type, ErrorCode.malformedRequest, `${type}: ${flawOf(line) ?? issue}`)
    }
  })

/**
 * The reply to a call of this node. Its body has not been matched with a schema.
 *
 * @category models
 * @since 0.1.0
 */
export interface Returned {
  readonly _tag: "Returned"
  readonly from: NodeId
  readonly to: NodeId
  /** The `msg_id` of the call. */
  readonly id: MessageId
  readonly body: RawBody
  /** What in the body cannot be carried unaltered; undefined if all of it can. */
  readonly flaw: string | undefined
}

/**
 * Who knows which replies are awaited.
 *
 * @category models
 * @since 0.1.0
 */
export interface Awaiting {
  /** Whether this sender was called with a message of this id and has not replied yet. */
  readonly awaits: (from: NodeId, id: MessageId) => boolean
}

const awaitsNothing: Awaiting = { awaits: () => false }

/** The reply to a call, if that is what JSON says. */
const returned = (line: string, json: unknown, body: RawBody, awaiting: Awaiting): Returned | undefined => {
  const { in_reply_to: id } = body
  if (!isMessageId(id) || !isRawBody(json)) return undefined
  const { dest: to, src: from } = json
  if (typeof from !== "string" || typeof to !== "string" || !awaiting.awaits(from, id)) return undefined
  return { _tag: "Returned", from, to, id, body, flaw: isSuspect(line) ? flawOf(line) : undefined }
}

/**
 * What a line says: a message that a node can handle, one that it must refuse, the reply to a call, or none at all.
 *
 * @category models
 * @since 0.1.0
 */
export type Reading = Received<Tagged> | Refused | Returned | Unreadable

/**
 * The schema of each member of a union of bodies, by its `type`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cases {
  readonly [type: string]: BodySchema
}

/**
 * Makes the function that reads a line as one of these requests: JSON, then one schema for the message as a whole, its
 * body being the union of all requests. A reply that is awaited is read whatever its type.
 *
 * @category decoding
 * @since 0.1.0
 */
export const reader = (cases: Cases): ((line: Line, awaiting?: Awaiting) => Reading) => {
  const decode = Compiled.decodeMessage(Object.values(cases))
  const isKnown = (type: string) => Object.hasOwn(cases, type)
  return (line, awaiting = awaitsNothing) => {
    if (typeof line !== "string") return line
    const json = parse(line)
    if (json instanceof Unreadable) return json
    const raw = rawBodyOf(json)
    const isAnswer = isReply(raw)
    const reply = isAnswer ? returned(line, json, raw, awaiting) : undefined
    if (reply !== undefined) return reply
    const decoded = decode(json)
    if (decoded instanceof Compiled.Misfit) return refuse(line, json, isKnown, Issue.formatIn("body", decoded.issue))
    const { body, dest, src } = decoded
    const id = idOf(raw)
    const isWhole = src !== "" && dest !== "" && (id !== undefined || raw["msg_id"] === undefined)
    return isWhole && (!isSuspect(line) || flawOf(line) === undefined)
      ? { _tag: "Received", from: src, to: dest, id, isReply: isAnswer, message: body }
      : refuse(line, json, isKnown, "msg_id: must be a safe integer")
  }
}

/**
 * Makes the function that turns typed bodies into what the wire has. It remembers the last body, because one often goes to
 * many. It throws if a body does not fit its schema.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encoder = <Body extends Tagged>(cases: Cases): ((body: Body) => WireBody) => {
  const encoders = new Map(Object.entries(cases).map(([type, schema]) => [type, Compiled.encode(schema)]))
  let last: Body | undefined
  let encoded: WireBody = { type: "" }
  return (body) => {
    if (body === last) return encoded
    const encode = encoders.get(body.type)
    if (encode === undefined) throw new Error(`a body of type "${body.type}" is not among those declared as sent`)
    encoded = encode(body)
    last = body
    return encoded
  }
}

/**
 * Makes the function that prints messages. It remembers how the last one begins, because many messages in a row often
 * answer one sender with one body.
 *
 * @category encoding
 * @since 0.1.0
 */
export const printer = (): ((message: Outgoing) => string) => {
  let last: Outgoing | undefined
  let members = ""
  let start = ""
  return (message) => {
    const { body, dest, in_reply_to, msg_id, src } = message
    if (last?.body !== body || last.dest !== dest || last.src !== src) {
      if (last?.body !== body) members = printOpen(body)
      // V8 makes one text of joined parts at once, but one of a template's only when somebody reads it.
      start = `${['{"src": ', print(src), ', "dest": ', print(dest), ', "body": '].join("") + members}, `
      last = message
    }
    return in_reply_to === undefined
      ? `${start}"msg_id": ${msg_id}}}`
      : `${start}"in_reply_to": ${in_reply_to}, "msg_id": ${msg_id}}}`
  }
}
