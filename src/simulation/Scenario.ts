/**
 * What is simulated: the cluster, its network, its clients, what goes wrong, and the seed of all chance.
 *
 * Names and defaults are Maelstrom's where it has them. All times are in ms.
 */
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type { NodeId } from "../protocol/Message.ts"
import * as Range from "../protocol/Range.ts"

/** Faults that can be switched on and off while clients are at work. */
export const faults = ["partition", "one-way", "loss", "duplicate", "reorder", "pause", "crash", "amnesia"] as const
/** One kind of fault. */
export type Fault = (typeof faults)[number]

/** Shapes of the topology that clients suggest. */
export const topologies = ["grid", "line", "tree", "tree2", "tree3", "tree4", "total"] as const

/** How latencies are distributed around their mean. */
export const latencyDistributions = ["constant", "uniform", "exponential"] as const

/** Maelstrom's network has one inbox a node, in which a message holds up those behind it; the ideal one has none. */
export const networks = ["maelstrom", "ideal"] as const

const share = Range.number(0, 1)
const time = Range.number(0, 86_400_000)

/** The range of each number in a scenario. */
export const ranges = {
  node_count: Range.integer(1, 10_000),
  rate: Range.number(0.001, 100_000),
  time_limit: time,
  latency: time,
  /** Faults that take no time would never end. */
  nemesis_interval: Range.number(1, 86_400_000),
  loss_rate: share,
  duplicate_rate: share,
  seed: Range.integer(0, Number.MAX_SAFE_INTEGER),
  request_timeout: time,
  quiet: time
}
const numbers = Record.map(ranges, Range.schema)

/** Everything about a run but the program that the nodes execute. */
export const Scenario = Schema.Struct({
  /** How many nodes there are. */
  node_count: numbers.node_count,
  /** Client requests a second, in all. */
  rate: numbers.rate,
  /** How long clients work. */
  time_limit: numbers.time_limit,
  /** The mean latency between nodes. */
  latency: numbers.latency,
  latency_dist: Schema.Literals(latencyDistributions),
  topology: Schema.Literals(topologies),
  nemesis: Schema.Array(Schema.Literals(faults)),
  /** The mean time between switching a fault on and off. */
  nemesis_interval: numbers.nemesis_interval,
  /** The share of messages that the fault `loss` loses. */
  loss_rate: numbers.loss_rate,
  /** The share of messages that the fault `duplicate` delivers twice. */
  duplicate_rate: numbers.duplicate_rate,
  network: Schema.Literals(networks),
  /** The seed of all chance. */
  seed: numbers.seed,
  /** How long a client waits for a reply. */
  request_timeout: numbers.request_timeout,
  /** How long clients rest before the last reads. */
  quiet: numbers.quiet
})
/** Everything about a run but the program that the nodes execute. */
export type Scenario = typeof Scenario.Type

/** Maelstrom's defaults. */
export const defaults: Scenario = {
  node_count: 5,
  rate: 5,
  time_limit: 10_000,
  latency: 0,
  latency_dist: "constant",
  topology: "grid",
  nemesis: [],
  nemesis_interval: 10_000,
  loss_rate: 0.3,
  duplicate_rate: 0.3,
  network: "maelstrom",
  seed: 1,
  request_timeout: 5000,
  quiet: 10_000
}

/** The nodes' names, as Maelstrom gives them: n1 … n5, or n0 … n(N−1) where a number is asked for. */
export const nodeIds = (count: number): ReadonlyArray<NodeId> =>
  Array.from({ length: count }, (_, index) => `n${index}`)
