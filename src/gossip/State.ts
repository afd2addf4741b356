/**
 * All that a gossiping node knows, as one value: the component's slice of the node's state.
 */
import type * as Component from "../node/Component.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Sent } from "./Messages.ts"
import type { Pace } from "./Pace.ts"
import type { Selection } from "./Peers.ts"
import * as Rumors from "./Rumors.ts"
import type { SettingsShape } from "./Settings.ts"
import * as Store from "./Store.ts"

/** What is counted since the node started. */
export interface Statistics {
  /** Broadcast requests of clients, repeats included. */
  readonly broadcasts: number
  /** Messages sent to peers to spread values. */
  readonly gossipSent: number
}

/** When timer rounds were and will be, in ms since the epoch. */
export interface Rounds {
  /** The last round; −∞ before the first. */
  readonly last: number
  /** The next one; undefined while nothing is hot. */
  readonly due: number | undefined
}

/** What a node knows about comparing itself with its peers. */
export interface Repair {
  /** Undefined until something was heard or sent. */
  readonly pace: Pace | undefined
  /** Until when any difference found is taken for the one being reconciled, in ms since the epoch. */
  readonly busyUntil: number
  /** Peers that do not know the messages of repair: they are not compared with. */
  readonly strangers: ReadonlySet<NodeId>
}

/** What a node knows and how it spreads it. */
export interface State {
  readonly store: Store.Store
  readonly rumors: Rumors.Rumors
  readonly settings: SettingsShape
  readonly statistics: Statistics
  readonly rounds: Rounds
  readonly repair: Repair
  /** Chooses the peers that are sent to next. */
  readonly selection: Selection
}

/** The next state, and what is to be sent. */
export type Step = Component.Step<State, Sent>

/** A node that knows nothing yet. */
export const initial = (settings: SettingsShape, selection: Selection): State => ({
  store: Store.empty,
  rumors: Rumors.none,
  settings,
  statistics: { broadcasts: 0, gossipSent: 0 },
  rounds: { last: -Infinity, due: undefined },
  repair: { pace: undefined, busyUntil: -Infinity, strangers: new Set() },
  selection
})

/**
 * A state with some parts replaced. Spelled out, because Node 20 takes 300 ns for a spread that replaces a part of an
 * object, and 10 ns for this; a busy node does it several times a message.
 */
export const update = (state: State, changes: Partial<State>): State => ({
  store: changes.store ?? state.store,
  rumors: changes.rumors ?? state.rumors,
  settings: changes.settings ?? state.settings,
  statistics: changes.statistics ?? state.statistics,
  rounds: changes.rounds ?? state.rounds,
  repair: changes.repair ?? state.repair,
  selection: changes.selection ?? state.selection
})

/**
 * The state after a crash: values and settings have survived, the rest starts anew. Nothing is hot; what peers lack is found
 * by comparing.
 */
export const recover = ({ settings, store }: State, selection: Selection): State =>
  update(initial(settings, selection), { store })

/** The state after so many more messages with values were sent. */
export const counted = (state: State, gossipSent: number): State => {
  if (gossipSent === 0) return state
  const { broadcasts, gossipSent: before } = state.statistics
  return update(state, { statistics: { broadcasts, gossipSent: before + gossipSent } })
}

/**
 * The invariants that a step has broken, one sentence each; none if all is well. These are those of docs/ALGORITHM.md that
 * show in one node: a set only grows and its digest fits (1), values are hot from when they are learned until they were
 * sent in all their rounds (2, 3), and while anything is hot, a round is due.
 */
export const violations = (before: State, after: State): ReadonlyArray<string> => {
  const hot = Rumors.violations(before.rumors, after.rumors, {
    budget: before.settings.rounds,
    known: before.store.size,
    knownAfter: after.store.size
  })
  const found = [...Store.violations(before.store, after.store), ...hot]
  if (after.rumors.length > 0 && after.rounds.due === undefined) found.push("values are hot, but no round is due")
  return found
}
