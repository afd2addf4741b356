/**
 * What is on its way to a node, as Maelstrom delivers it.
 *
 * A node has one inbox ordered by deadline. Its reader takes the message with the earliest deadline, drops it if the sender
 * is cut off at that moment, else waits until it is due and delivers it; what arrives meanwhile waits behind it, even a
 * client's message without latency.
 */
import type { Event } from "./EventQueue.ts"
import type { Transmission } from "./History.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** What an inbox needs of the network. */
export interface Carrier {
  /** Drops a message if its sender is cut off from its receiver at the moment; says whether it did. */
  dropIfCut(transmission: Transmission): boolean
  /** Hands a message to whom it is for. */
  deliver(transmission: Transmission): void
}

/** A message with its deadline. One object for all its stations, because a large cluster has thousands under way. */
export class Parcel implements Event {
  readonly transmission: Transmission
  /** In ms since the start. */
  readonly deadline: number
  readonly #inbox: Inbox
  #hasArrived = false

  constructor(transmission: Transmission, deadline: number, inbox: Inbox) {
    this.transmission = transmission
    this.deadline = deadline
    this.#inbox = inbox
  }

  /** Puts it into the inbox; once it is there, delivers it. */
  run(): void {
    if (this.#hasArrived) return this.#inbox.deliver(this)
    this.#hasArrived = true
    this.#inbox.put(this)
  }
}

/** The inbox of a node. */
export class Inbox {
  readonly #carrier: Carrier
  readonly #time: VirtualTime
  /** What waits behind the message that the reader waits for. */
  readonly #waiting: Array<Parcel> = []
  #isBusy = false

  constructor(carrier: Carrier, time: VirtualTime) {
    this.#carrier = carrier
    this.#time = time
  }

  /** Takes a message in. */
  put(parcel: Parcel): void {
    if (!this.#isBusy) return this.#await(parcel)
    // Deadlines mostly come in order, so the place of a new message is sought from the end.
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1]?.deadline ?? 0) > parcel.deadline) at--
    if (at === this.#waiting.length) this.#waiting.push(parcel)
    else this.#waiting.splice(at, 0, parcel)
  }

  /** Delivers the message that the reader has waited for, and goes on to the next. */
  deliver({ transmission }: Parcel): void {
    this.#carrier.deliver(transmission)
    this.#await(this.#waiting.shift())
  }

  #await(first: Parcel | undefined): void {
    this.#isBusy = false
    for (let next = first; next !== undefined; next = this.#waiting.shift()) {
      if (this.#carrier.dropIfCut(next.transmission)) continue
      this.#isBusy = true
      this.#time.schedule(next.deadline, next)
      return
    }
  }
}
