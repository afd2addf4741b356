/**
 * Anti-entropy: finds and repairs what rumors miss, be it through loss, partitions or crashes.
 *
 * When two nodes meet in a pull, each tells the digest of what it knows. The pull itself exchanges what is hot, so what the
 * two know afterwards differs only in old news that one of them has missed. While values spread, a comparison therefore
 * costs no message and does not mistake what is on its way for lost. While nothing is hot, a node now and then sends a pull
 * without values to one peer. Equal digests are not answered; different ones start a reconciliation. What a node learns
 * from it is hot again, so it reaches everybody by rumor.
 */
import type { Env } from "../node/Component.ts"
import type { Output } from "../node/Output.ts"
import { ErrorCode, type ErrorReply, type NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Batches from "./Batches.ts"
import * as Digest from "./Digest.ts"
import { type GossipSketch, send, type Sent } from "./Messages.ts"
import * as Pace from "./Pace.ts"
import * as Reconciliation from "./Reconciliation.ts"
import * as Rumors from "./Rumors.ts"
import { counted, type Repair, type State, type Step, update } from "./State.ts"
import * as Store from "./Store.ts"

/** Whether this node never compares itself with peers. */
export const isOff = ({ settings }: State): boolean => settings.repair_interval_ms === 0

const withPace = ({ busyUntil, strangers }: Repair, pace: Pace.Pace): Repair => ({ pace, busyUntil, strangers })

/** Something new was learned or sent. Peers may not have it yet, so the pace is the quickest. */
export const news = ({ repair, settings }: State, now: number): Repair =>
  withPace(repair, Pace.quick(now, settings.repair_interval_ms))

/** A peer was heard from. */
export const heard = (state: State, now: number): State =>
  state.repair.pace === undefined
    ? state
    : update(state, { repair: withPace(state.repair, Pace.heard(state.repair.pace, now)) })

/** The digest of a set once these values, none of which are in it, have been added. */
export const digestAfter = ({ count, sum }: Digest.Digest, added: ReadonlyArray<Value>): Digest.Digest => ({
  count: count + added.length,
  sum: added.map(Digest.hash).reduce(Digest.plus, sum)
})

/** How long another difference is taken for the one being reconciled, as a share of the quickest interval. */
const patience = 0.5

/** A reconciliation was begun or goes on. */
const busy = (state: State, now: number): State => {
  const { pace, strangers } = news(state, now)
  const busyUntil = now + patience * state.settings.repair_interval_ms
  return update(state, { repair: { pace, busyUntil, strangers } })
}

/**
 * Two nodes have met in a pull, which gave this node something new or not. Equal digests slow the pace down, unless there
 * was something new; different ones start a reconciliation.
 */
export const meet = (
  state: State,
  peer: NodeId,
  theirs: Digest.Digest,
  ours: Digest.Digest,
  isNews: boolean,
  { now }: Env
): Step => {
  const { repair, rumors, settings, store } = state
  if (isOff(state)) return [state, []]
  if (Digest.equals(ours, theirs)) {
    if (isNews || repair.pace === undefined) return [state, []]
    const pace = Pace.slower(repair.pace, now, settings.repair_interval_ms)
    return [update(state, { repair: withPace(repair, pace) }), []]
  }
  if (now < repair.busyUntil || repair.strangers.has(peer)) return [state, []]
  const about = Math.abs(ours.count - theirs.count) + Rumors.size(rumors)
  return [busy(state, now), [send(peer, Reconciliation.begin(store, about, settings.message_bytes))]]
}

/**
 * When the next comparison is due, in ms since the epoch; undefined if repair is off. `awake` is when the node handled its
 * first message.
 */
export const due = (state: State, awake: number): number | undefined =>
  isOff(state) ? undefined : (state.repair.pace?.due ?? awake + state.settings.repair_interval_ms)

/** Begins a comparison with the next peer. */
export const compare = (state: State, env: Env): Step => {
  const { repair, settings, store } = state
  const { now } = env
  const base = settings.repair_interval_ms
  const pace = repair.pace === undefined ? Pace.quick(now, base) : Pace.begun(repair.pace, now, base)
  const [peers, selection] = state.selection.take(1, undefined, env)
  const outputs = peers
    .filter((peer) => !repair.strangers.has(peer))
    .map((peer) => send(peer, { type: "gossip", kind: "pull", values: [], digest: Store.digest(store) }))
  return [update(state, { selection, repair: withPace(repair, pace) }), outputs]
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
): readonly [outputs: ReadonlyArray<Output<Sent>>, valued: number] => {
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

/** `gossip_sketch`: the peer gets what it lacks and is asked for the rest, or it gets summaries that tell more. */
export const sketch = (state: State, summary: typeof GossipSketch.Type, peer: NodeId, { now }: Env): Step => {
  const found = Reconciliation.compare(state.store, summary, state.settings.message_bytes)
  const next = busy(state, now)
  if (found._tag === "Unknown") return [next, found.summaries.map((body) => send(peer, body))]
  const [outputs, valued] = repairs(found.missing, found.want, state, peer)
  return [counted(next, valued), outputs]
}

/** Sends a peer the values with the hashes that it wants. */
export const give = (state: State, want: ReadonlyArray<number>, peer: NodeId): Step => {
  const [outputs, valued] = repairs(Reconciliation.select(state.store, want), [], state, peer)
  return [counted(state, valued), outputs]
}

/** `error`: a peer that does not know a message of this node's is not compared with any more. */
export const error = (state: State, { code }: typeof ErrorReply.Type, peer: NodeId, { nodes }: Env): Step => {
  if (code !== ErrorCode.notSupported || !nodes.includes(peer)) return [state, []]
  const { busyUntil, pace, strangers } = state.repair
  return [update(state, { repair: { pace, busyUntil, strangers: new Set([...strangers, peer]) } }), []]
}
