/**
 * `simulate`: a cluster of nodes under a scenario, and the verdict on it.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Range from "../protocol/Range.ts"
import { Value } from "../protocol/Value.ts"
import * as Account from "../analysis/Account.ts"
import { explain } from "../analysis/Explain.ts"
import * as Scenario from "../simulation/Scenario.ts"
import * as Report from "../analysis/Report.ts"
import { type Outline, outline, summarise } from "../analysis/Summary.ts"
import * as Words from "../analysis/Words.ts"
import * as Flags from "./Flags.ts"
import * as Node from "./Node.ts"
import * as Process from "./Process.ts"
import * as Programs from "./Programs.ts"
import * as RunFiles from "./RunFiles.ts"

/** A run, or several, broke the rules of the workload or left some nodes behind. */
export class RunFailed extends Data.TaggedError("RunFailed")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 1
  /** It has been told already. */
  override readonly [Runtime.errorReported] = false
}

const { defaults, ranges } = Scenario

/** Scenarios have their times in ms; these flags take seconds. */
const msPerUnit: Readonly<Record<string, number>> = { time_limit: 1000, nemesis_interval: 1000 }

const flagOf = (name: string): string => name.replaceAll("_", "-")

/** The flag of a number in a scenario. */
const numeric = (name: keyof typeof ranges, meaning: string): Flags.Described<number> => {
  const { isInteger, maximum, minimum } = ranges[name]
  const unit = msPerUnit[name] ?? 1
  return Flags.counted(
    flagOf(name),
    meaning,
    { minimum: minimum / unit, maximum: maximum / unit, isInteger },
    defaults[name] / unit,
    unit
  )
}

/** The flag of a choice in a scenario. */
const choice = <const Names extends ReadonlyArray<string>>(
  name: string,
  names: Names,
  usual: Names[number],
  meaning: string
): Flags.Described<Names[number]> => ({
  flag: `--${flagOf(name)}`,
  meaning,
  takes: Flags.codes(names),
  usual: Flags.code(usual),
  parser: Flags.last(Flag.Literals(flagOf(name), names)).pipe(
    Flag.withDefault(usual),
    Flag.withDescription(`${meaning} (${usual})`)
  )
})

const decodeFaults = Schema.decodeUnknownEffect(Scenario.Scenario.fields.nemesis)
const none = "none"
const splitFaults = (text: string) => (text === none ? [] : text.split(",").filter((fault) => fault !== ""))

const nemesis = (): Flags.Described<ReadonlyArray<Scenario.FaultKind>> => {
  const meaning = "Faults to switch on and off, separated by commas"
  return {
    flag: "--nemesis FAULTS",
    meaning,
    takes: Flags.codes([none, ...Scenario.faults]),
    usual: Flags.code(none),
    parser: Flags.last(Flag.String("nemesis")).pipe(
      Flag.withMetavar("faults"),
      Flag.withDefault(none),
      Flag.mapEffect((text) =>
        Effect.mapError(decodeFaults(splitFaults(text)), () =>
          Flags.invalid("nemesis", `must be ${none}, or some of ${Scenario.faults.join()}, separated by commas`)
        )
      ),
      Flag.withDescription(`${meaning}: ${Scenario.faults.join(", ")} (${none})`)
    )
  }
}

const decodeShare = Schema.decodeEffect(Range.fromText(ranges.availability))

const availability = (): Flags.Described<number> => {
  const meaning = "Which share of the requests must succeed, or the run is not valid; total is 1"
  const takes = Range.describe(ranges.availability)
  return {
    flag: "--availability",
    meaning,
    takes: `${takes}, ${Flags.code("total")}`,
    usual: Range.format(defaults.availability),
    parser: Flag.String("availability").pipe(
      Flag.withMetavar("share"),
      Flag.withDefault(String(defaults.availability)),
      Flag.mapEffect((text) =>
        text === "total"
          ? Effect.succeed(1)
          : Effect.mapError(decodeShare(text), () =>
              Flags.invalid("availability", "must be total or a number from 0 to 1")
            )
      ),
      Flag.withDescription(`${meaning}. ${takes} or total (${Range.format(defaults.availability)})`)
    )
  }
}

