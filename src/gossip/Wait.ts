/**
 * How long a host waits for those who come to its meeting.
 *
 * Nobody knows the latencies beforehand. So hosts measure how long after the beginning each guest arrives, and their lists
 * tell all nodes. A longer wait delays all values of the meeting. A shorter one delays those of late guests, which wait for
 * the next meeting.
 */

/** A host that knows nothing of the latencies waits so many ms for the first guest. */
export const guess = 250

/** A host waits so many ms longer than was needed, because timers are not exact. */
export const margin = 2
/** A guest that takes so many times the wait, and longer than the first wait, has a clock that is behind. */
const farthest = 4
/** After each guest, a host that knows nothing of the latencies waits for so many ms more, … */
const gap = 20
/** … and for this share of the time since the beginning. */
const gapShare = 0.25
/**
 * After a meeting the wait goes this share of the way to a shorter one. It goes all of the way to a longer one, because coming
 * too late costs more than waiting. So where latencies are constant, the wait is what is needed. Where they vary, it is near
 * the longest of the last meetings.
 */
const down = 0.07
/** The same for a wait of less than half: then the latencies have changed. */
const farDown = 0.5

/** A node that is late by more than this share of the wait was held up, by a pause perhaps. */
const slackShare = 0.5
/** A node that is late by so many ms at most was not held up: its timer may be that late. */
const leastSlack = 20

/** How many ms a node may be late without having been held up, if hosts wait so long. */
export const slack = (wait: number): number => Math.max(leastSlack, slackShare * wait)

/** The wait of a host that knows nothing of the latencies, once a guest has come so many ms after the beginning. */
export const beyond = (lateness: number): number => Math.ceil(lateness * (1 + gapShare)) + gap

/**
 * The wait that would have been enough for this share of the guests, who came so many ms after the beginning; undefined if
 * nobody came. Guests who took many times the wait so far do not count, because their clocks are behind. It is undefined if it
 * is not known.
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
 * What several hosts have measured, as one number. If hosts wait for everybody it is the longest, so that a node that is far
 * from all others is never too late. Otherwise it is the mean. Undefined if nobody has measured.
 */
export const measured = (measures: ReadonlyArray<number>, attendance: number): number | undefined =>
  measures.length === 0
    ? undefined
    : Math.ceil(
        attendance < 1 ? measures.reduce((sum, measure) => sum + measure, 0) / measures.length : Math.max(...measures)
      )

/**
 * How many ms after the beginning of a meeting its list must be there: the wait, and once more for the way back, but no more
 * than twice the first wait. If hosts do not wait for everybody, a guest may have come too late, so it does not wait for a
 * list.
 */
export const answerIn = (wait: number, attendance: number): number => (attendance < 1 ? 0 : 2 * Math.min(wait, guess))

/**
 * The wait after a meeting that needed `needed` ms. The wait before was `wait`; undefined if it was not known. It grows by at
 * most `guess` at a time, because clocks that are about to be put right look like latencies.
 */
export const after = (wait: number | undefined, needed: number): number => {
  const next = needed + margin
  if (wait === undefined) return Math.min(next, guess)
  if (next > wait) return Math.min(next, wait + guess)
  return wait - (2 * next < wait ? farDown : down) * (wait - next)
}
