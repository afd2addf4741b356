/**
 * `simulate`: a cluster of nodes under a scenario, and the verdict on it.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Range from "../protocol/Range.ts"
import { Value } from "../protocol/Value.ts"
import * as Account from "../simulation/Account.ts"
import { explain } from "../simulation/Explain.ts"
import * as Scenario from "../simulation/Scenario.ts"
import * as Simulation from "../simulation/Simulation.ts"
import { outline, summarise } from "../simulation/Summary.ts"
import * as Node from "./Node.ts"
import { nodeFlags, number } from "./NodeFlags.ts"
import * as RunFiles from "./RunFiles.ts"

/** A run, or several, lost values or left some nodes without them. */
export class RunFailed extends Data.TaggedError("RunFailed")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 1
  /** It has been told already. */
  override readonly [Runtime.errorReported] = false
}

const { defaults } = Scenario
const { fields } = Scenario.Scenario

const seconds = (name: string, minimum = 0) =>
  number(name, Range.number(minimum, 86_400)).pipe(Flag.map((value) => value * 1000))

const decodeJsonText = Schema.decodeUnknownEffect(Schema.fromJsonString(Value))

const splitFaults = (text: string) => text.split(",").filter((fault) => fault !== "")
const decodeFaults = Schema.decodeUnknownEffect(fields.nemesis)

const flags = {
  node: nodeFlags,
  node_count: number("node-count", fields.node_count).pipe(
    Flag.withDefault(defaults.node_count),
    Flag.withDescription(`How many nodes, 1 to 10,000 (${defaults.node_count})`)
  ),
  rate: number("rate", fields.rate).pipe(
    Flag.withDefault(defaults.rate),
    Flag.withDescription(`Client requests a second, 0.001 to 100,000 (${defaults.rate})`)
  ),
  time_limit: seconds("time-limit").pipe(
    Flag.withDefault(defaults.time_limit),
    Flag.withDescription(`For how many seconds clients work, 0 to 86,400 (${defaults.time_limit / 1000})`)
  ),
  latency: number("latency", fields.latency).pipe(
    Flag.withDefault(defaults.latency),
    Flag.withDescription(`Mean latency between nodes in ms, 0 to 86,400,000 (${defaults.latency})`)
  ),
  latency_dist: Flag.Literals("latency-dist", Scenario.latencyDistributions).pipe(
    Flag.withDefault(defaults.latency_dist),
    Flag.withDescription(`How latencies are distributed (${defaults.latency_dist})`)
  ),
  topology: Flag.Literals("topology", Scenario.topologies).pipe(
    Flag.withDefault(defaults.topology),
    Flag.withDescription(`The neighbours that clients suggest (${defaults.topology})`)
  ),
  nemesis: Flag.String("nemesis").pipe(
    Flag.withMetavar("faults"),
    Flag.withDefault(""),
    Flag.mapEffect((text) =>
      Effect.mapError(
        decodeFaults(splitFaults(text)),
        () =>
          new CliError.ValidationError({
            message: `--nemesis: must be some of ${Scenario.faults.join()}, separated by commas`
          })
      )
    ),
    Flag.withDescription(`Faults to switch on and off, separated by commas: ${Scenario.faults.join()} (none)`)
  ),
  nemesis_interval: seconds("nemesis-interval", 0.001).pipe(
    Flag.withDefault(defaults.nemesis_interval),
    Flag.withDescription(
      `Mean seconds between switching a fault on and off, 0.001 to 86,400 (${defaults.nemesis_interval / 1000})`
    )
  ),
  loss_rate: number("loss-rate", fields.loss_rate).pipe(
    Flag.withDefault(defaults.loss_rate),
    Flag.withDescription(`Share of messages that the fault loss loses, 0 to 1 (${defaults.loss_rate})`)
  ),
  duplicate_rate: number("duplicate-rate", fields.duplicate_rate).pipe(
    Flag.withDefault(defaults.duplicate_rate),
    Flag.withDescription(
      `Share of messages that the fault duplicate delivers twice, 0 to 1 (${defaults.duplicate_rate})`
    )
  ),
  network: Flag.Literals("network", Scenario.networks).pipe(
    Flag.withDefault(defaults.network),
    Flag.withDescription(`One inbox a node as in Maelstrom, or every message on its own (${defaults.network})`)
  ),
  seed: number("seed", fields.seed).pipe(
    Flag.withDefault(defaults.seed),
    Flag.withDescription(`Seed of all chance, 0 to 2^53 − 1 (${defaults.seed})`)
  ),
  runs: number("runs", Range.integer(1, 1_000_000)).pipe(
    Flag.withDefault(1),
    Flag.withDescription("How many runs, with seeds counted up from --seed, 1 to 1,000,000 (1)")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Print one JSON object a run, and a last one with the summary")
  ),
  explain: Flag.String("explain").pipe(
    Flag.withMetavar("value"),
    Flag.mapEffect((text) =>
      Effect.mapError(
        decodeJsonText(text),
        () =>
          new CliError.ValidationError({
            message: `--explain: ${text} is not JSON; values are JSON, as in --explain 17`
          })
      )
    ),
    Flag.optional,
    Flag.withDescription("Tell from whom, when and how each node learned this value, or why not")
  ),
  out: Flag.Directory("out").pipe(
    Flag.optional,
    Flag.withDescription("Write results, operations, messages and a page for the browser into this folder")
  )
}

