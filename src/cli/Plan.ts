/**
 * `plan`: the settings that keep limits on latency with the fewest messages, what they cost, and whether a simulation agrees.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { mean } from "../analysis/Spread.ts"
import * as Words from "../analysis/Words.ts"
import * as Plan from "../planning/Plan.ts"
import * as Settings from "../gossip/Settings.ts"
import * as Range from "../protocol/Range.ts"
import * as Scenario from "../simulation/Scenario.ts"
import * as Simulation from "../simulation/Simulation.ts"
import * as Flags from "./Flags.ts"
import * as Node from "./Node.ts"
import * as Process from "./Process.ts"
import * as Runs from "./Runs.ts"
import * as Simulate from "./Simulate.ts"

/** No settings keep the limits, or a simulation of those that should has exceeded them. */
export class PlanFailed extends Data.TaggedError("PlanFailed")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 1
  /** It has been told already. */
  override readonly [Runtime.errorReported] = false
}

const { number } = Words

/** How many seeds a check takes. */
const runs = 3

const limit = (name: string, meaning: string): Flags.Described<number> => {
  const range = Range.number(1, Settings.descriptions.meeting_ms.range.maximum)
  const takes = Range.describe(range)
  const parser = Flags.number(name, range).pipe(Flag.withDescription(`${meaning}. ${takes}`))
  return { flag: `--${name}`, meaning, takes, usual: "", parser }
}

const { latency, latency_dist, rate, seed } = Simulate.described

/** The flags of the command. */
export const described = {
  node_count: Flags.counted("node-count", "How many nodes", { ...Scenario.ranges.node_count, minimum: 2 }, 25),
  rate,
  latency,
  latency_dist,
  time_limit: Flags.counted("time-limit", "For how many seconds clients work", Range.number(1, 86_400), 20, 1000),
  median: limit("median-ms", "The median of the stable latencies, in ms, at most"),
  maximum: limit("max-ms", "The longest stable latency, in ms, at most"),
  down: Flags.counted("down", "How many nodes may be down at once", Range.integer(0, 9999), 0),
  check: Flags.toggle(
    "check",
    `Simulates the plan with ${runs} seeds, and prints what was measured beside what was predicted`
  ),
  seed
}

const flagsOf = (settings: Plan.Plan["settings"]): string =>
  Object.entries(settings)
    .map(([name, value]) => `--${name.replaceAll("_", "-")} ${value}`)
    .join(" ")

/** What a run costs and how long values take, in ms. */
type Figures = Pick<Plan.Plan["forecast"], "messages" | "median" | "maximum">

/** The means over some simulated runs. */
const measure = Effect.fnUntraced(function* (scenario: Scenario.Scenario, settings: Plan.Plan["settings"]) {
  const node: Node.Options = { profile: "default", settings, peers: "all" }
  const seeds = Array.from({ length: runs }, (_, index) => scenario.seed + index)
  const verdicts = yield* Effect.forEach(seeds, (each) =>
    Effect.gen(function* () {
      const run = { ...scenario, seed: each }
      const { verdict } = yield* Simulation.simulate({ scenario: run, parts: Node.parts(node) })
      if (verdict.valid === true && verdict.complete) return verdict
      const message = `a run is not valid and complete; this repeats it:\n  ${Simulate.repeat(run, node)}`
      yield* Console.error(message)
      return yield* new Runs.RunFailed({ message })
    })
  )
  const quantile = (name: "0.5" | "1") => mean(verdicts.map(({ set }) => set.stable_latencies?.[name] ?? 0))
  return {
    messages: mean(verdicts.map(({ net }) => net.servers.msgs_per_op)),
    median: quantile("0.5"),
    maximum: quantile("1")
  }
})

const row = (label: string, cells: ReadonlyArray<string>): string =>
  `${label.padEnd(22)}${cells.map((cell) => cell.padStart(12)).join("")}`

