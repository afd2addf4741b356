/**
 * How long a host waits for those who come to its meeting.
 *
 * Nobody knows the latencies beforehand, so hosts measure how long after the beginning everybody arrives, and tell all nodes
 * with the values. Waiting longer delays every value of the meeting; whoever comes too late waits for the next meeting.
 */

/** The wait of a host that knows nothing of the latencies and to whom nobody has come yet, in ms. */
export const guess = 250

/** How much longer a host waits than the last of those it knows took, in ms: timers are not exact. */
export const margin = 2
/** Whoever takes longer than the first wait and so many times the wait so far was not on the way for all that time. */
const farthest = 4
/** While nothing is known of the latencies, a host waits for so many ms more after everybody who comes, … */
const gap = 20
/** … and for so much of the time that has passed. */
const gapShare = 0.25
/**
 * How much of the way to a shorter wait is made after one meeting. All of the way to a longer one is made at once, because
 * coming too late costs more than waiting. So the wait stays at what is needed where latencies are constant, and near the
 * longest of the last meetings where they vary.
 */
const down = 0.07
/** The same if it is shorter than half: then things have changed. */
const farDown = 0.5

/** Who does something later than it should, by more than this share of the wait, was held up, by a pause perhaps. */
const slackShare = 0.5
/** Timers are not that exact, in ms. */
const leastSlack = 20

/** How many ms later than it should a node may do something, if hosts wait so long. */
export const slack = (wait: number): number => Math.max(leastSlack, slackShare * wait)

/** The wait of a host that knows nothing of the latencies, when somebody has come so many ms after the beginning. */
export const beyond = (lateness: number): number => Math.ceil(lateness * (1 + gapShare)) + gap

/**
 * Which wait would have been enough for this share of those who came so many ms after the beginning; undefined if nobody
 * came. If the wait so far is known, those who took many times as long do not count: their clocks are behind.
 */
export const enough = (
  latenesses: ReadonlyArray<number>,
  attendance: number,
  wait: number | undefined
): number | undefined => {
  const counted = latenesses
    .filter((lateness) => wait === undefined || lateness <= Math.max(guess, farthest * wait))
    .toSorted((a, b) => a - b)
  return counted[Math.ceil(attendance * counted.length) - 1]
}

/**
 * What several hosts have measured, as one number: the longest if everybody is waited for, so that a node that is far from all
 * others is never too late; otherwise the mean.
 */
export const measured = (measures: ReadonlyArray<number>, attendance: number): number | undefined =>
  measures.length === 0
    ? undefined
    : Math.ceil(
        attendance < 1 ? measures.reduce((sum, measure) => sum + measure, 0) / measures.length : Math.max(...measures)
      )

/**
 * In how many ms after the beginning of a meeting an answer of its hosts must be there: after their wait, and another one for
 * the way back, but soon even if that is long. If hosts do not wait for everybody, a guest may have come too late, and does
 * not wait for an answer.
 */
export const answerIn = (wait: number, attendance: number): number => (attendance < 1 ? 0 : 2 * Math.min(wait, guess))

/**
 * The wait after a meeting for which `needed` would have been enough, in ms. Before, it was `wait`, or not known. It grows by
 * no more than `guess` at a time, because clocks that are about to be put right look like latencies.
 */
export const after = (wait: number | undefined, needed: number): number => {
  const next = needed + margin
  if (wait === undefined) return Math.min(next, guess)
  if (next > wait) return Math.min(next, wait + guess)
  return wait - (2 * next < wait ? farDown : down) * (wait - next)
}
