/**
 * Theory beside measurement: coverage against its fixed point, rounds against the logarithm of the cluster's size, residue
 * against the budget.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { mean } from "../../src/analysis/Spread.ts"
import * as Picture from "./Picture.ts"
import * as Sample from "./Sample.ts"

const alone = { rounds: 1, repair_interval_ms: 0, window_ms: 0 }

/** The share of a large cluster that infect-and-die with this fanout reaches: the solution of z = 1 − e^(−Kz). */
const fixedPoint = (fanout: number): number => {
  let z = 1
  for (let step = 0; step < 1000; step++) z = 1 - Math.exp(-fanout * z)
  return z
}

const fanouts = [1, 2, 3, 4, 5]

/** Coverage of forwarding once, at once. */
export const coverage = Effect.fnUntraced(function* (folder: string) {
  const measure = (node_count: number, time_limit: number) =>
    Effect.forEach(
      fanouts,
      Effect.fnUntraced(function* (fanout) {
        yield* Console.error(`coverage, ${node_count} nodes, K ${fanout}`)
        const scenario = { node_count, rate: 20, time_limit, quiet: 5000 }
        const results = yield* Sample.runs({ settings: { ...alone, fanout }, scenario, seeds: 1 })
        return { x: fanout, y: mean(results.map(({ spread }) => spread.coverage)) }
      })
    )
  const [small, large] = [yield* measure(25, 60_000), yield* measure(1000, 5000)]
  yield* Picture.write(`${folder}/coverage.svg`, {
    title: "Forwarding once, at once: the share of nodes that learn a value",
    x: { name: "fanout K", min: 0, max: 6 },
    y: { name: "coverage", min: 0, max: 1 },
    series: [
      { name: "z = 1 − e^(−Kz)", as: "law", points: fanouts.map((fanout) => ({ x: fanout, y: fixedPoint(fanout) })) },
      { name: "25 nodes, measured", as: "dots", points: small },
      { name: "1,000 nodes, measured", as: "dots", points: large }
    ]
  })
  return Picture.table(
    ["K", "z", "25 nodes", "1,000 nodes"],
    fanouts.map((fanout, index) => [
      String(fanout),
      fixedPoint(fanout).toFixed(4),
      (small[index]?.y ?? 0).toFixed(4),
      (large[index]?.y ?? 0).toFixed(4)
    ])
  )
})

/** Rounds of push and pull until every node of a cluster of this size knows (Karp et al. 2000), without the constant. */
const pushPull = (n: number): number => Math.log(n) / Math.log(3) + Math.log(Math.log(n))

const clusterSizes = [5, 10, 25, 50, 100, 250, 500, 1000]

/** Rounds until every node knows, with almost no latency. */
export const rounds = Effect.fnUntraced(function* (folder: string) {
  const window_ms = 1000
  const measured = yield* Effect.forEach(
    clusterSizes,
    Effect.fnUntraced(function* (node_count) {
      yield* Console.error(`rounds, ${node_count} nodes`)
      const results = yield* Sample.runs({
        settings: { fanout: 1, window_ms, rounds: 40, repair_interval_ms: 0 },
        scenario: { node_count, rate: 20, time_limit: 4000, latency: 1, quiet: 16_000 },
        seeds: node_count > 100 ? 3 : 5
      })
      const times = results.map(({ spread }) => (spread.times?.["0.5"] ?? Infinity) / window_ms)
      return { x: node_count, y: mean(times) }
    })
  )
  const law = (of: (n: number) => number) => clusterSizes.map((n) => ({ x: n, y: of(n) }))
  yield* Picture.write(`${folder}/rounds.svg`, {
    title: "Rounds until every node knows a value (K = 1, with pull)",
    x: { name: "nodes", log: true },
    y: { name: "rounds", min: 0 },
    series: [
      { name: "push: log₂ n + ln n", as: "law", points: law((n) => Math.log2(n) + Math.log(n)) },
      {
        name: "push and pull: log₃ n + ln ln n",
        as: "law",
        points: law(pushPull)
      },
      { name: "measured (median)", as: "line", points: measured }
    ]
  })
  return Picture.table(
    ["nodes", "log₃ n + ln ln n", "measured"],
    measured.map(({ x, y }) => [String(x), pushPull(x).toFixed(1), y.toFixed(1)])
  )
})

const budgets = [1, 2, 3, 4, 5, 6, 7, 8]

/** The residue of rumors without repair, by the number of rounds in which a value is sent. */
export const residue = Effect.fnUntraced(function* (folder: string) {
  const measure = (pull: string, plan: Sample.Plan["settings"]) =>
    Effect.forEach(
      budgets,
      Effect.fnUntraced(function* (budget) {
        yield* Console.error(`residue, ${pull}, R ${budget}`)
        const results = yield* Sample.runs({
          settings: { ...plan, rounds: budget, repair_interval_ms: 0 },
          scenario: { node_count: 100, rate: 50, time_limit: 10_000, latency: 20 },
          seeds: 2
        })
        return { x: budget, y: 1 - mean(results.map(({ spread }) => spread.coverage)) }
      })
    )
  const waiting = yield* measure("window", { fanout: 1, window_ms: 300 })
  const atOnce = yield* measure("at once", { fanout: 2, window_ms: 0, gossip_interval_ms: 300 })
  const shown = (points: typeof waiting) => points.filter(({ y }) => y > 0)
  yield* Picture.write(`${folder}/residue.svg`, {
    title: "What rumors alone leave out (100 nodes, no repair)",
    x: { name: "budget R in rounds", min: 0, max: 9 },
    y: { name: "residue", log: true },
    series: [
      { name: "K = 1, W = 300 ms", as: "line", points: shown(waiting) },
      { name: "K = 2, at once, then I = 300 ms", as: "line", points: shown(atOnce) }
    ]
  })
  return Picture.table(
    ["R", "K = 1, W = 300 ms", "K = 2, at once"],
    budgets.map((budget, index) => [
      String(budget),
      (waiting[index]?.y ?? 0).toPrecision(2),
      (atOnce[index]?.y ?? 0).toPrecision(2)
    ])
  )
})
