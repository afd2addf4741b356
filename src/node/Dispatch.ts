/**
 * What a node does with one line, as a pure step: (state, line) → (messages, complaint or work left, next state).
 *
 * Identity, message ids, the order of checks and the error codes live here; what a type of message means is its
 * handler's. No line ends the node.
 */
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Issue from "../protocol/Issue.ts"
import { isSuspect } from "../protocol/Literals.ts"
import * as Message from "../protocol/Message.ts"
import * as Wire from "../protocol/Wire.ts"
import type { Accepted, Answer, Handler } from "./Handlers.ts"
import type { Line } from "./Lines.ts"
import { Outbox, type ReplyTo } from "./Outbox.ts"
import type { RequestError } from "./RequestError.ts"
import type * as Timers from "./Timers.ts"

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
  /**
   * When the node first handled a message other than `init`, in ms since the epoch; undefined before. Until then it sends
   * nothing unasked: a peer that is not there yet would be taken for an address that does not exist.
   */
  readonly awake: number | undefined
}

/** Before the first line. */
export const start: NodeState = { identity: undefined, nextId: 0, lines: 0, awake: undefined }

/** After a crash: who the node is comes with the next `init`, but its message ids go on. */
export const recover = ({ nextId }: NodeState): NodeState => ({ ...start, nextId })

/** What a step is handed besides state and line. */
export interface Environment extends Timers.Environment {
  readonly handlers: ReadonlyMap<string, Handler>
}

/** The work of an effectful handler, to be run and answered. */
export interface Work {
  readonly _tag: "Work"
  readonly to: ReplyTo
  readonly effect: Effect.Effect<Answer, RequestError>
}

interface Answered {
  readonly _tag: "Answered"
  readonly to: ReplyTo
  readonly answer: Answer
  /** Whether the answer is an error. */
  readonly refused: boolean
}

interface Initialised {
  readonly _tag: "Initialised"
  readonly to: ReplyTo
  readonly identity: Identity
}

interface Skipped {
  readonly _tag: "Skipped"
  /** Why; undefined where nothing is wrong with the line. */
  readonly reason: string | undefined
}

/** What comes of one line. */
type Step = Answered | Initialised | Skipped | Work

const isMessageId = Schema.is(Message.MessageId)
const decodeInit = Schema.decodeUnknownResult(Message.Init)

const initOk: Answer = { reply: Wire.printBody({ type: "init_ok" }) }

const skip = (reason?: string): Step => ({ _tag: "Skipped", reason })

/** An error reply. */
export const refusal = (code: number, text: string): Answer => ({
  reply: Wire.printBody({ type: "error", code, text })
})

const refuse = (to: ReplyTo, code: number, text: string): Step =>
  to.id === undefined || to.isReply ? skip(text) : { _tag: "Answered", to, answer: refusal(code, text), refused: true }

const sameNodes = (a: Identity, b: Identity): boolean => {
  const [ours, theirs] = [new Set(a.nodes), new Set(b.nodes)]
  return a.self === b.self && ours.size === theirs.size && a.nodes.every((node) => theirs.has(node))
}

const initialise = (current: Identity | undefined, body: Wire.RawBody, to: ReplyTo): Step => {
  const init = decodeInit(body)
  if (Result.isFailure(init)) {
    return refuse(to, Message.ErrorCode.malformedRequest, `init: ${Issue.format(init.failure.issue)}`)
  }
  const identity = { self: init.success.node_id, nodes: init.success.node_ids }
  if (current !== undefined && !sameNodes(current, identity)) {
    return refuse(
      to,
      Message.ErrorCode.malformedRequest,
      `init: this node is ${current.self} of ${current.nodes.join()} already and stays so`
    )
  }
  return { _tag: "Initialised", to: { ...to, self: identity.self }, identity: current ?? identity }
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
  const to = { self, src, id: isMessageId(msg_id) ? msg_id : undefined, isReply: in_reply_to !== undefined }

  if (typeof type !== "string") {
    return refuse(to, Message.ErrorCode.malformedRequest, "type: must be there and be a string")
  }
  if (type === "init") return initialise(identity, body, to)
  if (identity === undefined) {
    return refuse(
      to,
      Message.ErrorCode.temporarilyUnavailable,
      `${type}: this node waits for its init; send that first`
    )
  }
  if (known) {
    const reason = Option.getOrElse(Wire.flaw(line), () => issue)
    return refuse(to, Message.ErrorCode.malformedRequest, `${type}: ${reason}`)
  }
  // Acknowledgements that nobody waits for are no mistake.
  if (to.isReply) return skip()
  return refuse(to, Message.ErrorCode.notSupported, `${type}: this node does not know messages of this type`)
}

