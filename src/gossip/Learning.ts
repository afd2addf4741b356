/**
 * What becomes of values that a node learns.
 *
 * They are stored. If everybody was told of them together with this node, they are confirmed. If not, they are unconfirmed,
 * and the node brings them to meetings. A node that does not meet others confirms nothing: it forwards and compares.
 */
import * as Metric from "effect/Metric"
import type { Env } from "../node/Component.ts"
import * as Output from "../node/Output.ts"
import type { Value } from "../protocol/Value.ts"
import * as Confirmed from "./Confirmed.ts"
import * as MeetingClock from "./MeetingClock.ts"
import type { Sent } from "./Messages.ts"
import * as Pace from "./Pace.ts"
import { type Meetings, type Repair, type State, type Statistics, update } from "./State.ts"
import * as Store from "./Store.ts"
import * as Unconfirmed from "./Unconfirmed.ts"
import * as Wait from "./Wait.ts"

/** Whether this node takes part in meetings. */
export const meets = ({ selection, settings }: State, { nodes }: Env): boolean =>
  settings.meeting_ms > 0 && selection.hosts !== undefined && nodes.length > 1

/** The time by the meeting clock in ms. */
export const time = ({ meetings }: State): number => MeetingClock.time(meetings.clock)

/** When the first meeting begins that is after `now`, and at `next` or later, in ms of the meeting clock. */
export const meetingAfter = (now: number, next: number, interval: number): number =>
  Math.max(Math.floor(now / interval) + 1, Math.ceil(next / interval)) * interval

/** When the answer of the hosts of a meeting must be there, in ms of the meeting clock. */
export const answerBy = ({ meetings, settings }: State, begin: number): number =>
  begin + Wait.answerIn(meetings.wait ?? Wait.guess, settings.attendance)

/**
 * A node compares itself at most once in so many times between two meetings. While values spread, the list of every meeting
 * has a digest, so another comparison would be a message for nothing. The quarter is for the time that a list takes.
 */
export const meetingsPerComparison = 1.25

/** The shortest time between two comparisons, in ms. */
export const comparisonInterval = ({ settings }: State): number =>
  Math.max(settings.repair_interval_ms, meetingsPerComparison * settings.meeting_ms)

/** Repair at the quickest pace: something new was learned, and peers may not have it yet. */
export const quickened = (state: State): Repair => {
  const { busyUntil, groups, host, pace, strangers } = state.repair
  const now = time(state)
  const base = comparisonInterval(state)
  // It is already if another value came in the same ms.
  return pace !== undefined && Pace.isQuick(pace, now, base)
    ? state.repair
    : { pace: Pace.quick(now, base), busyUntil, host, groups, strangers }
}

/** The state with parts of its meetings replaced. Spelled out like `update`, and for the same reason. */
export const withMeetings = (state: State, changes: Partial<Meetings>): State => {
  const { clock, confirmed, due, hosted, hosting, wait } = state.meetings
  return update(state, {
    meetings: {
      clock: changes.clock ?? clock,
      due: "due" in changes ? changes.due : due,
      hosting: "hosting" in changes ? changes.hosting : hosting,
      hosted: changes.hosted ?? hosted,
      wait: changes.wait ?? wait,
      confirmed: changes.confirmed ?? confirmed
    }
  })
}

/**
 * Stores values that, as far as this node knows, nobody has told everybody. It brings them to the first meeting that begins at
 * `next` or later.
 */
export const learn = (
  before: State,
  values: ReadonlyArray<Value>,
  next: number,
  env: Env,
  statistics: Statistics = before.statistics
): State => {
  const store = Store.add(before.store, values)
  if (store === before.store) return update(before, { statistics })
  const state: State = {
    store,
    unconfirmed: before.unconfirmed,
    settings: before.settings,
    statistics,
    meetings: before.meetings,
    repair: quickened(before),
    selection: before.selection
  }
  if (!meets(before, env)) return state
  const unconfirmed = Unconfirmed.add(before.unconfirmed, before.store.size, store.size, next)
  const { due = Infinity } = before.meetings
  const first = Math.min(due, meetingAfter(time(before), next, before.settings.meeting_ms))
  return update(first === due ? state : withMeetings(state, { due: first }), { unconfirmed })
}

/**
 * Stores values that everybody was told of: in the meeting that began at `begin`, or long ago if that is undefined.
 */
export const confirm = (before: State, values: ReadonlyArray<Value>, begin: number | undefined): State => {
  const store = Store.add(before.store, values)
  const [heard, unconfirmed] = Unconfirmed.confirm(before.unconfirmed, store, Store.ValueSet.of(values))
  const fresh = [...heard, ...Store.slice(store, before.store.size)]
  const { confirmed, due } = before.meetings
  const known = fresh.length === values.length ? [] : values
  const next = begin === undefined ? confirmed : Confirmed.add(confirmed, begin, fresh, known)
  if (fresh.length === 0 && next === confirmed) return before
  const state = withMeetings(before, { confirmed: next, due: unconfirmed.length === 0 ? undefined : due })
  return update(state, { store, unconfirmed, repair: quickened(before) })
}

/** The values that were learned between two states. */
export const learned = (before: State, after: State): ReadonlyArray<Value> =>
  Store.slice(after.store, before.store.size)

/** Counts the values of a message from a peer that were known already. */
export const duplicatesReceived = Metric.counter("gossip_duplicates_received", {
  description: "Values from peers that were known already",
  incremental: true
})

/** Counts how many of these values were known already. */
export const duplicates = (
  values: ReadonlyArray<Value>,
  before: State,
  after: State
): ReadonlyArray<Output.Output<Sent>> => {
  const known = values.length - (after.store.size - before.store.size)
  return known === 0 ? [] : [Output.count(duplicatesReceived, known)]
}
