/**
 * One node is down or paused from the first request of the clients to the last.
 *
 * The nemesis does it: an interval that is much longer than the run makes the fault last as long as the clients work. Then the
 * node comes back and catches up.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Faults from "../../src/simulation/Faults.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import type { Result } from "../../src/simulation/Simulation.ts"
import { broadcast } from "../../src/workload/Broadcast.ts"
import { standard } from "../simulation/Standard.ts"
import * as Picture from "./Picture.ts"
import * as Rows from "./Rows.ts"
import * as Sample from "./Sample.ts"

const kinds = ["crash", "pause"] as const

const scenario = { ...standard, nemesis_interval: 86_400_000 }

/** The nodes that the nemesis strikes first under this seed. */
const victims = Effect.fnUntraced(function* (kind: (typeof kinds)[number], seed: number) {
  const random = yield* Scenario.chance(seed, `nemesis/${kind}`)
  const fault = Faults.draw(kind, random, Scenario.nodeIds(scenario.node_count), scenario)
  return "nodes" in fault ? fault.nodes : []
})

/** How many runs there are of each kind. */
const runCount = 20

/** The first seeds under which the nemesis strikes one node only. */
const seedsOf = Effect.fnUntraced(function* (kind: (typeof kinds)[number]) {
  const seeds: Array<number> = []
  for (let seed = 1; seeds.length < runCount; seed++) {
    if ((yield* victims(kind, seed)).length === 1) seeds.push(seed)
  }
  return seeds
})

/**
 * The figures of a run; the latencies are those that the clients of the other nodes see. A paused node answers its last read
 * when it resumes, with what it knew before the pause.
 */
const figures = (result: Result): Sample.Run => {
  const { history } = result
  const absent = new Set(history.faults.flatMap(({ fault }) => ("nodes" in fault ? fault.nodes : [])))
  const operations = history.operations.filter(({ node }) => !absent.has(node))
  const { set } = broadcast.check({ ...history, operations })
  return {
    ...Sample.run(result),
    median: set.stable_latencies?.["0.5"] ?? Infinity,
    slowest: set.stable_latencies?.["1"] ?? Infinity
  }
}

const hostCounts = [1, 2]

/** The profile fast without one node, with one host and with two: a table. */
export const table = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    hostCounts.flatMap((hosts) => [undefined, ...kinds].map((kind) => ({ hosts, kind }))),
    Effect.fnUntraced(function* ({ hosts, kind }) {
      yield* Console.error(`${hosts} hosts, ${kind ?? "no fault"}`)
      const plan: Sample.Plan = { profile: "fast", settings: { hosts }, seeds: runCount }
      const sample =
        kind === undefined
          ? yield* Sample.take(plan)
          : Sample.of(
              yield* Sample.measure(
                { ...plan, scenario: { ...scenario, nemesis: [kind] }, seeds: yield* seedsOf(kind) },
                figures
              )
            )
      const what = kind === undefined ? "nothing" : kind === "crash" ? "one node is down" : "one node is paused"
      return [what, String(hosts), ...Rows.costsOf(sample), Rows.figure(sample.bytes), Rows.verdictOf(sample)]
    })
  )
  return Picture.table(["fault", "H", ...Rows.costs, "bytes/op", Rows.verdict], rows)
})
