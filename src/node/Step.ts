/**
 * The step of a node: (state, input, env) → (what is to be done, next state).
 *
 * Identity, message ids, the order of checks and the error codes live here; what a message means is the business of the
 * component or handler that it is for. No line ends the node, and no input that ends in an error changes a component's
 * state.
 */
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Random from "effect/Random"
import type { Line } from "../protocol/Lines.ts"
import {
  ErrorCode,
  ErrorReply,
  Init,
  type MessageId,
  type NodeId,
  type Tagged,
  type WireBody
} from "../protocol/Message.ts"
import type { Awaiting, Header, Outgoing, Received, Refused, Returned } from "../protocol/Wire.ts"
import * as Complaints from "./Complaints.ts"
import type { Count, Output } from "./Output.ts"
import type { Calling, Ended, Env, Outcome, Part, Resolved, Stepped, Tick, Work } from "./Registry.ts"
import type { RequestError } from "./RequestError.ts"
import type { Slices } from "./Slices.ts"
import { type Calls, type Identity, type State, stepped, update, type Waiter } from "./State.ts"

/** Lines that have arrived together. */
export interface Lines {
  readonly _tag: "Lines"
  readonly lines: ReadonlyArray<Line>
}

/** The work of a handler is done. */
export interface Done {
  readonly _tag: "Done"
  readonly task: Task
  readonly result: Result.Result<ReadonlyArray<Output<WireBody>>, RequestError | Defect>
}

/** Calls another node or service: the message leaves, and `waiter` gets the reply. The node must know who it is. */
export interface Call {
  readonly _tag: "Call"
  readonly to: NodeId
  readonly body: WireBody
  readonly waiter: Waiter
}

/** Nobody waits for the reply to this message any more. */
export interface Forget {
  readonly _tag: "Forget"
  readonly id: MessageId
}

/** One part steps on what comes from the node itself, such as the result of a call. The node must be awake. */
export interface Own {
  readonly _tag: "Own"
  /** Which part it is, and over which event. */
  readonly what: string
  readonly step: (slices: Slices, env: Env) => Stepped
}

/** What a node steps on. */
export type Input = Lines | Done | Tick | Ended | Call | Forget | Own

/** What a step may know besides its state and its input. */
export interface StepEnv {
  readonly parts: Resolved
  /** The time in ms since the epoch. */
  readonly now: number
  /** The source of all chance. */
  readonly random: Random.Random
}

/** A bug: something threw that must not. */
export class Defect {
  readonly _tag = "Defect"
  /** Which part of the node it was, and over which type of message or which event. */
  readonly what: string
  readonly thrown: unknown
  /** Who sent the message that a component threw over. */
  readonly from: NodeId | undefined
  constructor(what: string, thrown: unknown, from?: NodeId) {
    this.what = what
    this.thrown = thrown
    this.from = from
  }
  /** What it was, with the sender of the message. */
  get where(): string {
    return this.from === undefined ? this.what : `${this.what} from ${this.from}`
  }
}

/** The work of a handler that is to run beside the node. */
export interface Task {
  /** The message that it is about. */
  readonly received: Received<Tagged>
  readonly effect: Work["effect"]
}

/** What a step leaves to be done. */
export interface Turn {
  /** What is sent, in order. */
  readonly messages: ReadonlyArray<Outgoing>
  readonly counts: ReadonlyArray<Count>
  /** What is to be said in the log, at level debug. */
  readonly notes: ReadonlyArray<string>
  /** Replies to calls, and who waits for them. */
  readonly returned: ReadonlyArray<{ readonly waiter: Waiter; readonly reply: Returned }>
  readonly tasks: ReadonlyArray<Task>
  /** Calls of components that are to be made. */
  readonly calling: ReadonlyArray<Calling>
  readonly defects: ReadonlyArray<Defect>
  /** What is to be said of bad lines. */
  readonly complaints: ReadonlyArray<string>
  /** How many lines were skipped because something was wrong with them. */
  readonly skipped: number
  /** How many requests were answered with an error. */
  readonly refused: number
  /** How many replies nobody waited for. */
  readonly late: number
}

