/**
 * A handler: what a node does with one type of message when it takes an Effect to do it.
 *
 * A handler may need services; its layer then needs them too. It runs beside the node, which goes on reading meanwhile. A
 * handler that fails with a `RequestError` is answered with its code; one that dies with error 13, and the stack is in the
 * log.
 *
 * @module
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type BodySchema, type MessageSchema, type Tagged, typeOf } from "../protocol/Message.ts"
import { encoder, type Received } from "../protocol/Wire.ts"
import * as Output from "./Output.ts"
import { type Env, type Part, Registry } from "./Registry.ts"
import type { RequestError } from "./RequestError.ts"

/**
 * What a handler is told besides the message, and how it says what to send.
 *
 * @category models
 * @since 0.1.0
 */
export interface Context<Request, Body> extends Env, Pick<Output.Outputs<Body>, "reply" | "send"> {
  /** Who sent the message, and the id that a reply refers to. */
  readonly received: Received<Request>
}

const byType = (schemas: ReadonlyArray<MessageSchema>): { readonly [type: string]: BodySchema } =>
  Object.fromEntries(schemas.map((schema) => [typeOf(schema), schema]))

/**
 * Adds a handler to a node. It handles messages of the schema `request`; `sends` has the schemas of all bodies that it
 * sends. It returns what is to be sent, replies and messages in their order; it may return nothing. `override`: it takes the
 * place of the component or handler that handles this type otherwise.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 * import { Handler, Message, TestNode } from "maelstrom-gossip"
 *
 * const Echo = Handler.layer({
 *   request: Message.body("echo", { echo: Schema.Json }),
 *   sends: [Message.body("echo_ok", { echo: Schema.Json })],
 *   handle: ({ echo }, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo })])
 * })
 *
 * const program = Effect.gen(function* () {
 *   const node = yield* TestNode.TestNode
 *   yield* node.send({ src: "c0", dest: "n1", body: { type: "init", node_id: "n1", node_ids: ["n1"] } })
 *   const [answer] = yield* node.send({ src: "c1", dest: "n1", body: { type: "echo", echo: "hello", msg_id: 1 } })
 *   assert.equal(answer?.body["echo"], "hello")
 * })
 *
 * await Effect.runPromise(Effect.provide(program, TestNode.TestNode.layer(Echo, { seed: 1 })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <
  Request extends Tagged,
  const Sends extends ReadonlyArray<MessageSchema> = readonly [],
  R = never
>(options: {
  readonly request: MessageSchema<Request>
  readonly sends?: Sends
  readonly override?: boolean
  readonly handle: (
    request: Request,
    context: Context<Request, Sends[number]["Type"]>
  ) => Effect.Effect<ReadonlyArray<Output.Output<Sends[number]["Type"]>> | void, RequestError, R>
}): Layer.Layer<never, never, Registry | R> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { handle, override = false, request, sends = [] } = options
      const services = yield* Effect.context<R>()
      const type = typeOf(request)
      const encode = Output.encoder(encoder<Sends[number]["Type"]>(byType(sends)))
      const { reply, send } = Output.of<Sends[number]["Type"]>()
      // The decoder of the node has found the message to be of this type.
      const isRequest = (received: Received<Tagged>): received is Received<Request> => received.message.type === type
      const part: Part = {
        name: `handler of ${type}`,
        requests: byType([request]),
        override,
        receive: (slices, received, env) => {
          if (!isRequest(received)) return { _tag: "Stepped", slices, outputs: [] }
          const { nodes, now, random, self } = env
          const work = handle(received.message, { self, nodes, now, random, reply, send, received })
          return {
            _tag: "Work",
            effect: work.pipe(
              Effect.map((outputs) => (outputs ?? []).map(encode)),
              Effect.provideContext(services)
            )
          }
        },
        unasked: undefined,
        violations: () => []
      }
      yield* Registry.use(({ register }) => register(part))
    })
  )
