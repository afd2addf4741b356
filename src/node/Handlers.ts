/**
 * The registry of what a node answers to: message type → schema → handler.
 *
 * A handler comes in one of two forms. A transition is a synchronous function from (state, request, context) to (state,
 * outcome), so that a node handles a whole chunk of lines in one step. An effectful handler returns an Effect and may
 * need services; it runs beside the loop, which goes on reading. Layers add handlers of either form, and the services
 * that a handler needs become requirements of its layer.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { constant, constUndefined, memoize } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Metric from "effect/Metric"
import type * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import * as Struct from "effect/Struct"
import * as Issue from "../protocol/Issue.ts"
import type { MessageId, NodeId } from "../protocol/Message.ts"
import { type PrintedBody, printBody } from "../protocol/Wire.ts"
import type { RequestError } from "./RequestError.ts"
import type { Timer } from "./Timers.ts"

/** What a handler may know besides its message. */
export interface MessageContext {
  /** Who sent the message. */
  readonly src: NodeId
  /** This node. */
  readonly self: NodeId
  /** All nodes of the cluster, this one included. */
  readonly nodes: ReadonlyArray<NodeId>
  /** When the message is handled, in ms since the epoch. */
  readonly now: number
  /** The source of all randomness. */
  readonly random: Random.Random
}

/** A message to send besides the reply; the node adds a `msg_id`. */
export interface Send {
  readonly dest: NodeId
  readonly body: PrintedBody
}

/** What comes of a message. What it sends leaves before its reply. */
export interface Outcome<Reply> {
  /** The reply's own fields. It is sent only if the request has a `msg_id`. */
  readonly reply: Reply
  readonly send?: ReadonlyArray<Send> | undefined
  /** Metrics to count up. */
  readonly count?: ReadonlyArray<readonly [metric: Metric.Counter<number>, by: number]> | undefined
}

/** What comes of a message once its reply, if any, is in print. */
export type Answer = Outcome<PrintedBody | undefined>

/** The schema of a request: what `Message.request` returns. */
export type RequestSchema = Schema.ConstraintDecoder<{ readonly type: string; readonly msg_id?: MessageId }> & {
  readonly fields: { readonly type: Schema.tag<string> }
}

/** The schema of a reply: what `Message.reply` returns. */
export type ReplySchema = Schema.Constraint & {
  readonly fields: { readonly type: Schema.tag<string> } & PlainFields
}

/** Fields whose encoding needs no services. */
type PlainFields = { readonly [name: string]: Schema.ConstraintEncoder<unknown> }

/** The fields that a handler returns for its reply: all but the type and the ids. `undefined` where there is no reply. */
export type ReplyFields<Reply extends ReplySchema | undefined> = Reply extends ReplySchema
  ? Omit<Reply["Type"], "type" | "in_reply_to" | "msg_id">
  : undefined

/** Which message a handler is for, and which it replies with. */
export interface Exchange<Request extends RequestSchema, Reply extends ReplySchema | undefined> {
  readonly request: Request
  /** Left out for a message that is never replied to. */
  readonly reply?: Reply
  /** Whether this handler takes the place of another for the same type. */
  readonly override?: boolean
}

/** What an effectful handler leaves to be done. */
export interface Pending {
  readonly effect: Effect.Effect<Answer, RequestError>
}

/** A message that its handler's schema has accepted. */
export interface Accepted {
  readonly src: NodeId
  readonly dest: NodeId
  readonly msg_id: MessageId | undefined
  /** Runs a transition, or returns the work of an effectful handler. */
  handle(context: MessageContext): Answer | Pending
}

/** A handler as the node sees it: the schemas have become part of its function. */
export interface Handler {
  readonly type: string
  readonly override: boolean
  /** From a whole message, as JSON, to the accepted message, or to a sentence: what is wrong with its body. */
  readonly accept: (json: unknown) => Accepted | string
}

/** The node itself answers `init`: no handler may. */
const ownType = "init"

/** Two handlers for one type, both or neither of them declared an override. The node does not start. */
export class DuplicateHandler extends Data.TaggedError("DuplicateHandler")<{ readonly type: string }> {
  override get message(): string {
    return this.type === ownType
      ? `messages of type "${ownType}" are answered by the node itself: remove the handler`
      : `two handlers for messages of type "${this.type}": remove one, or declare one with override: true`
  }
}

/** The registry that layers add handlers to, and that a node reads when it starts. */
export class Handlers extends Context.Service<
  Handlers,
  {
    readonly add: (handler: Handler) => Effect.Effect<void>
    /** The handler of every type, overrides applied. */
    readonly byType: Effect.Effect<ReadonlyMap<string, Handler>, DuplicateHandler>
    readonly addTimer: (timer: Timer) => Effect.Effect<void>
    readonly timers: Effect.Effect<ReadonlyArray<Timer>>
  }
>()("maelstrom-gossip/node/Handlers") {
  /** An empty registry. */
  static readonly layer = Layer.effect(
    Handlers,
    Effect.gen(function* () {
      const handlers = yield* Ref.make<ReadonlyArray<Handler>>([])
      const timers = yield* Ref.make<ReadonlyArray<Timer>>([])
      return Handlers.of({
        add: (handler) => Ref.update(handlers, (all) => [...all, handler]),
        byType: Effect.flatMap(Ref.get(handlers), resolve),
        addTimer: (timer) => Ref.update(timers, (all) => [...all, timer]),
        timers: Ref.get(timers)
      })
    })
  )
}

