/**
 * What is still to happen: the next event first, those of one time in the order in which they came.
 *
 * A binary heap with an array for each part of its entries. A large cluster has thousands of events waiting, and comparing
 * numbers that lie side by side spares it visiting as many objects, none of which would be in a cache.
 */

/** What happens at a time. An object, so that what has a state of its own needs no function besides. */
export interface Event {
  run(): void
}

/** Events in the order of their times. */
export class EventQueue {
  readonly #times: Array<number> = []
  /** How many events had come before. */
  readonly #orders: Array<number> = []
  readonly #events: Array<Event> = []
  #count = 0

  /** How many events are waiting. */
  get size(): number {
    return this.#events.length
  }

  /** The time of the next event; undefined if there is none. */
  get nextTime(): number | undefined {
    return this.#times[0]
  }

  /** Adds an event. */
  push(time: number, event: Event): void {
    const order = this.#count++
    let at = this.size
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#isBefore(parent, time, order)) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, time, order, event)
  }

  /** Takes the next event. */
  pop(): Event | undefined {
    const [next] = this.#events
    const time = this.#times.pop()
    const order = this.#orders.pop()
    const event = this.#events.pop()
    const { size } = this
    if (time === undefined || order === undefined || event === undefined || size === 0) return next
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#isBefore(child + 1, this.#timeAt(child), this.#orderAt(child))) child++
      if (!this.#isBefore(child, time, order)) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, time, order, event)
    return next
  }

  #timeAt(at: number): number {
    return this.#times[at] ?? Infinity
  }

  #orderAt(at: number): number {
    return this.#orders[at] ?? Infinity
  }

  /** Whether what is in this place comes before something of such a time and order. */
  #isBefore(at: number, time: number, order: number): boolean {
    const ours = this.#timeAt(at)
    return ours < time || (ours === time && this.#orderAt(at) < order)
  }

  #move(from: number, to: number): void {
    const event = this.#events[from]
    if (event !== undefined) this.#put(to, this.#timeAt(from), this.#orderAt(from), event)
  }

  #put(at: number, time: number, order: number, event: Event): void {
    this.#times[at] = time
    this.#orders[at] = order
    this.#events[at] = event
  }
}
