/**
 * Nodes that may send only to the neighbours that a topology names hold no meetings. They leave no neighbour out, because a
 * whole part of the cluster may be behind it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Gossip from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"

describe("25 nodes that send only to their neighbours", () => {
  for (const topology of ["line", "grid", "tree4"] as const) {
    for (const profile of Settings.profileNames) {
      it.live(`know every value, on the topology ${topology} with the profile ${profile}`, () =>
        Effect.gen(function* () {
          const parts = Gossip.Gossip.layerNoDeps.pipe(
            Layer.provide([Peers.layerTopology, Settings.Settings.layer({}, profile)])
          )
          const scenario = { ...Scenario.defaults, node_count: 25, rate: 20, latency: 50, time_limit: 5000, topology }
          const { verdict } = yield* Simulation.simulate({ scenario, parts })
          assert.isTrue(verdict.valid)
          assert.isTrue(verdict.complete)
        })
      )
    }
  }
})