const resolve = (handlers: ReadonlyArray<Handler>): Effect.Effect<ReadonlyMap<string, Handler>, DuplicateHandler> => {
  const [plain, overrides] = [new Map<string, Handler>(), new Map<string, Handler>()]
  for (const handler of handlers) {
    const byType = handler.override ? overrides : plain
    if (byType.has(handler.type) || handler.type === ownType)
      return Effect.fail(new DuplicateHandler({ type: handler.type }))
    byType.set(handler.type, handler)
  }
  return Effect.succeed(new Map([...plain, ...overrides]))
}

const reasonFor = (thrown: unknown): string =>
  thrown instanceof Error && SchemaIssue.isIssue(thrown.cause)
    ? Issue.formatIn("body", thrown.cause)
    : `the schema died: ${String(thrown)}`

/** What to do with a message that has such a body. */
type Handle<Body> = (body: Body, context: MessageContext) => Answer | Pending

/** A message with its handler. A class, not a closure, because there is one for every line. */
class Message<Body extends { readonly msg_id?: MessageId }> implements Accepted {
  readonly src: NodeId
  readonly dest: NodeId
  private readonly body: Body
  private readonly run: Handle<Body>

  constructor(src: NodeId, dest: NodeId, body: Body, run: Handle<Body>) {
    this.src = src
    this.dest = dest
    this.body = body
    this.run = run
  }

  get msg_id() {
    return this.body.msg_id
  }

  handle(context: MessageContext) {
    return this.run(this.body, context)
  }
}

// A decoder is compiled when it is first used, which pays only if all nodes of a process share it.
const decoderOf = memoize(<Request extends RequestSchema>(request: Request) => {
  const body: Schema.ConstraintDecoder<Request["Type"]> = request
  // That names are not empty is checked on dispatch: as a schema's check it costs as much as all the rest.
  const schema = Schema.Struct({ src: Schema.String, dest: Schema.String, body })
  SchemaJITCompiler.enable(schema.ast)
  // Of all decoders, the one that throws an Issue as the cause of its error makes the least of every message.
  return SchemaParser.decodeUnknownSync(schema)
})

const acceptor = <Request extends RequestSchema>(
  request: Request,
  handle: Handle<Request["Type"]>
): Handler["accept"] => {
  const decode = decoderOf(request)
  return (json) => {
    try {
      const { body, dest, src } = decode(json)
      return new Message(src, dest, body, handle)
    } catch (thrown) {
      return reasonFor(thrown)
    }
  }
}

const ownFields = (reply: ReplySchema): PlainFields => Struct.omit(reply.fields, ["type", "in_reply_to", "msg_id"])

// Shared by all nodes of a process, like the decoders.
const encoderOf = memoize((reply: ReplySchema) => Schema.encodeUnknownSync(Schema.Struct(ownFields(reply))))

const printer = <Reply extends ReplySchema | undefined>(
  reply: Reply | undefined
): ((fields: ReplyFields<Reply>) => PrintedBody | undefined) => {
  if (reply === undefined) return constUndefined
  const type = reply.fields.type.schema.literal
  if (Object.keys(ownFields(reply)).length === 0) return constant(printBody({ type }))
  const encode = encoderOf(reply)
  return (fields) => printBody({ type, ...encode(fields) })
}

/** From an outcome to an answer. */
const answer = <Reply extends ReplySchema | undefined>(reply: Reply | undefined) => {
  const print = printer(reply)
  return ({ count, reply: fields, send }: Outcome<ReplyFields<Reply>>): Answer => ({
    reply: print(fields),
    send,
    count
  })
}

/**
 * Adds a transition: a synchronous function of the state in `state`, the request and its context to the next state and
 * the outcome. Nothing else changes the state between reading and writing it.
 */
export const transition = <State, Request extends RequestSchema, Reply extends ReplySchema | undefined = undefined>(
  exchange: Exchange<Request, Reply> & {
    readonly state: Ref.Ref<State>
    readonly handle: (
      state: State,
      request: Request["Type"],
      context: MessageContext
    ) => readonly [outcome: Outcome<ReplyFields<Reply>>, state: State]
  }
): Effect.Effect<void, never, Handlers> => {
  const print = answer(exchange.reply)
  const { handle, state } = exchange
  return Handlers.use((handlers) =>
    handlers.add({
      type: exchange.request.fields.type.schema.literal,
      override: exchange.override ?? false,
      accept: acceptor(exchange.request, (request, context): Answer => {
        const step = handle(Ref.getUnsafe(state), request, context)
        const printed = print(step[0])
        // Only now: a request that ends in an error changes nothing.
        state.ref.current = step[1]
        return printed
      })
    })
  )
}

/**
 * A layer that adds an effectful handler. What the handler needs, the layer needs.
 *
 * A handler that fails with a `RequestError` is answered with its code; one that dies with code 13.
 */
export const layer = <R, Request extends RequestSchema, Reply extends ReplySchema | undefined = undefined>(
  exchange: Exchange<Request, Reply> & {
    readonly handle: (
      request: Request["Type"],
      context: MessageContext
    ) => Effect.Effect<Outcome<ReplyFields<Reply>>, RequestError, R>
  }
): Layer.Layer<never, never, Handlers | R> => {
  const print = answer(exchange.reply)
  return Layer.effectDiscard(
    Effect.gen(function* () {
      const services = yield* Effect.context<R>()
      const handlers = yield* Handlers
      yield* handlers.add({
        type: exchange.request.fields.type.schema.literal,
        override: exchange.override ?? false,
        accept: acceptor(exchange.request, (request, context) => ({
          effect: exchange.handle(request, context).pipe(Effect.map(print), Effect.provideContext(services))
        }))
      })
    })
  )
}