const workload = (): Flags.Described<Programs.WorkloadName> => {
  const described = choice(
    "workload",
    Programs.workloads,
    "broadcast",
    "What clients ask for and by which rules it is judged: Maelstrom's workload of this name, on nodes that answer it"
  )
  return { ...described, flag: "-w, --workload", parser: Flag.withAlias(described.parser, "w") }
}

const decodeJsonText = Schema.decodeUnknownEffect(Schema.fromJsonString(Value))

/** The flags besides those of the nodes. */
export const described = {
  workload: workload(),
  node_count: numeric("node_count", "How many nodes"),
  rate: numeric("rate", "Client requests a second in all; half of those of broadcast are reads"),
  time_limit: numeric(
    "time_limit",
    `For how many seconds clients work; ${defaults.quiet / 1000} s of quiet and a last read on every node follow`
  ),
  latency: numeric("latency", "The mean latency between nodes in ms"),
  latency_dist: choice(
    "latency_dist",
    Scenario.latencyDistributions,
    defaults.latency_dist,
    "How latencies are distributed; uniform is from 0 to twice the mean, and all but constant are whole ms"
  ),
  topology: choice("topology", Scenario.topologies, defaults.topology, "The neighbours that clients suggest"),
  network: choice(
    "network",
    Scenario.networks,
    defaults.network,
    "One inbox a node, in which a message holds up those behind it, or every message on its own"
  ),
  service_faults: Flags.toggle(
    "service-faults",
    "Lets the network's faults affect seq-kv, lin-kv, lww-kv and lin-tso too; each shares the connection of a random node"
  ),
  nemesis: nemesis(),
  nemesis_interval: numeric("nemesis_interval", "The mean time between switching a fault on and off in seconds"),
  loss_rate: numeric("loss_rate", "The share of messages that the fault loss loses"),
  duplicate_rate: numeric("duplicate_rate", "The share of messages that the fault duplicate delivers twice"),
  clock_offset: numeric("clock_offset", "How many ms the fault clock sets clocks off at most, either way"),
  timer_lateness: numeric(
    "timer_lateness",
    "How many ms late a timer of a node wakes at most; each time it is a random part of this"
  ),
  clock_skew: numeric(
    "clock_skew",
    "How many ms the clocks of nodes are off at most, either way; each is off by a random part of this throughout the run"
  ),
  availability: availability(),
  seed: numeric("seed", "The seed of all chance"),
  runs: Flags.counted("runs", "How many runs, each with the next seed", Range.integer(1, 1_000_000), 1),
  explain: Flags.free(
    "--explain VALUE",
    "Tells from whom, when and how each node learned this value of a broadcast, or why it did not",
    Flags.last(Flag.String("explain")).pipe(
      Flag.withMetavar("value"),
      Flag.mapEffect((text) =>
        Effect.mapError(decodeJsonText(text), () =>
          Flags.invalid("explain", `${text} is not JSON; values are JSON, as in --explain 17`)
        )
      ),
      Flag.optional
    )
  ),
  out: Flags.free(
    "--out DIR",
    "Writes results, operations, messages and a page for the browser into this folder",
    Flag.optional(Flags.last(Flag.Directory("out")))
  ),
  json: Flags.toggle(
    "json",
    "Prints one JSON object a run, and a last one with the mean, minimum and maximum of each figure"
  )
}

const flags = { node: Flags.node, ...Flags.parsers(described) }

/** The command that repeats a run of a workload under this scenario on nodes with these options. */
export const repeat = (
  { faults: _faults, ...scenario }: Scenario.Scenario,
  { peers, profile, settings }: Node.Options,
  ofWorkload: Programs.WorkloadName = "broadcast"
): string => {
  const given = { workload: ofWorkload, ...scenario, nemesis: scenario.nemesis.join() }
  const usual: Record<string, unknown> = { workload: "broadcast", ...defaults, nemesis: "" }
  const words = Record.toEntries(given)
    .filter(([name, value]) => name !== "seed" && usual[name] !== value)
    .map(([name, value]) => [name, Predicate.isNumber(value) ? value / (msPerUnit[name] ?? 1) : value])
  const nodeWords = Object.entries({ profile, ...settings, peers }).filter(([, value]) => value !== undefined)
  return [...words, ...nodeWords, ["seed", scenario.seed]].reduce(
    (command, [name, value]) => `${command} --${flagOf(String(name))} ${String(value)}`,
    "maelstrom-gossip simulate"
  )
}

