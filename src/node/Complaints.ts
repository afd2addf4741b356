/**
 * Keeps a flood of complaints readable: the first few in a second are told one by one, the rest are summed up.
 */

/** What has been told in the current second. */
export interface Complaints {
  /** When the current second began, in ms. */
  readonly since: number
  readonly told: number
  /** Complaints not told since the last summary. */
  readonly untold: number
}

/** How many complaints a second are told one by one. */
export const maxPerSecond = 10

/** Nothing to complain about yet. */
export const none: Complaints = { since: 0, told: 0, untold: 0 }

/** The summary of what was not told; nothing if everything was. */
export const summary = ({ untold }: Complaints): ReadonlyArray<string> =>
  untold === 0 ? [] : [`${untold} more lines were skipped, for reasons like the last ones told`]

/** What to tell now that there is another complaint. */
export const add = (
  complaints: Complaints,
  text: string,
  now: number
): readonly [tell: ReadonlyArray<string>, complaints: Complaints] => {
  // A clock set back must not silence complaints until it has caught up.
  if (Math.abs(now - complaints.since) >= 1000) {
    return [[...summary(complaints), text], { since: now, told: 1, untold: 0 }]
  }
  return complaints.told < maxPerSecond
    ? [[text], { ...complaints, told: complaints.told + 1 }]
    : [[], { ...complaints, untold: complaints.untold + 1 }]
}
