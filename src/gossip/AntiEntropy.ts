/**
 * Anti-entropy: finds and repairs what was lost on the way, be it through loss, partitions or crashes.
 *
 * Nodes compare digests of what was confirmed up to the same time, so a difference is a loss. A host's message carries one;
 * so while values spread, a comparison costs no message. While nothing is new, a node now and then sends one to a random
 * peer. Equal digests are not answered; different ones start a reconciliation.
 *
 * When a partition heals, many nodes find the same difference to the same host in the same moment. The host sorts it out
 * with the first of them, gives the others what it gives the first, and tells everybody else what the first has given.
 */
import type { Env } from "../node/Component.ts"
import * as Output from "../node/Output.ts"
import { ErrorCode, type ErrorReply, type NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Batches from "./Batches.ts"
import * as Digest from "./Digest.ts"
import * as Learning from "./Learning.ts"
import { type Compare, type GossipSketch, send, type Sent } from "./Messages.ts"
import * as Pace from "./Pace.ts"
import * as Reconciliation from "./Reconciliation.ts"
import { confirmedAsOf, counted, type Group, type Repair, type State, type Step, update } from "./State.ts"
import * as Store from "./Store.ts"
import * as Unconfirmed from "./Unconfirmed.ts"
import * as Wait from "./Wait.ts"

/** Whether repair is off: this node never compares itself with peers. */
const isOff = ({ settings }: State): boolean => settings.repair_interval_ms === 0

const withRepair = (state: State, changes: Partial<Repair>): State =>
  update(state, { repair: { ...state.repair, ...changes } })

/** A peer was heard from. */
export const heard = (state: State): State =>
  state.repair.pace === undefined
    ? state
    : withRepair(state, { pace: Pace.heard(state.repair.pace, Learning.time(state)) })

/** After so many waits of a host that waits for everybody, a meeting's lists have nearly all arrived. */
const settled = 2.2

/** What is confirmed at this node up to a time; undefined if that is too long ago. */
const asOf = (state: State, up_to: number): Digest.AsOf | undefined => {
  const confirmed = confirmedAsOf(state, up_to)
  return confirmed === undefined ? undefined : { up_to, count: confirmed.count, sum: confirmed.sum }
}

/** What was confirmed up to the last time whose lists have arrived; undefined if this node never compares. */
export const digest = (state: State, now: number): Digest.AsOf | undefined => {
  const { meetings, settings } = state
  const lag = (settled * (meetings.wait ?? Wait.guess)) / settings.attendance ** 2
  return isOff(state) ? undefined : asOf(state, Math.floor(now - lag))
}

/** A peer's answer is expected within so many waits of a host. */
const patience = 2.5

const patienceEnds = (state: State): number =>
  Learning.time(state) + patience * Math.min(state.meetings.wait ?? Wait.guess, Wait.guess)

/** The state while this node waits for a peer's answer to a difference. */
const waiting = (state: State): State =>
  update(state, { repair: { ...Learning.quickened(state), busyUntil: patienceEnds(state) } })

/** The values that are confirmed at this node. */
const confirmedValues = ({ store, unconfirmed }: State): ReadonlyArray<Value> => Unconfirmed.others(unconfirmed, store)

/** This node's digest up to that time; undefined if it is too long ago, or still to come by this node's clock. */
const ofOurs = (state: State, { up_to }: Digest.AsOf): Digest.AsOf | undefined =>
  up_to > Learning.time(state) ? undefined : asOf(state, up_to)

const isSilent = (state: State, peer: NodeId): boolean =>
  isOff(state) || Learning.time(state) < state.repair.busyUntil || state.repair.strangers.has(peer)

/** Compares this node with a host. A difference starts a reconciliation. */
export const compareWithHost = (state: State, host: NodeId, theirs: Digest.AsOf): Step => {
  const ours = ofOurs(state, theirs)
  if (ours === undefined || Digest.equals(ours, theirs) || isSilent(state, host)) return [state, []]
  const summary = Reconciliation.begin(confirmedValues(state), 0, state.settings.message_bytes)
  const note = Output.note(`differs from host ${host}: ${ours.count} values here, ${theirs.count} there`)
  return [withRepair(waiting(state), { host }), [send(host, { ...summary, confirmed: ours }), note]]
}

/** A peer has compared, so it knows the messages of repair; perhaps it was upgraded. */
const withoutStranger = (state: State, peer: NodeId): State => {
  const strangers = new Set(state.repair.strangers)
  return strangers.delete(peer) ? withRepair(state, { strangers }) : state
}

/** A `gossip` that compares: equal digests slow the pace down; different ones start a reconciliation. */
export const compared = (before: State, { confirmed: theirs }: Compare, peer: NodeId): Step => {
  const state = withoutStranger(before, peer)
  const { repair, settings } = state
  const ours = ofOurs(state, theirs)
  if (isOff(state) || ours === undefined) return [state, []]
  if (Digest.equals(ours, theirs)) {
    if (repair.pace === undefined) return [state, []]
    return [
      withRepair(state, { pace: Pace.slower(repair.pace, Learning.time(state), Learning.comparisonInterval(state)) }),
      []
    ]
  }
  if (isSilent(state, peer)) return [state, []]
  const about = Math.abs(ours.count - theirs.count)
  const summary = Reconciliation.begin(confirmedValues(state), about, settings.message_bytes)
  const note = Output.note(`differs from ${peer}: ${ours.count} values here, ${theirs.count} there`)
  return [withRepair(waiting(state), { host: undefined }), [send(peer, summary), note]]
}

/**
 * When the next comparison is due, in ms of the meeting clock; undefined if repair is off. `awake` is when the node handled
 * its first message.
 */
export const due = (state: State, awake: number): number | undefined =>
  isOff(state) ? undefined : (state.repair.pace?.due ?? awake + Learning.comparisonInterval(state))

/** Begins a comparison with the next peer. */
export const compare = (state: State, env: Env): Step => {
  const { repair } = state
  const now = Learning.time(state)
  const base = Learning.comparisonInterval(state)
  const pace = repair.pace === undefined ? Pace.quick(now, base) : Pace.begun(repair.pace, now, base)
  const [peers, selection] = state.selection.take(1, undefined, env)
  const confirmed = digest(state, now)
  const outputs = peers.flatMap((peer) =>
    confirmed === undefined || repair.strangers.has(peer)
      ? []
      : [send(peer, { type: "gossip", kind: "compare", confirmed })]
  )
  return [withRepair(update(state, { selection }), { pace, host: undefined }), outputs]
}

/**
 * Gives a peer the values that it lacks and asks for those with the hashes in `want`. The last message with values also
 * carries the first wishes if they fit. Also returns how many messages carry values.
 */
const repairs = (
  values: ReadonlyArray<Value>,
  want: ReadonlyArray<number>,
  { settings }: State,
  peer: NodeId
): readonly [outputs: ReadonlyArray<Output.Output<Sent>>, valued: number] => {
  const { message_bytes } = settings
  const lists = values.length === 0 ? [] : Batches.deal(values, settings)
  const wishes = want.length === 0 ? [] : Batches.deal(want, { message_values: Infinity, message_bytes })
  const [first, ...others] = wishes
  const isShared = Batches.fit(lists.at(-1), first, settings)
  const repair = (messages: ReadonlyArray<Value>, wish: ReadonlyArray<number>) =>
    send(peer, { type: "gossip_repair", messages, want: wish })
  const gifts = lists.map((list, index) => repair(list, isShared && index === lists.length - 1 ? (first ?? []) : []))
  const rest = isShared ? others : wishes
  return [[...gifts, ...rest.map((wish) => repair([], wish))], lists.length]
}

/** Gives peers values, and asks the first of them for those with the hashes in `want`. */
const give = (
  state: State,
  values: ReadonlyArray<Value>,
  want: ReadonlyArray<number>,
  [first, ...others]: readonly [NodeId, ...ReadonlyArray<NodeId>]
): Step => {
  const [outputs, valued] = repairs(values, want, state, first)
  const gifts = others.flatMap((peer) => repairs(values, [], state, peer)[0])
  return [counted(state, valued + gifts.length), [...outputs, ...gifts]]
}

/**
 * A peer has given values that this node had missed. The next difference is another one. Unless the peer is the host that
 * everybody asks at present, it is likely, so the next comparison comes soon.
 */
export const given = (state: State, peer: NodeId): State => {
  if (peer === state.repair.host) return withRepair(state, { busyUntil: -Infinity })
  const now = Learning.time(state)
  const pace = Pace.soon(now, Learning.comparisonInterval(state), patienceEnds(state) - now)
  return withRepair(state, { pace, busyUntil: -Infinity })
}

/** The groups that are still being served. */
const liveGroups = (state: State): ReadonlyArray<Group> =>
  state.repair.groups.filter(({ until }) => Learning.time(state) < until)

/** The group whose difference is sorted out with this peer. */
export const groupOf = (state: State, peer: NodeId): Group | undefined =>
  liveGroups(state).find(({ first }) => first === peer)

const withGroup = (state: State, group: Omit<Group, "until">): State =>
  withRepair(state, {
    groups: [
      ...liveGroups(state).filter(({ first }) => first !== group.first),
      { ...group, until: patienceEnds(state) }
    ]
  })

/** Gives values to a peer, and to everybody who lacks the same. */
const giveGroup = (state: State, values: ReadonlyArray<Value>, want: ReadonlyArray<number>, peer: NodeId): Step => {
  const group = groupOf(state, peer)
  if (group === undefined) return give(state, values, want, [peer])
  const next = withGroup(state, { ...group, given: [...group.given, ...values] })
  return give(next, values, want, [peer, ...group.others])
}

/** A peer joins those who have found the same difference: it gets what they were given, and will be given. */
const join = (state: State, group: Group, peer: NodeId): Step => {
  const next = withGroup(state, { ...group, others: [...group.others, peer] })
  return group.given.length === 0 ? [next, []] : give(next, group.given, [], [peer])
}

/** `gossip_sketch`: the peer gets what it lacks and is asked for the rest, or it gets summaries that tell more. */
export const sketch = (before: State, summary: typeof GossipSketch.Type, peer: NodeId): Step => {
  const { confirmed } = summary
  const heardFrom = withoutStranger(before, peer)
  let state = update(heardFrom, { repair: Learning.quickened(heardFrom) })
  if (confirmed !== undefined) {
    const group = liveGroups(state).find((other) => Digest.equals(other.confirmed, confirmed))
    if (group !== undefined && group.first !== peer) return join(state, group, peer)
    state = withGroup(state, { confirmed, first: peer, others: [], given: [] })
  }
  const found = Reconciliation.compare(confirmedValues(state), summary, state.settings.message_bytes)
  return found._tag === "Unknown"
    ? [state, found.summaries.map((body) => send(peer, body))]
    : giveGroup(state, found.missing, found.want, peer)
}

/** Sends a peer, and everybody who lacks the same, the values with the hashes that it wants. */
export const grant = (state: State, want: ReadonlyArray<number>, peer: NodeId): Step =>
  giveGroup(state, Reconciliation.select(Store.slice(state.store), want), [], peer)

/** `error`: a peer that does not know a message of this node's is not compared with, until it compares itself. */
export const error = (state: State, { code }: typeof ErrorReply.Type, peer: NodeId, { nodes }: Env): Step => {
  if (code !== ErrorCode.notSupported || !nodes.includes(peer)) return [state, []]
  return [withRepair(state, { strangers: new Set([...state.repair.strangers, peer]) }), []]
}
