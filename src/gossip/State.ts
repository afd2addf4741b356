/**
 * All that a gossiping node knows, and what it remembers of it after a crash.
 */
import type { MessageContext, Outcome } from "../node/Handlers.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Pace } from "./Pace.ts"
import type { Peers, Selection } from "./Peers.ts"
import { Rumors } from "./Rumors.ts"
import type { SettingsShape } from "./Settings.ts"
import * as Statistics from "./Statistics.ts"
import { Store } from "./Store.ts"

/** When rounds were and will be, in ms since the epoch. */
export interface Rounds {
  /** The last timer round; −∞ before the first. */
  readonly last: number
  /** The next one; undefined while nothing is hot. */
  readonly due: number | undefined
}

/** What a node knows about comparing itself with its peers. */
export interface Repair {
  /** Undefined until something was heard or sent. */
  readonly pace: Pace | undefined
  /** Until when a difference found is taken for the one that is being reconciled, in ms since the epoch. */
  readonly busyUntil: number
  /** Peers that do not know the messages of repair. */
  readonly strangers: ReadonlySet<NodeId>
}

/** What a node knows and how it spreads it. */
export interface State {
  readonly store: Store
  readonly rumors: Rumors
  readonly settings: SettingsShape
  readonly statistics: Statistics.Statistics
  readonly rounds: Rounds
  readonly repair: Repair
  /** Makes the selection of peers, once the node knows who it is. */
  readonly select: Peers["Service"]["select"]
  /** The peers still to be turned to; undefined until the first choice. */
  readonly selection: Selection | undefined
}

/** A node that knows nothing yet. */
export const make = (settings: SettingsShape, select: State["select"]): State => ({
  store: new Store(),
  rumors: new Rumors(),
  settings,
  statistics: Statistics.empty,
  rounds: { last: -Infinity, due: undefined },
  repair: { pace: undefined, busyUntil: -Infinity, strangers: new Set() },
  select,
  selection: undefined
})

/** After a crash: what is known and set is there again, the rest starts anew. Comparing tells what is not known elsewhere. */
export const recover = ({ settings, store }: State, select: State["select"]): State => ({
  ...make(settings, select),
  store
})

/** The parts of a state that change after it was made. */
export type Changes = Partial<Pick<State, "repair" | "rounds" | "selection" | "settings" | "statistics">>

/** A state with some parts replaced. Spelled out, because V8 copies by spread ten times slower. */
export const update = (
  { repair, rounds, rumors, select, selection, settings, statistics, store }: State,
  changes: Changes
): State => ({
  store,
  rumors,
  settings: changes.settings ?? settings,
  statistics: changes.statistics ?? statistics,
  rounds: changes.rounds ?? rounds,
  repair: changes.repair ?? repair,
  select,
  selection: changes.selection ?? selection
})

/** The state after so many messages with values were sent. */
export const counted = (state: State, gossipSent: number): State =>
  gossipSent === 0 ? state : update(state, { statistics: Statistics.withSent(state.statistics, gossipSent) })

/** The order of peers of a node. */
export const selectionOf = (state: State, { nodes, self }: Pick<MessageContext, "nodes" | "self">): Selection =>
  state.selection ?? state.select(self, nodes)

/** What a transition makes of a message or of time. */
export type Step<Reply = undefined> = readonly [outcome: Outcome<Reply>, state: State]
