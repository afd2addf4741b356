/**
 * How long reads miss a value: the distribution of stable latencies, as Maelstrom's checker defines them.
 *
 * A value waits for the next meeting, and then for the host. Then the host sends its list. No read misses the value from then
 * on: in Maelstrom's network a node's inbox waits for one message at a time, so a read waits behind the list and shows what is
 * in it. A value is stable from the last read that missed it. So its stable latency is the time until the list is sent, less
 * the time between that read and the list.
 */
import * as Attendance from "./Attendance.ts"
import * as Latency from "./Latency.ts"
import type { SettingsShape } from "../gossip/Settings.ts"
import * as Wait from "../gossip/Wait.ts"
import * as Waits from "./Waits.ts"

/** Stable latencies in ms. */
export interface Staleness {
  readonly median: number
  /** The longest of a run, as a mean over runs. */
  readonly maximum: number
}

/** A share of the values, and how many ms after they are acknowledged their list is sent. */
type Share = readonly [ms: number, share: number]

/** By how many moments the time between two meetings is represented. */
const moments = 64
/** Into how many steps the range of stable latencies is divided. */
const steps = 400

/**
 * How long after a value is known its list is sent. If a list is on its way to a node, a broadcast waits behind it and is
 * acknowledged after it. The hosts of a meeting add their own new values until they send the list.
 */
const sendings = (
  cluster: Attendance.Cluster,
  { hosts, meeting_ms }: SettingsShape,
  { latency, wait }: Attendance.Attendance
): ReadonlyArray<Share> => {
  const { node_count, rate } = cluster
  const sent = wait + Waits.timerLateness / 2
  const told = 1 - Attendance.quiet((meeting_ms * rate) / 1000)
  const known = (at: number, share: number): Share => [Math.ceil(at / meeting_ms) * meeting_ms + sent - at, share]
  return Latency.middles(moments).flatMap((moment) =>
    latency.samples.flatMap((delay) => {
      const at = moment * meeting_ms
      const whole = 1 / moments / latency.samples.length
      const own = at < wait ? (whole * hosts) / node_count : 0
      const listed: Share = [sent - Math.max(at, Math.min(delay, wait)), own]
      // The oldest list that may still be on its way.
      const list = (Math.floor((at - wait - delay) / meeting_ms) + 1) * meeting_ms + wait
      // A single host sends itself no list. Each client waits for its reply, so once all wait, only the host gets requests.
      const others = ((at - list) * rate) / 1000 < node_count ? 1 - 1 / node_count : 0
      const held = list > at ? 0 : told * (hosts > 1 ? 1 : others)
      const rest = whole - own
      return [listed, known(at, rest * (1 - held)), known(list + delay, rest * held)]
    })
  )
}

/** How exactly the median is found, in ms. */
const precision = 0.1

/** By how many moments the beginning of a run between two meetings is represented. */
const firstBeginnings = 16

/** Equally likely values of the shorter of two latencies. */
const shorterOfTwo = ({ quantile, samples }: Latency.Latency): ReadonlyArray<number> =>
  Latency.middles(samples.length).map((share) => quantile(1 - Math.sqrt(1 - share)))

/** A function of time, in ms. */
type OfTime = (ms: number) => number

/**
 * The rate of reads that miss a value, per ms, as a function of how many ms later its list is sent. If that is negative, the list
 * has been sent, and nodes miss the value only while their inboxes wait for another message. `delays` are equally likely
 * times in ms for which they do.
 *
 * Requests come at intervals that are uniform in 0 … 2i. If a share p of them misses the value, the last one that does so was
 * i (1/p − 1/3) ago in the mean. This is half the second moment of the time between two such requests, divided by the first
 * (renewal theory).
 */
