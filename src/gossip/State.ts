/**
 * All that a gossiping node knows, as one value: the component's slice of the node's state.
 */
import type * as Component from "../node/Component.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Confirmed from "./Confirmed.ts"
import * as Digest from "./Digest.ts"
import * as MeetingClock from "./MeetingClock.ts"
import type { Sent } from "./Messages.ts"
import type { Pace } from "./Pace.ts"
import type { Selection } from "./Peers.ts"
import type { SettingsShape } from "./Settings.ts"
import * as Store from "./Store.ts"
import * as Unconfirmed from "./Unconfirmed.ts"

/** What is counted since the node started. */
export interface Statistics {
  /** Broadcast requests of clients and of the node's other parts, repeats included. */
  readonly broadcasts: number
  /** Messages sent to peers to spread values. */
  readonly gossipSent: number
}

/** Somebody who came to a meeting. */
export interface Guest {
  readonly name: NodeId
  /** How many ms after the beginning it came. */
  readonly lateness: number
}

/** A meeting that this node hosts at present: from the first arrival until it tells everybody. */
export interface Hosting {
  /** When the meeting began. */
  readonly begin: number
  /** How long the host waits from then on, in ms. */
  readonly wait: number
  /** Whether that is a guess: the latencies are unknown, or they have changed. */
  readonly isGuess: boolean
  readonly guests: ReadonlyArray<Guest>
  /** Confirmed values that guests have brought: no list that names them has reached these guests. */
  readonly repeats: ReadonlyArray<Value>
  /** How long other hosts should have waited, in ms. These hosts found it out too late, and have come as guests to say so. */
  readonly needed: ReadonlyArray<number>
}

/** The last meeting that this node has hosted. */
export interface Hosted {
  readonly begin: number
  /** How many came before it told everybody. */
  readonly inTime: number
  /** How many ms after the beginning each guest came, in time or too late. */
  readonly latenesses: ReadonlyArray<number>
  /** Whether a guest was too late, and this node has not yet said so to another host. */
  readonly isNews: boolean
}

/** What a node knows about meetings. All times are in ms of the meeting clock. */
export interface Meetings {
  readonly clock: MeetingClock.MeetingClock
  /** When the next meeting begins that this node goes to; undefined while it has nothing to bring. */
  readonly due: number | undefined
  readonly hosting: Hosting | undefined
  readonly hosted: Hosted
  /** How long a host waits, in ms; undefined until a host has measured it. */
  readonly wait: number | undefined
  readonly confirmed: Confirmed.Confirmed
}

/** Peers that have found the same difference to the digest in this host's list. They all lack what the first of them lacks. */
export interface Group {
  /** Their digest, as of the time of the host's. */
  readonly confirmed: Digest.AsOf
  /** The one with which the difference is sorted out. */
  readonly first: NodeId
  readonly others: ReadonlyArray<NodeId>
  /** What they were given so far. */
  readonly given: ReadonlyArray<Value>
  /** When it is given up, in ms of the meeting clock. */
  readonly until: number
}

/** How a node compares itself with its peers, and what it is repairing. */
export interface Repair {
  /** Undefined until something was heard or sent. */
  readonly pace: Pace | undefined
  /** Other differences are ignored until then, in ms of the meeting clock: most likely they show the same loss. */
  readonly busyUntil: number
  /** The host whose digest showed the difference. Everybody else was told of what it gives. */
  readonly host: NodeId | undefined
  readonly groups: ReadonlyArray<Group>
  /** Peers that do not know the messages of repair. They are not compared with until they compare themselves. */
  readonly strangers: ReadonlySet<NodeId>
}

/** What a node knows and how it spreads it. */
export interface State {
  readonly store: Store.Store
  readonly unconfirmed: Unconfirmed.Unconfirmed
  readonly settings: SettingsShape
  readonly statistics: Statistics
  readonly meetings: Meetings
  readonly repair: Repair
  /** Chooses the peers that are sent to next. */
  readonly selection: Selection
}

/** The next state, and what is to be sent. */
export type Step = Component.Step<State, Sent>

/** A node that knows nothing yet. */
export const initial = (settings: SettingsShape, selection: Selection): State => ({
  store: Store.empty,
  unconfirmed: Unconfirmed.none,
  settings,
  statistics: { broadcasts: 0, gossipSent: 0 },
  meetings: {
    clock: MeetingClock.unread,
    due: undefined,
    hosting: undefined,
    hosted: { begin: -Infinity, inTime: 0, latenesses: [], isNews: false },
    wait: undefined,
    confirmed: Confirmed.none
  },
  repair: { pace: undefined, busyUntil: -Infinity, host: undefined, groups: [], strangers: new Set() },
  selection
})

/**
 * A state with some parts replaced. Spelled out, because Node 20 takes 300 ns for a spread that replaces a part of an
 * object, and 10 ns for this; a busy node does it several times a message.
 */
export const update = (state: State, changes: Partial<State>): State => ({
  store: changes.store ?? state.store,
  unconfirmed: changes.unconfirmed ?? state.unconfirmed,
  settings: changes.settings ?? state.settings,
  statistics: changes.statistics ?? state.statistics,
  meetings: changes.meetings ?? state.meetings,
  repair: changes.repair ?? state.repair,
  selection: changes.selection ?? state.selection
})

/** The digest of what was confirmed at this node up to a time; undefined if that is too long ago. */
export const confirmedAsOf = ({ meetings, store, unconfirmed }: State, time: number): Digest.Digest | undefined => {
  const now = Digest.without(Store.digest(store), Digest.of(Unconfirmed.values(unconfirmed, store)))
  return Confirmed.asOf(meetings.confirmed, now, time)
}

/**
 * The state after a crash: values and settings have survived, the rest starts anew. Everything counts as confirmed; what peers
 * lack is found by comparing.
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
 * show in one node: a set only grows and its digest fits (1), every value is either confirmed or unconfirmed (2), and
 * unconfirmed values are brought to a meeting (3).
 */
export const violations = (before: State, after: State): ReadonlyArray<string> => {
  const { meetings, store, unconfirmed } = after
  const found = [...Store.violations(before.store, store), ...Unconfirmed.violations(unconfirmed, store.size)]
  if (found.length > 0) return found
  const doubtful = Unconfirmed.values(unconfirmed, store)
  found.push(...Confirmed.violations(before.meetings.confirmed, meetings.confirmed, doubtful, store.size))
  if (unconfirmed.length > 0 && meetings.due === undefined && meetings.hosting === undefined) {
    found.push("values are unconfirmed, but no meeting is due")
  }
  return found
}