const run = ({ nodes, self }: Identity, isReply: boolean, message: Accepted, env: Environment): Step => {
  const { msg_id, src } = message
  const to = { self, src, id: msg_id, isReply }
  try {
    const answer = message.handle({ src, self, nodes, now: env.now, random: env.random })
    return "effect" in answer
      ? { _tag: "Work", to, effect: answer.effect }
      : { _tag: "Answered", to, answer, refused: false }
  } catch (thrown) {
    // A transition that throws is a bug of whoever wrote it; the sender is told, and the node goes on.
    return refuse(to, Message.ErrorCode.crash, `the handler died: ${String(thrown)}`)
  }
}

const receive = (identity: Identity | undefined, line: Line, env: Environment): Step => {
  if (line instanceof Wire.Unreadable) return skip(line.reason)
  const json = Wire.parse(line)
  if (json instanceof Wire.Unreadable) return line.trim() === "" ? skip() : skip(json.reason)
  const body = Wire.bodyOf(json)
  const handler = typeof body?.["type"] === "string" ? env.handlers.get(body["type"]) : undefined
  if (identity === undefined || body === undefined || handler === undefined) {
    return decline(identity, line, json, handler !== undefined, "")
  }
  const message = handler.accept(json)
  if (typeof message === "string") return decline(identity, line, json, true, message)
  const { dest, src } = message
  if (dest !== identity.self || src === "" || (isSuspect(line) && Option.isSome(Wire.flaw(line)))) {
    return decline(identity, line, json, true, "")
  }
  return run(identity, body["in_reply_to"] !== undefined, message, env)
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
  readonly work: Work | undefined
  /** The index of the first line not handled yet. */
  readonly next: number
}

/** How many characters of answers end a turn: a chunk of small requests may ask for more than memory holds. */
const maxTurnLength = 1024 * 1024

/**
 * Handles lines from `first` on until they end, or their answers are many, or one of them leaves work to do, which may
 * answer before the next line is looked at.
 */
export const turn = (
  before: NodeState,
  lines: ReadonlyArray<Line>,
  first: number,
  env: Environment
): readonly [Turn, NodeState] => {
  const outbox = new Outbox(before.nextId)
  const complaints: Array<string> = []
  const counts: Array<NonNullable<Answer["count"]>[number]> = []
  let { awake, identity } = before
  let refused = 0
  let work: Work | undefined
  let next = first
  while (next < lines.length && work === undefined && outbox.length < maxTurnLength) {
    const step = receive(identity, lines[next++] ?? "", env)
    switch (step._tag) {
      case "Answered":
        outbox.post(step.to, step.answer)
        if (identity !== undefined && !step.refused) awake ??= env.now
        if (step.refused) refused++
        if (step.answer.count !== undefined) counts.push(...step.answer.count)
        break
      case "Initialised":
        ;({ identity } = step)
        outbox.post(step.to, initOk)
        break
      case "Skipped":
        if (step.reason !== undefined) complaints.push(`line ${before.lines + next - first} skipped: ${step.reason}`)
        break
      case "Work":
        work = step
        awake ??= env.now
        break
    }
  }
  const state = { identity, nextId: outbox.nextId, lines: before.lines + next - first, awake }
  return [{ frames: outbox.frames, complaints, refused, counts, work, next }, state]
}
