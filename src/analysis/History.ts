/**
 * What happened in a run: every request of a client, every message on the network, every fault, and every defect that was
 * noticed. This is all that the analysis of a run looks at. All times are in ms since the start of the run.
 *
 * @module
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { NodeId, Tagged } from "../protocol/Message.ts"

/**
 * How a request ended: it was carried out (`ok`), it was not (`fail`), or nobody can tell (`info`).
 *
 * @category models
 * @since 0.1.0
 */
export type Ending = "ok" | "fail" | "info"

/**
 * A request of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Invocation<Request extends Tagged> {
  readonly client: NodeId
  readonly node: NodeId
  /** The `type` of the request. */
  readonly f: Request["type"]
  readonly request: Request
  /** Whether it only asks and changes nothing. A query that was not answered has failed. */
  readonly isQuery: boolean
  /** Whether this is the last request to its node, made after everything else. */
  readonly final: boolean
  readonly invoked: number
  readonly completed: number
}

/**
 * How a request ended: with a reply, or without one and why.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome<Reply> =
  | { readonly ending: "ok"; readonly reply: Reply; readonly reason: undefined }
  | { readonly ending: Exclude<Ending, "ok">; readonly reply: undefined; readonly reason: string }

/**
 * A request of a client and its outcome. In a union of operations, `f` tells apart which request it was, and `ending`
 * whether there is a reply.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation<Request extends Tagged = Tagged, Reply extends Tagged = Tagged> = Invocation<Request> &
  Outcome<Reply>

/**
 * What became of a message.
 *
 * @category models
 * @since 0.1.0
 */
export type Fate =
  | { readonly _tag: "Delivered"; readonly at: number }
  | { readonly _tag: "Dropped"; readonly at: number; readonly why: "partition" | "loss" | "crash" }
  | { readonly _tag: "InFlight" }

/**
 * A message on the network.
 *
 * @category models
 * @since 0.1.0
 */
export interface Transmission {
  /** Counts messages from 0 in the order of sending. A duplicate has an id of its own. */
  readonly id: number
  readonly src: NodeId
  readonly dest: NodeId
  /** The `type` of its body. */
  readonly type: string
  /** The line, without its line feed. */
  readonly text: string
  /** The length of the line in bytes, line feed included. */
  readonly bytes: number
  readonly sent: number
  fate: Fate
}

/**
 * How a clock is wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type ClockError = Data.TaggedEnum<{
  /** It is off by so many ms. */
  Offset: { readonly offset: number }
  /** It gains so many ms each ms; if this is negative, it loses them. */
  Drift: { readonly rate: number }
  /** For so many ms it is off by the first of these, for as many by the second, and so on. */
  Jumps: { readonly offsets: readonly [first: number, second: number]; readonly every: number }
}>
/**
 * How a clock is wrong.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ClockError = Data.taggedEnum<ClockError>()

/**
 * What was done to a cluster.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = Data.TaggedEnum<{
  /** Nodes of different groups are cut off from one another. A single group: nobody is cut off. */
  Partition: { readonly groups: ReadonlyArray<ReadonlyArray<NodeId>> }
  /** Each node hears only some others, which form a majority of the cluster together with it. */
  MajoritiesRing: { readonly heard: ReadonlyArray<readonly [node: NodeId, others: ReadonlyArray<NodeId>]> }
  /** The deaf nodes receive nothing from the others, but the others receive what the deaf ones send. */
  OneWay: { readonly deaf: ReadonlyArray<NodeId>; readonly others: ReadonlyArray<NodeId> }
  /** Messages between nodes are lost; the share is from 0 to 1. */
  Loss: { readonly share: number }
  /** Messages between nodes are delivered twice; the share is from 0 to 1. */
  Duplicate: { readonly share: number }
  /** Messages between nodes are delayed by up to so many ms more, so that later ones overtake them. */
  Reorder: { readonly jitter: number }
  /** Nothing happens at these nodes until they resume. */
  Pause: { readonly nodes: ReadonlyArray<NodeId> }
  /** The processes of these nodes end; other processes take their places and remember what they knew. */
  Crash: { readonly nodes: ReadonlyArray<NodeId> }
  /** The processes of these nodes end; other processes take their places and remember nothing. */
  Amnesia: { readonly nodes: ReadonlyArray<NodeId> }
  /** The clocks of these nodes are wrong. */
  Clock: { readonly errors: ReadonlyArray<readonly [node: NodeId, error: ClockError]> }
}>
/**
 * What was done to a cluster.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Fault = Data.taggedEnum<Fault>()

/**
 * A time during which a fault was on.
 *
 * @category models
 * @since 0.1.0
 */
export interface FaultPeriod {
  readonly fault: Fault
  readonly from: number
  readonly to: number
}

/**
 * A bug of the program under test: something threw that must not, or an invariant was broken.
 *
 * @category models
 * @since 0.1.0
 */
export interface Defect {
  readonly node: NodeId
  readonly at: number
  /** Which part of the node it was, and over which type of message or which event. */
  readonly where: string
  /** Who sent the message that it was about; undefined if that is not known or there was none. */
  readonly from: NodeId | undefined
  /** The message of what was thrown, or which invariant was broken. */
  readonly text: string
  /** The stack of what was thrown, one line a frame, the innermost first; empty for a broken invariant. */
  readonly stack: ReadonlyArray<string>
}

/**
 * Everything that happened.
 *
 * @category models
 * @since 0.1.0
 */
export interface History<Op extends Operation = Operation> {
  readonly nodes: ReadonlyArray<NodeId>
  /** The names of the services that nodes could ask, such as `seq-kv`. */
  readonly services: ReadonlyArray<NodeId>
  /** In the order in which they were invoked. */
  readonly operations: ReadonlyArray<Op>
  /** In the order in which they were sent. */
  readonly transmissions: ReadonlyArray<Transmission>
  /** In the order in which they ended. */
  readonly faults: ReadonlyArray<FaultPeriod>
  /** In the order in which they were noticed. */
  readonly defects: ReadonlyArray<Defect>
  /** When the last requests began. */
  readonly lastRequestsAt: number
}

/**
 * Tells the messages among nodes and services from those from and to clients.
 *
 * @category predicates
 * @since 0.1.0
 */
export const betweenServers = ({ nodes, services }: Pick<History, "nodes" | "services">) => {
  const servers = new Set([...nodes, ...services])
  return ({ dest, src }: Transmission): boolean => servers.has(src) && servers.has(dest)
}
