/**
 * Who comes to a meeting, how long its host waits, and how many guests come too late: means over many meetings.
 *
 * They follow from the time between two meetings, the rate of requests, and the latencies. Everything that is forecast follows
 * from them.
 */
import * as Latency from "./Latency.ts"
import type { SettingsShape } from "../gossip/Settings.ts"
import * as Wait from "../gossip/Wait.ts"
import * as Waits from "./Waits.ts"

/** A cluster and its clients, as Maelstrom has them. The fields are those of a scenario. Times in ms. */
export interface Cluster {
  /** How many nodes there are, at least 2. */
  readonly node_count: number
  /** Client requests a second in all, half of them broadcasts and half reads. They go to the nodes in turn. */
  readonly rate: number
  /** The mean latency between nodes. */
  readonly latency: number
  readonly latency_dist: Latency.Kind
  /** How long clients work. */
  readonly time_limit: number
}

/** What an average meeting is like. Times in ms. */
export interface Attendance {
  readonly latency: Latency.Latency
  /** The share of nodes that get a broadcast between two meetings. */
  readonly fresh: number
  /** The share of nodes that come: those, and the nodes that bring values again. */
  readonly comes: number
  /** How long a host waits. */
  readonly wait: number
  /** The waits of the first meetings of a run, in order, as far as they are too short: nobody knows the latencies yet. */
  readonly tooShort: ReadonlyArray<number>
  /** How long after a meeting a node brings its values again, if no list has confirmed them. */
  readonly again: number
  /** The share of messages that take longer than a host waits. */
  readonly slow: number
  /** The share of guests that come too late for a host, which has sent its list. */
  readonly late: number
  /** The share of guests that come too late for all hosts. */
  readonly lost: number
  /** The same share at the second meeting, whose hosts know only what the hosts of the first one have measured. */
  readonly lostAtStart: number
  /** The share of guests that are in time for no host: they are late, or the first guest is and holds them up. */
  readonly held: number
  /** The share of guests whose values are not in the list that is sent first, but in that of another host. */
  readonly overtaken: number
}

/** The chance that none of so many requests in turn is a broadcast, or that none is a read. The number need not be whole. */
export const quiet = (requests: number): number => {
  if (requests <= 0) return 1
  const whole = Math.floor(requests)
  return 0.5 ** whole * (1 - (requests - whole) / 2)
}

/** How many requests a node gets in so many ms. */
export const requestsPerNode = ({ node_count, rate }: Cluster, ms: number): number => (ms * rate) / 1000 / node_count

/** The share of nodes that get a broadcast in so many ms. */
export const freshIn = (cluster: Cluster, ms: number): number => 1 - quiet(requestsPerNode(cluster, ms))

/** The share of the guests that are the first to come to a meeting. All others come to a meeting that is open, however late. */
const first = (guests: number): number => -Math.expm1(-guests) / guests

/** How often the attendance and the wait are computed from each other. They settle at once. */
const passes = 3

/** The average meeting of a cluster whose nodes have these settings. */
export const of = (cluster: Cluster, { attendance, hosts, meeting_ms }: SettingsShape): Attendance => {
  const { node_count, time_limit } = cluster
  const latency = Latency.of(cluster.latency_dist, cluster.latency)
  const fresh = freshIn(cluster, meeting_ms)
  let meeting: Attendance = {
    latency,
    fresh,
    comes: fresh,
    wait: 0,
    tooShort: [],
    again: meeting_ms,
    slow: 0,
    late: 0,
    lost: 0,
    lostAtStart: 0,
    held: 0,
    overtaken: 0
  }
  for (let pass = 0; pass < passes; pass++) {
    const guests = (node_count - 1) * meeting.comes
    const measures = Waits.measures(node_count - 1, meeting.comes, attendance)
    const settled = Waits.settled(latency, measures)
    const expected = (figure: (wait: number) => number) =>
      settled.reduce((sum, [wait, chance]) => sum + chance * figure(wait), 0)
    const slow = expected(latency.later)
    // If the first guest is late, all are. The host then sends another list, so none of them is lost.
    const lateFor = (wait: number, others: number) => latency.later(wait) * others * (1 - latency.later(wait))
    const notFirst = 1 - first(guests)
    const lost = expected((wait) => lateFor(wait, notFirst) ** hosts)
    const notInTime = (wait: number, tells: number) => tells * latency.later(wait) + lateFor(wait, notFirst)
    const meanWait = expected((wait) => wait)
    const again = meeting_ms * Math.max(1, Math.ceil(Wait.answerIn(meanWait, attendance) / meeting_ms))
    const isUnanswered = 1 - (1 - expected((wait) => latency.later(again - wait))) * (1 - lost)
    // A host brings values that reached it too late to the next meeting.
    const brings = 1 - (1 - fresh) * (1 - (hosts / node_count) * (1 - (1 - lost) ** guests))
    meeting = {
      latency,
      fresh,
      comes: brings / (1 - (1 - brings) * isUnanswered),
      wait: meanWait,
      // A run ends before reads can miss what comes late to the last two meetings.
      tooShort: Waits.tooShort(meanWait, hosts).slice(0, Math.max(0, Math.floor(time_limit / meeting_ms) - 1)),
      again,
      slow,
      late: expected((wait) => lateFor(wait, notFirst)),
      lost,
      lostAtStart: Latency.mean(Waits.second(latency, measures, hosts).map((wait) => lateFor(wait, 1) ** hosts)),
      held: expected((wait) => notInTime(wait, 1) ** hosts),
      // A host to whom nobody has come sends no list, unless it has values of its own.
      overtaken: expected((wait) => notInTime(wait, meeting.comes) * (1 - notInTime(wait, 1) ** (hosts - 1)))
    }
  }
  return meeting
}
