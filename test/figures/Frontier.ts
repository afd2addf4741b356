/**
 * Messages against time: the profiles and many other settings, beside the published results of others.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Changes, profileNames, profiles } from "../../src/gossip/Settings.ts"
import * as Picture from "./Picture.ts"
import * as Sample from "./Sample.ts"

/** Messages per request, median and maximum of the stable latency in ms. */
type Published = readonly [messages: number, median: number, slowest: number, technique: string]

const published: ReadonlyArray<Published> = [
  [1.92, 764, 1087, "star, batches"],
  [3.39, 738, 993, "tree, timer"],
  [8.5, 250, 390, "star, buffer"],
  [10.7, 560, 1000, "random, p = 0.5"],
  [12, 386, 505, "tree4"],
  [19, 300, 500, "random, 20 ms"]
]

const windows = [30, 50, 60, 70, 80, 100, 130, 160, 200, 230, 260, 310, 330, 400, 500, 700]

// A value must be hot until every node has it, which takes a little more than half a second at least.
const roundsFor = (window_ms: number) => Math.max(6, Math.ceil(700 / window_ms))

const settings: ReadonlyArray<Changes> = [
  ...[1, 2].flatMap((fanout) =>
    windows.map((window_ms) => ({ fanout, window_ms: fanout * window_ms, rounds: roundsFor(fanout * window_ms) }))
  ),
  ...[1, 2, 3].flatMap((fanout) =>
    [100, 200, 400].map((gossip_interval_ms) => ({ fanout, window_ms: 0, gossip_interval_ms, rounds: 4 }))
  )
]

const label = ({ fanout, gossip_interval_ms, rounds, window_ms }: Changes) =>
  `K ${fanout}, ${window_ms === 0 ? `at once, I ${gossip_interval_ms}` : `W ${window_ms}`}, R ${rounds}`

const number = (value: number, digits = 0) => value.toFixed(digits)

const cells = ({ bytes, flawless, median, messages, quiet, slowest }: Sample.Sample) => [
  `${number(messages.mean, 2)} (${number(messages.worst, 2)})`,
  `${number(median.mean)} (${number(median.worst)})`,
  `${number(slowest.mean)} (${number(slowest.worst)})`,
  `${number(quiet.mean)} (${number(quiet.worst)})`,
  number(bytes.mean),
  flawless ? "all" : "NOT ALL"
]

const head = ["msgs/op", "median ms", "max ms", "quiet messages", "bytes/op", "valid and complete"]

/** The profiles under seeds 1 to 20: a table. */
export const profileTable = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    profileNames,
    Effect.fnUntraced(function* (profile) {
      yield* Console.error(`profile ${profile}`)
      const sample = yield* Sample.take({ profile, seeds: 20 })
      return { profile, sample }
    })
  )
  const text = Picture.table(
    ["profile", ...head],
    rows.map(({ profile, sample }) => [`${profile}: ${label(profiles[profile])}`, ...cells(sample)])
  )
  return { rows, text }
})

/** All settings under a few seeds: a table and two pictures. */
export const draw = Effect.fnUntraced(function* (
  folder: string,
  chosen: ReadonlyArray<{ readonly profile: string; readonly sample: Sample.Sample }>
) {
  const tried = yield* Effect.forEach(
    settings,
    Effect.fnUntraced(function* (changes) {
      yield* Console.error(label(changes))
      return { changes, sample: yield* Sample.take({ settings: changes, seeds: 5 }) }
    })
  )
  const isAtOnce = ({ changes }: (typeof tried)[number]) => changes.window_ms === 0
  for (const figure of ["median", "slowest"] as const) {
    const point = (sample: Sample.Sample, name = "") => ({ x: sample.messages.mean, y: sample[figure].mean, name })
    yield* Picture.write(`${folder}/frontier-${figure}.svg`, {
      title: `Messages per request against stable latency (${figure === "median" ? "median" : "maximum"})`,
      x: { name: "messages between nodes per request", log: true },
      y: { name: "ms", min: 0 },
      series: [
        {
          name: "published",
          as: "dots",
          points: published.map(([x, median, slowest, name]) => ({
            x,
            y: figure === "median" ? median : slowest,
            name
          }))
        },
        { name: "W > 0", as: "dots", points: tried.filter((one) => !isAtOnce(one)).map(({ sample }) => point(sample)) },
        { name: "at once", as: "dots", points: tried.filter(isAtOnce).map(({ sample }) => point(sample)) },
        { name: "profiles", as: "dots", points: chosen.map(({ profile, sample }) => point(sample, profile)) }
      ]
    })
  }
  return Picture.table(
    ["settings", ...head],
    tried
      .toSorted((a, b) => a.sample.messages.mean - b.sample.messages.mean)
      .map(({ changes, sample }) => [label(changes), ...cells(sample)])
  )
})

/** How much shorter a run is where there are very many messages, in ms of virtual time. */
const sizes = [
  { node_count: 5, seeds: 5, time_limit: 20_000 },
  { node_count: 25, seeds: 5, time_limit: 20_000 },
  { node_count: 100, seeds: 3, time_limit: 10_000 },
  { node_count: 500, seeds: 1, time_limit: 5000 }
]

/** The profiles in clusters of several sizes: a table. */
export const sizeTable = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    profileNames.flatMap((profile) => sizes.map((size) => ({ profile, ...size }))),
    Effect.fnUntraced(function* ({ node_count, profile, seeds, time_limit }) {
      yield* Console.error(`profile ${profile}, ${node_count} nodes`)
      return [
        profile,
        String(node_count),
        ...cells(yield* Sample.take({ profile, seeds, scenario: { node_count, time_limit } }))
      ]
    })
  )
  return Picture.table(["profile", "nodes", ...head], rows)
})
