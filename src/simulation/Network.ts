/**
 * The network between nodes, services and clients, with its latencies and its faults.
 *
 * Nodes and services are servers: messages from server to server take time, messages from and to clients take none. Faults
 * affect messages between nodes. They spare the services, unless the scenario puts each service beside a node: then the
 * network treats a service as it treats that node.
 *
 * In Maelstrom's network each server has one inbox, ordered by deadline. The reader of the inbox takes the message with the
 * earliest deadline. It drops the message if the sender is cut off at that moment. Otherwise it waits until the message is
 * due, and delivers it. Whatever arrives meanwhile waits behind it, even a message from a client, which has no latency. The
 * ideal network delivers each message on its own.
 */
import type * as Random from "effect/Random"
import type { Fate, Transmission } from "../analysis/History.ts"
import { byteLength } from "../protocol/JsonText.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Scenario } from "./Scenario.ts"
import type { Event, VirtualTime } from "./VirtualTime.ts"

/** A message as it is handed to the network. */
export interface Frame {
  readonly src: NodeId
  readonly dest: NodeId
  /** The `type` of its body. */
  readonly type: string
  /** The line, without its line feed. */
  readonly text: string
}

/** Whether messages from `src` to `dest` are cut off. */
export type Cut = (src: NodeId, dest: NodeId) => boolean

/** What the network does to messages between nodes. Faults change it. */
export interface Conditions {
  /** All cuts that are in effect. */
  readonly cuts: Set<Cut>
  /** The share of messages that are lost, 0 to 1. */
  loss: number
  /** The share of messages that are delivered twice, 0 to 1. */
  duplication: number
  /** A message is delayed by up to so many ms more, uniformly, so that later ones overtake it. */
  jitter: number
}

/** What an inbox needs of the network. */
interface Carrier {
  /** Drops a message if its sender is cut off from its receiver now; says whether it did. */
  dropIfCut(transmission: Transmission): boolean
  /** Hands a message to its receiver. */
  deliver(transmission: Transmission): void
}

/** A message with its deadline in ms since the start. One object for its whole way, as thousands are under way at once. */
class Parcel implements Event {
  readonly transmission: Transmission
  readonly deadline: number
  readonly #inbox: Inbox
  #hasArrived = false

  constructor(transmission: Transmission, deadline: number, inbox: Inbox) {
    this.transmission = transmission
    this.deadline = deadline
    this.#inbox = inbox
  }

  /** Puts the message into the inbox the first time, and delivers it the second time. */
  run(): void {
    if (this.#hasArrived) return this.#inbox.deliver(this)
    this.#hasArrived = true
    this.#inbox.put(this)
  }
}

/** The inbox of a server and its reader. */
class Inbox {
  /** The node whose faults affect messages of this server: a node itself, or the one that a service is beside. */
  readonly place: NodeId | undefined
  readonly #carrier: Carrier
  readonly #time: VirtualTime
  /** Ordered by deadline; without the message that the reader has taken. */
  readonly #waiting: Array<Parcel> = []
  #isReading = false

  constructor(carrier: Carrier, time: VirtualTime, place: NodeId | undefined) {
    this.#carrier = carrier
    this.#time = time
    this.place = place
  }

  put(parcel: Parcel): void {
    if (!this.#isReading) return this.#read(parcel)
    // Deadlines mostly come in order, so the search for the place of a new message starts at the end.
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1]?.deadline ?? 0) > parcel.deadline) at--
    if (at === this.#waiting.length) this.#waiting.push(parcel)
    else this.#waiting.splice(at, 0, parcel)
  }

  /** Delivers the message that the reader has taken, and takes the next. */
  deliver({ transmission }: Parcel): void {
    this.#carrier.deliver(transmission)
    this.#read(this.#waiting.shift())
  }

  #read(first: Parcel | undefined): void {
    this.#isReading = false
    for (let next = first; next !== undefined; next = this.#waiting.shift()) {
      if (this.#carrier.dropIfCut(next.transmission)) continue
      this.#isReading = true
      this.#time.schedule(next.deadline, next)
      return
    }
  }
}

const inFlight: Fate = { _tag: "InFlight" }

/** Carries messages and records what became of them. */
export class Network implements Carrier {
  readonly conditions: Conditions = { cuts: new Set(), loss: 0, duplication: 0, jitter: 0 }
  /** Every message sent, in order. */
  readonly transmissions: Array<Transmission> = []
  readonly #scenario: Scenario
  readonly #time: VirtualTime
  readonly #random: Random.Random
  readonly #inboxes: ReadonlyMap<NodeId, Inbox>
  readonly #receive: (transmission: Transmission) => boolean
  /** The fate of the message that was delivered last. */
  #delivered: Extract<Fate, { _tag: "Delivered" }> = { _tag: "Delivered", at: 0 }

