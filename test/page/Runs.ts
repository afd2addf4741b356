/**
 * Runs for the tests of the page.
 */
import * as Node from "../../src/cli/Node.ts"
import type { Value } from "../../src/protocol/Value.ts"
import type { History, Transmission } from "../../src/analysis/History.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import type { BroadcastOperation } from "../../src/analysis/Report.ts"
import { assess, broadcast, history, message as transmission, read } from "../analysis/Histories.ts"

/** A message that carries a value, delivered 10 ms later unless it is dropped. */
export const message = (
  sent: number,
  [src, dest]: readonly [src: string, dest: string],
  type: string,
  value: Value,
  fate: Transmission["fate"] = { _tag: "Delivered", at: sent + 10 }
): Transmission => ({ ...transmission(src, dest, { type, message: value }, sent, fate), id: sent })

/** A run of two nodes in which this happened. */
export const happened = ({ operations = [], ...rest }: Partial<History<BroadcastOperation>>): Simulation.Result =>
  assess(history(operations, { nodes: ["n0", "n1"], ...rest }))

/** A run of the real nodes. */
export const simulated = (scenario: Partial<Scenario.Scenario>) =>
  Simulation.simulate({
    scenario: { ...Scenario.defaults, ...scenario },
    parts: Node.parts({ profile: "default", settings: {}, peers: "all" })
  })

/** A run in which a broadcast was acknowledged but both nodes miss its value at the end. */
export const losing = (value: Value) =>
  happened({
    operations: [broadcast(value, [0, 10]), read([], 100, { final: true }), read([], 100, { node: "n1", final: true })]
  })
