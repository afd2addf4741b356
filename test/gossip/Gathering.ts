/**
 * A few gossiping nodes in virtual time, by pure steps alone: a test decides who is told what and when, what becomes of
 * every message, what the nodes' clocks show and whom they know. After every step the invariants are checked.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Gossip from "../../src/gossip/Gossip.ts"
import * as Hosts from "../../src/gossip/Hosts.ts"
import { Request, Sent } from "../../src/gossip/Messages.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import { initial, recover, type State, violations } from "../../src/gossip/State.ts"
import * as Store from "../../src/gossip/Store.ts"
import type { Input } from "../../src/node/Component.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { key, type Value } from "../../src/protocol/Value.ts"
import { encoder, type RawBody } from "../../src/protocol/Wire.ts"
import { names } from "../node/Cluster.ts"
import { seeded } from "./Seeded.ts"

/** A message from one node to another. */
export interface Crossing {
  /** When it was sent, in ms of the test's time. */
  readonly at: number
  readonly from: string
  readonly to: string
  /** Its type, or what a `gossip` says. */
  readonly kind: string
  readonly values: ReadonlyArray<Value>
  /** Which meeting it is about; undefined if it is about none. */
  readonly meeting: number | undefined
  /** Bytes of the line, its line feed included. */
  readonly bytes: number
  /** What the wire has of it. */
  readonly body: RawBody
}

/** What is not as in a cluster of five on a network that takes 10 ms and loses nothing. */
export interface Options {
  readonly count?: number
  readonly settings?: Partial<Settings.SettingsShape>
  readonly seed?: string | number
  /** After how many ms a message arrives, once for every copy of it; never if it is lost. */
  readonly carry?: (crossing: Crossing, random: Random.Random) => ReadonlyArray<number>
  /** The nodes that a node knows. */
  readonly nodes?: (name: string) => ReadonlyArray<string>
  /** Whom a node sends to. */
  readonly peers?: Layer.Layer<Peers>
  /** Peers written by others: of all messages they know only `gossip` with `messages` or `message`. */
  readonly foreign?: ReadonlyArray<string>
}

/** When tests begin, in ms: a whole number of seconds, so that meetings begin then. */
export const start = 1_000_000

/** Who hosts the meeting that begins then, among these nodes. */
export const hostOf = (nodes: ReadonlyArray<string>, begin: number): string => Hosts.of(nodes, begin, 1).join()

interface Node {
  readonly name: string
  readonly nodes: ReadonlyArray<string>
  state: State
  /** How far its clock is ahead of the test's time, in ms. */
  offset: number
  /** When it handled its first message, by its own clock. */
  awake: number | undefined
  hasEnded: boolean
}

/** When a node ticks next, by its own clock. */
const dueOf = ({ awake, hasEnded, state }: Node): number =>
  awake === undefined || hasEnded ? Infinity : (Gossip.due(state, awake) ?? Infinity)

const encode = encoder<Sent>(Sent.cases)
const decode = Schema.decodeUnknownSync(Request)

/** What a test sees of a `gossip`, whatever else it may be. */
const kindOf = (request: Request) => (request.type === "gossip" ? request.kind : request.type)

const readValues = Schema.decodeUnknownSync(
  Schema.Struct({ messages: Schema.optional(Schema.Array(Schema.Json)), message: Schema.optional(Schema.Json) })
)

const valuesIn = (body: RawBody): ReadonlyArray<Value> => {
  const { message, messages = [] } = readValues(body)
  return message === undefined ? messages : [...messages, message]
}

