/**
 * The clients: one for each node. A client asks its node one thing at a time and waits for the reply.
 *
 * A client that waits in vain gives up. Another client with a new name takes its place, so a late reply reaches nobody.
 * While clients work, requests go to the nodes in turn; nodes whose client is waiting for a reply are skipped.
 */
import { constVoid } from "effect/Function"
import * as Result from "effect/Result"
import type { Operation, Transmission } from "../analysis/History.ts"
import type * as Message from "../protocol/Message.ts"
import * as Wire from "../protocol/Wire.ts"
import type { Arrival, Asked } from "../workload/Workload.ts"
import type { Network } from "./Network.ts"
import type { Scenario } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

interface Pending {
  readonly client: Message.NodeId
  readonly id: Message.MessageId
  readonly settle: (reply: Wire.RawBody | undefined) => void
}

// The last requests start a little apart, in ms, because the verdict may depend on which of two was later.
const betweenRequests = 0.001

/** All clients of a run. */
export class Clients<Op extends Operation> {
  /** What they asked and how it ended, in the order in which it ended. */
  readonly operations: Array<Op> = []
  readonly #nodes: ReadonlyArray<Message.NodeId>
  readonly #scenario: Scenario
  readonly #time: VirtualTime
  readonly #network: Network
  /** The request under way at each node. */
  readonly #pending = new Map<Message.NodeId, Pending>()
  /** The name of the client at each node. */
  readonly #names = new Map<Message.NodeId, Message.NodeId>()
  /** Is told of every node whose client is free again. */
  #whenFree: (node: Message.NodeId) => void = constVoid
  #clientCount = 0
  #nextId = 0

  constructor(options: {
    readonly nodes: ReadonlyArray<Message.NodeId>
    readonly scenario: Scenario
    readonly time: VirtualTime
    readonly network: Network
  }) {
    this.#nodes = options.nodes
    this.#scenario = options.scenario
    this.#time = options.time
    this.#network = options.network
  }

  /** Whether the client of a node waits for a reply. */
  isBusy(node: Message.NodeId): boolean {
    return this.#pending.has(node)
  }

  /** Asks a node something and records how it ended. */
  perform(node: Message.NodeId, asked: Asked<Op>): void {
    this.#perform(node, asked, false, constVoid)
  }

  #perform(node: Message.NodeId, { body, conclude }: Asked<Op>, final: boolean, done: () => void): void {
    const invoked = this.#time.now
    this.#ask(node, body, (reply, client) => {
      this.operations.push(conclude({ client, node, final, invoked, completed: this.#time.now }, reply))
      done()
    })
  }

  /** Asks every node at once; calls `done` when each has replied or failed to. This is not recorded. */
  askAll(body: (node: Message.NodeId) => Message.WireBody, done: () => void): void {
    let open = this.#nodes.length
    for (const node of this.#nodes) {
      this.#ask(node, body(node), () => {
        if (--open === 0) done()
      })
    }
  }

  /**
   * Makes these requests, each when it is due, until `until`, in ms since the start. While all clients are busy, requests
   * wait in line; those that still wait at the end are not made.
   */
  work(arrivals: Iterator<Arrival<Op>, never>, until: number): void {
    const nodes = this.#nodes
    const waiting: Array<Asked<Op>> = []
    let turn = 0
    const make = (asked: Asked<Op>) => {
      const free = [...nodes.slice(turn), ...nodes.slice(0, turn)].find((node) => !this.isBusy(node))
      if (free === undefined) {
        waiting.push(asked)
      } else {
        turn = (nodes.indexOf(free) + 1) % nodes.length
        this.perform(free, asked)
      }
    }
    this.#whenFree = () => {
      const asked = waiting.shift()
      if (asked !== undefined && this.#time.now < until) make(asked)
    }
    const schedule = () => {
      const { after, asked } = arrivals.next().value
      const at = this.#time.now + after
      if (at >= until) return
      this.#time.at(at, () => {
        make(asked)
        schedule()
      })
    }
    schedule()
  }

  /**
   * Asks every node this last, as soon as its client is free, or nothing; calls `done` when each has replied or failed to.
   */
  finish(asked: Asked<Op> | undefined, done: () => void): void {
    const unasked = new Map(this.#nodes.map((node, place) => [node, place * betweenRequests]))
    let open = this.#nodes.length
    const askSoon = (node: Message.NodeId) => {
      const delay = unasked.get(node)
      unasked.delete(node)
      if (delay === undefined) return
      if (asked === undefined) settled()
      else this.#time.after(delay, () => this.#perform(node, asked, true, settled))
    }
    const settled = () => {
      if (--open === 0) done()
    }
    this.#whenFree = askSoon
    for (const node of this.#nodes) if (!this.isBusy(node)) askSoon(node)
  }

  /** Sends a message of which nobody expects a reply. */
  tell(node: Message.NodeId, body: Message.WireBody): void {
    this.#send(`c${this.#clientCount++}`, node, body, this.#nextId++)
  }

  /** Takes a message addressed to a client. Ignores what is late or does not reply to the request under way. */
  receive({ dest, src, text }: Transmission): void {
    const pending = this.#pending.get(src)
    if (pending?.client !== dest) return
    const reply = Wire.envelope(text)
    if (Result.isFailure(reply) || reply.success.body["in_reply_to"] !== pending.id) return
    pending.settle(reply.success.body)
  }

  /** Sends a request; `done` gets the body of the reply, or undefined if none comes in time. */
  #ask(
    node: Message.NodeId,
    body: Message.WireBody,
    done: (reply: Wire.RawBody | undefined, client: Message.NodeId) => void
  ): void {
    const client = this.#names.get(node) ?? this.#newClient(node)
    const pending: Pending = {
      client,
      id: this.#nextId++,
      settle: (reply) => {
        if (this.#pending.get(node) !== pending) return
        this.#pending.delete(node)
        if (reply === undefined) this.#names.delete(node)
        done(reply, client)
        this.#whenFree(node)
      }
    }
    this.#pending.set(node, pending)
    this.#time.after(this.#scenario.request_timeout, () => pending.settle(undefined))
    this.#send(client, node, body, pending.id)
  }

  #send(src: Message.NodeId, dest: Message.NodeId, body: Message.WireBody, id: Message.MessageId): void {
    const text = Wire.printer()({ src, dest, body, in_reply_to: undefined, msg_id: id })
    this.#network.send({ src, dest, type: body.type, text })
  }

  #newClient(node: Message.NodeId): Message.NodeId {
    const name = `c${this.#clientCount++}`
    this.#names.set(node, name)
    return name
  }
}
