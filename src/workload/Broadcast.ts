/**
 * Maelstrom's broadcast workload: which requests clients make, when, and what the replies mean.
 *
 * Requests come at intervals uniform in 0..2/rate. Half of them broadcast 0, 1, 2, … and half of them read. Which client
 * makes a request is up to whoever runs the workload, and so is time: nothing here reads a clock.
 */
import * as Predicate from "effect/Predicate"
import type * as Random from "effect/Random"
import type { Operation } from "../analysis/History.ts"
import { ReadOk } from "../protocol/Broadcast.ts"
import * as Compiled from "../protocol/Compiled.ts"
import * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import type { RawBody } from "../protocol/Wire.ts"

/** What a client asks of a node. */
export type Request = Pick<Operation, "f" | "value" | "final">

/** Broadcasts a value. */
export const broadcast = (value: Value): Request => ({ f: "broadcast", value, final: false })

/** Reads all values. */
export const read: Request = { f: "read", value: undefined, final: false }

/** Reads all values after everything else. */
export const lastRead: Request = { ...read, final: true }

/** The message that makes a request. */
export const body = ({ f, value }: Request): Message.WireBody =>
  f === "broadcast" ? { type: "broadcast", message: value } : { type: "read" }

/** A request, due so many ms after the one before. */
export interface Arrival {
  readonly after: number
  readonly request: Request
}

/** The requests of a run, without end, at this rate per second. They depend on chance alone, never on any reply. */
export const arrivals = function* (random: Random.Random, rate: number): Generator<Arrival, never> {
  const interval = 1000 / rate
  for (let value = 0; ;) {
    const after = random.nextDoubleUnsafe() * 2 * interval
    const isRead = random.nextDoubleUnsafe() >= 0.5
    yield { after, request: isRead ? read : broadcast(value++) }
  }
}

// Half of the replies to clients are lists of all values.
const isReadOk = Compiled.is(ReadOk)

// These errors say that the request was not carried out. All others leave it open, also those that nodes make up.
const { crash: _crash, timeout: _timeout, ...definiteCodes } = Message.ErrorCode
const definite: ReadonlySet<unknown> = new Set(Object.values(definiteCodes))

/** What a client takes from the body of a reply; undefined stands for no reply in time. */
export const outcome = (
  { f }: Request,
  reply: RawBody | undefined
): Pick<Operation, "ending" | "reason" | "values"> => {
  // A read without a result changes nothing, whereas a value may have been stored although nobody said so.
  const unsuccessful = f === "read" ? "fail" : "info"
  if (reply === undefined) return { ending: unsuccessful, reason: "no answer in time", values: undefined }
  if (reply["type"] === "error") {
    const reason = Predicate.isString(reply["text"]) ? reply["text"] : "error"
    return { ending: definite.has(reply["code"]) ? "fail" : unsuccessful, reason, values: undefined }
  }
  if (f === "broadcast") {
    return reply["type"] === "broadcast_ok"
      ? { ending: "ok", reason: undefined, values: undefined }
      : { ending: "info", reason: `answered with ${String(reply["type"])}`, values: undefined }
  }
  return isReadOk(reply)
    ? { ending: "ok", reason: undefined, values: reply.messages }
    : { ending: "fail", reason: "the answer is not a read_ok", values: undefined }
}
