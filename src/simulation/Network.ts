/**
 * The network between nodes and clients, with its latencies and its faults.
 *
 * Maelstrom gives each node one {@link Inbox}. The ideal network delivers each message on its own.
 */
import { byteLength } from "../protocol/JsonText.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Frame } from "../protocol/Wire.ts"
import * as Dice from "./Dice.ts"
import type { Fate, Transmission } from "./History.ts"
import { type Carrier, Inbox, Parcel } from "./Inbox.ts"
import type { Scenario } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** Whether messages from `src` to `dest` are cut off. */
export type Cut = (src: NodeId, dest: NodeId) => boolean

/** What the network does to messages between nodes, changed by faults. */
export interface Conditions {
  /** What is cut off at the moment. */
  readonly cuts: Set<Cut>
  /** The share of messages that are lost. */
  loss: number
  /** The share of messages that are delivered twice. */
  duplication: number
  /** Up to how many ms, uniformly, a message is held up in addition, so that later ones overtake it. */
  jitter: number
}

/** Takes a message where it is addressed to; says whether anybody was there. */
export type Receiver = (transmission: Transmission) => boolean

const inFlight: Fate = { _tag: "InFlight" }

/** Carries messages and records what became of them. */
export class Network implements Carrier {
  /** Changed by faults. */
  readonly conditions: Conditions = { cuts: new Set(), loss: 0, duplication: 0, jitter: 0 }
  /** Every message sent, in order. */
  readonly transmissions: Array<Transmission> = []
  readonly #scenario: Scenario
  readonly #time: VirtualTime
  readonly #dice: Dice.Dice
  readonly #inboxes: ReadonlyMap<NodeId, Inbox>
  /** What became of the messages that were delivered last. */
  #delivered: Extract<Fate, { _tag: "Delivered" }> = { _tag: "Delivered", at: 0 }
  readonly #receive: Receiver

  constructor(options: {
    readonly scenario: Scenario
    readonly nodes: ReadonlyArray<NodeId>
    readonly time: VirtualTime
    readonly dice: Dice.Dice
    readonly receive: Receiver
  }) {
    this.#scenario = options.scenario
    this.#time = options.time
    this.#dice = options.dice
    this.#inboxes = new Map(options.nodes.map((node) => [node, new Inbox(this, options.time)]))
    this.#receive = options.receive
  }

  /** Sends a message. Between a client and a node it takes no time and nothing befalls it. */
  send(frame: Frame): void {
    const inbox = this.#inboxes.get(frame.dest)
    const between = inbox !== undefined && this.#inboxes.has(frame.src)
    const { duplication, loss } = this.conditions
    this.#transmit(frame, inbox, between, between && this.#chance(loss))
    if (between && this.#chance(duplication)) this.#transmit(frame, inbox, between, false)
  }

  #chance(share: number): boolean {
    return share > 0 && this.#dice.nextDoubleUnsafe() < share
  }

  #transmit({ dest, src, text, type }: Frame, inbox: Inbox | undefined, betweenNodes: boolean, isLost: boolean): void {
    const { now } = this.#time
    const transmission: Transmission = {
      id: this.transmissions.length,
      src,
      dest,
      type,
      text,
      // Counted at once, because V8 keeps a text as the parts that it was put together from until somebody reads it: read
      // only when it is delivered, all these parts would outlive the young generation.
      bytes: byteLength(text) + 1,
      sent: now,
      fate: isLost ? { _tag: "Dropped", at: now, why: "loss" } : inFlight
    }
    this.transmissions.push(transmission)
    if (isLost) return
    const deadline = now + (betweenNodes ? this.#latency() : 0)
    if (inbox === undefined || this.#scenario.network === "ideal") {
      this.#time.at(deadline, () => {
        if (!this.dropIfCut(transmission)) this.deliver(transmission)
      })
      return
    }
    // Handed over by an event of its own, so that a node is never entered while it is still sending.
    this.#time.schedule(now, new Parcel(transmission, deadline, inbox))
  }

  #latency(): number {
    const { latency, latency_dist } = this.#scenario
    const jitter = this.conditions.jitter === 0 ? 0 : this.#dice.nextDoubleUnsafe() * this.conditions.jitter
    switch (latency_dist) {
      case "constant":
        return latency + jitter
      case "uniform":
        return Dice.around(this.#dice, latency) + jitter
      case "exponential":
        return -latency * Math.log(1 - this.#dice.nextDoubleUnsafe()) + jitter
    }
  }

  dropIfCut(transmission: Transmission): boolean {
    if (this.conditions.cuts.size === 0) return false
    const { dest, src } = transmission
    if (!this.#inboxes.has(src) || !this.#inboxes.has(dest)) return false
    if (![...this.conditions.cuts].some((isCut) => isCut(src, dest))) return false
    transmission.fate = { _tag: "Dropped", at: this.#time.now, why: "partition" }
    return true
  }

  deliver(transmission: Transmission): void {
    const at = this.#time.now
    // Many are delivered at the same moment, and this is kept for each of them.
    if (this.#delivered.at !== at) this.#delivered = { _tag: "Delivered", at }
    transmission.fate = this.#receive(transmission) ? this.#delivered : { _tag: "Dropped", at, why: "crash" }
  }
}
