/**
 * Forwarding at once: a value that is new to a node goes to a few random peers, who do the same.
 *
 * This is the gossip of the exercise. It reaches most nodes within a few latencies, and never all of them for sure: what it
 * misses is up to meetings and comparisons. A value already known is not forwarded again.
 *
 * Every exported function is a transition: (state, message, env) → (next state, outputs).
 */
import type { Env } from "../node/Component.ts"
import type { Broadcast } from "../protocol/Broadcast.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Batches from "./Batches.ts"
import * as Learning from "./Learning.ts"
import { type Gossip, reply, send } from "./Messages.ts"
import { counted, type State, type Step, update } from "./State.ts"

/**
 * To how many peers new values go at once. A node that does not meet others forwards to one peer at least, because it has no
 * other way to spread values. If its peers are bound by a topology, it forwards to all of them, because a whole part of the
 * cluster may be behind each.
 */
const fanoutOf = (state: State, env: Env): number => {
  const { selection, settings } = state
  if (env.nodes.length === 1) return 0
  if (selection.hosts === undefined) return env.nodes.length
  return Learning.meets(state, env) ? settings.fanout : Math.max(1, settings.fanout)
}

/** Sends all these bodies to each of these nodes. */
export const sendTo = (state: State, nodes: ReadonlyArray<NodeId>, bodies: ReadonlyArray<Gossip>): Step => {
  const outputs = nodes.flatMap((node) => bodies.map((body) => send(node, body)))
  return [counted(state, outputs.length), outputs]
}

/** Forwards values just learned to peers other than the sender. */
const forward = (state: State, values: ReadonlyArray<Value>, from: NodeId, env: Env): Step => {
  const fanout = fanoutOf(state, env)
  if (fanout === 0 || values.length === 0) return [state, []]
  const [peers, selection] = state.selection.take(fanout, from, env)
  const bodies = Batches.deal(values, state.settings).map((list): Gossip => ({
    type: "gossip",
    kind: "forward",
    values: list
  }))
  return sendTo(update(state, { selection }), peers, bodies)
}

// The same body every time, so that it is encoded and printed once.
const acknowledged = [reply({ type: "broadcast_ok" })]

/** `broadcast`: a new value is stored and forwarded; a known one is only acknowledged. */
export const broadcast = (before: State, { message }: typeof Broadcast.Type, from: NodeId, env: Env): Step => {
  // A peer may forward by `broadcast`. It is no client, so this is no operation to count; what other parts of this node
  // add is one.
  const broadcasts = before.statistics.broadcasts + (from !== env.self && env.nodes.includes(from) ? 0 : 1)
  const { gossipSent } = before.statistics
  const state = Learning.learn(before, [message], -Infinity, env, { broadcasts, gossipSent })
  if (state.store === before.store) return [state, acknowledged]
  const [next, outputs] = forward(state, [message], from, env)
  return [next, outputs.length === 0 ? acknowledged : [...outputs, ...acknowledged]]
}

/**
 * Stores and forwards values from peers. If peers forward at once, whoever was first will bring them to the next meeting, so
 * this node does so only if no host lists them in time.
 */
export const relay = (before: State, values: ReadonlyArray<Value>, from: NodeId, env: Env): Step => {
  const { fanout, meeting_ms } = before.settings
  const next =
    fanout > 0 && Learning.meets(before, env)
      ? Learning.answerBy(before, Learning.meetingAfter(Learning.time(before), -Infinity, meeting_ms))
      : -Infinity
  const state = Learning.learn(before, values, next, env)
  const [after, outputs] = forward(state, Learning.learned(before, state), from, env)
  return [after, [...outputs, ...Learning.duplicates(values, before, state)]]
}
