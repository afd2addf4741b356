/**
 * The run by which gossip is measured: that of the exercise's published figures.
 */
import * as Scenario from "../../src/simulation/Scenario.ts"

/** 25 nodes, 100 requests a second for 20 s, 100 ms from node to node. */
export const standard: Scenario.Scenario = {
  ...Scenario.defaults,
  node_count: 25,
  rate: 100,
  time_limit: 20_000,
  latency: 100
}
