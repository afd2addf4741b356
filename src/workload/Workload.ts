/**
 * A workload: what clients ask of a cluster, what the replies mean, and by which rules the run is judged.
 *
 * A workload is a value. It knows nothing of time and does no I/O, so the same workload runs in the simulator and on real
 * processes. Which client makes a request is up to whoever runs it, and when is the same for all: see {@link arrivals}.
 *
 * @module
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type * as Random from "effect/Random"
import type { History, Invocation, Operation, Outcome } from "../analysis/History.ts"
import type { Checker, Judgement } from "../analysis/Verdict.ts"
import * as Compiled from "../protocol/Compiled.ts"
import * as Issue from "../protocol/Issue.ts"
import * as Message from "../protocol/Message.ts"
import type { RawBody } from "../protocol/Wire.ts"

/**
 * What whoever made a request says of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Circumstances = Pick<Invocation<Message.Tagged>, "client" | "node" | "final" | "invoked" | "completed">

/**
 * A request that a client is to make.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked<Op extends Operation> {
  /** The body that the wire has. */
  readonly body: Message.WireBody
  /** How it ended, given the body of the reply; undefined stands for no reply in time. */
  readonly conclude: (circumstances: Circumstances, reply: RawBody | undefined) => Op
}

/**
 * A kind of request that clients make, with its reply. {@link update} and {@link query} make one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call<Op extends Operation> {
  /** The request with this body; undefined if the body is of another type. */
  readonly ask: (body: Message.Tagged) => Asked<Op> | undefined
}

/**
 * A workload. {@link make} makes one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Workload<Op extends Operation = Operation, Judged extends Judgement = Judgement> extends Checker<
  Op,
  Judged
> {
  /** The requests of a run, without end. They depend on chance alone, never on any reply. */
  readonly requests: (random: Random.Random) => Iterator<Asked<Op>, never>
  /** What every node is asked after everything else; undefined if nothing. */
  readonly final: Asked<Op> | undefined
  /** Whether clients suggest neighbours to every node, by the message `topology`, before they begin. */
  readonly topology: boolean
}

// These errors say that the request was not carried out. All others leave it open, also those that nodes make up.
const { crash: _crash, timeout: _timeout, ...definiteCodes } = Message.ErrorCode
const definite: ReadonlySet<unknown> = new Set(Object.values(definiteCodes))

const call = <Request extends Message.Tagged, Reply extends Message.Tagged>(
  requestSchema: Message.MessageSchema<Request>,
  replySchema: Message.MessageSchema<Reply>,
  isQuery: boolean
): Call<Operation<Request, Reply>> => {
  const type = Message.typeOf(requestSchema)
  const replyType = Message.typeOf(replySchema)
  const decode = Compiled.decode(replySchema)
  // A query without a result changes nothing, whereas an update may have been made although nobody said so.
  const failed = (reason: string, isCertain = false): Outcome<Reply> => ({
    ending: isCertain || isQuery ? "fail" : "info",
    reply: undefined,
    reason
  })
  const outcome = (raw: RawBody | undefined): Outcome<Reply> => {
    if (raw === undefined) return failed("no answer in time")
    if (raw["type"] === "error") {
      return failed(Predicate.isString(raw["text"]) ? raw["text"] : "error", definite.has(raw["code"]))
    }
    if (raw["type"] !== replyType) return failed(`answered with ${String(raw["type"])} instead of ${replyType}`)
    const reply = decode(raw)
    return reply instanceof Compiled.Misfit
      ? failed(`${replyType}: ${Issue.format(reply.issue)}`)
      : { ending: "ok", reply, reason: undefined }
  }
  const isRequest = (body: Message.Tagged): body is Request => body.type === type
  return {
    ask: (request) =>
      isRequest(request)
        ? {
            body: Compiled.encode(requestSchema)(request),
            conclude: ({ client, completed, final, invoked, node }, reply) => ({
              client,
              node,
              f: request.type,
              request,
              isQuery,
              final,
              invoked,
              completed,
              ...outcome(reply)
            })
          }
        : undefined
  }
}

/**
 * A request that changes something. Without an answer nobody can tell whether it did.
 *
 * @category constructors
 * @since 0.1.0
 */
