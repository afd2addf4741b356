/**
 * What happened in a run: every operation of a client and every message on the network. All times in ms since the start.
 */
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"

/** What became of an operation: done, certainly not done, or nobody knows. */
export type Ending = "ok" | "fail" | "info"

/** A request of a client. */
export interface Operation {
  readonly client: NodeId
  readonly node: NodeId
  readonly f: "broadcast" | "read"
  /** The value of a broadcast, or the values that a read returned. */
  readonly value: Value | undefined
  readonly values: ReadonlyArray<Value> | undefined
  readonly invoked: number
  readonly completed: number
  readonly ending: Ending
  /** Why it did not succeed. */
  readonly reason: string | undefined
  /** Whether it is one of the last reads. */
  readonly final: boolean
}

/** What became of a message. */
export type Fate =
  | { readonly _tag: "Delivered"; readonly at: number }
  | { readonly _tag: "Dropped"; readonly at: number; readonly why: "partition" | "loss" | "crash" }
  | { readonly _tag: "InFlight" }

/** A message on the network. */
export interface Transmission {
  /** Counts messages in the order of sending, copies of a duplicated message apart. */
  readonly id: number
  readonly src: NodeId
  readonly dest: NodeId
  readonly type: string
  /** The line, without its line feed. */
  readonly text: string
  /** How many bytes the line has, line feed included. */
  readonly bytes: number
  readonly sent: number
  fate: Fate
}

/** A time during which a fault was on. */
export interface FaultPeriod {
  readonly fault: string
  /** What exactly, for people. */
  readonly detail: string
  readonly from: number
  readonly to: number
}

/** Everything that happened. */
export interface History {
  readonly nodes: ReadonlyArray<NodeId>
  readonly operations: ReadonlyArray<Operation>
  readonly transmissions: ReadonlyArray<Transmission>
  readonly faults: ReadonlyArray<FaultPeriod>
  /** When the last reads began. */
  readonly lastReadsAt: number
}
