/**
 * What a node does with one line, as a pure step: (state, line) → (messages, complaint or work left, next state).
 *
 * Identity, message ids, the order of checks and the error codes live here; what a type of message means is its
 * handler's. No line ends the node.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Issue from "../protocol/Issue.ts"
import { isSuspect } from "../protocol/Literals.ts"
import * as Message from "../protocol/Message.ts"
import * as Wire from "../protocol/Wire.ts"
import type { Accepted, Answer, Handler } from "./Handlers.ts"
import { type Line, Unreadable } from "./Lines.ts"
import type { RequestError } from "./RequestError.ts"

/** Who the node is, from `init` on. */
export interface Identity {
  readonly self: Message.NodeId
  /** All nodes of the cluster, this one included, in the order given. */
  readonly nodes: ReadonlyArray<Message.NodeId>
}

/** What a node is, whatever it serves. */
export interface NodeState {
  /** Undefined until `init`. */
  readonly identity: Identity | undefined
  /** The `msg_id` of the next message sent. */
  readonly nextId: Message.MessageId
  /** How many lines have been read. */
  readonly lines: number
}

/** Before the first line. */
export const start: NodeState = { identity: undefined, nextId: 0, lines: 0 }

/** What a step is handed besides state and line. */
export interface Environment {
  readonly handlers: ReadonlyMap<string, Handler>
  /** In ms since the epoch. */
  readonly now: number
  readonly random: Random.Random
}

/** A message that has no `msg_id` yet: ids are given in the order of sending. */
export interface Unsent {
  readonly src: Message.NodeId
  readonly dest: Message.NodeId
  readonly body: Wire.PrintedBody
  readonly in_reply_to: Message.MessageId | undefined
}

/** Where a reply goes, and from whom. */
export interface ReplyTo {
  readonly self: Message.NodeId
  readonly src: Message.NodeId
  /** Absent from a message that wants no reply. */
  readonly id: Message.MessageId | undefined
}

/** What comes of a message. */
export interface Step {
  readonly unsent: ReadonlyArray<Unsent>
  /** Who the node is from now on. */
  readonly identity?: Identity | undefined
  /** Why the line was skipped. */
  readonly complaint?: string
  /** Whether an `error` is among the messages. */
  readonly refused?: boolean
  /** Metrics to count up. */
  readonly count?: Answer["count"]
  /** The work of an effectful handler, to be run and answered. */
  readonly work?: { readonly to: ReplyTo; readonly effect: Effect.Effect<Answer, RequestError> }
}

const isMessageId = Schema.is(Message.MessageId)
const decodeInit = Schema.decodeUnknownResult(Message.Init)

const initOk = Wire.printBody({ type: "init_ok" })

const nothing: Step = { unsent: [] }

const skip = (complaint: string): Step => ({ unsent: [], complaint })

/** What an answer sends, its reply last. */
export const answer = ({ id, self, src }: ReplyTo, { count, reply, send }: Answer): Step => {
  const unsent: Array<Unsent> = []
  if (send !== undefined) for (const { body, dest } of send) unsent.push({ src: self, dest, body, in_reply_to: undefined })
  if (reply !== undefined && id !== undefined) unsent.push({ src: self, dest: src, body: reply, in_reply_to: id })
  return { unsent, count }
}

/** An error reply. */
export const refuse = (to: ReplyTo, code: number, text: string): Step => ({
  ...answer(to, { reply: Wire.printBody({ type: "error", code, text }) }),
  refused: true
})

const sameNodes = (a: Identity, b: Identity): boolean => {
  const [ours, theirs] = [new Set(a.nodes), new Set(b.nodes)]
  return a.self === b.self && ours.size === theirs.size && a.nodes.every((node) => theirs.has(node))
}

type Refusal = (code: number, text: string) => Step

const initialise = (current: Identity | undefined, body: Wire.RawBody, to: ReplyTo, refuseOrSkip: Refusal): Step => {
  const init = decodeInit(body)
  if (Result.isFailure(init)) {
    return refuseOrSkip(Message.ErrorCode.malformedRequest, `init: ${Issue.format(init.failure.issue)}`)
  }
  const identity = { self: init.success.node_id, nodes: init.success.node_ids }
  if (current !== undefined && !sameNodes(current, identity)) {
    return refuseOrSkip(
      Message.ErrorCode.malformedRequest,
      `init: this node is ${current.self} of ${current.nodes.join()} already and stays so`
    )
  }
  const step = answer({ ...to, self: identity.self }, { reply: initOk })
  return current === undefined ? { ...step, identity } : step
}

/**
 * What comes of a message that is not run by a handler: of `init`, and of everything that is wrong. `issue` is what the
 * handler found wrong with the body.
 */
