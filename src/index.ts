/**
 * Gossip broadcast for Maelstrom as a library: a node, its messages, and the layers that swap or extend its parts.
 */
export * as Gossip from "./gossip/Gossip.ts"
export * as Peers from "./gossip/Peers.ts"
export * as Settings from "./gossip/Settings.ts"
export * as Handlers from "./node/Handlers.ts"
export * as Node from "./node/Node.ts"
export * as RequestError from "./node/RequestError.ts"
export * as StdioTransport from "./node/StdioTransport.ts"
export * as TestNode from "./node/TestNode.ts"
export * as Transport from "./node/Transport.ts"
export * as Message from "./protocol/Message.ts"
export * as Value from "./protocol/Value.ts"
export * as Wire from "./protocol/Wire.ts"
export * as Scenario from "./simulation/Scenario.ts"
export * as Simulation from "./simulation/Simulation.ts"
