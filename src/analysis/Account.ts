/**
 * A run told to a person at a terminal: which node had which value when, the faults, the figures, and the verdict.
 */
import * as Arr from "effect/Array"
import * as Record from "effect/Record"
import * as Range from "../protocol/Range.ts"
import { key, type Value } from "../protocol/Value.ts"
import { started } from "./Courses.ts"
import * as Forgotten from "./Forgotten.ts"
import * as Report from "./Report.ts"
import type { Quantiles } from "./Quantiles.ts"
import * as Verdict from "./Verdict.ts"
import * as Words from "./Words.ts"

const { entry, number, percent, seconds } = Words

const maxRows = 10
const maxDefects = 3

/** The width of a column of the table of who had what when. */
const column = 8

/** The value, when it was broadcast, and as many nodes as fit into a terminal beside them. */
const maxNodes = Words.terminalWidth / column - 2

const row = (cells: ReadonlyArray<string>): string => cells.map((cell) => cell.padStart(column)).join("")

const plural = (count: number, one: string, several: string): string =>
  `${number(count)} ${count === 1 ? one : several}`

/**
 * When each node had each of the first values, in ms after a client's broadcast of the value reached the cluster. There is
 * nothing to see if every node had them at once.
 */
const whoHadItWhen = ({ courses, history }: Report.BroadcastReport): ReadonlyArray<string> => {
  const nodes = history.nodes.slice(0, maxNodes)
  const values = started(courses)
  const rows = values.slice(0, maxRows).map(({ lessons, start, value }) => {
    const delays = nodes.map((node) => {
      const lesson = lessons.get(node)
      return lesson === undefined ? "never" : `+${number(lesson.at - start)}`
    })
    return { cells: [key(value), number(start), ...delays], delays }
  })
  if (rows.every(({ delays }) => delays.every((delay) => delay === "+0"))) return []
  const hidden = [
    ...(values.length > maxRows ? [plural(values.length - maxRows, "more value", "more values")] : []),
    ...(history.nodes.length > maxNodes ? [plural(history.nodes.length - maxNodes, "more node", "more nodes")] : [])
  ]
  return [
    "who had it when (ms after the broadcast):",
    row(["value", "at", ...nodes]),
    ...rows.map(({ cells }) => row(cells)),
    ...(hidden.length === 0 ? [] : [`  … ${hidden.join(", ")}: see --explain VALUE or --out DIR`]),
    ""
  ]
}

const missing = ({ verdict }: Report.BroadcastReport): ReadonlyArray<string> => {
  const { incomplete, incomplete_count } = verdict.set
  const [first] = incomplete
  if (first === undefined) return []
  return entry(
    "missing       ",
    `${plural(incomplete_count, "value is", "values are")} not exactly once at every node, ` +
      `${key(first.value)} at ${Words.nodes(first.nodes)} (--explain ${key(first.value)} tells why)`
  )
}

/** The values that nobody promised to keep. */
const unacknowledged = ({ verdict }: Report.BroadcastReport): ReadonlyArray<string> => {
  const { unacknowledged: values, unacknowledged_count } = verdict.set
  if (values.length === 0) return []
  return entry(
    "unanswered    ",
    `${plural(unacknowledged_count, "value was", "values were")} never acknowledged, ` +
      `and no read shows ${values.length === 1 ? "it" : "them"}: ${some(values)}`
  )
}

const some = (values: ReadonlyArray<Value>): string => Words.some(values.map(key))

/** Which of the missing values are missing because of amnesia, and which are not. */
const excuses = ({ forgotten, verdict }: Report.BroadcastReport): ReadonlyArray<string> => {
  if (forgotten.length === 0) return []
  const others = Forgotten.inexcusable(verdict.set.incomplete, forgotten)
  return [
    `${number(forgotten.length)} of them forgotten by every node that had them:`,
    ...forgotten.slice(0, maxRows).flatMap((one) => entry("  ", `${key(one.value)}: ${Forgotten.reason(one)}`)),
    ...(others.length === 0
      ? []
      : entry("", `${number(others.length)} of them without such an excuse: ${some(others)}`))
  ]
}

/** How long the cluster took to recover from the slowest of its partitions. */
const healed = ({ healing }: Report.BroadcastReport): ReadonlyArray<string> => {
  const [slowest] = healing.toSorted((a, b) => (b.after ?? Infinity) - (a.after ?? Infinity))
  if (slowest === undefined) return []
  const { after, at, fault, undisturbed } = slowest
  return entry(
    "healing       ",
    `${plural(healing.length, "partition", "partitions")} ended; after the slowest, ` +
      `${after === null ? "some node never got every value" : `every node had every value ${number(after)} ms later`} ` +
      `(${fault} until ${seconds(at)} s${undisturbed ? "" : ", other faults meanwhile"})`
  )
}

