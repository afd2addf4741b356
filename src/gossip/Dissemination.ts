/**
 * Rumor mongering: how values that a node has just learned reach its peers.
 *
 * Without a window, a new value is forwarded at once to a few random peers, who do the same; that is the first of its
 * rounds. In a timer round, a node sends all its hot values to the next peers and asks in return for hot values that it did
 * not list, so every contact spreads values both ways. A round also carries a digest. The two messages of a pull then tell
 * exactly whether both nodes know the same, apart from what is still spreading (see AntiEntropy).
 *
 * Every exported function is a transition: (state, message, env) → (next state, outputs).
 * Demers et al.: Epidemic Algorithms for Replicated Database Maintenance (1987).
 */
import * as Metric from "effect/Metric"
import type { Env } from "../node/Component.ts"
import * as Output from "../node/Output.ts"
import type { Broadcast } from "../protocol/Broadcast.ts"
import type { MessageId, NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as AntiEntropy from "./AntiEntropy.ts"
import * as Batches from "./Batches.ts"
import {
  type Gossip,
  type GossipOk,
  type GossipRepair,
  matchGossip,
  type Pull,
  reply,
  send,
  type Sent
} from "./Messages.ts"
import * as Rumors from "./Rumors.ts"
import { counted, type Rounds, type State, type Step, update } from "./State.ts"
import * as Store from "./Store.ts"

/** Sends all these bodies to each of the next peers, but never to `except`. */
const sendToPeers = (state: State, bodies: ReadonlyArray<Gossip>, except: NodeId | undefined, env: Env): Step => {
  const [peers, selection] = state.selection.take(state.settings.fanout, except, env)
  const outputs = peers.flatMap((peer) => bodies.map((body) => send(peer, body)))
  return [counted(update(state, { selection }), outputs.length), outputs]
}

/** Forwards values just learned to peers other than the sender. */
const forward = (state: State, values: ReadonlyArray<Value>, from: NodeId, env: Env): Step => {
  const bodies = Batches.deal(values, state.settings).map((list): Gossip => ({
    type: "gossip",
    kind: "forward",
    values: list
  }))
  return sendToPeers(state, bodies, from, env)
}

/** The rounds with the next one set, if anything is hot and none is due yet. */
const nextRound = (rounds: Rounds, rumors: Rumors.Rumors, settings: State["settings"], now: number): Rounds => {
  if (rounds.due !== undefined || rumors.length === 0) return rounds
  const due =
    settings.window_ms > 0 ? Math.max(now, rounds.last + settings.window_ms) : now + settings.gossip_interval_ms
  return { last: rounds.last, due }
}

/**
 * Stores values. New ones become hot, as values that were `sent` in so many rounds already, unless the node is alone and has
 * nobody to tell.
 */
const learn = (
  before: State,
  values: ReadonlyArray<Value>,
  sent: 0 | 1,
  { nodes, now }: Env,
  statistics = before.statistics
): State => {
  const store = Store.add(before.store, values)
  const { repair, rounds, rumors, selection, settings } = before
  if (store === before.store || nodes.length < 2) {
    return { store, rumors, settings, statistics, rounds, repair, selection }
  }
  const hot = Rumors.add(rumors, before.store.size, store.size, sent, settings.rounds)
  return {
    store,
    rumors: hot,
    settings,
    statistics,
    rounds: nextRound(rounds, hot, settings, now),
    repair: AntiEntropy.news(before, now),
    selection
  }
}

/** The values that were learned between two states. */
const learned = (before: State, after: State): ReadonlyArray<Value> => Store.slice(after.store, before.store.size)

// The same body every time, so that it is encoded and printed once.
const acknowledged = reply({ type: "broadcast_ok" })

/** `broadcast`: a new value is stored and forwarded; a known one is only acknowledged. */
export const broadcast = (before: State, { message }: typeof Broadcast.Type, from: NodeId, env: Env): Step => {
  // A peer may forward by `broadcast`. It is no client, so this is no operation to count.
  const broadcasts = before.statistics.broadcasts + (env.nodes.includes(from) ? 0 : 1)
  const isAtOnce = before.settings.window_ms === 0
  const { gossipSent } = before.statistics
  const state = learn(before, [message], isAtOnce ? 1 : 0, env, { broadcasts, gossipSent })
  if (state.store === before.store || !isAtOnce || env.nodes.length < 2) return [state, [acknowledged]]
  const [next, outputs] = forward(state, [message], from, env)
  return [next, [...outputs, acknowledged]]
}

/** Counts the values of a message from a peer that were known already. */
export const duplicatesReceived = Metric.counter("gossip_duplicates_received", {
  description: "Values from peers that were known already",
  incremental: true
})

const duplicates = (values: ReadonlyArray<Value>, before: State, after: State): ReadonlyArray<Output.Output<Sent>> => {
  const known = values.length - (after.store.size - before.store.size)
  return known === 0 ? [] : [Output.count(duplicatesReceived, known)]
}

/** `gossip`: new values are stored, and forwarded at once or with the next round; a pull is answered. */
export const gossip = (before: State, message: Gossip, from: NodeId, id: MessageId | undefined, env: Env): Step => {
  const { values } = message
  const later = () => learn(AntiEntropy.heard(before, env.now), values, 0, env)
  return matchGossip(message, {
    forward: (): Step => {
      if (before.settings.window_ms > 0) {
        const state = later()
        return [state, duplicates(values, before, state)]
      }
      const state = learn(before, values, 1, env)
      if (state.store === before.store) return [AntiEntropy.heard(before, env.now), duplicates(values, before, state)]
      const [next, outputs] = forward(state, learned(before, state), from, env)
      return [next, [...outputs, ...duplicates(values, before, state)]]
    },
    part: (): Step => {
      const state = later()
      return [state, duplicates(values, before, state)]
    },
    pull: (pull): Step => {
      const state = later()
      const [next, outputs] = answer(state, pull, from, id, state.store !== before.store, env)
      return [next, [...outputs, ...duplicates(values, before, state)]]
    }
  })
}

/** Answers a pull with the hot values that it did not list. If there are none, its digest is compared instead. */
const answer = (
  state: State,
  { digest, values }: Pull,
  from: NodeId,
  id: MessageId | undefined,
  isNews: boolean,
  env: Env
): Step => {
  const { rumors, settings, store } = state
  const unlisted = Rumors.without(rumors, store, values)
  if (unlisted.length === 0 && digest !== undefined) {
    return AntiEntropy.meet(state, from, digest, Store.digest(store), isNews, env)
  }
  if (unlisted.length === 0 || id === undefined) return [state, []]
  const lists = Batches.deal(unlisted, settings)
  // A digest beside the first of several messages would cover values that the peer has yet to get.
  const isCompared = lists.length === 1 && digest !== undefined && !AntiEntropy.isOff(state)
  const outputs = lists.map((messages) =>
    reply(
      isCompared
        ? { type: "gossip_ok", messages, of: digest, digest: Store.digest(store) }
        : { type: "gossip_ok", messages }
    )
  )
  return [counted(state, outputs.length), outputs]
}

/** `gossip_ok`: the answer to a pull; new values are stored. */
export const gossipOk = (before: State, message: typeof GossipOk.Type, from: NodeId, env: Env): Step => {
  const { digest, messages = [], of } = message
  const state = learn(AntiEntropy.heard(before, env.now), messages, 0, env)
  const counts = duplicates(messages, before, state)
  if (of === undefined || digest === undefined) return [state, counts]
  // What this node knew when it sent the pull, plus what the answer added to that, is what the peer knew when it answered.
  const learnedSince = Store.ValueSet.of(Store.slice(state.store, of.count))
  const added = messages.filter((value) => learnedSince.has(value))
  const isNews = state.store !== before.store
  const [next, outputs] = AntiEntropy.meet(state, from, digest, AntiEntropy.digestAfter(of, added), isNews, env)
  return [next, [...outputs, ...counts]]
}

/** Sends these bodies in a round, which is counted for all hot values. */
const sendRound = (state: State, bodies: ReadonlyArray<Gossip>, env: Env): Step =>
  sendToPeers(update(state, { rumors: Rumors.sent(state.rumors, state.settings.rounds) }), bodies, undefined, env)

/** A timer round: all hot values go to the next peers, who are asked for theirs. */
export const round = (before: State, env: Env): Step => {
  const { rumors, settings, store } = before
  const lists = Batches.deal(Rumors.values(rumors, store), settings)
  const digest = AntiEntropy.isOff(before) ? undefined : Store.digest(store)
  // The last message asks for what none of them lists.
  const bodies = lists.map((values, index): Gossip =>
    index === lists.length - 1
      ? { type: "gossip", kind: "pull", values, digest }
      : { type: "gossip", kind: "part", values }
  )
  const [state, outputs] = sendRound(before, bodies, env)
  const rounds = nextRound({ last: env.now, due: undefined }, state.rumors, settings, env.now)
  return [update(state, { rounds, repair: AntiEntropy.news(state, env.now) }), outputs]
}

/** The last round of a node whose input has ended: values that were never sent are sent once. */
export const lastRound = (before: State, env: Env): Step => {
  const unsent = Rumors.unsent(before.rumors, before.store)
  if (unsent.length === 0) return [before, []]
  const bodies = Batches.deal(unsent, before.settings).map((values): Gossip => ({
    type: "gossip",
    kind: "part",
    values
  }))
  return sendRound(before, bodies, env)
}

/** `gossip_repair`: new values are stored, and the peer is sent what it wants. */
export const repair = (before: State, message: typeof GossipRepair.Type, from: NodeId, env: Env): Step => {
  const { messages, want } = message
  const state = learn(AntiEntropy.heard(before, env.now), messages, 0, env)
  const [next, outputs] = AntiEntropy.give(state, want, from)
  return [next, [...outputs, ...duplicates(messages, before, state)]]
}
