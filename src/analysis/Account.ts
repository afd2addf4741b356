/**
 * A run told to a person at a terminal: which node had which value when, the faults, the figures, and the verdict.
 */
import * as Arr from "effect/Array"
import * as Record from "effect/Record"
import { key, type Value } from "../protocol/Value.ts"
import { started } from "./Courses.ts"
import * as Forgotten from "./Forgotten.ts"
import * as Report from "./Report.ts"
import type { Figure, FigurePath, Summary } from "./Summary.ts"
import * as Verdict from "./Verdict.ts"
import * as Words from "./Words.ts"

const { number, percent, seconds } = Words

// A table with more columns does not fit into a terminal.
const maxColumns = 10
const maxRows = 10
const maxDefects = 3

const row = (cells: ReadonlyArray<string>): string => cells.map((cell) => cell.padStart(8)).join("")

/** When each node had each of the first values, in ms after a client's broadcast of the value reached the cluster. */
const whoHadItWhen = ({ courses, history }: Report.BroadcastReport): ReadonlyArray<string> => {
  const { nodes } = history
  if (nodes.length > maxColumns) return []
  const rows = started(courses)
    .slice(0, maxRows)
    .map(({ lessons, start, value }) =>
      row([
        key(value),
        number(start),
        ...nodes.map((node) => {
          const lesson = lessons.get(node)
          return lesson === undefined ? "never" : `+${number(lesson.at - start)}`
        })
      ])
    )
  if (rows.length === 0) return []
  return ["who had it when (ms after the broadcast):", row(["value", "at", ...nodes]), ...rows, ""]
}

const missing = ({ verdict }: Report.BroadcastReport): ReadonlyArray<string> => {
  const { incomplete, incomplete_count } = verdict.set
  const [first] = incomplete
  if (first === undefined) return []
  return [
    `${number(incomplete_count)} ${incomplete_count === 1 ? "value is" : "values are"} not exactly once at every node, ` +
      `${key(first.value)} at ${first.nodes.join(", ")} (--explain ${key(first.value)} tells why)`
  ]
}

const some = (values: ReadonlyArray<Value>): string => values.slice(0, maxRows).map(key).join(", ")

/** Which of the missing values are missing because of amnesia, and which are not. */
const excuses = ({ forgotten, verdict }: Report.BroadcastReport): ReadonlyArray<string> => {
  if (forgotten.length === 0) return []
  const others = Forgotten.inexcusable(verdict.set.incomplete, forgotten)
  return [
    `${number(forgotten.length)} of them forgotten by every node that had them:`,
    ...forgotten.slice(0, maxRows).map((one) => `  ${key(one.value)}: ${Forgotten.reason(one)}`),
    ...(others.length === 0 ? [] : [`${number(others.length)} of them without such an excuse: ${some(others)}`])
  ]
}

/** How long the cluster took to recover from the slowest of its partitions. */
const healed = ({ healing }: Report.BroadcastReport): ReadonlyArray<string> => {
  const [slowest] = healing.toSorted((a, b) => (b.after ?? Infinity) - (a.after ?? Infinity))
  if (slowest === undefined) return []
  const { after, at, fault, undisturbed } = slowest
  return [
    `healing       ${number(healing.length)} ${healing.length === 1 ? "partition" : "partitions"} ended, the slowest ` +
      `${after === null ? "never healed" : `healed after ${number(after)} ms`} ` +
      `(${fault} until ${seconds(at)} s${undisturbed ? "" : ", other faults meanwhile"})`
  ]
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
  return [
    `coverage      ${percent(spread.coverage)} of the nodes learned a value, the last after ` +
      `${spread.times === null ? "—" : `${number(spread.times["0.5"])} ms (median), ${number(spread.times["1"])} ms (at most)`}`,
    `stable        ${
      latencies === null
        ? "nothing"
        : `${number(set.stable_count)} values after ${latencies["0.5"]} ms (median), ${latencies["1"]} ms (at most)`
    }`,
    ...healed(report),
    ...missing(report),
    ...excuses(report),
    ...(set.lost_count === 0 ? [] : [`${number(set.lost_count)} values are lost: ${some(set.lost)}`]),
    ...Verdict.unavailability(verdict, report.scenario.availability)
  ]
}

