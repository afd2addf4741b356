/**
 * Calls: a request to another node or to a service, and its reply.
 *
 * A call sends a message like any other and waits for the message that names it in `in_reply_to`. The node keeps the calls
 * that wait in its state. A call that ends, in whatever way, is forgotten at once; a reply that comes later is counted in
 * `Metrics.repliesLate` and dropped.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Compiled from "../protocol/Compiled.ts"
import type { BodySchema, NodeId, Tagged, WireBody } from "../protocol/Message.ts"
import type { RawBody, Returned } from "../protocol/Wire.ts"
import * as CallError from "./CallError.ts"
import { type Running, Self } from "./Self.ts"

/**
 * How long a call waits for its reply if it says nothing else.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultTimeout: Duration.Input = "1 second"

/**
 * Runs what only waits. A node lets a limited number of handlers work at a time; by this a handler that waits gives way to
 * others.
 *
 * @category references
 * @since 0.1.0
 */
export const Waiting = Context.Reference<<A, E, R>(wait: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>>(
  "maelstrom-gossip/node/Rpc/Waiting",
  { defaultValue: () => identity }
)

const timeoutError = (called: CallError.Called, timeout: Duration.Input) =>
  new CallError.Timeout({ ...called, text: `no reply within ${Duration.format(Duration.fromInputUnsafe(timeout))}` })

const ask = Effect.fnUntraced(function* ({ step }: Running, dest: NodeId, body: WireBody, timeout: Duration.Input) {
  const called = { dest, request: body.type }
  const waiter = yield* Deferred.make<Returned, CallError.CallError>()
  const timeOut = Effect.delay(Deferred.fail(waiter, timeoutError(called, timeout)), timeout)
  const returned = yield* Effect.acquireUseRelease(
    step({ _tag: "Call", to: dest, body, waiter }),
    Effect.fnUntraced(function* ({ carriedOut }) {
      yield* carriedOut
      const timer = yield* Effect.forkChild(timeOut)
      return yield* Effect.ensuring(Deferred.await(waiter), Fiber.interrupt(timer))
    }),
    ({ turn }, exit) =>
      Exit.isSuccess(exit)
        ? Effect.void
        : Effect.forEach(turn.messages, ({ msg_id: id }) => step({ _tag: "Forget", id }), { discard: true })
  )
  return yield* Effect.fromResult(CallError.read(called, returned))
})

/**
 * Calls, as bodies that are encoded. {@link call} is for typed ones.
 *
 * @category services
 * @since 0.1.0
 */
export class Rpc extends Context.Service<
  Rpc,
  {
    /** Sends a request and waits for its reply so long. Waits until the node is awake first. */
    readonly ask: (dest: NodeId, body: WireBody, timeout: Duration.Input) => Effect.Effect<RawBody, CallError.CallError>
  }
>()("maelstrom-gossip/node/Rpc") {
  /** Calls by messages of this node. A node provides this to its parts. */
  static readonly layer = Layer.effect(
    Rpc,
    Effect.map(Self, (self) => ({
      ask: (dest, body, timeout) =>
        Effect.flatMap(Deferred.await(self.awake), (running) => ask(running, dest, body, timeout))
    }))
  )

  /**
   * Calls that a function answers, without a node: for tests of whatever calls. One that it does not answer in time fails
   * with `Timeout`, like any other.
   */
  static readonly layerTest = (
    answer: (dest: NodeId, body: WireBody) => Effect.Effect<WireBody, CallError.CallError>
  ): Layer.Layer<Rpc> =>
    Layer.succeed(Rpc, {
      ask: (dest, body, timeout) =>
        Effect.timeoutOrElse(answer(dest, body), {
          duration: timeout,
          orElse: () => Effect.fail(timeoutError({ dest, request: body.type }, timeout))
        })
    })
}

/**
 * Calls a node or a service. `sends` is the schema of the request, `reply` that of the reply; `Message.body` makes both.
 * Without a reply in `timeout`, one second if nothing is said, the call fails with `Timeout`. A request that does not fit
 * its schema is a defect.
 *
 * The call waits until the node has handled its first message other than `init`. So while a layer is built, call in a fiber
 * of its own (`Effect.forkScoped`).
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Schedule from "effect/Schedule"
 * import * as Schema from "effect/Schema"
 * import { Message, Rpc } from "maelstrom-gossip"
 *
 * const Read = Message.body("read", { key: Schema.String })
 * const ReadOk = Message.body("read_ok", { value: Schema.Json })
 *
 * // Reading twice does no harm, so it may be tried again whatever went wrong.
 * const read = (key: string) =>
 *   Rpc.call("seq-kv", { type: "read", key }, { sends: Read, reply: ReadOk, timeout: "500 millis" }).pipe(
 *     Effect.retry(Schedule.max([Schedule.exponential("100 millis"), Schedule.recurs(3)]))
 *   )
 *
 * const program = Effect.gen(function* () {
 *   const { value } = yield* read("colour")
 *   assert.equal(value, "red")
 * })
 *
 * // In a node, calls are messages. In this test, a function answers them.
 * const rpc = Rpc.Rpc.layerTest(() => Effect.succeed({ type: "read_ok", value: "red" }))
 * await Effect.runPromise(Effect.provide(program, rpc))
 * ```
 *
 * @category calls
 * @since 0.1.0
 */
export const call = Effect.fnUntraced(function* <Request extends Tagged, Reply extends Tagged>(
  dest: NodeId,
  request: NoInfer<Request>,
  options: {
    readonly sends: BodySchema<Request>
    readonly reply: BodySchema<Reply>
    readonly timeout?: Duration.Input
  }
) {
  const { reply, sends, timeout = defaultTimeout } = options
  const { ask: send } = yield* Rpc
  const waiting = yield* Waiting
  const body = yield* waiting(send(dest, Compiled.encode(sends)(request), timeout))
  return yield* Effect.fromResult(CallError.decode({ dest, request: request.type }, reply, body))
})