/** A turn that is being taken. Every step makes its own, and nobody sees it before it is done. */
class Draft implements Turn, Awaiting {
  /** The `msg_id` of the next message. */
  nextId: MessageId
  /** The calls that still wait for their replies. */
  calls: Calls
  readonly messages: Array<Outgoing> = []
  readonly counts: Array<Count> = []
  readonly notes: Array<string> = []
  readonly returned: Array<{ readonly waiter: Waiter; readonly reply: Returned }> = []
  readonly tasks: Array<Task> = []
  readonly calling: Array<Calling> = []
  readonly defects: Array<Defect> = []
  readonly complaints: Array<string> = []
  skipped = 0
  refused = 0
  late = 0
  #env: Env | undefined

  constructor({ calls, nextId }: State) {
    this.nextId = nextId
    this.calls = calls
  }

  /** Leaves a message to be sent, with the next id. */
  send(src: NodeId, dest: NodeId, body: WireBody, in_reply_to: MessageId | undefined): void {
    // Not a push: V8 takes an empty array for one of integers, and throws away optimized code that pushes an object to it.
    this.messages[this.messages.length] = { src, dest, body, in_reply_to, msg_id: this.nextId++ }
  }

  /** Leaves a message to be sent that asks for a reply. */
  call(src: NodeId, { body, to, waiter }: Call): void {
    this.calls = HashMap.set(this.calls, this.nextId, { dest: to, waiter })
    this.send(src, to, body, undefined)
  }

  awaits(from: NodeId, id: MessageId): boolean {
    return Option.exists(HashMap.get(this.calls, id), ({ dest }) => dest === from)
  }

  /** Leaves a reply for the one who waits for it. */
  take(reply: Returned): void {
    const call = HashMap.get(this.calls, reply.id)
    if (Option.isNone(call)) return
    this.returned.push({ waiter: call.value.waiter, reply })
    this.forget(reply.id)
  }

  forget(id: MessageId): void {
    this.calls = HashMap.remove(this.calls, id)
  }