const decline = (identity: Identity | undefined, line: string, json: unknown, known: boolean, issue: string): Step => {
  const incoming = Wire.envelope(json)
  if (Result.isFailure(incoming)) return skip(incoming.failure)
  const { body, dest, src } = incoming.success
  const { in_reply_to, msg_id, type } = body
  const self = identity?.self ?? dest
  if (dest !== self) return skip(`it is for ${dest}, and this is ${self}`)
  const to = { self, src, id: isMessageId(msg_id) ? msg_id : undefined }
  const refuseOrSkip: Refusal = (code, reason) =>
    to.id === undefined || in_reply_to !== undefined ? skip(reason) : refuse(to, code, reason)

  if (typeof type !== "string") {
    return refuseOrSkip(Message.ErrorCode.malformedRequest, "type: must be there and be a string")
  }
  if (type === "init") return initialise(identity, body, to, refuseOrSkip)
  if (identity === undefined) {
    return refuseOrSkip(Message.ErrorCode.temporarilyUnavailable, `${type}: this node waits for its init; send that first`)
  }
  if (known) {
    const reason = Option.getOrElse(Wire.flaw(line), () => issue)
    return refuseOrSkip(Message.ErrorCode.malformedRequest, `${type}: ${reason}`)
  }
  // Acknowledgements that nobody waits for are no mistake.
  if (in_reply_to !== undefined) return nothing
  return refuseOrSkip(Message.ErrorCode.notSupported, `${type}: this node does not know messages of this type`)
}

const run = ({ nodes, self }: Identity, { handle, msg_id, src }: Accepted, env: Environment): Step => {
  const to = { self, src, id: msg_id }
  // A transition that throws is a bug of whoever wrote it; the sender is told, and the node goes on.
  const result = Result.try(() => handle({ src, self, nodes, now: env.now, random: env.random }))
  if (Result.isSuccess(result)) {
    return Effect.isEffect(result.success)
      ? { unsent: [], work: { to, effect: result.success } }
      : answer(to, result.success)
  }
  const text = `the handler died: ${String(result.failure)}`
  return msg_id === undefined ? skip(text) : refuse(to, Message.ErrorCode.crash, text)
}

const handlerOf = (json: unknown, { handlers }: Environment): Handler | undefined =>
  Predicate.hasProperty(json, "body") &&
  Predicate.hasProperty(json.body, "type") &&
  typeof json.body.type === "string"
    ? handlers.get(json.body.type)
    : undefined

const step = (identity: Identity | undefined, line: Line, env: Environment): Step => {
  if (line instanceof Unreadable) return skip(line.reason)
  const json = Wire.parse(line)
  if (Result.isFailure(json)) return line.trim() === "" ? nothing : skip(json.failure)
  const handler = handlerOf(json.success, env)
  if (identity === undefined || handler === undefined) {
    return decline(identity, line, json.success, handler !== undefined, "")
  }
  const accepted = handler.accept(json.success)
  if (Result.isFailure(accepted)) return decline(identity, line, json.success, true, accepted.failure)
  if (accepted.success.dest !== identity.self || (isSuspect(line) && Option.isSome(Wire.flaw(line)))) {
    return decline(identity, line, json.success, true, "")
  }
  return run(identity, accepted.success, env)
}

/** What comes of several lines. */
export interface Turn {
  /** What is sent, in order. */
  readonly frames: ReadonlyArray<Wire.Frame>
  /** Why lines were skipped, each with its number. */
  readonly complaints: ReadonlyArray<string>
  /** How many requests were answered with an error. */
  readonly refused: number
  /** Metrics to count up. */
  readonly counts: NonNullable<Answer["count"]>
  /** The work that interrupted the turn. */
  readonly work: Step["work"]
  /** The index of the first line not handled yet. */
  readonly next: number
}

/** Gives what a step sends its ids. */
export const send = (state: NodeState, unsent: ReadonlyArray<Unsent>): readonly [ReadonlyArray<Wire.Frame>, NodeState] => [
  unsent.map(({ body, dest, in_reply_to, src }, index) =>
    Wire.encode(src, dest, body, in_reply_to, state.nextId + index)
  ),
  { ...state, nextId: state.nextId + unsent.length }
]

/**
 * Handles lines from `first` on until they end or one of them leaves work to do, which may answer before the next line
 * is looked at.
 */
export const turn = (
  before: NodeState,
  lines: ReadonlyArray<Line>,
  first: number,
  env: Environment
): readonly [Turn, NodeState] => {
  const unsent: Array<Unsent> = []
  const complaints: Array<string> = []
  const counts: Array<NonNullable<Answer["count"]>[number]> = []
  let { identity } = before
  let refused = 0
  let work: Step["work"]
  let next = first
  while (next < lines.length && work === undefined) {
    const done = step(identity, lines[next++] ?? "", env)
    for (const message of done.unsent) unsent.push(message)
    if (done.complaint !== undefined) complaints.push(`line ${before.lines + next - first} skipped: ${done.complaint}`)
    if (done.refused === true) refused++
    if (done.count !== undefined) counts.push(...done.count)
    if (done.identity !== undefined) ({ identity } = done)
    ;({ work } = done)
  }
  const [frames, state] = send(before, unsent)
  return [
    { frames, complaints, refused, counts, work, next },
    { ...state, identity, lines: before.lines + next - first }
  ]
}