export const update = <Request extends Message.Tagged, Reply extends Message.Tagged>(
  request: Message.MessageSchema<Request>,
  reply: Message.MessageSchema<Reply>
): Call<Operation<Request, Reply>> => call(request, reply, false)

/**
 * A request that only asks. Without an answer it has failed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const query = <Request extends Message.Tagged, Reply extends Message.Tagged>(
  request: Message.MessageSchema<Request>,
  reply: Message.MessageSchema<Reply>
): Call<Operation<Request, Reply>> => call(request, reply, true)

/**
 * Makes a workload. Its requests are members of the union of the requests in `calls`; a history has each with its reply.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 * import { Handler, Message, Scenario, Simulation, Workload } from "maelstrom-gossip"
 *
 * const Double = Message.body("double", { n: Schema.Int })
 * const DoubleOk = Message.body("double_ok", { result: Schema.Int })
 *
 * const doubling = Workload.make({
 *   name: "doubling",
 *   calls: [Workload.query(Double, DoubleOk)],
 *   requests: function* (random) {
 *     for (;;) yield { type: "double", n: Math.floor(random.nextDoubleUnsafe() * 100) }
 *   },
 *   check: ({ operations }) => {
 *     const problems = operations.flatMap((operation) => {
 *       if (operation.ending !== "ok" || operation.reply.result === 2 * operation.request.n) return []
 *       return [`${operation.node} doubled ${operation.request.n} to ${operation.reply.result}`]
 *     })
 *     return { valid: problems.length === 0, complete: true, problems, figures: { doubled: operations.length } }
 *   }
 * })
 *
 * const parts = Handler.layer({
 *   request: Double,
 *   sends: [DoubleOk],
 *   handle: ({ n }, { reply }) => Effect.succeed([reply({ type: "double_ok", result: n + n })])
 * })
 *
 * const program = Effect.gen(function* () {
 *   const { verdict } = yield* Simulation.simulate({ scenario: Scenario.defaults, parts, workload: doubling })
 *   assert.deepEqual([verdict.valid, verdict.problems], [true, []])
 * })
 *
 * await Effect.runPromise(program)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const Ops extends ReadonlyArray<Operation>, Judged extends Judgement>(options: {
  /** Names the workload in reports. */
  readonly name: string
  /** Every kind of request that clients make. */
  readonly calls: { readonly [Index in keyof Ops]: Call<Ops[Index]> }
  /** The requests of a run, without end. Draw from `random` alone: then one seed gives the same requests every time. */
  readonly requests: (random: Random.Random) => Iterator<Ops[number]["request"], never>
  /** What every node is asked after everything else. Left out: nothing. */
  readonly final?: Ops[number]["request"]
  /** Whether clients suggest neighbours to every node, by the message `topology`, before they begin. Left out: no. */
  readonly topology?: boolean
  /** Judges what happened. */
  readonly check: (history: History<Ops[number]>) => Judged
}): Workload<Ops[number], Judged> => {
  const { calls, check, final, name, requests, topology = false } = options
  const ask = (request: Ops[number]["request"]): Asked<Ops[number]> => {
    for (const one of calls) {
      const asked = one.ask(request)
      if (asked !== undefined) return asked
    }
    throw new Error(`the workload ${name} makes a request ${request.type}, which is not among its calls`)
  }
  return {
    name,
    requests: function* (random) {
      const source = requests(random)
      for (;;) yield ask(source.next().value)
    },
    final: final === undefined ? undefined : ask(final),
    topology,
    check
  }
}

/**
 * A request, due so many ms after the one before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Arrival<Op extends Operation> {
  readonly after: number
  readonly asked: Asked<Op>
}

/**
 * The requests of a run, without end, at intervals uniform in 0..2/rate, `rate` being requests a second.
 *
 * @category running
 * @since 0.1.0
 */
export const arrivals = function* <Op extends Operation>(
  { requests }: Pick<Workload<Op>, "requests">,
  random: Random.Random,
  rate: number
): Generator<Arrival<Op>, never> {
  const interval = 1000 / rate
  const source = requests(random)
  for (;;) {
    const after = random.nextDoubleUnsafe() * 2 * interval
    yield { after, asked: source.next().value }
  }
}
