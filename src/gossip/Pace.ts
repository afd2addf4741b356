/**
 * How often a node compares what it knows with a peer while there is nothing to spread.
 *
 * The pace halves with every peer that turns out to know the same, since there is less and less reason to ask. Anything
 * new brings back the quickest pace, and so does a long silence: a node that hears from nobody may be cut off. Silence
 * never slows a node down, because a lost message is silent too.
 */

/** The pace of a node. All times in ms. */
export interface Pace {
  /** The time between two comparisons at present. */
  readonly interval: number
  /** When the next is due. */
  readonly due: number
  /** When a peer was last heard from. */
  readonly heard: number
}

/** The interval of the slowest pace, in intervals of the quickest. */
export const slowest = 32
/** After how many intervals without a word from any peer a node may be cut off. */
const silence = 4

/** The quickest pace, from `now` on; `base` is its interval. */
export const quick = (now: number, base: number): Pace => ({ interval: base, due: now + base, heard: now })

/** Whether a pace is what {@link quick} would return. */
export const isQuick = ({ due, heard, interval }: Pace, now: number, base: number): boolean =>
  interval === base && due === now + base && heard === now

/** The quickest pace, but the next comparison comes in `delay` ms: a difference was found, and it may not be the last. */
export const soon = (now: number, base: number, delay: number): Pace => ({
  interval: base,
  due: now + Math.min(base, delay),
  heard: now
})

/**
 * The pace after a peer turned out to know the same. The next comparison is put off, but not at the slowest pace: a peer that
 * asks often would put it off for ever, and go on because nobody asks it.
 */
export const slower = (pace: Pace, now: number, base: number): Pace => {
  const interval = Math.min(2 * pace.interval, slowest * base)
  const due = now + interval
  return { interval, due: interval > pace.interval ? due : Math.min(pace.due, due), heard: now }
}

/** The pace after a peer was heard from. */
export const heard = ({ due, interval }: Pace, now: number): Pace => ({ interval, due, heard: now })

/** The pace after a comparison was begun. */
export const begun = (pace: Pace, now: number, base: number): Pace => {
  const interval = now - pace.heard > silence * pace.interval ? base : pace.interval
  return { interval, due: now + interval, heard: pace.heard }
}
