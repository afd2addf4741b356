/**
 * What is simulated: the cluster, its network, its clients, what goes wrong, and the seed of all chance.
 *
 * Names and defaults are Maelstrom's where it has them. All times are in ms.
 *
 * @module
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type { Fault } from "../analysis/History.ts"
import type { NodeId } from "../protocol/Message.ts"
import * as Range from "../protocol/Range.ts"

/**
 * Faults that can be switched on and off while clients are at work.
 *
 * @category constants
 * @since 0.1.0
 */
export const faults = [
  "partition",
  "one-way",
  "loss",
  "duplicate",
  "reorder",
  "pause",
  "crash",
  "amnesia",
  "clock"
] as const
/**
 * One kind of fault.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultKind = (typeof faults)[number]

/**
 * Shapes of the topology that clients suggest to the nodes.
 *
 * @category constants
 * @since 0.1.0
 */
export const topologies = ["grid", "line", "tree", "tree2", "tree3", "tree4", "total"] as const
/**
 * One shape of the topology.
 *
 * @category models
 * @since 0.1.0
 */
export type Topology = (typeof topologies)[number]

/**
 * How latencies are distributed around their mean.
 *
 * @category constants
 * @since 0.1.0
 */
export const latencyDistributions = ["constant", "uniform", "exponential"] as const

/**
 * In Maelstrom's network each node has one inbox, in which a message holds up those behind it. The ideal one has none.
 *
 * @category constants
 * @since 0.1.0
 */
export const networks = ["maelstrom", "ideal"] as const

const share = Range.number(0, 1)
const time = Range.number(0, 86_400_000)

/**
 * The range of each number in a scenario.
 *
 * @category constants
 * @since 0.1.0
 */
export const ranges = {
  node_count: Range.integer(1, 10_000),
  rate: Range.number(0.001, 100_000),
  time_limit: time,
  latency: time,
  /** Faults that take no time would never end. */
  nemesis_interval: Range.number(1, 86_400_000),
  loss_rate: share,
  duplicate_rate: share,
  timer_lateness: time,
  clock_skew: time,
  clock_offset: time,
  seed: Range.integer(0, Number.MAX_SAFE_INTEGER),
  request_timeout: time,
  quiet: time,
  availability: share
}
const numbers = Record.map(ranges, Range.schema)

/**
 * Everything about a run but the program that the nodes execute, and faults at times of your choice.
 *
 * @category schemas
 * @since 0.1.0
 */
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
  /**
   * Whether faults of the network (partitions, loss, duplication, reordering) affect messages from and to services. If so,
   * each service is beside a node that chance draws: whatever cuts that node off cuts the service off with it.
   */
  service_faults: Schema.Boolean,
  /** How late a timer of a node wakes at most; it is late by a uniform part of this. */
  timer_lateness: numbers.timer_lateness,
  /** How far the clocks of nodes are off throughout the run at most; each is off by a uniform part of this, either way. */
  clock_skew: numbers.clock_skew,
  /** How far the fault `clock` sets clocks off at most, either way. */
  clock_offset: numbers.clock_offset,
  /** The seed of all chance. */
  seed: numbers.seed,
  /** How long a client waits for a reply. */
  request_timeout: numbers.request_timeout,
  /** How long clients rest before the last requests. */
  quiet: numbers.quiet,
  /** Which share of the requests must succeed, or the run is not valid. */
  availability: numbers.availability
})

/**
 * A fault at a time of your choice. Times in ms since clients begin.
 *
 * @category models
 * @since 0.1.0
 */
export interface TimedFault {
  readonly fault: Fault
  readonly from: number
  /** When it ends: after `from`, and at the end of the run at the latest. */
  readonly to: number
}

/**
 * All that determines a run, apart from the program that the nodes execute.
 *
 * @category models
 * @since 0.1.0
 */
export interface Scenario extends Schema.Schema.Type<typeof Scenario> {
  /** Faults besides those that chance switches on and off. */
  readonly faults: ReadonlyArray<TimedFault>
}

/**
 * Maelstrom's defaults where it has them. Timers are as late as those of Node were measured to be there.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaults: Scenario = {
  node_count: 5,
  rate: 5,
  time_limit: 10_000,
  latency: 0,
  latency_dist: "constant",
  topology: "grid",
  nemesis: [],
  faults: [],
  nemesis_interval: 10_000,
  loss_rate: 0.3,
  duplicate_rate: 0.3,
  network: "maelstrom",
  service_faults: false,
  timer_lateness: 1.2,
  clock_skew: 0,
  clock_offset: 500,
  seed: 1,
  request_timeout: 5000,
  quiet: 10_000,
  availability: 0
}

/**
 * The names that Maelstrom gives so many nodes: n0, n1, …
 *
 * @category constructors
 * @since 0.1.0
 */
export const nodeIds = (count: number): ReadonlyArray<NodeId> =>
  Array.from({ length: count }, (_, index) => `n${index}`)

const link = (nodes: ReadonlyArray<NodeId>, isLinked: (a: number, b: number) => boolean) =>
  Object.fromEntries(
    nodes.map((node, a) => [node, nodes.filter((_, b) => a !== b && (isLinked(a, b) || isLinked(b, a)))])
  )

const tree = (branching: number) => (parent: number, child: number) =>
  Math.floor((child - 1) / branching) === parent && child > 0

const shapes: Record<Topology, (size: number) => (a: number, b: number) => boolean> = {
  line: () => (a, b) => a + 1 === b,
  total: () => () => true,
  tree: () => tree(2),
  tree2: () => tree(2),
  tree3: () => tree(3),
  tree4: () => tree(4),
  grid: (size) => {
    const side = Math.ceil(Math.sqrt(size))
    return (a, b) => (a + 1 === b && b % side !== 0) || a + side === b
  }
}

/**
 * The neighbours of each node in a topology of this shape, as Maelstrom has them.
 *
 * @category constructors
 * @since 0.1.0
 */
export const neighbours = (
  shape: Topology,
  nodes: ReadonlyArray<NodeId>
): Readonly<Record<NodeId, ReadonlyArray<NodeId>>> => link(nodes, shapes[shape](nodes.length))

/**
 * The source of chance for one part of a run. Each part draws from a source of its own, so a change in one part does not
 * change what the others draw.
 *
 * @category constructors
 * @since 0.1.0
 */
export const chance = (seed: number, part: string): Effect.Effect<Random.Random> =>
  Effect.service(Random.Random).pipe(Random.withSeed(`${seed}/${part}`))
