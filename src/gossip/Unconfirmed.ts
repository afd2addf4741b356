/**
 * The values of which a node is not sure that everybody was told.
 *
 * A value from a client is unconfirmed, and so is one from a peer that is no host. The node brings it to meetings until a
 * host's list names it. Values that were learned together stay together. So all that is kept of them is their places in the
 * store.
 */
import type { Value } from "../protocol/Value.ts"
import * as Store from "./Store.ts"

/** Values that are next to each other in the store, and that were brought to the same meetings. */
interface Cohort {
  /** The place of the first value in the store. */
  readonly from: number
  /** The place after the last one. */
  readonly to: number
  /** How many meetings this node has brought them to. */
  readonly meetings: number
  /**
   * The earliest beginning of the next meeting that they are brought to. Until then an answer is expected, or another node to
   * bring them.
   */
  readonly next: number
}

/** The unconfirmed values of a node: cohorts in the order in which they were learned. */
export type Unconfirmed = ReadonlyArray<Cohort>

/** Everything is confirmed. */
export const none: Unconfirmed = []

/** The unconfirmed values, oldest first. */
export const values = (unconfirmed: Unconfirmed, store: Store.Store): ReadonlyArray<Value> =>
  Store.collect(store, unconfirmed)

/** All other values of the store, oldest first. */
export const others = (unconfirmed: Unconfirmed, store: Store.Store): ReadonlyArray<Value> => {
  const ends = [...unconfirmed.map(({ from }) => from), store.size]
  return Store.collect(
    store,
    ends.map((to, index) => ({ from: unconfirmed[index - 1]?.to ?? 0, to }))
  )
}

/** The values that were never brought to a meeting, oldest first. */
export const neverBrought = (unconfirmed: Unconfirmed, store: Store.Store): ReadonlyArray<Value> =>
  values(
    unconfirmed.filter(({ meetings }) => meetings === 0),
    store
  )

/** When a value may be brought to a meeting at the earliest; infinite if all are confirmed. */
export const earliest = (unconfirmed: Unconfirmed): number =>
  unconfirmed.reduce((least, { next }) => Math.min(least, next), Infinity)

const append = (unconfirmed: Unconfirmed, { from, meetings, next, to }: Cohort): Unconfirmed => {
  if (from === to) return unconfirmed
  const last = unconfirmed.at(-1)
  return last?.to === from && last.meetings === meetings && last.next === next
    ? unconfirmed.with(unconfirmed.length - 1, { from: last.from, to, meetings, next })
    : [...unconfirmed, { from, to, meetings, next }]
}

/** Adds the values from place `from` up to place `to`, excluded. They are brought to no meeting before `next`. */
export const add = (unconfirmed: Unconfirmed, from: number, to: number, next: number): Unconfirmed =>
  append(unconfirmed, { from, to, meetings: 0, next })

/** What comes of bringing values to a meeting. */
export interface Brought {
  /** The values that are brought, oldest first. */
  readonly values: ReadonlyArray<Value>
  /** How many of them were brought to a meeting before, in vain. */
  readonly unanswered: number
  /** Values that were brought in vain to as many meetings as they may be. They are left to comparisons. */
  readonly givenUp: ReadonlyArray<Value>
  readonly unconfirmed: Unconfirmed
}

/**
 * Brings the values that may be brought to the meeting that begins at `begin`. Those that no host confirms are brought again,
 * at `next` or later. After `most` meetings they are given up.
 */
export const bring = (
  unconfirmed: Unconfirmed,
  store: Store.Store,
  { begin, most, next }: { readonly begin: number; readonly most: number; readonly next: number }
): Brought => {
  const due = unconfirmed.filter((cohort) => cohort.next <= begin)
  const [givenUp, brought] = [
    due.filter(({ meetings }) => meetings >= most),
    due.filter(({ meetings }) => meetings < most)
  ]
  const after = unconfirmed.reduce<Unconfirmed>((rest, cohort) => {
    if (cohort.next > begin) return append(rest, cohort)
    const { from, meetings, to } = cohort
    return meetings >= most ? rest : append(rest, { from, to, meetings: meetings + 1, next })
  }, none)
  const unanswered = brought.reduce((sum, { from, meetings, to }) => (meetings === 0 ? sum : sum + to - from), 0)
  return { values: values(brought, store), unanswered, givenUp: values(givenUp, store), unconfirmed: after }
}

/** Confirms the values that are in `listed`; returns them and what is left unconfirmed. */
export const confirm = (
  unconfirmed: Unconfirmed,
  store: Store.Store,
  listed: Store.ValueSet
): readonly [confirmed: ReadonlyArray<Value>, unconfirmed: Unconfirmed] => {
  if (unconfirmed.length === 0) return [[], unconfirmed]
  const confirmed: Array<Value> = []
  let rest = none
  for (const cohort of unconfirmed) {
    let { from } = cohort
    for (const [index, value] of Store.slice(store, cohort.from, cohort.to).entries()) {
      if (!listed.has(value)) continue
      confirmed.push(value)
      const place = cohort.from + index
      rest = append(rest, { ...cohort, from, to: place })
      from = place + 1
    }
    rest = append(rest, { ...cohort, from })
  }
  return [confirmed, rest]
}

/** What is wrong with these cohorts of a node that knows `known` values, one sentence each. */
export const violations = (unconfirmed: Unconfirmed, known: number): ReadonlyArray<string> =>
  unconfirmed.every(({ from, to }, index) => from < to && to <= known && from >= (unconfirmed[index - 1]?.to ?? 0))
    ? []
    : [`unconfirmed values that are not known: ${JSON.stringify(unconfirmed)} of ${known}`]
