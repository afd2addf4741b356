/**
 * What the profiles cost: in the standard run, in clusters of other sizes, and with clocks that are wrong; and settings for
 * latencies that vary.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Changes, type Profile, profileNames, profiles } from "../../src/gossip/Settings.ts"
import { standard as scenario } from "../simulation/Standard.ts"
import * as Picture from "./Picture.ts"
import * as Rows from "./Rows.ts"
import * as Sample from "./Sample.ts"

/** A profile in the standard run. */
export interface Standard {
  readonly profile: Profile
  readonly sample: Sample.Sample
}

/** The profiles in the standard run: a table, and the samples. */
export const standard = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    profileNames,
    Effect.fnUntraced(function* (profile) {
      yield* Console.error(`profile ${profile}`)
      const row: Standard = { profile, sample: yield* Sample.take({ profile, seeds: 20 }) }
      return row
    })
  )
  const label = (profile: Profile) => {
    const { fanout, meeting_ms } = profiles[profile]
    return `${profile}: K ${fanout}, T ${meeting_ms}`
  }
  const text = Picture.table(
    ["profile", ...Rows.costs, ...Rows.traffic, Rows.verdict],
    rows.map(({ profile, sample }) => [
      label(profile),
      ...Rows.costsOf(sample),
      ...Rows.trafficOf(sample),
      Rows.verdictOf(sample)
    ])
  )
  return { rows, text }
})

/** Large clusters take long to simulate, so they have fewer seeds. */
const sizes = [
  { node_count: 5, seeds: 20 },
  { node_count: 100, seeds: 5 },
  { node_count: 500, seeds: 2 }
]

/** The profiles in clusters of several sizes, the standard one among them: a table. */
export const bySize = Effect.fnUntraced(function* (standards: ReadonlyArray<Standard>) {
  const others = yield* Effect.forEach(
    profileNames.flatMap((profile) => sizes.map((size) => ({ profile, ...size }))),
    Effect.fnUntraced(function* ({ node_count, profile, seeds }) {
      yield* Console.error(`profile ${profile}, ${node_count} nodes`)
      return { profile, node_count, sample: yield* Sample.take({ profile, seeds, scenario: { node_count } }) }
    })
  )
  const all = [...standards.map((row) => ({ ...row, node_count: scenario.node_count })), ...others]
  const rows = profileNames.flatMap((name) =>
    all
      .filter(({ profile }) => profile === name)
      .toSorted((a, b) => a.node_count - b.node_count)
      .map(({ node_count, profile, sample }) => [
        profile,
        String(node_count),
        ...Rows.costsOf(sample),
        Rows.figure(sample.bytes),
        Rows.figure(sample.rmr, 2),
        Rows.verdictOf(sample)
      ])
  )
  return Picture.table(["profile", "nodes", ...Rows.costs, "bytes/op", "RMR", Rows.verdict], rows)
})

/** Settings for exponential latencies, which change those of the profile fast. */
const varying: ReadonlyArray<Changes> = [
  { meeting_ms: 230, hosts: 2, attendance: 0.7 },
  { meeting_ms: 1280, hosts: 2 }
]

/** Exponential latencies with mean 100 ms: a table. */
export const exponential = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    varying,
    Effect.fnUntraced(function* (settings) {
      yield* Console.error(`exponential, ${Rows.flags(settings)}`)
      const sample = yield* Sample.take({
        profile: "fast",
        settings,
        scenario: { latency_dist: "exponential" },
        seeds: 20
      })
      return [
        `\`--profile fast ${Rows.flags(settings)}\``,
        ...Rows.costsOf(sample),
        ...Rows.trafficOf(sample),
        Rows.verdictOf(sample)
      ]
    })
  )
  return Picture.table(["settings", ...Rows.costs, ...Rows.traffic, Rows.verdict], rows)
})

/** How far clocks are off at most, either way, in ms. */
const skews = [50, 5000]

/** Clocks that are off throughout the run, beside those that are right: a table. */
export const clocks = Effect.fnUntraced(function* (standards: ReadonlyArray<Standard>) {
  const rows = yield* Effect.forEach(
    standards,
    Effect.fnUntraced(function* ({ profile, sample: right }) {
      const wrong = yield* Effect.forEach(
        skews,
        Effect.fnUntraced(function* (clock_skew) {
          yield* Console.error(`profile ${profile}, clocks off by ${clock_skew} ms`)
          return { clock_skew, sample: yield* Sample.take({ profile, scenario: { clock_skew }, seeds: 20 }) }
        })
      )
      return [{ clock_skew: 0, sample: right }, ...wrong].map(({ clock_skew, sample }) => [
        profile,
        `±${clock_skew}`,
        ...Rows.costsOf(sample),
        Rows.figure(sample.bytes),
        Rows.verdictOf(sample)
      ])
    })
  )
  return Picture.table(["profile", "clocks off by ms", ...Rows.costs, "bytes/op", Rows.verdict], rows.flat())
})
