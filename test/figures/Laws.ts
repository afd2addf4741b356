/**
 * Theory beside measurement: coverage against its fixed point, and meetings against the formulas for what they cost.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { mean } from "../../src/analysis/Spread.ts"
import * as Forecast from "../../src/planning/Forecast.ts"
import { profiles } from "../../src/gossip/Settings.ts"
import { standard } from "../simulation/Standard.ts"
import * as Picture from "./Picture.ts"
import * as Sample from "./Sample.ts"

const alone = { meeting_ms: 0, repair_interval_ms: 0 }

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
        const plan = { settings: { ...alone, fanout }, scenario, seeds: 1 }
        return { x: fanout, y: mean(yield* Sample.measure(plan, ({ spread }) => spread.coverage)) }
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

const clusterSizes = [5, 10, 25, 50, 100, 200, 500]

/** The profile fast in clusters of many sizes, as the formulas have it and as it is. */
export const meetings = Effect.fnUntraced(function* (folder: string) {
  const compared = yield* Effect.forEach(
    clusterSizes,
    Effect.fnUntraced(function* (node_count) {
      yield* Console.error(`meetings of ${node_count} nodes`)
      const sample = yield* Sample.take({ profile: "fast", scenario: { node_count }, seeds: node_count < 100 ? 5 : 2 })
      return { node_count, sample, forecast: Forecast.of({ ...standard, node_count }, profiles.fast) }
    })
  )
  yield* Picture.write(`${folder}/meetings.svg`, {
    title: `Meetings every ${profiles.fast.meeting_ms} ms at 100 requests a second: messages per request`,
    x: { name: "nodes", log: true },
    y: { name: "messages per request", log: true },
    series: [
      {
        name: "formula",
        as: "law",
        points: compared.map(({ forecast, node_count }) => ({ x: node_count, y: forecast.messages }))
      },
      {
        name: "measured",
        as: "dots",
        points: compared.map(({ node_count, sample }) => ({ x: node_count, y: sample.messages.mean }))
      }
    ]
  })
  const both = (predicted: number, measured: number, digits = 0) =>
    `${predicted.toFixed(digits)}, ${measured.toFixed(digits)}`
  return Picture.table(
    ["nodes", "msgs/op: formula, measured", "median ms", "max ms"],
    compared.map(({ forecast, node_count, sample }) => [
      String(node_count),
      both(forecast.messages, sample.messages.mean, 2),
      both(forecast.median, sample.median.mean),
      both(forecast.maximum, sample.slowest.mean)
    ])
  )
})