const printJson = (value: unknown) => Console.log(JSON.stringify(value))

/** The figures that matter most in the workload of a run. */
const mainFigures = (report: Report.Report): ReadonlyArray<string> => {
  if (!Report.isBroadcast(report)) {
    return Object.entries(report.verdict.figures).map(([name, value]) => `${Words.label(name)} ${Words.figure(value)}`)
  }
  const latencies = report.verdict.set.stable_latencies
  return [`stable after ${latencies?.["0.5"] ?? "—"} ms (median)`, `${latencies?.["1"] ?? "—"} ms (at most)`]
}

const verdictLine = (report: Report.Report): string => {
  const { complete, net, valid } = report.verdict
  return [
    `seed ${report.scenario.seed}: valid ${valid}`,
    `complete ${complete}`,
    `${net.servers.msgs_per_op.toFixed(2)} messages per request`,
    ...mainFigures(report)
  ].join(", ")
}

/** What is run, and what is printed and written of it. */
interface Options {
  readonly workload: Programs.WorkloadName
  readonly runs: number
  readonly json: boolean
  readonly explain: Option.Option<Value>
  readonly out: Option.Option<string>
}

/** Runs the command. If nobody reads its output any more, it ends early, and only the runs made so far count. */
const execute = Effect.fnUntraced(function* (scenario: Scenario.Scenario, node: Node.Options, options: Options) {
  const { stderrIsTerminal } = yield* Stdio.Stdio
  const showsProgress = options.runs > 1 && (yield* stderrIsTerminal)
  const single = options.runs === 1
  const outlines: Array<Outline> = []
  const failed: Array<string> = []
  const run = Effect.fnUntraced(function* (index: number) {
    if (showsProgress) yield* Console.error(`run ${index + 1} of ${options.runs}`)
    const result = yield* Programs.simulate(options.workload, { ...scenario, seed: scenario.seed + index }, node)
    const command = repeat(result.scenario, node, options.workload)
    outlines.push(outline(result))
    if (result.verdict.valid !== true || !result.verdict.complete) failed.push(command)
    if (Option.isSome(options.out)) yield* RunFiles.write(options.out.value, result, single, command)
    if (options.json) yield* printJson(outline(result))
    else yield* Console.log(single ? Account.account(result).join("\n") : verdictLine(result))
    if (Option.isSome(options.explain) && Report.isBroadcast(result)) {
      const lines = explain(result, options.explain.value)
      yield* (options.json ? Console.error : Console.log)(["", ...lines].join("\n"))
    }
  })
  const summary = Effect.suspend(() => {
    const figures = summarise(outlines)
    return options.json
      ? printJson({ summary: figures })
      : Console.log(Account.summary(figures, options.runs, failed.length).join("\n"))
  })
  yield* Stream.range(0, options.runs - 1).pipe(
    Stream.runForEach(run),
    Effect.andThen(single ? Effect.void : summary),
    Effect.raceFirst(Process.outputClosed)
  )
  const [first] = failed
  if (first === undefined) return
  const which = single ? "the run is" : `${failed.length} of ${outlines.length} runs are`
  const message = `${which} not valid and complete; this repeats ${single ? "it" : "the first"}:\n  ${first}`
  yield* Console.error(message)
  return yield* new RunFailed({ message })
})

/** The subcommand. */
export const simulate = Command.make(
  "simulate",
  flags,
  Effect.fnUntraced(function* ({ explain: value, json, node, out, runs, workload: name, ...given }) {
    if (Option.isSome(value) && name !== "broadcast") {
      const message = `--explain: follows values of the workload broadcast, and ${name} has none that it could follow`
      return yield* new Process.UsageError({ message })
    }
    const { faults, quiet, request_timeout } = defaults
    const scenario = { ...given, request_timeout, quiet, faults }
    return yield* execute(scenario, node, { workload: name, runs, json, explain: value, out })
  })
).pipe(
  Command.withDescription(
    "Runs a cluster of nodes in one process on virtual time and judges it as Maelstrom does. " +
      "Exit code 0 if every run is valid and complete, 1 if not."
  )
)
