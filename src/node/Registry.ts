/**
 * What a node is made of: parts that layers have registered, each with the types of messages that it handles.
 *
 * A {@link Part} is a component or a handler as the node sees it: the types of its own state and messages are closed over
 * by its functions. {@link resolve} settles who handles which type and makes the one decoder for all of them.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import type * as Result from "effect/Result"
import type { Line } from "../protocol/Lines.ts"
import { type BodySchema, Init, type NodeId, type Tagged, type WireBody } from "../protocol/Message.ts"
import * as Wire from "../protocol/Wire.ts"
import type { CallError } from "./CallError.ts"
import type { Output } from "./Output.ts"
import type { RequestError } from "./RequestError.ts"
import type { Slices } from "./Slices.ts"

/**
 * What a step may know besides its state and its input.
 *
 * @category models
 * @since 0.1.0
 */
export interface Env {
  /** This node. */
  readonly self: NodeId
  /** All nodes of the cluster, this one included. */
  readonly nodes: ReadonlyArray<NodeId>
  /** The time in ms since the epoch. */
  readonly now: number
  /** The source of all chance. */
  readonly random: Random.Random
}

/**
 * The time has come that a component was waiting for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tick {
  readonly _tag: "Tick"
}

/**
 * The input of the node has ended: this is the last step.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ended {
  readonly _tag: "Ended"
}

/**
 * Work for an Effect, and what it leaves to be sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Work {
  readonly _tag: "Work"
  readonly effect: Effect.Effect<ReadonlyArray<Output<WireBody>>, RequestError>
}

/**
 * A call that a part makes, and how the part steps on its result.
 *
 * @category models
 * @since 0.1.0
 */
export interface Calling {
  readonly _tag: "Call"
  /** Which part it is. */
  readonly name: string
  readonly to: NodeId
  readonly body: WireBody
  readonly timeout: Duration.Input | undefined
  readonly step: (slices: Slices, result: Result.Result<Wire.RawBody, CallError>, env: Env) => Stepped
}

/**
 * What comes of an input at once: the next slices, and what is to be sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stepped {
  readonly _tag: "Stepped"
  readonly slices: Slices
  readonly outputs: ReadonlyArray<Output<WireBody> | Calling>
}

/**
 * What comes of a message: something at once, or work that runs beside the node.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = Stepped | Work

/**
 * A component or a handler as the node sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Part {
  readonly name: string
  /** The schema of each type of message that it handles. */
  readonly requests: { readonly [type: string]: BodySchema }
  /** Whether it takes the place of other parts for these types. */
  readonly override: boolean
  readonly receive: (slices: Slices, received: Wire.Received<Tagged>, env: Env) => Outcome
  /** What it does when time has passed or the input has ended; undefined for handlers, which only answer. */
  readonly unasked:
    | {
        /** When it wants a tick, in ms since the epoch; undefined for never, as things are. */
        readonly due: (slices: Slices, awake: number) => number | undefined
        readonly step: (slices: Slices, input: Tick | Ended, env: Env) => Stepped
      }
    | undefined
  /** What is broken in a state that followed another, one sentence each. Costs time: only the simulator asks. */
  readonly violations: (before: Slices, after: Slices) => ReadonlyArray<string>
}

/** The node itself answers `init`: no part may. */
const ownType = "init"

/**
 * Two parts for one type of message, both or neither of them an override. The node does not start.
 *
 * @category errors
 * @since 0.1.0
 */
export class DuplicateHandler extends Data.TaggedError("DuplicateHandler")<{
  readonly type: string
  readonly names: ReadonlyArray<string>
}> {
  override get message(): string {
    return this.type === ownType
      ? `${this.names.join()}: messages of type "${ownType}" are answered by the node itself; remove the handler`
      : `two handlers for messages of type "${this.type}" (${this.names.join(", ")}): remove one, or declare one with override: true`
  }
}

/**
 * Two components of one name: they would share one state. The node does not start.
 *
 * @category errors
 * @since 0.1.0
 */
export class DuplicateName extends Data.TaggedError("DuplicateName")<{ readonly name: string }> {
  override get message(): string {
    return `two components are named "${this.name}": give one of them another name`
  }
}

/**
 * Why parts do not go together.
 *
 * @category errors
 * @since 0.1.0
 */
export type Conflict = DuplicateHandler | DuplicateName

/**
 * The parts of a node, settled.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resolved {
  readonly parts: ReadonlyArray<Part>
  /** The part that handles each type. */
  readonly byType: ReadonlyMap<string, Part>
  /** Reads a line as the reply to a call, as `init`, or as a message that a part handles. */
  readonly read: (line: Line, awaiting?: Wire.Awaiting) => Wire.Reading
}

const settle = (parts: ReadonlyArray<Part>): Effect.Effect<ReadonlyMap<string, Part>, Conflict> => {
  const [plain, overrides] = [new Map<string, Part>(), new Map<string, Part>()]
  const names = new Set<string>()
  for (const part of parts) {
    if (part.unasked !== undefined && names.has(part.name)) return Effect.fail(new DuplicateName({ name: part.name }))
    names.add(part.name)
    const byType = part.override ? overrides : plain
    for (const type of Object.keys(part.requests)) {
      const other = byType.get(type)
      if (type === ownType) return Effect.fail(new DuplicateHandler({ type, names: [part.name] }))
      if (other !== undefined) return Effect.fail(new DuplicateHandler({ type, names: [other.name, part.name] }))
      byType.set(type, part)
    }
  }
  return Effect.succeed(new Map([...plain, ...overrides]))
}

/**
 * Settles which part handles which type.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resolve = (parts: ReadonlyArray<Part>): Effect.Effect<Resolved, Conflict> =>
  Effect.map(settle(parts), (byType) => {
    const requests = [...byType].flatMap(
      ([
        type,
        {
          requests: { [type]: schema }
        }
      ]) => (schema === undefined ? [] : [[type, schema] as const])
    )
    return { parts, byType, read: Wire.reader(Object.fromEntries([[ownType, Init], ...requests])) }
  })

/**
 * The parts of a node: layers register them, the node reads them when it starts.
 *
 * @category services
 * @since 0.1.0
 */
export class Registry extends Context.Service<
  Registry,
  {
    readonly register: (part: Part) => Effect.Effect<void>
    readonly resolved: Effect.Effect<Resolved, Conflict>
  }
>()("maelstrom-gossip/node/Registry") {
  /** An empty registry. */
  static readonly layer = Layer.effect(
    Registry,
    Effect.map(Ref.make<ReadonlyArray<Part>>([]), (parts) => ({
      register: (part) => Ref.update(parts, (all) => [...all, part]),
      resolved: Effect.flatMap(Ref.get(parts), resolve)
    }))
  )
}
