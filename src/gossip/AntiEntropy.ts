/**
 * Anti-entropy: finds out and repairs what rumors miss, be it through loss, partitions or crashes.
 *
 * Whenever two nodes meet in a pull, each tells what it knows in a digest. What is hot is exchanged by the pull itself, so
 * what both know afterwards differs only in old news that one of them has missed: while values are spreading, a comparison
 * costs no message at all and does not take what is on its way for lost. While nothing is hot, a node sends a pull without
 * values to one peer now and then. Equal digests are not answered; different ones start a reconciliation. What is learned
 * from it is hot again, so it reaches everybody by rumor.
 */
import type { MessageContext, Send } from "../node/Handlers.ts"
import type { TimerContext } from "../node/Timers.ts"
import * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import { printBody } from "../protocol/Wire.ts"
import * as Batches from "./Batches.ts"
import * as Digest from "./Digest.ts"
import * as Pace from "./Pace.ts"
import * as Reconciliation from "./Reconciliation.ts"
import { counted, type Repair, selectionOf, type State, type Step, update } from "./State.ts"

/** Whether nodes are never compared. */
export const isOff = ({ settings }: State): boolean => settings.repair_interval_ms === 0

const withPace = ({ busyUntil, strangers }: Repair, pace: Pace.Pace): Repair => ({ pace, busyUntil, strangers })

/** Something new was learned or sent: peers may not have it yet, so the pace is quick. */
export const news = ({ repair, settings }: State, now: number): Repair =>
  withPace(repair, Pace.quick(now, settings.repair_interval_ms))

/** A peer was heard from. */
export const heard = (state: State, now: number): State =>
  state.repair.pace === undefined
    ? state
    : update(state, { repair: withPace(state.repair, Pace.heard(state.repair.pace, now)) })

/** What a node knew that had this digest, after it has learned some values that it did not know. */
export const after = ({ count, sum }: Digest.Digest, added: ReadonlyArray<Value>): Digest.Digest => ({
  count: count + added.length,
  sum: added.reduce<number>((total, value) => Digest.plus(total, Digest.hash(value)), sum)
})

/** For how long a difference found once more is taken for the one being reconciled, as a share of the quickest pace. */
const patience = 0.5

const busy = (state: State, now: number): State =>
  update(state, {
    repair: { ...news(state, now), busyUntil: now + patience * state.settings.repair_interval_ms }
  })

/** Two nodes have met: equal digests slow the pace down unless there was news, different ones start a reconciliation. */
export const meet = (
  state: State,
  theirs: Digest.Digest,
  ours: Digest.Digest,
  isNews: boolean,
  { now, src }: MessageContext
): readonly [send: ReadonlyArray<Send> | undefined, state: State] => {
  const { repair, rumors, settings, store } = state
  if (isOff(state)) return [undefined, state]
  if (Digest.equals(ours, theirs)) {
    if (isNews || repair.pace === undefined) return [undefined, state]
    return [
      undefined,
      update(state, { repair: withPace(repair, Pace.slower(repair.pace, now, settings.repair_interval_ms)) })
    ]
  }
  if (now < repair.busyUntil || repair.strangers.has(src)) return [undefined, state]
  const about = Math.abs(ours.count - theirs.count) + rumors.size
  const summary = Reconciliation.begin(store, about, settings.message_bytes)
  return [[{ dest: src, body: printBody(summary) }], busy(state, now)]
}

/** When the next comparison is due, in ms since the epoch; undefined if repair is off. */
export const due = (state: State, awake: number): number | undefined =>
  isOff(state) ? undefined : (state.repair.pace?.due ?? awake + state.settings.repair_interval_ms)

/** Begins a comparison with the next peer. */
export const compare = (state: State, context: TimerContext): Step => {
  const { repair, settings, store } = state
  const { now } = context
  const base = settings.repair_interval_ms
  const pace = repair.pace === undefined ? Pace.quick(now, base) : Pace.begun(repair.pace, now, base)
  const [peers, selection] = selectionOf(state, context).take(1, undefined, context.random)
  const body = printBody({ type: "gossip", messages: [], pull: true, digest: store.digest })
  const send = peers.filter((peer) => !repair.strangers.has(peer)).map((dest) => ({ dest, body }))
  return [{ reply: undefined, send }, update(state, { selection, repair: withPace(repair, pace) })]
}

interface Repairs {
  readonly send: ReadonlyArray<Send>
  /** How many of them carry values. */
  readonly valued: number
}

/** What is missing and what is wanted, in one message if they fit. */
const repairs = (
  values: ReadonlyArray<Value>,
  want: ReadonlyArray<number>,
  { settings }: State,
  dest: string
): Repairs => {
  const lists = values.length === 0 ? [] : Batches.deal(values, settings)
  const wishes = want.length === 0 ? [] : Batches.deal(want, { ...settings, message_values: Infinity })
  const shared = Batches.fit(lists.at(-1), wishes[0], settings) ? 1 : 0
  const bodies = [
    ...lists.map((messages, index) => ({
      messages,
      want: shared === 1 && index === lists.length - 1 ? wishes[0] : []
    })),
    ...wishes.slice(shared).map((wish) => ({ messages: [], want: wish }))
  ]
  return {
    send: bodies.map((body) => ({ dest, body: printBody({ type: "gossip_repair", ...body }) })),
    valued: lists.length
  }
}

/** `gossip_sketch`: the peer gets what it lacks and is asked for the rest, or gets a sketch that tells more. */
export const sketch = (state: State, summary: typeof Message.GossipSketch.Type, { now, src }: MessageContext): Step => {
  const found = Reconciliation.compare(state.store, summary, state.settings.message_bytes)
  const next = busy(state, now)
  if (found._tag === "Unknown") {
    return [{ reply: undefined, send: found.summaries.map((body) => ({ dest: src, body: printBody(body) })) }, next]
  }
  if (found.missing.length === 0 && found.want.length === 0) return [{ reply: undefined }, next]
  const { send, valued } = repairs(found.missing, found.want, state, src)
  return [{ reply: undefined, send }, counted(next, valued)]
}

/** What of a repair is to be sent back: the values that the peer wants. */
export const wanted = (state: State, want: ReadonlyArray<number>, src: string): ReadonlyArray<Send> =>
  repairs(Reconciliation.select(state.store, want), [], state, src).send

/** `error`: a peer that does not know a message of this node's is not compared with any more. */
export const error = (state: State, { code }: typeof Message.ErrorReply.Type, { nodes, src }: MessageContext): Step => {
  if (code !== Message.ErrorCode.notSupported || !nodes.includes(src)) return [{ reply: undefined }, state]
  const strangers = new Set([...state.repair.strangers, src])
  return [{ reply: undefined }, update(state, { repair: { ...state.repair, strangers } })]
}
