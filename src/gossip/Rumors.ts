/**
 * Which values are hot, and for how long.
 *
 * A value is hot from when a node learns it until the node has sent it in as many rounds as its budget says; then it is
 * old news. A node with nothing hot sends nothing: a cluster that has heard everything is silent. Values learned together
 * stay hot together, so all that is kept of them is their places in the store.
 */
import type { Value } from "../protocol/Value.ts"
import * as Store from "./Store.ts"

/** Values next to each other in the store that were sent in equally many rounds. */
interface Cohort {
  /** The place of the first value in the store. */
  readonly from: number
  /** The place after the last one. */
  readonly to: number
  /** In how many rounds they were sent. */
  readonly rounds: number
}

/** The hot values of a node: cohorts in the order in which they were learned. */
export type Rumors = ReadonlyArray<Cohort>

/** Nothing is hot. */
export const none: Rumors = []

/** How many values are hot. */
export const size = (rumors: Rumors): number => rumors.reduce((sum, { from, to }) => sum + to - from, 0)

/** The hot values, oldest first. */
export const values = (rumors: Rumors, store: Store.Store): ReadonlyArray<Value> => Store.collect(store, rumors)

/** The hot values that are not among these, oldest first. */
export const without = (rumors: Rumors, store: Store.Store, others: ReadonlyArray<Value>): ReadonlyArray<Value> => {
  if (rumors.length === 0) return []
  const excluded = Store.ValueSet.of(others)
  return values(rumors, store).filter((value) => !excluded.has(value))
}

/** The hot values that were never sent, oldest first. */
export const unsent = (rumors: Rumors, store: Store.Store): ReadonlyArray<Value> =>
  values(
    rumors.filter(({ rounds }) => rounds === 0),
    store
  )

/**
 * The rumors with the values from place `from` up to but not including place `to`, which were sent in `rounds` rounds
 * already. Values that have used their `budget` of rounds do not become hot.
 */
export const add = (rumors: Rumors, from: number, to: number, rounds: number, budget: number): Rumors => {
  if (from === to || rounds >= budget) return rumors
  const last = rumors.at(-1)
  return last?.to === from && last.rounds === rounds
    ? rumors.with(rumors.length - 1, { from: last.from, to, rounds })
    : [...rumors, { from, to, rounds }]
}

/** The rumors after a round in which all hot values were sent. Those that have used their `budget` are hot no longer. */
export const sent = (rumors: Rumors, budget: number): Rumors =>
  rumors.flatMap(({ from, rounds, to }) => (rounds + 1 < budget ? [{ from, to, rounds: rounds + 1 }] : []))

const areKnown = (rumors: Rumors, known: number): boolean =>
  rumors.every(({ from, to }, index) => from < to && to <= known && from >= (rumors[index - 1]?.to ?? 0))

const reheated = "values that were old news became hot again"

/** What is wrong if a cohort became another; undefined for a cohort that is hot no longer. */
const wrongChange = (before: Cohort, after: Cohort | undefined, budget: number, known: number): string | undefined => {
  if (after === undefined) {
    const rounds = before.rounds + 1
    return rounds < budget ? `values cooled down after ${rounds} of ${budget} rounds` : undefined
  }
  if (after.to < before.to) return `${before.to - after.to} of ${before.to - before.from} values cooled down alone`
  if (after.to > before.to && before.to < known) return reheated
  const more = after.rounds - before.rounds
  return more === 0 || more === 1 ? undefined : `the rounds of hot values went from ${before.rounds} to ${after.rounds}`
}

/**
 * The invariants that a step has broken, one sentence each: what is hot is known; a value becomes hot only when it is
 * learned; it cools down only by being sent in its `budget` of rounds. `known` and `knownAfter` say how many values the
 * node knew before and after the step.
 */
export const violations = (
  before: Rumors,
  after: Rumors,
  { budget, known, knownAfter }: { readonly budget: number; readonly known: number; readonly knownAfter: number }
): ReadonlyArray<string> => {
  if (after === before) return []
  if (!areKnown(after, knownAfter)) return [`hot values that are not known: ${JSON.stringify(after)} of ${knownAfter}`]
  const found: Array<string> = []
  let index = 0
  for (const cohort of before) {
    const same = after[index]?.from === cohort.from ? after[index++] : undefined
    const wrong = wrongChange(cohort, same, budget, known)
    if (wrong !== undefined) found.push(wrong)
  }
  if ((after[index]?.from ?? known) < known) found.push(reheated)
  return found
}
