/**
 * The broadcast challenges of Gossip Glomers (https://fly.io/dist-sys): what each asks for, and what a profile measures there.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Profile } from "../../src/gossip/Settings.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Picture from "./Picture.ts"
import * as Rows from "./Rows.ts"
import * as Sample from "./Sample.ts"

interface Challenge {
  readonly name: string
  readonly asks: string
  readonly limits: string
  readonly profile: Profile
  /** The cluster, by the names that its flags have in Maelstrom. */
  readonly scenario: Pick<Scenario.Scenario, "node_count" | "rate"> &
    Partial<Pick<Scenario.Scenario, "latency" | "nemesis">>
}

const efficient = { node_count: 25, rate: 100, latency: 100 }

const challenges: ReadonlyArray<Challenge> = [
  {
    name: "3a",
    asks: "a single node",
    limits: "valid",
    profile: "default",
    scenario: { node_count: 1, rate: 10 }
  },
  {
    name: "3b",
    asks: "several nodes",
    limits: "valid",
    profile: "default",
    scenario: { node_count: 5, rate: 10 }
  },
  {
    name: "3c",
    asks: "partitions",
    limits: "valid",
    profile: "default",
    scenario: { node_count: 5, rate: 10, nemesis: ["partition"] }
  },
  {
    name: "3d",
    asks: "efficiency, part 1",
    limits: "< 30 msgs/op, median < 400, max < 600",
    profile: "fast",
    scenario: efficient
  },
  {
    name: "3e",
    asks: "efficiency, part 2",
    limits: "< 20 msgs/op, median < 1,000, max < 2,000",
    profile: "frugal",
    scenario: efficient
  }
]

const flagsOf = ({ profile, scenario }: Challenge): string => {
  const cluster = Object.entries(scenario).map(([name, value]) => `--${name.replaceAll("_", "-")} ${String(value)}`)
  return `\`${cluster.join(" ")}${profile === "default" ? "" : ` -- --profile ${profile}`}\``
}

/** The challenges, with their flags and what was measured over seeds 1 to 20: a table. */
export const table = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    challenges,
    Effect.fnUntraced(function* (challenge) {
      yield* Console.error(`Gossip Glomers ${challenge.name}`)
      const { profile, scenario } = challenge
      const sample = yield* Sample.take({
        profile,
        scenario: { ...Scenario.defaults, time_limit: 20_000, ...scenario },
        seeds: 20
      })
      return [
        `${challenge.name}: ${challenge.asks}`,
        challenge.limits,
        flagsOf(challenge),
        ...Rows.costsOf(sample),
        Rows.verdictOf(sample)
      ]
    })
  )
  return Picture.table(["challenge", "limits", "flags", ...Rows.costs, Rows.verdict], rows)
})
