/**
 * A node under test: the real loop on an in-memory transport, with seeded randomness.
 *
 * Messages are handed over as objects or as raw lines and pass through `Wire` both ways, so a test sees what a peer would
 * see. One seed gives one output, byte for byte; time is the test's own.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { print } from "../protocol/JsonText.ts"
import { type Envelope, envelope, type Outgoing, printer, type RawBody } from "../protocol/Wire.ts"
import * as Node from "./Node.ts"
import { Transport } from "./Transport.ts"

interface Delivery {
  readonly lines: readonly [string, ...ReadonlyArray<string>]
  readonly handled: Deferred.Deferred<void>
}

/**
 * A message as a test writes it, or a line as it is.
 *
 * @category models
 * @since 0.1.0
 */
export type Message = Envelope | string

/**
 * A reply to a message, such as a call that the node has sent, from the one to whom it went.
 *
 * @category constructors
 * @since 0.1.0
 */
export const replyTo = ({ body: { msg_id }, dest, src }: Envelope, body: RawBody): Envelope => ({
  src: dest,
  dest: src,
  body: { ...body, in_reply_to: msg_id }
})

/**
 * Randomness that one seed repeats.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRandom = (seed: string | number) =>
  Layer.effect(Random.Random, Effect.service(Random.Random).pipe(Random.withSeed(seed)))

/**
 * A running node and the test's end of its connection.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import { Gossip, TestNode } from "maelstrom-gossip"
 *
 * const program = Effect.gen(function* () {
 *   const node = yield* TestNode.TestNode
 *   yield* node.send({ src: "c0", dest: "n1", body: { type: "init", node_id: "n1", node_ids: ["n1", "n2"] } })
 *   const sent = yield* node.send({ src: "c1", dest: "n1", body: { type: "broadcast", message: 7, msg_id: 1 } })
 *   assert.deepEqual(
 *     sent.map(({ body, dest }) => [dest, body["type"]]),
 *     [
 *       ["n2", "gossip"],
 *       ["c1", "broadcast_ok"]
 *     ]
 *   )
 * })
 *
 * await Effect.runPromise(Effect.provide(program, TestNode.TestNode.layer(Gossip.Gossip.layer, { seed: 1 })))
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export class TestNode extends Context.Service<
  TestNode,
  {
    /** Hands over messages in one chunk; returns the lines that the node has sent by the time it has handled them. */
    readonly lines: (...messages: readonly [Message, ...ReadonlyArray<Message>]) => Effect.Effect<ReadonlyArray<string>>
    /** Hands over messages in one chunk; returns the messages that the node has sent by the time it has handled them. */
    readonly send: (
      ...messages: readonly [Message, ...ReadonlyArray<Message>]
    ) => Effect.Effect<ReadonlyArray<Envelope>>
    /** What the node has sent since it was last asked: for what it sends late or unprompted. */
    readonly sent: Effect.Effect<ReadonlyArray<Envelope>>
  }
>()("maelstrom-gossip/node/TestNode") {
  /** A node of these parts. It has not had its `init` yet. */
  static readonly layer = <A, E, R>(parts: Layer.Layer<A, E, R>, options: { readonly seed: string | number }) =>
    Layer.effect(TestNode, make(parts)).pipe(Layer.provide(layerRandom(options.seed)))
}

const make = Effect.fnUntraced(function* <A, E, R>(parts: Layer.Layer<A, E, R>) {
  const deliveries = yield* Queue.unbounded<Delivery>()
  const sent = yield* Ref.make<ReadonlyArray<Outgoing>>([])
  const ready = yield* Deferred.make<void>()

  // The node asks for more only when it is done with what it has.
  let handled = ready
  const pull = Effect.gen(function* () {
    yield* Deferred.succeed(handled, undefined)
    const delivery = yield* Queue.take(deliveries)
    handled = delivery.handled
    return delivery.lines
  })
  const transport = Transport.of({
    incoming: Stream.fromPull(Effect.succeed(pull)),
    send: (messages) => Ref.update(sent, (all) => [...all, ...messages])
  })
  const node = yield* Node.run(parts).pipe(Effect.provideService(Transport, transport), Effect.forkScoped)
  const whileRunning = <B>(effect: Effect.Effect<B>) =>
    Effect.raceFirst(effect, Effect.andThen(Fiber.join(node), Effect.never))
  yield* whileRunning(Deferred.await(ready))

  const takeSent = Effect.map(Ref.getAndSet(sent, []), (messages) => messages.map(printer()))
  const lines = Effect.fnUntraced(function* (first: Message, ...rest: ReadonlyArray<Message>) {
    const text = (message: Message) => (typeof message === "string" ? message : print(message))
    const delivery: Delivery = { lines: [text(first), ...rest.map(text)], handled: yield* Deferred.make<void>() }
    yield* Queue.offer(deliveries, delivery)
    yield* Effect.orDie(whileRunning(Deferred.await(delivery.handled)))
    return yield* takeSent
  })
  const decode = Effect.map((texts: ReadonlyArray<string>) => texts.map((text) => Result.getOrThrow(envelope(text))))
  return TestNode.of({ lines, send: (...messages) => decode(lines(...messages)), sent: decode(takeSent) })
})
