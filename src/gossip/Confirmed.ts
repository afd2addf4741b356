/**
 * What the last meetings have confirmed: what everybody was told, and when.
 *
 * Nodes that compare all that they know differ all the time, by what is on its way. So they compare what was confirmed up to
 * the same meeting, one whose lists have all arrived. Then a difference is a loss. Several meetings may confirm the same
 * value. Then the earliest meeting counts, whichever list comes first.
 *
 * Every value that is not unconfirmed is confirmed. The digest as of a time is the digest of all of these, less what later
 * meetings have confirmed. So only what the last meetings have confirmed is kept.
 */
import type { Value } from "../protocol/Value.ts"
import * as Digest from "./Digest.ts"
import * as Store from "./Store.ts"

/** What the meeting that begins at `begin` has confirmed. */
interface Meeting {
  readonly begin: number
  readonly values: ReadonlyArray<Value>
  readonly digest: Digest.Digest
}

/** What the last meetings have confirmed. All other confirmed values were confirmed earlier. */
export interface Confirmed {
  /** When the last meeting began that is no longer kept; −Infinity if all are kept. */
  readonly since: number
  /** The last meetings that have confirmed anything, oldest first. */
  readonly meetings: ReadonlyArray<Meeting>
}

/** How many meetings are kept. */
const kept = 100

/** No meeting has confirmed anything. */
export const none: Confirmed = { since: -Infinity, meetings: [] }

/**
 * The digest of what was confirmed up to `time`; undefined if that is too long ago. `now` is the digest of what is confirmed
 * now.
 */
export const asOf = ({ meetings, since }: Confirmed, now: Digest.Digest, time: number): Digest.Digest | undefined =>
  time < since
    ? undefined
    : meetings.reduce((rest, { begin, digest }) => (begin <= time ? rest : Digest.without(rest, digest)), now)

const meeting = (begin: number, values: ReadonlyArray<Value>): Meeting => ({ begin, values, digest: Digest.of(values) })

/** Adds a meeting, and drops the oldest if there are too many. A meeting that is older than those kept is not added. */
const insert = (confirmed: Confirmed, added: Meeting): Confirmed => {
  const { meetings, since } = confirmed
  if (added.values.length === 0 || added.begin < since) return confirmed
  const later = meetings.findIndex(({ begin }) => begin > added.begin)
  const next = meetings.toSpliced(later === -1 ? meetings.length : later, 0, added)
  const [oldest] = next
  return oldest === undefined || next.length <= kept
    ? { since, meetings: next }
    : { since: oldest.begin, meetings: next.slice(1) }
}

/**
 * Adds what the meeting that begins at `begin` has confirmed. The values in `fresh` were not confirmed so far. Those in
 * `known` were, by this meeting or another one.
 */
export const add = (
  confirmed: Confirmed,
  begin: number,
  fresh: ReadonlyArray<Value>,
  known: ReadonlyArray<Value>
): Confirmed => {
  const isOutOfOrder = known.length > 0 && (confirmed.meetings.at(-1)?.begin ?? begin) > begin
  if (!isOutOfOrder) return insert(confirmed, meeting(begin, fresh))
  const listed = Store.ValueSet.of(known)
  const earlier = confirmed.meetings.flatMap((other) =>
    other.begin > begin ? other.values.filter((value) => listed.has(value)) : []
  )
  if (earlier.length === 0) return insert(confirmed, meeting(begin, fresh))
  const meetings = confirmed.meetings.map((other) =>
    other.begin > begin
      ? meeting(
          other.begin,
          other.values.filter((value) => !listed.has(value))
        )
      : other
  )
  return insert({ since: confirmed.since, meetings }, meeting(begin, [...fresh, ...earlier]))
}

/**
 * The invariants that are broken if `after` follows `before`, one sentence each: no meeting has confirmed what is unconfirmed,
 * and all meetings together no more than is known. `known` is how many values are known.
 */
export const violations = (
  before: Confirmed,
  after: Confirmed,
  unconfirmed: ReadonlyArray<Value>,
  known: number
): ReadonlyArray<string> => {
  const count = after.meetings.reduce((sum, { values }) => sum + values.length, 0)
  if (count + unconfirmed.length > known) {
    return [
      `of ${known} values, ${count} were confirmed by the last meetings and ${unconfirmed.length} are unconfirmed`
    ]
  }
  if (after === before) return []
  const doubtful = Store.ValueSet.of(unconfirmed)
  return after.meetings.flatMap((added) => {
    const both = before.meetings.includes(added) ? [] : added.values.filter((value) => doubtful.has(value))
    return both.length === 0
      ? []
      : [`the meeting of ${added.begin} has confirmed ${both.length} values that are unconfirmed`]
  })
}