/** The first of the defects, with their stacks. */
const defects = ({ verdict }: Report.Report): ReadonlyArray<string> => {
  if (verdict.defect_count === 0) return []
  const shown = verdict.defects
    .slice(0, maxDefects)
    .flatMap((defect) => [
      `  ${defect.node} at ${number(defect.at)} ms${defect.count === 1 ? "" : `, first of ${number(defect.count)}`}: ${Words.place(defect)}`,
      ...[...defect.text.split("\n"), ...defect.stack].map((line) => `    ${line}`)
    ])
  const hidden = verdict.defects.length - maxDefects
  return [
    `${number(verdict.defect_count)} ${verdict.defect_count === 1 ? "defect" : "defects"} of the program:`,
    ...shown,
    ...(hidden > 0 ? [`  and ${number(hidden)} ${hidden === 1 ? "other" : "others"} (--json tells them all)`] : [])
  ]
}

/** The lines that only a run of the broadcast workload has. */
const spreading = (report: Report.BroadcastReport): ReadonlyArray<string> => {
  const { spread, verdict } = report
  const { set } = verdict
  const latencies = set.stable_latencies
  const times = (quantiles: Quantiles) =>
    `${number(quantiles["0.5"])} ms (median), ${number(quantiles["1"])} ms (at most)`
  return [
    ...entry(
      "coverage      ",
      `${percent(spread.coverage)} of the nodes learned a value` +
        (spread.times === null ? "" : `, the last of them after ${times(spread.times)}`)
    ),
    `RMR           ${number(spread.rmr, 2)} copies of a value sent to a node beyond the first`,
    `LDH           ${number(spread.ldh, 2)} hops from a value's first node to its last`,
    ...entry(
      "stable        ",
      latencies === null
        ? "no value: the last reads show none"
        : `${plural(set.stable_count, "value", "values")}; the last read that missed one came ${times(latencies)} ` +
            "after it was acknowledged"
    ),
    ...healed(report),
    ...missing(report),
    ...excuses(report),
    ...(set.lost_count === 0
      ? []
      : entry(
          "lost          ",
          `${plural(set.lost_count, "value was", "values were")} known, and later reads miss ` +
            `${set.lost_count === 1 ? "it" : "them"}: ${some(set.lost)}`
        )),
    ...unacknowledged(report),
    ...Verdict.unavailability(verdict, report.scenario.availability)
  ]
}

/** What the checker of any other workload counted, and what was wrong. */
const judged = ({ verdict: { figures: counted, problems } }: Report.Report): ReadonlyArray<string> => [
  ...Object.entries(counted).map(([name, figure]) => `${Words.label(name).padEnd(14)}${Words.figure(figure)}`),
  ...problems.flatMap((problem) => entry("", problem))
]

/** How many requests of each kind clients made. */
const requests = (report: Report.Report): string => {
  const { history, verdict } = report
  if (Report.isBroadcast(report)) {
    const { attempt_count } = report.verdict.set
    return `${number(attempt_count)} broadcasts, ${number(verdict.ops - attempt_count)} reads`
  }
  const byType = Record.toEntries(Arr.groupBy(history.operations, ({ f }) => f))
  return byType.map(([f, same]) => `${number(same.length)} ${f}`).join(", ")
}

const faults = ({ history }: Report.Report): ReadonlyArray<string> => {
  if (history.faults.length === 0) return []
  const lines = history.faults
    .toSorted((a, b) => a.from - b.from)
    .flatMap(({ fault, from, to }) => {
      const { detail, name } = Words.fault(fault)
      return entry(`  ${seconds(from)}–${seconds(to)} s `, `${name}: ${detail}`)
    })
  return ["faults:", ...lines, ""]
}

/** The verdict in words, as in `valid, NOT COMPLETE`. */
export const verdictOf = (valid: boolean | "unknown", complete: boolean): string =>
  `${valid === true ? "valid" : valid === false ? "NOT VALID" : "validity unknown"}, ` +
  (complete ? "complete" : "NOT COMPLETE")

/** The lines that tell a run. */
export const account = (report: Report.Report): ReadonlyArray<string> => {
  const { scenario, verdict, workload } = report
  const { net } = verdict
  const isBroadcast = Report.isBroadcast(report)
  return [
    ...entry(
      isBroadcast ? "" : `${workload}: `,
      `${number(scenario.node_count)} nodes, latency ${Range.format(scenario.latency)} ms ${scenario.latency_dist}, ` +
        `${Range.format(scenario.rate)} requests/s for ${Range.format(scenario.time_limit / 1000)} s, seed ${scenario.seed}`
    ),
    "",
    ...(isBroadcast ? whoHadItWhen(report) : []),
    ...faults(report),
    ...entry("requests      ", `${requests(report)}, ${percent(verdict.availability)} answered`),
    ...entry(
      "between nodes ",
      `${number(net.servers.msgs_per_op, 2)} messages per request ` +
        `(${number(net.servers.msg_count)} in all, ${number(net.servers.bytes / 1000)} kB), ` +
        `${number(verdict.quiet.server_messages)} once it was quiet`
    ),
    ...(isBroadcast ? spreading(report) : judged(report)),
    ...defects(report),
    "",
    `verdict       ${verdictOf(verdict.valid, verdict.complete)}`
  ]
}
