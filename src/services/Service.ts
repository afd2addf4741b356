/**
 * A service: a participant that is no node, such as Maelstrom's `seq-kv`, and that answers requests of nodes and clients.
 *
 * A service is a value with a pure step, (state, request, random) → (state, reply). {@link start} keeps its state, in the
 * simulated world as well as in the layers that stand in for a service in tests.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as CallError from "../node/CallError.ts"
import * as Rpc from "../node/Rpc.ts"
import * as Issue from "../protocol/Issue.ts"
import { type Bodies, ErrorCode, ErrorReply, type NodeId, type Tagged, type WireBody } from "../protocol/Message.ts"
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

/** A service, whatever it can be asked. */
export interface Service<State> {
  readonly name: NodeId
  readonly initial: State
  /** Answers any body. One that is no request of the service gets error 10 (unknown type) or 12 (malformed). */
  readonly answer: (
    state: State,
    request: Request<RawBody>,
    random: Random.Random
  ) => readonly [state: State, reply: WireBody]
}

const isError = Schema.is(ErrorReply)

const error = (code: number, text: string): typeof ErrorReply.Type => ({ type: "error", code, text })

/** Makes a service. */
export const make = <State, Body extends Tagged, Reply extends WireBody>(
  definition: Definition<State, Body, Reply>
): Service<State> => {
  const { initial, name, requests, step } = definition
  const decode = Schema.decodeUnknownResult(requests)
  const known = Object.keys(requests.cases).join(", ")
  return {
    name,
    initial,
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

/** Answers requests, one after another. */
export type Answer = (from: NodeId, body: RawBody) => WireBody

/** Starts a service in its first state. */
export const start = <State>({ answer, initial }: Service<State>, random: Random.Random): Answer => {
  let state = initial
  return (from, body) => {
    const [next, reply] = answer(state, { from, body }, random)
    state = next
    return reply
  }
}

/** Calls that this service answers, in memory and at once, whoever is called. All chance comes from `Random`. */
export const layerRpc = <State>(service: Service<State>): Layer.Layer<Rpc.Rpc> =>
  Layer.unwrap(
    Effect.map(Random.Random, (random) => {
      const answer = start(service, random)
      return Rpc.Rpc.layerTest((dest, body) =>
        Effect.suspend(() => {
          const reply = answer("n0", body)
          const called = { dest, request: body.type }
          return isError(reply) ? Effect.fail(CallError.fromReply(called, reply)) : Effect.succeed(reply)
        })
      )
    })
  )
