/**
 * What everybody has been told, as a digest, now and as of the last few meetings.
 *
 * Two nodes that compare all that they know differ all the time, by what is on its way. So they compare what was confirmed
 * up to the same meeting, one whose messages have all arrived. A difference is then a loss. If several meetings confirm a
 * value, the first of them counts, in whatever order their messages come.
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

/** All that is confirmed. */
export interface Confirmed {
  /** The digest of what was confirmed up to the time `since`. */
  readonly before: Digest.Digest
  readonly since: number
  /** The last meetings that have confirmed anything, the oldest first. */
  readonly meetings: ReadonlyArray<Meeting>
}

/** How many meetings are kept. */
const kept = 100

/** All that is known was confirmed long ago. */
export const all = (digest: Digest.Digest): Confirmed => ({ before: digest, since: -Infinity, meetings: [] })

/** The digest of what was confirmed up to this time; undefined if that is too long ago. */
export const asOf = ({ before, meetings, since }: Confirmed, time: number): Digest.Digest | undefined =>
  time < since
    ? undefined
    : meetings.reduce((sum, { begin, digest }) => (begin <= time ? Digest.join(sum, digest) : sum), before)

/** The digest of all that is confirmed. */
export const latest = (confirmed: Confirmed): Digest.Digest => asOf(confirmed, Infinity) ?? confirmed.before

/** With values that were confirmed long ago, none of which was confirmed so far. */
export const addOld = (confirmed: Confirmed, values: ReadonlyArray<Value>): Confirmed =>
  values.length === 0
    ? confirmed
    : {
        before: Digest.join(confirmed.before, Digest.of(values)),
        since: confirmed.since,
        meetings: confirmed.meetings
      }

const meeting = (begin: number, values: ReadonlyArray<Value>): Meeting => ({ begin, values, digest: Digest.of(values) })

/** With a meeting more, the oldest put to what was confirmed before them if there are too many. */
const insert = ({ before, meetings, since }: Confirmed, added: Meeting): Confirmed => {
  const later = meetings.findIndex(({ begin }) => begin > added.begin)
  const next = meetings.toSpliced(later === -1 ? meetings.length : later, 0, added)
  const [oldest] = next
  if (oldest === undefined || next.length <= kept) return { before, since, meetings: next }
  return { before: Digest.join(before, oldest.digest), since: oldest.begin, meetings: next.slice(1) }
}

/**
 * With the values that the meeting that begins at `begin` has confirmed: `fresh` was not confirmed so far, `known` was, by
 * this meeting or another one.
 */
export const add = (
  confirmed: Confirmed,
  begin: number,
  fresh: ReadonlyArray<Value>,
  known: ReadonlyArray<Value>
): Confirmed => {
  const isOutOfOrder = known.length > 0 && (confirmed.meetings.at(-1)?.begin ?? begin) > begin
  if (!isOutOfOrder) {
    if (fresh.length === 0) return confirmed
    return begin < confirmed.since ? addOld(confirmed, fresh) : insert(confirmed, meeting(begin, fresh))
  }
  const listed = Store.ValueSet.of(known)
  const earlier = confirmed.meetings.flatMap((other) =>
    other.begin > begin ? other.values.filter((value) => listed.has(value)) : []
  )
  const moved = [...fresh, ...earlier]
  if (moved.length === 0) return confirmed
  const meetings =
    earlier.length === 0
      ? confirmed.meetings
      : confirmed.meetings.map((other) =>
          other.begin > begin
            ? meeting(
                other.begin,
                other.values.filter((value) => !listed.has(value))
              )
            : other
        )
  const rest = { before: confirmed.before, since: confirmed.since, meetings }
  return begin < confirmed.since ? addOld(rest, moved) : insert(rest, meeting(begin, moved))
}