  /** `receive` hands a message to its receiver, and says whether anybody was there to take it. */
  constructor(options: {
    readonly scenario: Scenario
    readonly nodes: ReadonlyArray<NodeId>
    /** The names of the services, each with the node that it is beside; undefined if no fault affects it. */
    readonly services: ReadonlyMap<NodeId, NodeId | undefined>
    readonly time: VirtualTime
    readonly random: Random.Random
    readonly receive: (transmission: Transmission) => boolean
  }) {
    this.#scenario = options.scenario
    this.#time = options.time
    this.#random = options.random
    const places = new Map([...options.services, ...options.nodes.map((node) => [node, node] as const)])
    this.#inboxes = new Map([...places].map(([name, place]) => [name, new Inbox(this, options.time, place)]))
    this.#receive = options.receive
  }

  /** Sends a message. Between a client and a server it takes no time, and no fault affects it. */
  send(frame: Frame): void {
    const source = this.#inboxes.get(frame.src)
    const target = this.#inboxes.get(frame.dest)
    const isExposed = source?.place !== undefined && target?.place !== undefined
    const { duplication, loss } = this.conditions
    this.#transmit(frame, source, target, isExposed && this.#happens(loss))
    if (isExposed && this.#happens(duplication)) this.#transmit(frame, source, target, false)
  }

  dropIfCut(transmission: Transmission): boolean {
    if (this.conditions.cuts.size === 0) return false
    const source = this.#inboxes.get(transmission.src)?.place
    const target = this.#inboxes.get(transmission.dest)?.place
    if (source === undefined || target === undefined) return false
    if (![...this.conditions.cuts].some((isCut) => isCut(source, target))) return false
    transmission.fate = { _tag: "Dropped", at: this.#time.now, why: "partition" }
    return true
  }

  deliver(transmission: Transmission): void {
    const at = this.#time.now
    // Messages that are delivered at the same moment share one object.
    if (this.#delivered.at !== at) this.#delivered = { _tag: "Delivered", at }
    transmission.fate = this.#receive(transmission) ? this.#delivered : { _tag: "Dropped", at, why: "crash" }
  }

  /** Whether something of this probability happens. */
  #happens(probability: number): boolean {
    return probability > 0 && this.#random.nextDoubleUnsafe() < probability
  }

  #transmit(
    { dest, src, text, type }: Frame,
    source: Inbox | undefined,
    target: Inbox | undefined,
    isLost: boolean
  ): void {
    const { now } = this.#time
    const transmission: Transmission = {
      id: this.transmissions.length,
      src,
      dest,
      type,
      text,
      // V8 keeps a text as the parts that it was joined from until somebody reads it. To count the bytes reads it now, so
      // that the parts do not stay in memory until the message is delivered.
      bytes: byteLength(text) + 1,
      sent: now,
      fate: isLost ? { _tag: "Dropped", at: now, why: "loss" } : inFlight
    }
    this.transmissions.push(transmission)
    if (isLost) return
    const deadline = now + this.#latency(source, target)
    if (target === undefined || this.#scenario.network === "ideal") {
      this.#time.at(deadline, () => {
        if (!this.dropIfCut(transmission)) this.deliver(transmission)
      })
      return
    }
    // An event of its own, so that no node receives anything while it is still sending.
    this.#time.schedule(now, new Parcel(transmission, deadline, target))
  }

  /** In ms. Maelstrom draws whole milliseconds: an integer of 0 … 2 · mean − 1, or an exponential one rounded down. */
  #latency(source: Inbox | undefined, target: Inbox | undefined): number {
    if (source === undefined || target === undefined) return 0
    const { latency, latency_dist } = this.#scenario
    const most = source.place === undefined || target.place === undefined ? 0 : this.conditions.jitter
    const jitter = most === 0 ? 0 : this.#random.nextDoubleUnsafe() * most
    switch (latency_dist) {
      case "constant":
        return latency + jitter
      case "uniform":
        return Math.floor(this.#random.nextDoubleUnsafe() * 2 * latency) + jitter
      case "exponential":
        return Math.floor(-latency * Math.log(1 - this.#random.nextDoubleUnsafe())) + jitter
    }
  }
}
