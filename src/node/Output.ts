/**
 * What a step leaves to be done, as data: replies, messages to others, metrics to count up, notes in the log.
 *
 * A step returns bodies as typed members of their union. {@link of} makes constructors that know the union, so that a
 * misspelt type or field does not compile. As soon as the step has returned, {@link encoder} encodes each body with its
 * schema, so that one that does not fit is a defect of that step.
 */
import type * as Metric from "effect/Metric"
import type { NodeId, Tagged, WireBody } from "../protocol/Message.ts"

/** Answers the message that the step was about. It is sent only if that message has a `msg_id`. */
export interface Reply<Body> {
  readonly _tag: "Reply"
  readonly body: Body
}

/** Sends a message to a node, a client or a service. */
export interface Send<Body> {
  readonly _tag: "Send"
  readonly to: NodeId
  readonly body: Body
}

/** Counts a metric up. */
export interface Count {
  readonly _tag: "Count"
  readonly metric: Metric.Counter<number>
  readonly by: number
}

/** Says something in the node's log, at level debug. */
export interface Note {
  readonly _tag: "Note"
  readonly text: string
}

/** What a step leaves to be done. Messages leave in the order of the list, each with the next `msg_id`. */
export type Output<Body> = Reply<Body> | Send<Body> | Count | Note

/** Constructors of outputs whose bodies are members of a union. */
export interface Outputs<Body> {
  readonly reply: (body: Body) => Output<Body>
  readonly send: (to: NodeId, body: Body) => Output<Body>
}

/** Makes the constructors for a union of bodies. */
export const of = <Body>(): Outputs<Body> => ({
  reply: (body) => ({ _tag: "Reply", body }),
  send: (to, body) => ({ _tag: "Send", to, body })
})

/** Counts a metric up by a number. */
export const count = (metric: Metric.Counter<number>, by: number): Count => ({ _tag: "Count", metric, by })

/** Says something in the node's log, at level debug. */
export const note = (text: string): Note => ({ _tag: "Note", text })

/** Makes the function that encodes the body of an output. It throws if the body does not fit its schema. */
export const encoder =
  <Body extends Tagged>(encode: (body: Body) => WireBody) =>
  (output: Output<Body>): Output<WireBody> => {
    switch (output._tag) {
      case "Reply":
        return { _tag: "Reply", body: encode(output.body) }
      case "Send":
        return { _tag: "Send", to: output.to, body: encode(output.body) }
      case "Count":
      case "Note":
        return output
    }
  }
