/**
 * One line of text ↔ one message.
 *
 * Reading stops at the envelope: who wrote to whom, and a body that is an object. What the body means depends on its
 * type, which is the business of whoever handles that type. Writing prints the body's members in the order given.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Issue from "./Issue.ts"
import { print, printOpen } from "./JsonText.ts"
import { findFlaw } from "./Literals.ts"
import { type MessageId, NodeId } from "./Message.ts"

/** A body that has not been matched with its type's schema yet. */
export type RawBody = { readonly [name: string]: unknown }

/** A body to be printed: its type, then its members in this order. */
export interface OutgoingBody {
  readonly type: string
  readonly [name: string]: unknown
}

/** A message as read from a line. */
export interface Incoming {
  readonly src: NodeId
  readonly dest: NodeId
  readonly body: RawBody
}

/** A body in print, ready to be sent to one or many; only the ids are missing. */
export interface PrintedBody {
  readonly type: string
  /** The JSON object without its closing brace. */
  readonly members: string
}

/** A message on its way out, with the line that stands for it. */
export interface Frame {
  readonly src: NodeId
  readonly dest: NodeId
  /** The `type` of its body. */
  readonly type: string
  /** The line, without its line feed. */
  readonly text: string
}

const isObject = (u: unknown): u is RawBody => typeof u === "object" && u !== null && !Array.isArray(u)

const RawEnvelope = Schema.Struct({
  src: NodeId,
  dest: NodeId,
  body: Schema.declare(isObject, { expected: "object" })
})

const decodeEnvelope = Schema.decodeUnknownResult(RawEnvelope)

/** What becomes of bytes that are not text, or of text that is not JSON, and why. */
export class Unreadable {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** Reads a line as JSON; {@link Unreadable} if it is none. No Result, because one for every line can be felt. */
export const parse = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch (thrown) {
    return new Unreadable(`not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

/** Takes JSON for an envelope. Fails with the reason if it is none. */
export const envelope = (json: unknown): Result.Result<Incoming, string> =>
  Result.mapError(decodeEnvelope(json), ({ issue }) => `not an envelope: ${Issue.format(issue)}`)

/** The body of what may be a message. */
export const bodyOf = (json: unknown): RawBody | undefined => {
  if (!isObject(json)) return undefined
  const { body } = json
  return isObject(body) ? body : undefined
}

/** Reads a line as a message. Fails with the reason if it is not JSON or not an envelope. */
export const decode = (line: string): Result.Result<Incoming, string> => {
  const json = parse(line)
  return json instanceof Unreadable ? Result.fail(json.reason) : envelope(json)
}

/** What in a line's body cannot be carried unaltered, as a sentence that names the field. See {@link findFlaw}. */
export const flaw = (line: string): Option.Option<string> =>
  Option.map(findFlaw(line), ({ path, reason }) => Issue.sentence(path, reason))

/** Prints a body. */
export const printBody = (body: OutgoingBody): PrintedBody => ({ type: body.type, members: printOpen(body) })

/** Prints the beginning of a message, the same for all messages between these two. */
export const printHead = (src: NodeId, dest: NodeId): string =>
  // V8 makes one text of joined parts at once, but one of a template's whenever it writes it anew.
  ['{"src": ', print(src), ', "dest": ', print(dest), ', "body": '].join("")

/** Prints a message: its head, its body's members, then the request that it answers, if any, and its own id. */
export const printMessage = (
  head: string,
  { members }: PrintedBody,
  in_reply_to: MessageId | undefined,
  msg_id: MessageId
): string =>
  in_reply_to === undefined
    ? `${head + members}, "msg_id": ${msg_id}}}`
    : `${head + members}, "in_reply_to": ${in_reply_to}, "msg_id": ${msg_id}}}`
