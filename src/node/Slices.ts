/**
 * The states of a node's components, side by side, each in a slot of its own.
 *
 * Nobody but its component reads or writes a slot, so a node holds components of any kind without knowing what their
 * states are. Slots are told apart by name, because a node that starts after a crash makes its components anew.
 */

/** Where the state of a component is kept. */
export interface Slot<Slice> {
  /** Unique among the components of a node. */
  readonly name: string
  /** The state before the first step. */
  readonly initial: Slice
}

interface Filled<Slice> {
  readonly slot: Slot<Slice>
  readonly slice: Slice
}

/** The states of all components of a node. A value: {@link set} makes another. */
export type Slices = ReadonlyArray<Filled<unknown>>

/** No components. */
export const empty: Slices = []

// Whoever fills a slot of this name has the same kind of state: the same component, or the one in its place after a crash.
const isIn = <Slice>(filled: Filled<unknown>, slot: Slot<Slice>): filled is Filled<Slice> =>
  filled.slot.name === slot.name

/** The state in a slot; its initial state if the slot was never filled. */
export const get = <Slice>(slices: Slices, slot: Slot<Slice>): Slice => {
  for (const filled of slices) if (isIn(filled, slot)) return filled.slice
  return slot.initial
}

const placeOf = (slices: Slices, slot: Slot<unknown>): number => {
  for (let place = 0; place < slices.length; place++) if (slices[place]?.slot.name === slot.name) return place
  return -1
}

/** Whether a slot was filled. */
export const has = (slices: Slices, slot: Slot<unknown>): boolean => placeOf(slices, slot) !== -1

/** The states with another one in this slot. */
export const set = <Slice>(slices: Slices, slot: Slot<Slice>, slice: Slice): Slices => {
  const place = placeOf(slices, slot)
  const filled: Filled<Slice> = { slot, slice }
  return place === -1 ? [...slices, filled] : slices.with(place, filled)
}