const missRate = (
  cluster: Attendance.Cluster,
  { hosts, meeting_ms }: SettingsShape,
  { wait }: Attendance.Attendance,
  delays: ReadonlyArray<number>
): OfTime => {
  const { node_count, rate } = cluster
  // Until it is the turn of the value's own node again, all requests go to others.
  const asked = Attendance.requestsPerNode(cluster, meeting_ms) <= 1 ? node_count - 1 : node_count
  // Reads at the hosts wait behind the arrivals. So hosts show the value from the beginning of the meeting on.
  const knowing = (hosts * (node_count - 1)) / node_count
  const others = Math.max(0, node_count - 1 - knowing)
  return (ms) => {
    const held = ms > 0 ? 1 : delays.filter((delay) => delay > -ms).length / delays.length
    const share = (others * held + (ms > wait ? knowing : 0)) / asked / 2
    return share === 0 ? 0 : rate / 1000 / (1 / share - 1 / 3)
  }
}

/** The chance that a stable latency is longer than so many ms, if the list of these shares of the values is sent so late. */
const tabulate = (shares: ReadonlyArray<Share>, missed: OfTime, end: number): OfTime => {
  const step = end / steps
  const values = new Float64Array(steps + 1)
  for (const [ms, share] of shares) {
    const place = Math.round(ms / step)
    values[place] = (values[place] ?? 0) + share
  }
  // At each index: the chance that a read misses the value later than so many steps before its list is sent.
  let expected = 0
  const misses = Float64Array.from({ length: 2 * steps + 1 }, (_, index) => {
    expected += step * missed((index - 0.5 - steps) * step)
    return 1 - Math.exp(-expected)
  })
  // Loops, because `reduce` of a typed array takes several times as long, and this is most of a forecast.
  const table = new Float64Array(steps + 1)
  for (let place = 0; place <= steps; place++) {
    let sum = 0
    for (let other = 0; other <= steps; other++) sum += (values[other] ?? 0) * (misses[other - place + steps] ?? 0)
    table[place] = sum
  }
  return (ms) => {
    if (ms < 0) return 1
    const place = Math.floor(ms / step)
    const [before = 0, after = 0] = [table[place], table[place + 1]]
    return before + (ms / step - place) * (after - before)
  }
}

/** What becomes of a share of the values at their hosts. */
interface Fate {
  readonly share: number
  /** How many ms later their list is sent than that of values that come in time. */
  readonly later: number
  /** The chance that their stable latency is longer than so many ms, apart from that. */
  readonly longerThan: OfTime
}

/** Everything that may become of a value at its hosts. */
const fates = (
  { hosts, meeting_ms }: SettingsShape,
  { again, comes, held, late, latency, lost, overtaken, slow, wait }: Attendance.Attendance,
  plain: OfTime,
  behind: OfTime
): ReadonlyArray<Fate> => {
  // If the first guest is late, all are. A host that has sent a list of its own values then sends another one, later.
  const excess = latency.excess(wait)
  const reopened = comes * (Wait.beyond(wait + excess) - wait) + (1 - comes) * excess
  // The hosts bring late values to the next meeting. So does the node of a value, if it no longer waits for an answer.
  const isBrought = again === meeting_ms
  const missedNext = isBrought || lost === 0 ? 0 : Math.min(1, latency.later(meeting_ms) / slow)
  const lostAgain = missedNext + (1 - missedNext) * late ** (isBrought ? 2 * hosts : hosts)
  return [
    { share: 1 - overtaken - held, later: 0, longerThan: plain },
    { share: overtaken, later: 0, longerThan: behind },
    { share: held - lost, later: reopened, longerThan: plain },
    { share: lost * (1 - lostAgain), later: meeting_ms, longerThan: plain },
    { share: lost * lostAgain, later: 2 * meeting_ms, longerThan: plain }
  ]
}

/** The chance that at least one of so many values has a longer latency, if each has this chance. */
const anyOf = (values: number, chance: number): number => 1 - (1 - Math.min(1, chance)) ** values