/** The figures side by side with the limits. */
const table = (limits: Plan.Limits, predicted: Figures, measured: Figures | undefined): ReadonlyArray<string> => {
  const columns = measured === undefined ? [predicted] : [predicted, measured]
  const cells = (decimals: number, name: keyof Figures) => columns.map((figures) => number(figures[name], decimals))
  return [
    row("", ["limit", "predicted", ...(measured === undefined ? [] : ["measured"])]),
    row("messages per request", ["", ...cells(2, "messages")]),
    row("stable, median ms", [number(limits.median), ...cells(0, "median")]),
    row("stable, at most ms", [number(limits.maximum), ...cells(0, "maximum")])
  ]
}

/** What the plan is, by the forecast alone or by what was measured. */
const titleOf = (keeps: boolean, isWithin: boolean): string => {
  if (keeps) {
    return isWithin
      ? "the fewest messages within the limits:"
      : "the fewest messages within the limits by the forecast; a simulation exceeds them:"
  }
  return isWithin
    ? "the nearest to the limits by the forecast; a simulation is within them:"
    : "no settings keep the limits; the nearest are:"
}

/** What a meeting is like, what its hosts do, and what happens if they are down. */
const explanation = (nodes: number, { forecast, settings }: Plan.Plan): ReadonlyArray<string> => {
  const { delayIfDown, guests, wait } = forecast
  const { hosts, meeting_ms } = settings
  const busy = Words.percent((hosts * wait) / nodes / meeting_ms)
  const each = hosts === 1 ? "its host waits" : `its ${hosts} hosts wait`
  return [
    `meeting     every ${number(meeting_ms)} ms; ${each} ${number(wait)} ms for ${number(guests, 1)} nodes in the mean`,
    `host        receives ${number(guests, 1)} and sends ${number(nodes - 1)} messages a meeting; ` +
      `each node is a host in ${number(hosts)} of ${number(nodes)} meetings, ${busy} of the time`,
    hosts === 1
      ? `host down   the values of its meeting come ${number(delayIfDown)} ms later`
      : `host down   no value comes later while one of the ${number(hosts)} hosts of a meeting is up; ` +
        `otherwise its values come ${number(delayIfDown)} ms later`
  ]
}

/** The subcommand. */
export const plan = Command.make(
  "plan",
  Flags.parsers(described),
  Effect.fnUntraced(function* ({ check, down, maximum, median, ...given }) {
    if (down >= given.node_count) {
      return yield* new Process.UsageError({ message: `--down: must be less than the ${given.node_count} nodes` })
    }
    const limits = { median, maximum, down }
    const found = Plan.make(given, limits)
    const { forecast, keeps, settings } = found
    const scenario = { ...Scenario.defaults, ...given }
    const measured = check ? yield* measure(scenario, settings) : undefined
    const isWithin = measured === undefined ? keeps : measured.median <= median && measured.maximum <= maximum
    yield* Console.log(
      [
        titleOf(keeps, isWithin),
        "",
        `  ${flagsOf(settings)}`,
        "",
        ...table(limits, forecast, measured),
        "",
        ...explanation(given.node_count, found)
      ].join("\n")
    )
    if (isWithin) return
    const asked = `a median of ${number(median)} ms and a maximum of ${number(maximum)} ms`
    const message = keeps
      ? `${runs} simulated runs exceed ${asked}, though the forecast keeps them. Plan for lower limits: that leaves room`
      : `meetings cannot keep ${asked}: a value waits for the next meeting, and then ${number(forecast.wait)} ms for the ` +
        "host. Raise the limits"
    yield* Console.error(message)
    return yield* new PlanFailed({ message })
  })
).pipe(
  Command.withDescription(
    "Finds the settings that keep limits on latency with the fewest messages, and says what they cost. " +
      "Exit code 0 if the limits are kept, by what --check measures if it is given; 1 if not."
  )
)
