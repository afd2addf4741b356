/**
 * The programs of simulated nodes in tests.
 */
import * as Layer from "effect/Layer"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { Settings } from "../../src/gossip/Settings.ts"

/** Forwards a value once and at once to so many peers, and never again. */
export const infectAndDie = (fanout: number) =>
  Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.layer({ fanout, rounds: 1, repair_interval_ms: 0 })]))

/** Forwards every value to every node, so runs without faults are complete. */
export const flood = infectAndDie(1000)
