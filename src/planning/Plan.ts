/**
 * Finds the settings that keep limits on latency with the fewest messages.
 *
 * With the time between two meetings, messages fall and latencies rise. So for several numbers of hosts and several attendances,
 * a binary search finds the longest time that keeps the limits. The plan is the cheapest of these.
 */
import type { Cluster } from "./Attendance.ts"
import * as Forecast from "./Forecast.ts"
import * as Settings from "../gossip/Settings.ts"

/** The limits that a plan must keep. Times in ms. */
export interface Limits {
  /** The median of the stable latencies, at most. */
  readonly median: number
  /** The longest stable latency of a run, at most, as a mean over runs. */
  readonly maximum: number
  /** How many nodes may be down at once. They are fewer than the nodes, and a meeting has more hosts than that. */
  readonly down: number
}

/** Settings, and what they cost. */
export interface Plan {
  /** Whether the forecast keeps the limits. If none does, this is the plan that comes nearest. */
  readonly keeps: boolean
  /** What replaces the default settings. */
  readonly settings: Pick<Settings.SettingsShape, "fanout" | "meeting_ms" | "hosts" | "attendance">
  readonly forecast: Forecast.Forecast
}

/** If latencies vary, up to so many hosts more than necessary are tried. */
const spareHosts = 2
/** If latencies vary, these shares of guests to wait for are tried. */
const attendances = [1, 0.95, 0.9, 0.8, 0.7]

/** The part of a limit that is used up; above 1 it is exceeded. */
const used = ({ forecast, settings }: Omit<Plan, "keeps">, { maximum, median }: Limits): number =>
  Math.max(
    forecast.median / median,
    forecast.maximum / maximum,
    // A value may come right after a meeting began, and then its host waits. This holds however rarely anybody reads.
    (settings.meeting_ms + forecast.wait) / maximum
  )

/** The longest time between meetings, among the times that keep the limits, for so many hosts and this attendance. */
const longest = (cluster: Cluster, limits: Limits, hosts: number, attendance: number): Plan => {
  const { maximum, minimum: lowest } = Settings.descriptions.meeting_ms.range
  // Beyond the length of a run, the forecast means nothing.
  const highest = Math.min(maximum, Math.floor(cluster.time_limit))
  const at = (meeting_ms: number): Plan => {
    const settings = { fanout: 0, meeting_ms, hosts, attendance }
    const plan = { settings, forecast: Forecast.of(cluster, Settings.change(Settings.defaults, settings)) }
    return { ...plan, keeps: used(plan, limits) <= 1 }
  }
  // Sooner, the next meeting would begin before the host of this one has told everybody.
  const soonest = Math.min(highest, Math.max(lowest, 1, Math.ceil(at(Math.ceil(limits.maximum)).forecast.wait)))
  let best = at(soonest)
  let tooLong = Math.min(highest, Math.ceil(limits.maximum)) + 1
  while (best.keeps && tooLong - best.settings.meeting_ms > 1) {
    const plan = at(Math.floor((best.settings.meeting_ms + tooLong) / 2))
    if (plan.keeps) best = plan
    else tooLong = plan.settings.meeting_ms
  }
  return best
}

/** The cheapest plan that keeps the limits, or else the one that comes nearest. */
export const make = (cluster: Cluster, limits: Limits): Plan => {
  const isConstant = cluster.latency_dist === "constant"
  const fewest = limits.down + 1
  const plans: Array<Plan> = []
  for (let hosts = fewest; hosts <= Math.min(cluster.node_count, fewest + (isConstant ? 0 : spareHosts)); hosts++) {
    for (const attendance of isConstant ? [1] : attendances) plans.push(longest(cluster, limits, hosts, attendance))
  }
  const cost = (plan: Plan): number => (plan.keeps ? plan.forecast.messages : Infinity)
  return plans.reduce((best, plan) => {
    if (!best.keeps && !plan.keeps) return used(plan, limits) < used(best, limits) ? plan : best
    return cost(plan) < cost(best) ? plan : best
  })
}