/** The command that repeats a run of this scenario on nodes with these options. */
export const repeat = (scenario: Scenario.Scenario, { peers, profile, settings }: Node.Options): string => {
  const inSeconds = new Set(["time_limit", "nemesis_interval"])
  const given = { ...scenario, nemesis: scenario.nemesis.join() }
  const usual: Record<string, unknown> = { ...Scenario.defaults, nemesis: "" }
  const words = Object.entries(given)
    .filter(([name, value]) => name !== "seed" && usual[name] !== value)
    .map(([name, value]) => [name, inSeconds.has(name) ? Number(value) / 1000 : value])
  const nodeWords = Object.entries({ profile, ...settings, peers }).filter(([, value]) => value !== undefined)
  return [...words, ...nodeWords, ["seed", scenario.seed]].reduce(
    (command, [name, value]) => `${command} --${String(name).replaceAll("_", "-")} ${String(value)}`,
    "maelstrom-gossip simulate"
  )
}

const print = (value: unknown) => Console.log(JSON.stringify(value))

const verdictLine = ({ scenario, verdict }: Simulation.Result): string => {
  const { net, set } = verdict
  const latencies = set.stable_latencies
  return (
    `seed ${scenario.seed}: valid ${verdict.valid}, complete ${verdict.complete}, ` +
    `${net.servers.msgs_per_op.toFixed(2)} messages per request, ` +
    `stable after ${latencies?.["0.5"] ?? "—"} ms (median), ${latencies?.["1"] ?? "—"} ms (at most)`
  )
}

/** Runs the command. */
const execute = Effect.fnUntraced(function* (
  scenario: Scenario.Scenario,
  node: Node.Options,
  output: {
    readonly runs: number
    readonly json: boolean
    readonly explain: Option.Option<Value>
    readonly out: Option.Option<string>
  }
) {
  const { stderrIsTerminal } = yield* Stdio.Stdio
  const showsProgress = output.runs > 1 && (yield* stderrIsTerminal)
  const single = output.runs === 1
  const outlines: Array<ReturnType<typeof outline>> = []
  const failed: Array<string> = []
  for (let index = 0; index < output.runs; index++) {
    if (showsProgress) yield* Console.error(`run ${index + 1} of ${output.runs}`)
    const result = yield* Simulation.simulate({
      scenario: { ...scenario, seed: scenario.seed + index },
      handlers: Node.handlers(node)
    })
    outlines.push(outline(result))
    if (output.json) yield* print(outline(result))
    else yield* Console.log(single ? Account.account(result).join("\n") : verdictLine(result))
    if (Option.isSome(output.explain)) {
      const lines = explain(result, output.explain.value)
      yield* (output.json ? Console.error : Console.log)(["", ...lines].join("\n"))
    }
    const command = repeat(result.scenario, node)
    if (Option.isSome(output.out)) yield* RunFiles.write(output.out.value, result, single, command)
    if (result.verdict.valid !== true || !result.verdict.complete) failed.push(command)
  }
  if (output.runs > 1) {
    const summary = summarise(outlines)
    if (output.json) yield* print({ summary })
    else yield* Console.log(Account.summary(summary, output.runs, failed.length).join("\n"))
  }
  const [first] = failed
  if (first === undefined) return
  const which = single ? "the run is" : `${failed.length} of ${output.runs} runs are`
  const message = `${which} not valid and complete; this repeats ${single ? "it" : "the first"}:\n  ${first}`
  yield* Console.error(message)
  return yield* new RunFailed({ message })
})

/** The subcommand. */
export const simulate = Command.make("simulate", flags, ({ explain: value, json, node, out, runs, ...given }) => {
  const scenario = { ...given, request_timeout: defaults.request_timeout, quiet: defaults.quiet }
  return execute(scenario, node, { runs, json, explain: value, out })
}).pipe(
  Command.withDescription(
    "Runs a cluster of nodes in one process on virtual time and judges it as Maelstrom does: a minute there is a second here. " +
      "Exit code 0 if every run is valid and complete, 1 if not."
  )
)
