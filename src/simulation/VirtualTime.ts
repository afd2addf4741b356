/**
 * Time that passes only when everybody has done what they had to do.
 *
 * Events wait in a heap, ordered by time and then by when they were scheduled; those of this very moment, which come after
 * all that were scheduled before it, need no heap. Whatever Effects have to run is run to the end before the next event is
 * taken, so nothing depends on the speed of the machine: one seed, one trace.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scheduler from "effect/Scheduler"

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Delays what should happen, or lets it happen now; a paused process delays. */
export type Gate = (run: () => void) => void

const open: Gate = (run) => run()

/** A virtual clock with its events, and a scheduler that runs Effects without the help of the operating system. */
export class VirtualTime {
  #now = 0
  #order = 0
  readonly #heap: Array<Event> = []
  /** What was scheduled at this moment for this moment. */
  readonly #present: Array<() => void> = []
  readonly #tasks: Array<() => void> = []

  /** The time in ms since the start. */
  get now(): number {
    return this.#now
  }

  /** Whether anything is left to happen. */
  get isIdle(): boolean {
    return this.#heap.length === 0 && this.#present.length === 0 && this.#tasks.length === 0
  }

  /** Lets something happen at a time, in ms since the start; never before now. */
  at(time: number, run: () => void): void {
    if (time > this.#now) this.#push({ at: time, order: this.#order++, run })
    else this.#present.push(run)
  }

  /** Lets something happen in `delay` ms. */
  after(delay: number, run: () => void): void {
    this.at(this.#now + delay, run)
  }

  /** Runs what is ready, then the next event, if there is one. */
  step(): void {
    this.settle()
    this.#next()?.()
    this.settle()
  }

  /** Runs whatever Effects have to do at this moment. */
  settle(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }

  /** Lets something happen as soon as what happens now is over, before the next event. */
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

  /** A clock that shows this time. What sleeps on it wakes through the gate. */
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
      sleep: (duration) =>
        Effect.callback<void>((resume) => {
          let cancelled = false
          const wake = () => {
            if (!cancelled) resume(Effect.void)
          }
          this.after(Duration.toMillis(duration), () => gate(wake))
          return Effect.sync(() => {
            cancelled = true
          })
        })
    }
  }

  #next(): (() => void) | undefined {
    if (this.#present.length > 0 && this.#heap[0]?.at !== this.#now) return this.#present.shift()
    const event = this.#pop()
    this.#now = event?.at ?? this.#now
    return event?.run
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(event, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const [top] = heap
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, last)) break
      heap[at] = child
      at = child === right ? 2 * at + 2 : 2 * at + 1
    }
    heap[at] = last
    return top
  }
}
