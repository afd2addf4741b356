/**
 * Gossip broadcast for Maelstrom as a library.
 *
 * Every public module is exported twice: as a namespace from here, and under its own path (`maelstrom-gossip/node/Handler`).
 * Programs that start often import by path, because that loads no more than they use. Other modules cannot be imported.
 * What most programs need:
 *
 * - a node: `Node.run`, given layers of parts and a `Transport` (`StdioTransport.layer` for a process)
 * - its parts: `Gossip.Gossip.layer`; for messages of your own `Handler.layer` or `Component.layer`
 * - calls to other nodes and to services: `Rpc.call`, which fails with a `CallError`
 * - the messages themselves: `Message.body`, `Message.union`; those of the exercise are in `Broadcast`
 * - Maelstrom's services: `SeqKv.SeqKv.layer` and its kin `LinKv`, `LwwKv`, `LinTso`; `Kv.schema` types keys and values
 * - what can be swapped: `Peers`, `Settings`, `Transport`
 * - what clients ask of a cluster and how it is judged: `Workload.make`; built in are `BroadcastWorkload`, `Echo`,
 *   `UniqueIds`, `GSet` and `Counter`
 * - tests: `TestNode` for one node, `TestCluster` for several, `Simulation.simulate` with a `Scenario` for faults by chance
 * - what a run tells: `History`, `Verdict`, `Report`, `Explain`
 */
export * as Courses from "./analysis/Courses.ts"
export * as Explain from "./analysis/Explain.ts"
export * as Forgotten from "./analysis/Forgotten.ts"
export * as History from "./analysis/History.ts"
export * as Quantiles from "./analysis/Quantiles.ts"
export * as Report from "./analysis/Report.ts"
export * as SetFull from "./analysis/SetFull.ts"
export * as Spread from "./analysis/Spread.ts"
export * as Verdict from "./analysis/Verdict.ts"
export * as Gossip from "./gossip/Gossip.ts"
export * as Hosts from "./gossip/Hosts.ts"
export * as Peers from "./gossip/Peers.ts"
export * as Settings from "./gossip/Settings.ts"
export * as CallError from "./node/CallError.ts"
export * as ClusterError from "./node/ClusterError.ts"
export * as Component from "./node/Component.ts"
export * as Handler from "./node/Handler.ts"
export * as Metrics from "./node/Metrics.ts"
export * as Node from "./node/Node.ts"
export * as Output from "./node/Output.ts"
export * as Registry from "./node/Registry.ts"
export * as RequestError from "./node/RequestError.ts"
export * as Rpc from "./node/Rpc.ts"
export * as Self from "./node/Self.ts"
export * as State from "./node/State.ts"
export * as StdioTransport from "./node/StdioTransport.ts"
export * as TestCluster from "./node/TestCluster.ts"
export * as TestNode from "./node/TestNode.ts"
export * as Transport from "./node/Transport.ts"
export * as Broadcast from "./protocol/Broadcast.ts"
export * as Message from "./protocol/Message.ts"
export * as Value from "./protocol/Value.ts"
export * as Wire from "./protocol/Wire.ts"
export * as Kv from "./services/Kv.ts"
export * as LinKv from "./services/LinKv.ts"
export * as LinTso from "./services/LinTso.ts"
export * as LwwKv from "./services/LwwKv.ts"
export * as SeqKv from "./services/SeqKv.ts"
export * as Scenario from "./simulation/Scenario.ts"
export * as Simulation from "./simulation/Simulation.ts"
export * as BroadcastWorkload from "./workload/Broadcast.ts"
export * as Counter from "./workload/Counter.ts"
export * as Echo from "./workload/Echo.ts"
export * as GSet from "./workload/GSet.ts"
export * as Sums from "./workload/Sums.ts"
export * as UniqueIds from "./workload/UniqueIds.ts"
export * as Workload from "./workload/Workload.ts"
