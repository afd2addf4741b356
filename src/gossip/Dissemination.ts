/**
 * Rumor mongering: how values that a node has just learned reach its peers.
 *
 * Without a window a new value is forwarded at once to a few random peers, who do the same; that is the first of its rounds.
 * In timer rounds a node sends all its hot values in one message to the next peers and asks for what they did not list in
 * return, so that every contact spreads both ways. Each round also carries a digest, and the two messages of a pull tell
 * exactly whether both nodes know the same apart from what is still spreading (see AntiEntropy).
 *
 * Every function here is a transition: (state, message, context) → (outcome, next state).
 * Demers et al.: Epidemic Algorithms for Replicated Database Maintenance (1987).
 */
import * as Metric from "effect/Metric"
import type { MessageContext, Outcome, Send } from "../node/Handlers.ts"
import type { TimerContext } from "../node/Timers.ts"
import type * as Message from "../protocol/Message.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import { type PrintedBody, printBody } from "../protocol/Wire.ts"
import * as AntiEntropy from "./AntiEntropy.ts"
import * as Batches from "./Batches.ts"
import { counted, selectionOf, type State, type Step, update } from "./State.ts"
import * as Statistics from "./Statistics.ts"
import { ValueSet } from "./ValueSet.ts"

/** Values from peers that were known already. */
export const duplicatesReceived = Metric.counter("gossip_duplicates_received", {
  description: "Values from peers that were known already",
  incremental: true
})

const acknowledged: Outcome<{}> = { reply: {} }

/** Sends messages to the next peers, each to each of them, but never to `except`. */
const sendToPeers = (
  state: State,
  bodies: ReadonlyArray<PrintedBody>,
  except: NodeId | undefined,
  context: TimerContext
): readonly [send: ReadonlyArray<Send>, state: State] => {
  const [peers, selection] = selectionOf(state, context).take(state.settings.fanout, except, context.random)
  const send: Array<Send> = []
  for (const dest of peers) for (const body of bodies) send.push({ dest, body })
  return [send, update(state, { selection, statistics: Statistics.withSent(state.statistics, send.length) })]
}

/** Forwards values just learned to peers other than the sender. */
const forward = (state: State, fresh: ReadonlyArray<Value>, context: MessageContext) => {
  const bodies = Batches.deal(fresh, state.settings).map((messages) => printBody({ type: "gossip", messages }))
  return sendToPeers(state, bodies, context.src, context)
}

/** When the next timer round is due, now that there is something hot. */
const nextRound = ({ rounds, rumors, settings }: State, now: number): State["rounds"] => {
  if (rounds.due !== undefined || rumors.size === 0) return rounds
  const due =
    settings.window_ms > 0 ? Math.max(now, rounds.last + settings.window_ms) : now + settings.gossip_interval_ms
  return { last: rounds.last, due }
}

/** Makes values hot that were just learned and have been sent in so many rounds already. */
const heat = (state: State, fresh: ReadonlyArray<Value>, sent: 0 | 1, context: TimerContext): State => {
  if (fresh.length === 0 || context.nodes.length < 2) return state
  state.rumors.add(fresh, sent, state.settings.rounds)
  return update(state, { rounds: nextRound(state, context.now), repair: AntiEntropy.news(state, context.now) })
}

/** Adds values to what is known and returns those that are new. */
const learn = ({ store }: State, values: ReadonlyArray<Value>): ReadonlyArray<Value> =>
  values.filter((value) => store.add(value))

/** `broadcast`: a new value is stored and forwarded, one seen before is only acknowledged. */
export const broadcast = (
  before: State,
  { message }: typeof Message.Broadcast.Type,
  context: MessageContext
): Step<{}> => {
  // A peer that forwards by `broadcast` is not a client, so its request is no operation to count.
  const broadcasts = before.statistics.broadcasts + (context.nodes.includes(context.src) ? 0 : 1)
  const asked = update(before, { statistics: { broadcasts, gossipSent: before.statistics.gossipSent } })
  if (!before.store.add(message)) return [acknowledged, asked]
  const isAtOnce = before.settings.window_ms === 0
  const hot = heat(asked, [message], isAtOnce ? 1 : 0, context)
  if (!isAtOnce || context.nodes.length < 2) return [acknowledged, hot]
  const [send, state] = forward(hot, [message], context)
  return [{ send, reply: {} }, state]
}

const duplicates = (received: number, fresh: number): Outcome<undefined>["count"] =>
  received === fresh ? undefined : [[duplicatesReceived, received - fresh]]

