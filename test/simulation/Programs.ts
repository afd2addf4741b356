/**
 * The programs of simulated nodes in tests.
 */
import * as Layer from "effect/Layer"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { Settings } from "../../src/gossip/Settings.ts"
import type * as Component from "../../src/node/Component.ts"
import * as Output from "../../src/node/Output.ts"
import { Broadcast, BroadcastOk, Read, ReadOk, Topology, TopologyOk } from "../../src/protocol/Broadcast.ts"
import * as Message from "../../src/protocol/Message.ts"
import { key, type Value, Values } from "../../src/protocol/Value.ts"

/** Forwards a value once and at once to so many peers, and never again. */
export const infectAndDie = (fanout: number) =>
  Gossip.layerNoDeps.pipe(
    Layer.provide([Peers.layer, Settings.layer({ fanout, meeting_ms: 0, repair_interval_ms: 0 })])
  )

/** Forwards every value to every node, so runs without faults are complete. */
export const flood = infectAndDie(1000)

/** The values that a node of the shared set knows. */
const Share = Message.body("share", { messages: Values })

const Request = Message.union(Topology, Broadcast, Read, Share)
type Request = typeof Request.Type

const Sent = Message.union(TopologyOk, BroadcastOk, ReadOk, Share)
type Sent = typeof Sent.Type

const { reply, send } = Output.of<Sent>()

type Step = Component.Step<SharedSet, Sent>

/** The state of a node of the shared set. */
export interface SharedSet {
  readonly values: ReadonlyArray<Value>
  /** When it last told everybody what it knows, in ms since the epoch; undefined before. */
  readonly shared: number | undefined
}

const initial: SharedSet = { values: [], shared: undefined }

const learn = (state: SharedSet, values: ReadonlyArray<Value>): SharedSet => {
  const known = new Set(state.values.map(key))
  const news = values.filter((value) => !known.has(key(value)))
  return news.length === 0 ? state : { ...state, values: [...state.values, ...news] }
}

const step = (state: SharedSet, input: Component.Input<Request>, { nodes, now, self }: Component.Env): Step => {
  if (input._tag === "Ended") return [state, []]
  if (input._tag === "Tick") {
    const share = { type: "share" as const, messages: state.values }
    return [{ ...state, shared: now }, nodes.filter((node) => node !== self).map((node) => send(node, share))]
  }
  return Request.match(input.message, {
    topology: (): Step => [state, [reply({ type: "topology_ok" })]],
    broadcast: ({ message }): Step => [learn(state, [message]), [reply({ type: "broadcast_ok" })]],
    read: (): Step => [state, [reply({ type: "read_ok", messages: state.values })]],
    share: ({ messages }): Step => [learn(state, messages), []]
  })
}

/** A component that has nothing to do with gossip: every so many ms a node tells everybody all values that it knows. */
export const sharedSet = (interval: number): Component.Component<SharedSet, Request, Sent> => ({
  name: "shared set",
  requests: Request,
  sends: Sent,
  initial,
  step,
  due: ({ shared }, awake) => (shared ?? awake) + interval
})