  /** What parts may know. It is the same for the whole turn, because a node that knows who it is stays so. */
  env({ nodes, self }: Identity, { now, random }: StepEnv): Env {
    return (this.#env ??= { self, nodes, now, random })
  }
}

const initType = Init.fields.type.schema.literal
// The decoder has checked its fields.
const isInit = (body: Tagged): body is typeof Init.Type => body.type === initType
const noneResting: ReadonlySet<string> = new Set()
const errorType = ErrorReply.fields.type.schema.literal
const initOk: Output<WireBody> = { _tag: "Reply", body: { type: "init_ok" } }

/**
 * Leaves outputs to be sent, each message with the next id. The header is that of the message that is answered if an output
 * names no other; if that is itself a reply, no error answers it.
 */
const post = (header: Header, outputs: ReadonlyArray<Output<WireBody> | Calling>, self: NodeId, turn: Draft): void => {
  for (const output of outputs) {
    if (output._tag === "Count") turn.counts.push(output)
    else if (output._tag === "Note") turn.notes.push(output.text)
    else if (output._tag === "Send") turn.send(self, output.to, output.body, undefined)
    else if (output._tag === "Call") turn.calling.push(output)
    else {
      const { from, id, isReply } = output.received ?? header
      if (id !== undefined && !(isReply && output.body.type === errorType)) turn.send(self, from, output.body, id)
    }
  }
}

/** Skips the line of this number. An empty reason: nothing is wrong with it. */
const skip = (state: State, line: number, reason: string, { now }: StepEnv, turn: Draft): State => {
  if (reason === "") return state
  turn.skipped++
  const [tell, complaints] = Complaints.add(state.complaints, `line ${line} skipped: ${reason}`, now)
  turn.complaints.push(...tell)
  return update(state, { complaints })
}

const wantsNoError = ({ id, isReply }: Header): boolean => id === undefined || isReply

/** Answers a message with an error. */
const fail = (header: Header, code: number, text: string, self: NodeId, turn: Draft): void => {
  if (wantsNoError(header)) return
  turn.refused++
  post(header, [{ _tag: "Reply", body: { type: errorType, code, text } }], self, turn)
}

const sameNodes = (a: Identity, b: Identity): boolean => {
  const [ours, theirs] = [new Set(a.nodes), new Set(b.nodes)]
  return a.self === b.self && ours.size === theirs.size && a.nodes.every((node) => theirs.has(node))
}

/** What is wrong with a message that was read, given who this node is; undefined if nothing is. */
const objection = (
  identity: Identity | undefined,
  read: Received<Tagged> | Refused
): readonly [code: number, text: string] | undefined => {
  const type = read._tag === "Refused" ? read.type : read.message.type
  if (identity === undefined && type !== undefined && type !== initType) {
    return [ErrorCode.temporarilyUnavailable, `${type}: this node waits for its init; send that first`]
  }
  if (read._tag === "Refused") return [read.code, read.text]
  if (identity === undefined || !isInit(read.message)) return undefined
  const { node_id: self, node_ids: nodes } = read.message
  return sameNodes(identity, { self, nodes })
    ? undefined
    : [
        ErrorCode.malformedRequest,
        `init: this node is ${identity.self} of ${identity.nodes.join()} already and stays so`
      ]
}

const crashText = ({ thrown }: Defect): string => `the handler died: ${String(thrown)}`

/** Hands a message to a part. What the part throws is a defect. */
const receive = (part: Part, slices: Slices, received: Received<Tagged>, env: Env): Outcome | Defect => {
  try {
    return part.receive(slices, received, env)
  } catch (thrown) {
    // A part may be anybody's and throw anything. `Result.try` would make three objects for every message.
    return new Defect(`${part.name}, ${received.message.type}`, thrown, received.from)
  }
}

/** Hands a message to the part that it is for. If that throws, the state stays as it was. */
const deliver = (state: State, identity: Identity, received: Received<Tagged>, env: StepEnv, turn: Draft): State => {
  const part = env.parts.byType.get(received.message.type)
  if (part === undefined) return state
  const outcome = receive(part, state.slices, received, turn.env(identity, env))
  if (outcome._tag === "Defect") {
    turn.defects.push(outcome)
    fail(received, ErrorCode.crash, crashText(outcome), identity.self, turn)
    return state
  }
  const awake = state.awake ?? env.now
  if (outcome._tag === "Work") {
    turn.tasks.push({ received, effect: outcome.effect })
    return update(state, { awake })
  }
  post(received, outcome.outputs, identity.self, turn)
  return stepped(state, awake, outcome.slices)
}

const takeLine = (state: State, line: Line, number: number, env: StepEnv, turn: Draft): State => {
  const read = env.parts.read(line, turn)
  if (read._tag === "Unreadable") return skip(state, number, read.reason, env, turn)
  const { identity } = state
  const self = identity?.self ?? read.to
  if (read.to !== self) return skip(state, number, `it is for ${read.to}, and this is ${self}`, env, turn)
  if (read._tag === "Returned") {
    turn.take(read)
    return state
  }
  const refusal = objection(identity, read)
  if (refusal !== undefined) {
    const [code, text] = refusal
    // No part of this node knows what to do with the reply: it answers a call that was given up, or none at all.
    if (read.isReply && code === ErrorCode.notSupported) {
      turn.late++
      return state
    }
    if (wantsNoError(read)) return skip(state, number, text, env, turn)
    fail(read, code, text, self, turn)
    return state
  }
  if (read._tag === "Refused") return state
  if (isInit(read.message)) {
    const { node_id, node_ids } = read.message
    const known = identity ?? { self: node_id, nodes: node_ids }
    post(read, [initOk], known.self, turn)
    return update(state, { identity: known })
  }
  return identity === undefined ? state : deliver(state, identity, read, env, turn)
}

/** Sends what the work of a handler has left. */
const finish = ({ identity }: State, { result, task }: Done, turn: Draft): void => {
  const { received } = task
  const self = identity?.self ?? received.to
  if (Result.isSuccess(result)) return post(received, result.success, self, turn)
  const { failure } = result
  if (!(failure instanceof Defect)) return fail(received, failure.code, failure.text, self, turn)
  turn.defects.push(failure)
  fail(received, ErrorCode.crash, crashText(failure), self, turn)
}

const rest = (state: State, part: Part, defect: Defect, turn: Draft): State => {
  turn.defects.push(defect)
  return update(state, { resting: new Set([...state.resting, part.name]) })
}

/** When a part wants to be ticked, in ms since the epoch; infinite for never. */
const dueOf = (part: Part, { awake, resting, slices }: State): Result.Result<number, Defect> => {
  const { unasked } = part
  if (unasked === undefined || awake === undefined || resting.has(part.name)) return Result.succeed(Infinity)
  return Result.mapError(
    Result.try(() => {
      const due = unasked.due(slices, awake) ?? Infinity
      if (Number.isNaN(due)) throw new Error("due is not a number")
      return due
    }),
    (thrown) => new Defect(`${part.name}, due`, thrown)
  )
}

/** Whether a part wants to be ticked by now. What is wrong with a `due` that throws is told when the alarm is set. */
const isDue = (part: Part, state: State, now: number): boolean =>
  Result.getOrElse(dueOf(part, state), () => Infinity) <= now

/** What is not about a message from outside is answered to nobody. */
const nobody = (self: NodeId): Header => ({ from: self, to: self, id: undefined, isReply: false })

/** One part steps. If that throws, the state stays as it was. */
const takeOwn = (state: State, { step, what }: Own, env: StepEnv, turn: Draft): State => {
  const { awake, identity } = state
  if (identity === undefined || awake === undefined) return state
  const outcome = Result.try(() => step(state.slices, turn.env(identity, env)))
  if (Result.isFailure(outcome)) {
    turn.defects.push(new Defect(what, outcome.failure))
    return state
  }
  post(nobody(identity.self), outcome.success.outputs, identity.self, turn)
  return stepped(state, awake, outcome.success.slices)
}

/** Tells parts that time has passed, or that the input has ended. */
const tell = (before: State, input: Tick | Ended, env: StepEnv, turn: Draft): State => {
  const { identity } = before
  if (identity === undefined || before.awake === undefined) return before
  const { self } = identity
  let state = before
  for (const part of env.parts.parts) {
    const { unasked } = part
    if (unasked === undefined || (input._tag === "Tick" && !isDue(part, state, env.now))) continue
    const { slices } = state
    const outcome = Result.try(() => unasked.step(slices, input, turn.env(identity, env)))
    if (Result.isFailure(outcome)) {
      state = rest(state, part, new Defect(`${part.name}, ${input._tag}`, outcome.failure), turn)
    } else {
      const { outputs, slices: next } = outcome.success
      post(nobody(self), outputs, self, turn)
      state = update(state, { slices: next })
      // It would be ticked again and again, and no time would pass.
      if (input._tag === "Tick" && isDue(part, state, env.now)) {
        const thrown = new Error("after a tick, due is not later than that tick")
        state = rest(state, part, new Defect(`${part.name}, due`, thrown), turn)
      }
    }
  }
  return state
}

const advance = (state: State, input: Input, env: StepEnv, turn: Draft): State => {
  switch (input._tag) {
    case "Lines": {
      const first = state.lines + 1
      let next = update(state, { lines: state.lines + input.lines.length, resting: noneResting })
      for (let index = 0; index < input.lines.length; index++) {
        next = takeLine(next, input.lines[index] ?? "", first + index, env, turn)
      }
      return next
    }
    case "Done":
      finish(state, input, turn)
      return state
    case "Call":
      if (state.identity !== undefined) turn.call(state.identity.self, input)
      return state
    case "Forget":
      turn.forget(input.id)
      return state
    case "Own":
      return takeOwn(state, input, env, turn)
    case "Tick":
      return tell(update(state, { alarm: Infinity }), input, env, turn)
    case "Ended": {
      turn.complaints.push(...Complaints.summary(state.complaints))
      return tell(state, input, env, turn)
    }
  }
}

/** Sets the alarm for the part that wants to be ticked first. */
const withAlarm = (before: State, parts: ReadonlyArray<Part>, turn: Draft): State => {
  let state = before
  let alarm = state.alarm
  for (const part of parts) {
    const due = dueOf(part, state)
    if (Result.isFailure(due)) state = rest(state, part, due.failure, turn)
    else alarm = Math.min(alarm, due.success)
  }
  return alarm === state.alarm ? state : update(state, { alarm })
}

/**
 * The step of a node. It changes neither the state nor the input. The next state's `alarm` says when the node wants a
 * `Tick`; after `Ended` it wants none.
 */
export const step = (state: State, input: Input, env: StepEnv): readonly [turn: Turn, state: State] => {
  const turn = new Draft(state)
  const after = advance(state, input, env, turn)
  const next = update(after, { nextId: turn.nextId, calls: turn.calls })
  return [turn, input._tag === "Ended" ? update(next, { alarm: Infinity }) : withAlarm(next, env.parts.parts, turn)]
}
