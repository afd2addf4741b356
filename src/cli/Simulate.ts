/**
 * `simulate`: a cluster of nodes under a scenario, and the verdict on it.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Range from "../protocol/Range.ts"
import { Value } from "../protocol/Value.ts"
import * as Scenario from "../simulation/Scenario.ts"
import * as Flags from "./Flags.ts"
import * as Folder from "./Folder.ts"
import type * as Node from "./Node.ts"
import * as Process from "./Process.ts"
import * as Programs from "./Programs.ts"
import * as Runs from "./Runs.ts"
import type { Job } from "./Thread.ts"

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
    parser: Flags.last(Flag.String("availability")).pipe(
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
  jobs: Flags.counted(
    "jobs",
    "How many of the runs are simulated side by side, each on a core",
    Range.integer(1, 256),
    1
  ),
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
    "Writes results, operations, messages (compressed above 10 MB) and a page for the browser into this folder",
    Flags.last(Flag.String("out")).pipe(Flag.withMetavar("directory"), Flag.optional)
  ),
  force: Flags.toggle("force", "Writes over the files of a run that the folder holds already"),
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

/** The subcommand. */
export const simulate = Command.make(
  "simulate",
  flags,
  Effect.fnUntraced(
    function* ({ explain, force, jobs, json, node, out, runs, workload: name, ...given }) {
      if (Option.isSome(explain) && name !== "broadcast") {
        const message = `--explain: follows values of the workload broadcast, and ${name} has none that it could follow`
        return yield* new Process.UsageError({ message })
      }
      const { faults, quiet, request_timeout } = defaults
      const folder = Option.getOrUndefined(out)
      const job = (place: number): Job => {
        const scenario = { ...given, seed: given.seed + place, request_timeout, quiet, faults }
        return {
          workload: name,
          scenario,
          node,
          command: repeat(scenario, node, name),
          explain: Option.toArray(explain),
          folder: folder === undefined ? undefined : Folder.place(folder, runs === 1, scenario.seed)
        }
      }
      if (folder !== undefined) yield* Folder.prepare(folder, { first: given.seed, count: runs }, force)
      const command = `${job(0).command} --runs ${runs}`
      return yield* Runs.execute(job, { runs, threads: jobs, isJson: json, folder, command })
    },
    Effect.tapErrorTag(["NotWritten", "ThreadFailed"], ({ message }) => Console.error(`maelstrom-gossip: ${message}`))
  )
).pipe(
  Command.withDescription(
    "Runs a cluster of nodes in one process on virtual time and judges it as Maelstrom does. " +
      "Exit code 0 if every run is valid and complete, 1 if not, 3 if files cannot be written."
  )
)
