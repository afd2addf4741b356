/**
 * The run by which gossip is measured: the one of the published figures of the exercise.
 */
import * as Scenario from "../../src/simulation/Scenario.ts"

/** 25 nodes, 100 requests a second for 20 s, latency 100 ms. */
export const standard: Scenario.Scenario = {
  ...Scenario.defaults,
  node_count: 25,
  rate: 100,
  time_limit: 20_000,
  latency: 100
}