/** A cluster of nodes that know nothing yet. */
export const gather = Effect.fnUntraced(function* (options: Options = {}) {
  const { carry = () => [10], count = 5, foreign = [], peers = Peers.layer, seed = 1, settings } = options
  const random = yield* seeded(`gathering ${seed}`)
  const selection = yield* Effect.provide(Peers, peers)
  const everybody = names(count)
  const nodes = new Map<string, Node>()
  const strangers = new Map(foreign.map((name) => [name, new Map<string, Value>()]))
  for (const name of everybody) {
    if (strangers.has(name)) continue
    const state = initial(Settings.change(Settings.defaults, { fanout: 0, meeting_ms: 1000, ...settings }), selection)
    nodes.set(name, {
      name,
      nodes: options.nodes?.(name) ?? everybody,
      state,
      offset: 0,
      awake: undefined,
      hasEnded: false
    })
  }
  const sent: Array<Crossing> = []
  const notes: Array<string> = []
  let pending: Array<{ readonly at: number; readonly from: string; readonly to: string; readonly line: string }> = []
  let now = start

  const post = (from: string, to: string, body: RawBody): void => {
    const line = print({ ...body, msg_id: sent.length })
    const request = decode(body)
    const crossing: Crossing = {
      at: now,
      from,
      to,
      kind: kindOf(request),
      values: valuesIn(body),
      meeting: request.type === "gossip" && "meeting" in request ? request.meeting : undefined,
      bytes: Buffer.byteLength(print({ src: from, dest: to, body })) + 1,
      body
    }
    sent.push(crossing)
    pending.push(...carry(crossing, random).map((delay) => ({ at: now + delay, from, to, line })))
  }

  const take = (node: Node, input: Input<Request>): void => {
    const { name, nodes: known, offset, state } = node
    // A node is not ticked before it is due, be it by what is lost when times are rounded.
    const least = input._tag === "Tick" ? dueOf(node) : -Infinity
    const env = { self: name, nodes: known, now: Math.max(now + offset, least), random }
    const [after, outputs] = Gossip.step(state, input, env)
    const broken = violations(state, after)
    // Deep comparison after every step would take longer than the step.
    if (broken.length > 0) assert.deepStrictEqual(broken, [], `${name} at ${now}`)
    node.state = after
    node.awake ??= env.now
    if (input._tag === "Tick") assert.isAbove(dueOf(node), env.now, `${name} at ${now}`)
    for (const output of outputs) {
      if (output._tag === "Send") post(name, output.to, encode(output.body))
      if (output._tag === "Note") notes.push(`${name}: ${output.text}`)
    }
  }

  /** What a peer does that was written by others: it stores what it learns, and refuses what it does not know. */
  const stepAsStranger = (name: string, from: string, body: RawBody, relay: boolean): void => {
    const known = strangers.get(name)
    if (known === undefined) return
    if (body["type"] !== "gossip") {
      if (body["type"] !== "error") post(name, from, { type: "error", code: 10, text: "what?" })
      return
    }
    const fresh = valuesIn(body).filter((value) => !known.has(key(value)))
    for (const value of fresh) known.set(key(value), value)
    if (relay && fresh.length > 0)
      for (const peer of everybody) if (peer !== name) post(name, peer, { type: "gossip", messages: fresh })
  }

  const deliver = (from: string, to: string, line: string): void => {
    const body: RawBody = JSON.parse(line)
    const node = nodes.get(to)
    if (node === undefined) return stepAsStranger(to, from, body, false)
    if (!node.hasEnded) take(node, { _tag: "Received", from, to, id: undefined, isReply: false, message: decode(body) })
  }

  /** When a node ticks next, in ms of the test's time. */
  const tickOf = (node: Node): number => Math.max(now, dueOf(node) - node.offset)

  /** Lets time pass until then: messages arrive and nodes tick. */
  const passUntil = (end: number): void => {
    for (;;) {
      const next = pending.reduce((least, { at }) => Math.min(least, at), Infinity)
      let node: Node | undefined
      let tick = Infinity
      for (const other of nodes.values()) {
        const at = tickOf(other)
        if (node === undefined || at < tick) [node, tick] = [other, at]
      }
      if (Math.min(next, tick) > end) break
      now = Math.min(next, tick)
      if (node !== undefined && tick < next) {
        take(node, { _tag: "Tick" })
        continue
      }
      const due = pending.filter(({ at }) => at <= now)
      pending = pending.filter(({ at }) => at > now)
      for (const { from, line, to } of due) deliver(from, to, line)
    }
    now = end
  }

  const nodeOf = (name: string): Node => nodes.get(name) ?? assert.fail(`${name} is no node of this cluster`)

  return {
    names: everybody,
    /** All messages so far, those that were lost included. */
    sent,
    /** What nodes have said in their logs, each with the name of the node. */
    notes,
    now: () => now,
    state: (name: string): State => nodeOf(name).state,
    /** A client tells a node values. A peer written by others forwards them to everybody. */
    tell: (name: string, ...values: ReadonlyArray<Value>): void => {
      if (strangers.has(name)) stepAsStranger(name, "c1", { type: "gossip", messages: values }, true)
      else for (const message of values) deliver("c1", name, print({ type: "broadcast", message }))
    },
    /** A message arrives at a node that a test has made up. */
    hand: (from: string, to: string, body: RawBody): void => deliver(from, to, print(body)),
    /** Lets so many ms pass. */
    pass: (ms: number): void => passUntil(now + ms),
    passUntil,
    /** Sets how far a node's clock is ahead of the test's time, in ms. */
    setClock: (name: string, offset: number): void => void (nodeOf(name).offset = offset),
    /** The input of a node ends: it takes its last step. */
    end: (name: string): void => {
      take(nodeOf(name), { _tag: "Ended" })
      nodeOf(name).hasEnded = true
    },
    /** A node crashes and starts again with the values that it knows. */
    crash: (name: string): void => {
      const node = nodeOf(name)
      node.state = recover(node.state, selection)
      node.awake = undefined
    },
    /** What a node knows, as keys in their order. */
    known: (name: string): ReadonlyArray<string> => {
      const stranger = strangers.get(name)
      return (stranger === undefined ? Store.slice(nodeOf(name).state.store).map(key) : [...stranger.keys()]).toSorted()
    },
    /** The messages that were sent since a time in ms of the test's. */
    since: (at: number): ReadonlyArray<Crossing> => sent.filter((crossing) => crossing.at >= at)
  }
})

/** A cluster under test. */
export type Gathering = Effect.Success<ReturnType<typeof gather>>