/** The median of the stable latencies. None of them is longer than `longest`, in ms. */
const medianOf = (all: ReadonlyArray<Fate>, longest: number): number => {
  const longer: OfTime = (ms) =>
    all.reduce((sum, { later, longerThan, share }) => sum + share * longerThan(ms - later), 0)
  let [low, high] = [0, longer(0) < 0.5 ? 0 : longest]
  while (high - low > precision) {
    const middle = (low + high) / 2
    if (longer(middle) < 0.5) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/**
 * The chance that a value of the first meetings has a longer latency.
 *
 * A run begins at any time between two meetings, when no list is on its way, and the first host knows nothing of the
 * latencies. The first value and the last read are each a while away from where they would be worst. In the next meetings
 * the wait may be known but too short: all guests are late, and their host tells everybody once more. At constant latency
 * they come at the same moment. A host that has told nothing yet tells what the first of them bring, and then loses as many
 * others: a quarter of all in the mean.
 */
const startIsLonger = (
  { rate }: Attendance.Cluster,
  { hosts, meeting_ms }: SettingsShape,
  { comes, latency, tooShort, wait }: Attendance.Attendance,
  busy: number
): OfTime => {
  const sent = Wait.beyond(wait - Wait.margin) + busy
  const lostShare = latency.samples.length === 1 ? 0.25 ** hosts : 0
  const beginnings = Latency.middles(firstBeginnings)
  // The chance that a value comes in the first so many ms, and a read that misses it in the last.
  const comesWithin = (ms: number, share = 1) => (1 - Attendance.quiet((share * ms * rate) / 2000)) ** 2
  return (ms) => {
    const first = Latency.mean(beginnings.map((share) => comesWithin(share * meeting_ms + sent - ms)))
    const again = comesWithin(meeting_ms + sent - ms)
    const lost = comesWithin(2 * meeting_ms + wait + busy - ms, lostShare)
    const none = tooShort.slice(1).map((short) => {
      const late = latency.later(short)
      return (1 - late * again) * (1 - (1 - late * comes) ** hosts * lost)
    })
    return 1 - none.reduce((product, chance) => product * chance, 1 - first)
  }
}

/** The number of arrivals in a run with a value whose latency is longer. What becomes of an arrival becomes of all its values. */
const arrivalsLonger = (
  cluster: Attendance.Cluster,
  { meeting_ms }: SettingsShape,
  { comes, fresh, lostAtStart }: Attendance.Attendance,
  all: ReadonlyArray<Fate>,
  plain: OfTime
): OfTime => {
  const { node_count, rate, time_limit } = cluster
  const together = Math.max(1, Attendance.requestsPerNode(cluster, meeting_ms) / 2 / fresh)
  const arrivals = ((rate / 2) * time_limit) / 1000 / together
  const atStart = { share: (node_count * comes * lostAtStart) / arrivals, later: meeting_ms, longerThan: plain }
  return (ms) =>
    [...all, atStart].reduce(
      (sum, { later, longerThan, share }) => sum + share * arrivals * anyOf(together, longerThan(ms - later)),
      0
    )
}

/** The stable latencies of a cluster with these settings, whose average meeting is like this. */
export const of = (cluster: Attendance.Cluster, settings: SettingsShape, meeting: Attendance.Attendance): Staleness => {
  const { meeting_ms } = settings
  const { latency } = meeting
  const shares = sendings(cluster, settings, meeting)
  // If a latency is longer than the time between two meetings, an inbox may still wait for the list of the meeting before.
  const busy = latency.samples.map((ms) => Math.max(0, ms - meeting_ms))
  // Of the lists of two hosts, the first to be sent holds the inbox up. If it lacks the value, reads miss it until one of the
  // two has arrived.
  const earlier = latency.samples.length === 1 ? busy : shorterOfTwo(latency)
  const end = Math.max(...shares.map(([ms]) => ms)) + Math.max(...earlier, ...busy)
  const plain = tabulate(shares, missRate(cluster, settings, meeting, busy), end)
  const behind = tabulate(shares, missRate(cluster, settings, meeting, earlier), end)
  const all = fates(settings, meeting, plain, behind)
  const longest = end + 2 * meeting_ms
  const arrivals = arrivalsLonger(cluster, settings, meeting, all, plain)
  const start = startIsLonger(cluster, settings, meeting, Latency.mean(busy))
  const isLonger: OfTime = (ms) => 1 - Math.exp(-arrivals(ms)) * (1 - start(ms))
  // The mean of a variable that is never negative is the integral of the chance that it is larger.
  const maximum = longest * Latency.mean(Latency.middles(steps).map((share) => isLonger(share * longest)))
  return { median: medianOf(all, longest), maximum }
}
