/**
 * What the page of a run shows: the curves of its charts and the rows of its tables, taken from the report.
 *
 * A curve has a few hundred points at most, so the page of a long run is hardly larger than that of a short one.
 */
import { type Courses, started } from "../analysis/Courses.ts"
import { betweenServers, type History } from "../analysis/History.ts"
import * as Report from "../analysis/Report.ts"
import type { Spread } from "../analysis/Spread.ts"
import type { SetFigures } from "../analysis/SetFull.ts"
import type { Verdict } from "../analysis/Verdict.ts"
import * as Words from "../analysis/Words.ts"
import { key, type Value } from "../protocol/Value.ts"
import type { Scenario } from "../simulation/Scenario.ts"

/** How values spread over the time since their broadcasts. Each list has one entry for each moment. */
export interface Curves {
  /** The moments, in ms since the broadcast. */
  readonly after: ReadonlyArray<number>
  /** The mean share of nodes that know a value. */
  readonly mean: ReadonlyArray<number>
  /** The share of nodes that know one value: for 5 % of the values it is below `low`, for 5 % above `high`. */
  readonly low: ReadonlyArray<number>
  readonly high: ReadonlyArray<number>
  /** The share of values that have reached every node. */
  readonly everywhere: ReadonlyArray<number>
}

/** How many messages nodes sent to one another over the time since the start. Each list has one entry for each bucket. */
export interface Traffic {
  /** The length of a bucket in ms. */
  readonly bucket: number
  /** When each bucket begins, in ms since the start. */
  readonly from: ReadonlyArray<number>
  /** How many messages of each type were sent; the most frequent type comes first. */
  readonly types: ReadonlyArray<{ readonly type: string; readonly counts: ReadonlyArray<number> }>
  /** How many of the messages sent in each bucket were dropped, then or later. */
  readonly dropped: ReadonlyArray<number>
}

/** A time during which a fault was on, in words. Times in ms since the start. */
export interface FaultRow {
  readonly fault: string
  /** What exactly the fault did. */
  readonly detail: string
  readonly from: number
  readonly to: number
}

/** What the page draws. */
export interface Charts {
  /** Undefined if the workload has no values that spread. */
  readonly curves?: Curves
  readonly traffic: Traffic
  /** In the order in which they began. */
  readonly faults: ReadonlyArray<FaultRow>
}

/** The numbers of messages of one type. */
export interface TypeCount {
  readonly type: string
  readonly betweenNodes: number
  readonly withClients: number
  readonly dropped: number
}

/** What is wrong with a value. */
export interface Problem {
  readonly value: string
  readonly what: string
  readonly nodes: ReadonlyArray<string>
}

/** What the page shows. */
export interface PageData {
  readonly scenario: Scenario
  /** The command that repeats the run. */
  readonly command: string
  readonly workload: string
  readonly verdict: Verdict
  readonly charts: Charts
  readonly types: ReadonlyArray<TypeCount>
  /** What became of the values of a broadcast; undefined in other workloads. */
  readonly values:
    | { readonly spread: Spread; readonly set: SetFigures; readonly problems: ReadonlyArray<Problem> }
    | undefined
}

const maxPoints = 200

const ascending = (numbers: Iterable<number>): ReadonlyArray<number> => [...new Set(numbers)].toSorted((a, b) => a - b)

/** The moments at which to draw a curve that rises at these: all, or some spread evenly by number and some evenly by time. */
const moments = (rises: ReadonlyArray<number>): ReadonlyArray<number> => {
  const all = ascending([0, ...rises])
  if (all.length <= 2 * maxPoints) return all
  const last = all.length - 1
  const steps = Array.from({ length: maxPoints }, (_, index) => (index + 1) / maxPoints)
  return ascending([0, ...steps.flatMap((step) => [all[Math.round(last * step)] ?? 0, (all[last] ?? 0) * step])])
}

/** For each of these moments, how many of the sorted times are at or before it. */
const counts = (times: ReadonlyArray<number>, at: ReadonlyArray<number>): ReadonlyArray<number> => {
  let count = 0
  return at.map((moment) => {
    while ((times[count] ?? Infinity) <= moment) count++
    return count
  })
}

