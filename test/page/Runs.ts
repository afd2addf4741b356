/**
 * Runs for the tests of the page.
 */
import * as Node from "../../src/cli/Node.ts"
import type { Value } from "../../src/protocol/Value.ts"
import type { History, Operation, Transmission } from "../../src/analysis/History.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import * as Report from "../../src/analysis/Report.ts"
import { message as transmission } from "../analysis/Histories.ts"

/** A message that carries a value, delivered 10 ms later unless it is dropped. */
export const message = (
  sent: number,
  [src, dest]: readonly [src: string, dest: string],
  type: string,
  value: Value,
  fate: Transmission["fate"] = { _tag: "Delivered", at: sent + 10 }
): Transmission => ({ ...transmission(src, dest, { type, message: value }, sent, fate), id: sent })

/** A run of two nodes in which this happened. */
export const happened = (history: Partial<History>): Simulation.Result => {
  const whole: History = {
    nodes: ["n0", "n1"],
    operations: [],
    transmissions: [],
    faults: [],
    defects: [],
    lastReadsAt: 0,
    ...history
  }
  return Report.assess(Scenario.defaults, whole)
}

/** A run of the real nodes. */
export const simulated = (scenario: Partial<Scenario.Scenario>) =>
  Simulation.simulate({
    scenario: { ...Scenario.defaults, ...scenario },
    parts: Node.parts({ profile: "default", settings: {}, peers: "all" })
  })

const operation = (what: Pick<Operation, "f" | "node" | "value" | "values" | "invoked">): Operation => ({
  ...what,
  client: "c0",
  completed: what.invoked + 10,
  ending: "ok",
  reason: undefined,
  final: what.f === "read"
})

/** A run in which a broadcast was acknowledged but both nodes miss its value at the end. */
export const losing = (value: Value) =>
  happened({
    operations: [
      operation({ f: "broadcast", node: "n0", value, values: undefined, invoked: 0 }),
      operation({ f: "read", node: "n0", value: undefined, values: [], invoked: 100 }),
      operation({ f: "read", node: "n1", value: undefined, values: [], invoked: 100 })
    ]
  })
