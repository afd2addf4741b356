/**
 * A service: a participant that is no node, such as Maelstrom's `seq-kv`, and that answers requests of nodes and clients.
 *
 * A service is a value with a pure step, (state, request, random) → (state, reply). Whoever runs it keeps its state: the
 * simulated world does, and so do the layers that stand in for a service in tests.
 */
import type * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Issue from "../protocol/Issue.ts"
import {
  type Bodies,
  ErrorCode,
  type ErrorReply,
  type NodeId,
  type Tagged,
  type WireBody
} from "../protocol/Message.ts"
import type { RawBody } from "../protocol/Wire.ts"

/** A request and who sent it. */
export interface Request<Body> {
  readonly from: NodeId
  readonly body: Body
}

/** What a service is made of. */
export interface Definition<State, Body extends Tagged, Reply extends WireBody> {
  /** The name that messages to it are addressed to. */
  readonly name: NodeId
  /** What it can be asked: `Message.union(…)`. */
  readonly requests: Bodies<Body>
  readonly initial: State
  /** Answers a request. It draws chance from `random` and changes nothing that anybody can observe. */
  readonly step: (state: State, request: Request<Body>, random: Random.Random) => readonly [state: State, reply: Reply]
}

/** A service. */
export interface Service<State, Body extends Tagged = Tagged, Reply extends WireBody = WireBody> extends Definition<
  State,
  Body,
  Reply
> {
  /** Answers any body. One that is no request of the service gets error 10 (unknown type) or 12 (malformed). */
  readonly answer: (
    state: State,
    request: Request<RawBody>,
    random: Random.Random
  ) => readonly [state: State, reply: WireBody]
}

const error = (code: number, text: string): typeof ErrorReply.Type => ({ type: "error", code, text })

/** Makes a service. */
export const make = <State, Body extends Tagged, Reply extends WireBody>(
  definition: Definition<State, Body, Reply>
): Service<State, Body, Reply> => {
  const { name, requests, step } = definition
  const decode = Schema.decodeUnknownResult(requests)
  const known = Object.keys(requests.cases).join(", ")
  return {
    ...definition,
    answer: (state, { body, from }, random) => {
      const { type } = body
      if (typeof type !== "string") {
        return [state, error(ErrorCode.malformedRequest, "type: must be there and be a string")]
      }
      if (!Object.hasOwn(requests.cases, type)) {
        return [state, error(ErrorCode.notSupported, `${type}: ${name} answers ${known} and nothing else`)]
      }
      return Result.match(decode(body), {
        onFailure: ({ issue }) => [state, error(ErrorCode.malformedRequest, `${type}: ${Issue.format(issue)}`)],
        onSuccess: (request) => step(state, { from, body: request }, random)
      })
    }
  }
}