/** `gossip`: what is new is stored, and forwarded at once or with the next round; a pull is answered. */
export const gossip = (before: State, request: typeof Message.Gossip.Type, context: MessageContext): Step => {
  const { message, messages = [], pull } = request
  const values = message === undefined ? messages : [...messages, message]
  const fresh = learn(before, values)
  const count = duplicates(values.length, fresh.length)
  // Whoever sends a round says so by `pull`; all else is a forward at once, and goes on as one.
  if (pull === undefined && before.settings.window_ms === 0) {
    if (fresh.length === 0) return [{ reply: undefined, count }, AntiEntropy.heard(before, context.now)]
    const [send, state] = forward(heat(before, fresh, 1, context), fresh, context)
    return [{ reply: undefined, send, count }, state]
  }
  const state = heat(AntiEntropy.heard(before, context.now), fresh, 0, context)
  if (pull !== true) return [{ reply: undefined, count }, state]
  return answer(state, request, values, fresh.length > 0, count, context)
}

/** Answers a pull with the hot values that it did not list, or, if there are none, sees to what its digest tells. */
const answer = (
  state: State,
  { digest, msg_id }: typeof Message.Gossip.Type,
  listed: ReadonlyArray<Value>,
  isNews: boolean,
  count: Outcome<undefined>["count"],
  context: MessageContext
): Step => {
  const { rumors, settings, store } = state
  const unlisted = rumors.without(listed)
  if (unlisted.length === 0 && digest !== undefined) {
    const [send, next] = AntiEntropy.meet(state, digest, store.digest, isNews, context)
    return [{ reply: undefined, send, count }, next]
  }
  if (unlisted.length === 0 || msg_id === undefined) return [{ reply: undefined, count }, state]
  const lists = Batches.deal(unlisted, settings)
  // Only an answer in one piece can be compared with: the digest would be early beside the first of several.
  const of = lists.length > 1 || AntiEntropy.isOff(state) ? undefined : digest
  const ours = of === undefined ? undefined : store.digest
  const send = lists.map((messages) => ({
    dest: context.src,
    body: printBody({ type: "gossip_ok", messages, of, digest: ours, in_reply_to: msg_id })
  }))
  return [{ reply: undefined, send, count }, counted(state, send.length)]
}

/** `gossip_ok`: the answer to a pull, what is new is stored. */
export const gossipOk = (before: State, reply: typeof Message.GossipOk.Type, context: MessageContext): Step => {
  const { digest, messages = [], of } = reply
  const fresh = learn(before, messages)
  const state = heat(AntiEntropy.heard(before, context.now), fresh, 0, context)
  const count = duplicates(messages.length, fresh.length)
  if (of === undefined || digest === undefined) return [{ reply: undefined, count }, state]
  // What this node knew when it sent the pull and what it got for it is what the peer knew when it answered.
  const learnedSince = ValueSet.of(before.store.values.slice(of.count))
  const added = messages.filter((value) => learnedSince.has(value))
  const [send, next] = AntiEntropy.meet(state, digest, AntiEntropy.after(of, added), fresh.length > 0, context)
  return [{ reply: undefined, send, count }, next]
}

/** Sends values to the next peers, in a round of which they are all the hot values that count. */
const sendRound = (state: State, values: ReadonlyArray<Value>, pull: boolean, context: TimerContext) => {
  const { rumors, settings, store } = state
  const lists = Batches.deal(values, settings)
  const digest = AntiEntropy.isOff(state) ? undefined : store.digest
  const bodies = lists.map((messages, index) =>
    // The last of several asks for everybody's answer to all of them.
    printBody(
      pull && index === lists.length - 1
        ? { type: "gossip", messages, pull, digest }
        : { type: "gossip", messages, pull: false }
    )
  )
  rumors.sent(settings.rounds)
  return sendToPeers(state, bodies, undefined, context)
}

/** A timer round: all hot values go to the next peers, who are asked for theirs. */
export const round = (before: State, context: TimerContext): Step => {
  const { now } = context
  const [send, state] = sendRound(before, before.rumors.values, true, context)
  const rounds = nextRound(update(state, { rounds: { last: now, due: undefined } }), now)
  return [{ reply: undefined, send }, update(state, { rounds, repair: AntiEntropy.news(state, now) })]
}

/** The last round of a node whose input has ended: values that it has never sent are sent once. */
export const lastRound = (before: State, context: TimerContext): Step => {
  const { unsent } = before.rumors
  if (unsent.length === 0) return [{ reply: undefined }, before]
  const [send, state] = sendRound(before, unsent, false, context)
  return [{ reply: undefined, send }, state]
}

/** `gossip_repair`: what is new is stored, what the peer wants is sent back. */
export const repair = (before: State, request: typeof Message.GossipRepair.Type, context: MessageContext): Step => {
  const { messages, want } = request
  const fresh = learn(before, messages)
  const state = heat(AntiEntropy.heard(before, context.now), fresh, 0, context)
  const send = AntiEntropy.wanted(state, want, context.src)
  return [{ reply: undefined, send, count: duplicates(messages.length, fresh.length) }, counted(state, send.length)]
}
