/**
 * Messages against time: meetings at many intervals and the profiles, beside gossip among random peers and the published
 * results of others.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Changes, profiles } from "../../src/gossip/Settings.ts"
import * as Picture from "./Picture.ts"
import * as Rows from "./Rows.ts"
import * as Sample from "./Sample.ts"

/** Messages per request, median and maximum of the stable latency in ms. */
type Known = readonly [messages: number, median: number, slowest: number, name: string]

const published: ReadonlyArray<Known> = [
  [1.92, 764, 1087, "star, batches"],
  [3.39, 738, 993, "tree, timer"],
  [8.5, 250, 390, "star, buffer"],
  [10.7, 560, 1000, "random, p = 0.5"],
  [12, 386, 505, "tree4"],
  [19, 300, 500, "random, 20 ms"]
]

/**
 * Blind gossip, in which each node draws its own peers. This project spread values so before nodes met: new values were
 * forwarded at once or after a window, sent again for some rounds, and each message asked its receiver for what it lacked.
 * Means over the seeds 1 to 20 of the standard run, measured with that code on the same simulator.
 */
const blind: ReadonlyArray<Known> = [
  [1.8, 956, 1663, "K 1, every 310 ms"],
  [7.3, 348, 555, "K 1, every 70 ms"],
  [15.6, 345, 618, "K 2, at once"]
]

const intervals = [150, 200, 250, 300, 360, 420, 480, 540, 600, 800, 1000, 1300, 1700, 2200, 3000]

const settings = (meeting_ms: number): Changes => ({ ...profiles.fast, meeting_ms })

const known = (figure: "median" | "slowest", list: ReadonlyArray<Known>): ReadonlyArray<Picture.Point> =>
  list.map(([x, median, slowest, name]) => ({ x, y: figure === "median" ? median : slowest, name }))

/** All intervals under a few seeds: a table and two pictures. */
export const draw = Effect.fnUntraced(function* (
  folder: string,
  chosen: ReadonlyArray<{ readonly profile: string; readonly sample: Sample.Sample }>
) {
  const tried = yield* Effect.forEach(
    intervals,
    Effect.fnUntraced(function* (interval) {
      yield* Console.error(`meetings every ${interval} ms`)
      return { interval, sample: yield* Sample.take({ settings: settings(interval), seeds: 5 }) }
    })
  )
  for (const figure of ["median", "slowest"] as const) {
    const point = (sample: Sample.Sample, name = "") => ({ x: sample.messages.mean, y: sample[figure].mean, name })
    yield* Picture.write(`${folder}/frontier-${figure}.svg`, {
      title: `Messages per request against stable latency (${figure === "median" ? "median" : "maximum"})`,
      x: { name: "messages between nodes per request", log: true },
      y: { name: "ms", min: 0 },
      series: [
        { name: "published", as: "dots", points: known(figure, published) },
        { name: "blind gossip", as: "dots", points: known(figure, blind) },
        { name: "meetings, T = 150 … 3,000", as: "line", points: tried.map(({ sample }) => point(sample)) },
        { name: "profiles", as: "dots", points: chosen.map(({ profile, sample }) => point(sample, profile)) }
      ]
    })
  }
  return Picture.table(
    ["T", ...Rows.costs, "bytes/op", Rows.verdict],
    tried.map(({ interval, sample }) => [
      String(interval),
      ...Rows.costsOf(sample),
      Rows.figure(sample.bytes),
      Rows.verdictOf(sample)
    ])
  )
})
