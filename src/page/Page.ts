/**
 * The page of a run: one HTML file that needs no network, since the program, the style and the data of its charts are in it.
 */
import program from "../../build/page/Charts.js.txt"
import licences from "../../build/page/Licences.txt"
import { unavailability } from "../analysis/Verdict.ts"
import * as Words from "../analysis/Words.ts"
import { key } from "../protocol/Value.ts"
import { badge, document, escape, json, table } from "./Html.ts"
import type { PageData } from "./PageData.ts"
import type { Scenario } from "../simulation/Scenario.ts"

const { number, percent, place, seconds } = Words

/** What was simulated, in a line. */
export const circumstances = (scenario: Scenario): string =>
  [
    `${number(scenario.node_count)} nodes`,
    `${scenario.topology} topology`,
    `${scenario.network} network`,
    `latency ${scenario.latency} ms ${scenario.latency_dist}`,
    `${scenario.rate} requests/s for ${scenario.time_limit / 1000} s`,
    scenario.nemesis.length === 0
      ? scenario.faults.length === 0
        ? "no faults"
        : "faults at given times"
      : `faults: ${scenario.nemesis.join(", ")}, about every ${scenario.nemesis_interval / 1000} s` +
        (scenario.faults.length === 0 ? "" : ", and others at given times")
  ].join(" · ")

const verdictLine = ({ verdict: { complete, valid } }: PageData): string =>
  badge(valid === true, valid === true ? "valid" : valid === false ? "not valid" : "validity unknown") +
  badge(complete, complete ? "complete" : "not complete")

const figure = (label: string, value: string, hint: string): string =>
  `<div><dt>${label}</dt><dd>${value}</dd><small>${hint}</small></div>`

/** The figures of the values of a broadcast. */
const valueFigures = ({ set, spread }: NonNullable<PageData["values"]>): ReadonlyArray<string> => {
  const latencies = set.stable_latencies
  return [
    figure(
      "Stable latency, median",
      latencies === null ? "—" : `${number(latencies["0.5"])} ms`,
      latencies === null
        ? "nothing is stable"
        : `95 %: ${number(latencies["0.95"])} ms, at most ${number(latencies["1"])} ms`
    ),
    figure(
      "Spread time, median",
      spread.times === null ? "—" : `${number(spread.times["0.5"])} ms`,
      spread.times === null ? "no value reached every node" : `to every node; at most ${number(spread.times["1"])} ms`
    ),
    figure("Coverage", percent(spread.coverage), "of the nodes learned a value"),
    figure("RMR", number(spread.rmr, 2), "copies of a value per node beyond the first"),
    figure("LDH", number(spread.ldh, 2), "hops to the last node")
  ]
}

/** The figures that the checker of any other workload has counted. */
const counted = ({ figures: found }: PageData["verdict"]): ReadonlyArray<string> =>
  Object.entries(found).map(([name, value]) => figure(escape(Words.label(name)), Words.figure(value), "by the checker"))

const figures = ({ values, verdict }: PageData): string => {
  const { availability, net, ops, quiet } = verdict
  const { servers } = net
  return [
    figure(
      "Messages per request",
      number(servers.msgs_per_op, 2),
      `${number(servers.msg_count)} between nodes, ${number(servers.bytes / 1000)} kB`
    ),
    figure("Availability", percent(availability), `of ${number(ops)} requests answered`),
    ...(values === undefined ? counted(verdict) : valueFigures(values)),
    figure("Messages when quiet", number(quiet.server_messages), "from 3 s after the last change")
  ].join("\n")
}

const maxNames = 20

const names = (nodes: ReadonlyArray<string>): string =>
  nodes.length > maxNames
    ? `${nodes.slice(0, maxNames).join(", ")} and ${number(nodes.length - maxNames)} more`
    : nodes.join(", ")

const chart = (id: string, title: string, explanation: string): string =>
  `<section class="chart"><h2>${title}</h2><p>${explanation}</p><div id="${id}"></div></section>`

const valueCharts = [
  chart(
    "coverage",
    "Coverage of a value",
    "The share of nodes that know a value: the mean over all values, and a band that holds nine of ten values."
  ),
  chart(
    "everywhere",
    "Values that reached every node",
    "The share of values that every node knows so long after the broadcast."
  )
].join("\n")

const problems = ({ scenario, values, verdict }: PageData): string => {
  if (values === undefined) {
    return table(
      "Problems",
      ["what"],
      verdict.problems.map((problem) => [problem]),
      "None: the rules of the workload were kept."
    )
  }
  const unavailable = unavailability(verdict, scenario.availability)
  return [
    table(
      "Values with problems",
      ["value", "problem", "nodes"],
      values.problems.map(({ nodes, value, what }) => [value, what, names(nodes)]),
      "None: every known value is exactly once at every node."
    ),
    ...(values.set.unacknowledged_count === 0
      ? []
      : [
          table(
            "Values never acknowledged",
            ["value"],
            values.set.unacknowledged.map((value) => [key(value)]),
            ""
          )
        ]),
    ...(unavailable.length === 0 ? [] : [table("Availability", ["what"], [unavailable], "")])
  ].join("\n")
}

/** The page as HTML. */
export const page = (data: PageData): string => {
  const { charts, command, scenario, types, values, verdict, workload } = data
  return document(
    `maelstrom-gossip, seed ${scenario.seed}`,
    `<header>
<h1>${values === undefined ? escape(workload) : "Gossip broadcast"}, simulated <span class="verdict">${verdictLine(data)}</span></h1>
<p>${escape(circumstances(scenario))} · seed ${scenario.seed}</p>
<pre>${escape(command)}</pre>
</header>
<dl>
${figures(data)}
</dl>
${values === undefined ? "" : valueCharts}
${chart("traffic", `Messages between nodes, per ${number(charts.traffic.bucket)} ms`, "How many messages of each type were sent, and how many of all were dropped. Shaded: a fault was on.")}
${table(
  "Messages",
  ["type", "between nodes", "with clients", "dropped"],
  types.map(({ betweenNodes, dropped, type, withClients }) => [type, betweenNodes, withClients, dropped]),
  "None."
)}
${table(
  "Faults",
  ["fault", "from (s)", "to (s)", "what"],
  charts.faults.map(({ detail, fault, from, to }) => [fault, seconds(from), seconds(to), detail]),
  "None."
)}
${table(
  "Defects of the program",
  ["node", "first at (s)", "times", "where", "what"],
  verdict.defects.map((defect) => [
    defect.node,
    seconds(defect.at),
    defect.count,
    place(defect),
    [defect.text, ...defect.stack].join("\n")
  ]),
  "None."
)}
${problems(data)}
<footer>
<p>Drag over a chart to enlarge a part of it, double-click to see all again. Charts by uPlot, © Leon Sorokin.</p>
<details><summary>Licence</summary><pre>${escape(licences)}</pre></details>
</footer>
<script type="application/json" id="data">${json(charts)}</script>
<script>${program}</script>`
  )
}
