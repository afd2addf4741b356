/**
 * What a step leaves to be done, as data: replies, messages to others, calls, metrics to count up, notes in the log.
 *
 * A step returns bodies as typed members of their union. {@link of} makes constructors that know the union, so that a
 * misspelt type or field does not compile. As soon as the step has returned, {@link encoder} encodes each body with its
 * schema, so that one that does not fit is a defect of that step.
 *
 * @module
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Metric from "effect/Metric"
import type { NodeId, Tagged, WireBody } from "../protocol/Message.ts"
import type { Header } from "../protocol/Wire.ts"

/**
 * Answers a message. It is sent only if that message has a `msg_id`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reply<Body> {
  readonly _tag: "Reply"
  readonly body: Body
  /** The message that is answered; left out, it is the one that the step was about. */
  readonly received?: Header
}

/**
 * Sends a message to a node, a client or a service.
 *
 * @category models
 * @since 0.1.0
 */
export interface Send<Body> {
  readonly _tag: "Send"
  readonly to: NodeId
  readonly body: Body
}

/**
 * Calls a node or a service: sends it a request, and steps on the reply or on the failure later. The request leaves after
 * the other messages of the step.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call<Body> {
  readonly _tag: "Call"
  readonly to: NodeId
  readonly body: Body
  /** How long to wait for the reply; undefined for one second. */
  readonly timeout: Duration.Input | undefined
}

/**
 * Counts a metric up.
 *
 * @category models
 * @since 0.1.0
 */
export interface Count {
  readonly _tag: "Count"
  readonly metric: Metric.Counter<number>
  readonly by: number
}

/**
 * Says something in the node's log, at level debug.
 *
 * @category models
 * @since 0.1.0
 */
export interface Note {
  readonly _tag: "Note"
  readonly text: string
}

/**
 * What a step or a handler leaves to be done. Messages leave in the order of the list, each with the next `msg_id`.
 *
 * @category models
 * @since 0.1.0
 */
export type Output<Body> = Reply<Body> | Send<Body> | Count | Note

/**
 * Constructors of outputs whose bodies are members of a union.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outputs<Body> {
  /**
   * Answers the message that the step is about, or another one that was kept from earlier: a component answers its client
   * that way when a call has returned.
   */
  readonly reply: (body: Body, received?: Header) => Output<Body>
  readonly send: (to: NodeId, body: Body) => Output<Body>
  /** Only for components that declare what `returns`. */
  readonly call: (to: NodeId, body: Body, options?: { readonly timeout?: Duration.Input }) => Call<Body>
}

/**
 * Makes the constructors for a union of bodies.
 *
 * @category constructors
 * @since 0.1.0
 */
export const of = <Body>(): Outputs<Body> => ({
  reply: (body, received) => (received === undefined ? { _tag: "Reply", body } : { _tag: "Reply", body, received }),
  send: (to, body) => ({ _tag: "Send", to, body }),
  call: (to, body, { timeout } = {}) => ({ _tag: "Call", to, body, timeout })
})

/**
 * Counts a metric up by a number.
 *
 * @category constructors
 * @since 0.1.0
 */
export const count = (metric: Metric.Counter<number>, by: number): Count => ({ _tag: "Count", metric, by })

/**
 * Says something in the node's log, at level debug.
 *
 * @category constructors
 * @since 0.1.0
 */
export const note = (text: string): Note => ({ _tag: "Note", text })

/**
 * Makes the function that encodes the body of an output. It throws if the body does not fit its schema.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encoder =
  <Body extends Tagged>(encode: (body: Body) => WireBody) =>
  (output: Output<Body>): Output<WireBody> => {
    switch (output._tag) {
      case "Reply":
        return output.received === undefined
          ? { _tag: "Reply", body: encode(output.body) }
          : { _tag: "Reply", body: encode(output.body), received: output.received }
      case "Send":
        return { _tag: "Send", to: output.to, body: encode(output.body) }
      case "Count":
      case "Note":
        return output
    }
  }