/** What the checker of any other workload counted, and what was wrong. */
const judged = ({ verdict: { figures: counted, problems } }: Report.Report): ReadonlyArray<string> => [
  ...Object.entries(counted).map(([name, figure]) => `${Words.label(name).padEnd(14)}${Words.figure(figure)}`),
  ...problems
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

/** The lines that tell a run. */
export const account = (report: Report.Report): ReadonlyArray<string> => {
  const { history, scenario, verdict, workload } = report
  const { net } = verdict
  const isBroadcast = Report.isBroadcast(report)
  const faults = history.faults.map(({ fault, from, to }) => {
    const { detail, name } = Words.fault(fault)
    return `  ${seconds(from)}–${seconds(to)} s ${name}: ${detail}`
  })
  return [
    `${isBroadcast ? "" : `${workload}: `}${scenario.node_count} nodes, ` +
      `latency ${scenario.latency} ms ${scenario.latency_dist}, ` +
      `${scenario.rate} requests/s for ${scenario.time_limit / 1000} s, seed ${scenario.seed}`,
    "",
    ...(isBroadcast ? whoHadItWhen(report) : []),
    ...(faults.length === 0 ? [] : ["faults:", ...faults, ""]),
    `requests      ${requests(report)}, ${percent(verdict.availability)} answered`,
    `between nodes ${number(net.servers.msgs_per_op, 2)} messages per request ` +
      `(${number(net.servers.msg_count)} messages, ${number(net.servers.bytes / 1000)} kB), ` +
      `${number(verdict.quiet.server_messages)} once it was quiet`,
    ...(isBroadcast ? spreading(report) : judged(report)),
    ...defects(report),
    "",
    `verdict       ${verdict.valid === true ? "valid" : verdict.valid === false ? "NOT VALID" : "validity unknown"}, ` +
      `${verdict.complete ? "complete" : "NOT COMPLETE"}`
  ]
}

/** The figures that matter most; a run has those that its workload has. */
const figures: ReadonlyArray<readonly [label: string, path: FigurePath]> = [
  ["messages per request", "net.servers.msgs_per_op"],
  ["stable, median ms", "set.stable_latencies.0.5"],
  ["stable, at most ms", "set.stable_latencies.1"],
  ["coverage", "spread.coverage"],
  ["messages when quiet", "quiet.server_messages"]
]

/** The figures of the checker, where there is nothing better: each with its label. */
const counted = (summarised: Summary): ReadonlyArray<readonly [label: string, figure: Figure]> =>
  summarised["spread.coverage"] === undefined
    ? Object.entries(summarised)
        .filter(([path]) => path.startsWith("figures."))
        .flatMap(([path, figure]) =>
          figure === undefined ? [] : [[Words.label(path.slice("figures.".length)), figure] as const]
        )
    : []

/** The lines that tell several runs, of which so many failed: mean, minimum and maximum of the figures that matter most. */
export const summary = (summarised: Summary, runs: number, failures: number): ReadonlyArray<string> => [
  "",
  `${number(runs)} runs, ${number(runs - failures)} valid and complete`,
  `${"".padEnd(22)}${row(["mean", "min", "max"])}`,
  ...[
    ...figures.flatMap(([label, path]) => {
      const figure = summarised[path]
      return figure === undefined ? [] : [[label, figure] as const]
    }),
    ...counted(summarised)
  ].map(([label, { max, mean, min }]) => `${label.padEnd(22)}${row([mean, min, max].map((value) => number(value, 2)))}`)
]
