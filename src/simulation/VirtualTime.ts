/**
 * Time that passes only when everybody has done what there was to do.
 *
 * Events wait in a queue, ordered by time and then by when they were scheduled. Before the next event is taken, all Effects
 * that are ready run until they wait for something. So nothing depends on the speed of the machine: one seed, one trace.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scheduler from "effect/Scheduler"

/** What happens at some time. An object, so that an event with a state of its own needs no closure. */
export interface Event {
  run(): void
}

/**
 * Events that wait: the earliest first, those of one time in the order in which they came.
 *
 * This is a binary heap with an array for each part of its entries. A large cluster has thousands of events waiting. To
 * compare numbers that lie side by side is faster than to visit as many objects, most of which are in no cache.
 */
export class EventQueue {
  readonly #times: Array<number> = []
  /** How many events had come before each. */
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

  /** Whether the event in this place comes before one of this time and order. */
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

/** Lets something happen now, or later: a paused process holds it back. */
export type Gate = (run: () => void) => void

const open: Gate = (run) => run()

/** A clock with the events that are to come, and a scheduler that runs Effects between them. */
export class VirtualTime {
  #now = 0
  readonly #future = new EventQueue()
  /** What is to happen at this very moment. It comes after all events of this time that are in the queue. */
  readonly #present: Array<Event> = []
  readonly #tasks: Array<() => void> = []

  /** The time in ms since the start. */
  get now(): number {
    return this.#now
  }

  /** Whether anything is left to happen. */
  get isIdle(): boolean {
    return this.#future.size === 0 && this.#present.length === 0 && this.#tasks.length === 0
  }

  /** Schedules an event for a time in ms since the start, or for now if that has passed. */
  schedule(time: number, event: Event): void {
    if (time > this.#now) this.#future.push(time, event)
    else this.#present.push(event)
  }

  /** Runs a function at a time in ms since the start, or now if that has passed. */
  at(time: number, run: () => void): void {
    this.schedule(time, { run })
  }

  /** Runs a function in `delay` ms. */
  after(delay: number, run: () => void): void {
    this.at(this.#now + delay, run)
  }

  /** Runs what is ready, then the next event if there is one, then what that made ready. */
  step(): void {
    this.settle()
    this.#next()?.run()
    this.settle()
  }

  /** Runs what is ready, and what that makes ready, until nothing is. */
  settle(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }

  /** Runs a function after what is ready already, before the next event. */
  soon(run: () => void): void {
    this.#tasks.push(run)
  }

  /** Runs Effects in the order in which they become ready. */
  readonly scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield: () => false,
    makeDispatcher: () => ({
      scheduleTask: (task) => this.soon(task),
      flush: () => this.settle()
    })
  }

  /** A clock that shows this time. Sleepers wake through the gate. */
  clock(gate: Gate = open): Clock.Clock {
    const millis = () => this.#now
    const nanos = () => BigInt(Math.round(this.#now * 1e6))
    return {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      // A fiber that was interrupted in the meantime ignores that it is woken.
      sleep: (duration) =>
        Effect.callback<void>((resume) => {
          const wake = () => resume(Effect.void)
          this.after(Duration.toMillis(duration), () => gate(wake))
        })
    }
  }

  #next(): Event | undefined {
    const { nextTime } = this.#future
    if (this.#present.length > 0 && nextTime !== this.#now) return this.#present.shift()
    this.#now = nextTime ?? this.#now
    return this.#future.pop()
  }
}
