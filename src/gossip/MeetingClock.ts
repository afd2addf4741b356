/**
 * The time by which nodes meet: the node's own clock, put forward whenever a message shows that a peer's is ahead.
 *
 * It never goes back, and no message comes from its future. So clocks that disagree are brought to within about a latency of
 * the fastest one by the messages that are sent anyway, and a clock that is set back goes on where it was. This is a hybrid
 * logical clock (Kulkarni, Demirbas et al. 2014) whose logical part is the lead on the node's clock.
 */

/** A reading of the clock. All times in ms. */
export interface MeetingClock {
  /** How far it is ahead of the node's own clock. */
  readonly ahead: number
  /** What the node's own clock showed when it was last read, in ms since the epoch. */
  readonly seen: number
}

/**
 * No time is further away from 1970 than this, before or after, in ms: the year 10,000. Times and durations of messages are
 * bound by it, so that no arithmetic with them overflows.
 */
export const horizon = 253_402_300_800_000

/** A clock that was never read. */
export const unread: MeetingClock = { ahead: 0, seen: -Infinity }

/** A clock that is further ahead than this is broken, and nobody follows it: a day, in ms. */
const furthest = 86_400_000

/** The clock once the node's own clock shows `now`. It counts whole ms, so that no sum of its times is rounded. */
export const read = ({ ahead, seen }: MeetingClock, now: number): MeetingClock => {
  const whole = Math.floor(now)
  return whole >= seen ? { ahead, seen: whole } : { ahead: ahead + seen - whole, seen: whole }
}

/** The time that it shows. */
export const time = ({ ahead, seen }: MeetingClock): number => seen + ahead

/** The clock once a message has come that a peer sent at this time or later. */
export const notBefore = (clock: MeetingClock, sent: number): MeetingClock => {
  const lead = Math.ceil(sent) - time(clock)
  return lead > 0 && lead <= furthest ? { ahead: clock.ahead + lead, seen: clock.seen } : clock
}
