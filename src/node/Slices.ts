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
  readonly others: Slices
}

/** The states of all components of a node, as a linked list. A value: {@link set} makes another. */
export type Slices = Filled<unknown> | typeof empty

/** No components. */
export const empty = "empty"

// Whoever fills a slot of this name has the same kind of state: the same component, or the one in its place after a crash.
const isIn = <Slice>(filled: Filled<unknown>, slot: Slot<Slice>): filled is Filled<Slice> =>
  filled.slot.name === slot.name

const find = <Slice>(slices: Slices, slot: Slot<Slice>): Filled<Slice> | undefined => {
  for (let filled = slices; filled !== empty; filled = filled.others) if (isIn(filled, slot)) return filled
  return undefined
}

/** The state in a slot; its initial state if the slot was never filled. */
export const get = <Slice>(slices: Slices, slot: Slot<Slice>): Slice => {
  const filled = find(slices, slot)
  return filled === undefined ? slot.initial : filled.slice
}

/** Whether a slot was filled. */
export const has = (slices: Slices, slot: Slot<unknown>): boolean => find(slices, slot) !== undefined

/** The states with another one in this slot. */
export const set = <Slice>(slices: Slices, slot: Slot<Slice>, slice: Slice): Slices => {
  if (slices === empty) return { slot, slice, others: empty }
  return isIn(slices, slot)
    ? { slot, slice, others: slices.others }
    : { slot: slices.slot, slice: slices.slice, others: set(slices.others, slot, slice) }
}