const curves = (courses: Courses, { nodes }: History): Curves => {
  const delays = started(courses).map(({ lessons, start }) =>
    [...lessons.values()].map(({ at }) => at - start).toSorted((a, b) => a - b)
  )
  const after = moments(delays.flat())
  const known = delays.map((times) => counts(times, after))
  const shares = after.map((_, index) =>
    known.map((count) => (count[index] ?? 0) / nodes.length).toSorted((a, b) => a - b)
  )
  const values = Math.max(1, delays.length)
  const at = (share: number) => shares.map((sorted) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return {
    after,
    mean: shares.map((sorted) => sorted.reduce((sum, share) => sum + share, 0) / values),
    low: at(0.05),
    high: at(0.95),
    everywhere: shares.map((sorted) => sorted.filter((share) => share === 1).length / values)
  }
}

const faultRows = ({ faults }: History): ReadonlyArray<FaultRow> =>
  faults
    .map(({ fault, from, to }) => {
      const { detail, name } = Words.fault(fault)
      return { fault: name, detail, from, to }
    })
    .toSorted((a, b) => a.from - b.from)

const maxBuckets = 300
const bucketSizes = [100, 200, 500].flatMap((size) => Array.from({ length: 7 }, (_, power) => size * 10 ** power))

const traffic = (history: History): Traffic => {
  const { faults, transmissions } = history
  const end = faults.reduce((latest, { to }) => Math.max(latest, to), transmissions.at(-1)?.sent ?? 0)
  const bucket = ascending(bucketSizes).find((size) => end / size <= maxBuckets) ?? end
  const empty = () => Array.from({ length: Math.floor(end / bucket) + 1 }, () => 0)
  const isBetweenServers = betweenServers(history)
  const byType = new Map<string, Array<number>>()
  const dropped = empty()
  for (const transmission of transmissions) {
    if (!isBetweenServers(transmission)) continue
    const { fate, sent, type } = transmission
    const index = Math.floor(sent / bucket)
    const ofType = byType.get(type) ?? empty()
    byType.set(type, ofType)
    ofType[index] = (ofType[index] ?? 0) + 1
    if (fate._tag === "Dropped") dropped[index] = (dropped[index] ?? 0) + 1
  }
  const total = (numbers: ReadonlyArray<number>) => numbers.reduce((sum, number) => sum + number, 0)
  return {
    bucket,
    from: dropped.map((_, index) => index * bucket),
    types: [...byType]
      .map(([type, ofType]) => ({ type, counts: ofType }))
      .toSorted((a, b) => total(b.counts) - total(a.counts)),
    dropped
  }
}

const typeCounts = (history: History): ReadonlyArray<TypeCount> => {
  const isBetweenServers = betweenServers(history)
  const found = new Map<string, { type: string; betweenNodes: number; withClients: number; dropped: number }>()
  for (const transmission of history.transmissions) {
    const { fate, type } = transmission
    const count = found.get(type) ?? { type, betweenNodes: 0, withClients: 0, dropped: 0 }
    found.set(type, count)
    if (isBetweenServers(transmission)) count.betweenNodes++
    else count.withClients++
    if (fate._tag === "Dropped") count.dropped++
  }
  return [...found.values()].toSorted((a, b) => b.betweenNodes + b.withClients - a.betweenNodes - a.withClients)
}

const problems = (set: SetFigures): ReadonlyArray<Problem> => {
  const unacknowledged = new Set(set.unacknowledged.map(key))
  const found: ReadonlyArray<readonly [what: string, values: ReadonlyArray<Value>]> = [
    ["lost", set.lost],
    ["not exactly once at the end", set.incomplete.map(({ value }) => value)],
    ["never read", set.never_read.filter((value) => !unacknowledged.has(key(value)))],
    ["shown twice by a read", set.duplicated],
    ["read, but never broadcast", set.unexpected]
  ]
  const whats = new Map<string, ReadonlyArray<string>>()
  for (const [what, values] of found) {
    for (const id of values.map(key)) whats.set(id, [...(whats.get(id) ?? []), what])
  }
  const nodesOf = new Map(set.incomplete.map(({ nodes, value }) => [key(value), nodes]))
  return [...whats].map(([value, what]) => ({ value, what: what.join(", "), nodes: nodesOf.get(value) ?? [] }))
}

/** What the page of a run shows; `command` is the command that repeats the run. */
export const pageData = (report: Report.Report<Scenario>, command: string): PageData => {
  const { history, scenario, verdict, workload } = report
  const charts = { traffic: traffic(history), faults: faultRows(history) }
  const general = { scenario, command, workload, verdict, types: typeCounts(history) }
  if (!Report.isBroadcast(report)) return { ...general, charts, values: undefined }
  const { courses, spread } = report
  const { set } = report.verdict
  return {
    ...general,
    charts: { curves: curves(courses, history), ...charts },
    values: { spread, set, problems: problems(set) }
  }
}
