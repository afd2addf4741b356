/**
 * Why a step of a test with several nodes has failed. Each error says what is under way, because that is where a test that
 * waits in vain has gone wrong.
 *
 * @module
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Schema from "effect/Schema"
import { print } from "../protocol/JsonText.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Envelope, RawBody } from "../protocol/Wire.ts"

/**
 * From where to where a message goes, and its type.
 *
 * @category formatting
 * @since 0.1.0
 */
export const routeOf = ({ body, dest, src }: Envelope): string => `${src} → ${dest} ${body["type"]}`

const routesOf = (messages: ReadonlyArray<Envelope>): string => {
  const first = messages.slice(0, 10).map(routeOf).join(", ")
  return messages.length > 10 ? `${first} and ${messages.length - 10} more` : first
}

/**
 * A request has no reply, and none will come unless time passes or a message is delivered.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoReply extends Data.TaggedError("NoReply")<{
  readonly node: NodeId
  /** The request, without its `msg_id`. */
  readonly request: RawBody
  /** The messages that have been neither delivered nor lost, in the order sent. */
  readonly inFlight: ReadonlyArray<Envelope>
  /** The nodes that are down. */
  readonly down: ReadonlyArray<NodeId>
}> {
  override get message(): string {
    const { down, inFlight, node, request } = this
    return [
      `${node} has not answered ${request["type"]}.`,
      ...(down.length > 0 ? [`Down: ${down.join(", ")}.`] : []),
      inFlight.length > 0
        ? `In flight: ${routesOf(inFlight)}. Deliver them, or let time pass with TestClock.adjust.`
        : "Nothing is in flight. If a handler waits for time, start with `request` and let it pass with TestClock.adjust."
    ].join(" ")
  }
}

/**
 * A reply is not what the test expects.
 *
 * @category errors
 * @since 0.1.0
 */
export class WrongReply extends Data.TaggedError("WrongReply")<{
  readonly node: NodeId
  readonly reply: RawBody
  readonly cause: Schema.SchemaError
}> {
  override get message(): string {
    return `${this.node} has replied ${print(this.reply)}, which does not fit: ${this.cause.message}`
  }
}

/**
 * No message in flight is one that is to be delivered.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotInFlight extends Data.TaggedError("NotInFlight")<{
  /** The messages that have been neither delivered nor lost, in the order sent. */
  readonly inFlight: ReadonlyArray<Envelope>
}> {
  override get message(): string {
    return this.inFlight.length > 0
      ? `no message in flight fits; in flight: ${routesOf(this.inFlight)}`
      : "there is no message to deliver: nothing is in flight"
  }
}
