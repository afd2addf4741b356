/**
 * What settings cost in a cluster, and how soon everybody knows a value: computed, not simulated.
 *
 * A forecast holds for nodes that meet and forward nothing at once, under Maelstrom's clients, network and way to count. Its
 * figures are means over runs. docs/PLAN.md explains the formulas.
 */
import * as Attendance from "./Attendance.ts"
import * as Latency from "./Latency.ts"
import * as Learning from "../gossip/Learning.ts"
import * as Pace from "../gossip/Pace.ts"
import type { SettingsShape } from "../gossip/Settings.ts"
import * as Staleness from "./Staleness.ts"

/** What is to be expected of a run. Times in ms. */
export interface Forecast extends Staleness.Staleness {
  /** Messages between nodes per request of a client. They include those of the quiet time after the last request. */
  readonly messages: number
  /** How long a host waits for its guests. */
  readonly wait: number
  /** How many messages a host receives in a meeting; it sends one to each of the other nodes. */
  readonly guests: number
  /** How much longer a value takes whose hosts are all down. */
  readonly delayIfDown: number
}

/** How long Maelstrom leaves the nodes alone before the last reads, in ms. It is the simulator's default. */
export const quietTime = 10_000

/** By how many gaps between meetings all gaps are represented. */
const gapCount = 16

/**
 * How many comparisons a node begins while nothing is new for so many ms. A peer begins one with the node for each that the node
 * begins itself, and both make the interval longer. So the interval doubles with each.
 */
const comparisons = (ms: number, interval: number): number => {
  const intervals = ms / interval
  if (intervals <= 1) return 0
  return intervals <= Pace.slowest ? Math.log2(intervals) : Math.log2(Pace.slowest) + intervals / Pace.slowest - 1
}

/**
 * How often something happens in a run, if `chance(ms)` is its chance in so many ms before a meeting. A run begins and ends
 * between two meetings, so the first and the last of these times are shorter.
 */
const occasions = (runMs: number, meetingMs: number, chance: (ms: number) => number): number =>
  (runMs / meetingMs - 1) * chance(meetingMs) +
  2 * Latency.mean(Latency.middles(gapCount).map((part) => chance(part * meetingMs)))

/** The messages of a run. */
const messagesOf = (cluster: Attendance.Cluster, settings: SettingsShape, meeting: Attendance.Attendance): number => {
  const { node_count, rate, time_limit } = cluster
  const { hosts, meeting_ms, message_values, repair_interval_ms } = settings
  const { comes, fresh, latency, slow, tooShort, wait } = meeting
  const isHeld = (ms: number) => 1 - Attendance.quiet((ms * rate) / 1000)
  const meetings = occasions(time_limit, meeting_ms, isHeld)
  const arrivals = occasions(time_limit, meeting_ms, (ms) => Attendance.freshIn(cluster, ms)) * (comes / fresh)
  // If all guests are late, a host with values of its own sends two lists.
  const twice = slow * comes
  // A host without sends none, if the lists of other hosts arrive before its guests.
  const never = hosts > 1 ? (1 - comes) * Latency.expected(latency, (ms) => latency.later(wait + ms)) : 0
  const batches = Math.ceil(((rate / 2) * meeting_ms) / 1000 / message_values)
  const atStart = tooShort.reduce((sum, ms) => sum + latency.later(ms), 0)
  const lists = (meetings * (1 + twice - never) + atStart) * batches
  const interval = Math.max(repair_interval_ms, Learning.meetingsPerComparison * meeting_ms)
  const skipped = 1 - isHeld(meeting_ms)
  const gap = (share: number) => meeting_ms * Math.ceil(Math.log(1 - share) / Math.log(skipped))
  const between = Latency.mean(
    Latency.middles(gapCount).map((share) => comparisons(Math.min(gap(share), time_limit), interval))
  )
  const after = comparisons(quietTime - meeting_ms / 2 - wait, interval)
  const compared = repair_interval_ms === 0 ? 0 : node_count * (meetings * between + after)
  return hosts * (node_count - 1) * (arrivals + lists) + compared
}

/** What a run costs if the nodes have these settings, with meetings every `meeting_ms` and nothing forwarded at once. */
export const of = (cluster: Attendance.Cluster, settings: SettingsShape): Forecast => {
  const { node_count, rate, time_limit } = cluster
  const meeting = Attendance.of(cluster, settings)
  // Every node is read once more at the end.
  const requests = (rate * time_limit) / 1000 + node_count
  return {
    ...Staleness.of(cluster, settings, meeting),
    messages: messagesOf(cluster, settings, meeting) / requests,
    wait: meeting.wait,
    guests: (node_count - 1) * meeting.comes,
    delayIfDown: meeting.again
  }
}
