/**
 * Time that passes only when everybody has done what they had to do.
 *
 * Events wait in a queue, ordered by time and then by when they were scheduled; those of this very moment, which come after
 * all that were scheduled before it, wait beside it. Whatever Effects have to run is run to the end before the next event is
 * taken, so nothing depends on the speed of the machine: one seed, one trace.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scheduler from "effect/Scheduler"
import { type Event, EventQueue } from "./EventQueue.ts"

/** Delays what should happen, or lets it happen now; a paused process delays. */
export type Gate = (run: () => void) => void

const open: Gate = (run) => run()

/** A virtual clock with its events, and a scheduler that runs Effects without the help of the operating system. */
export class VirtualTime {
  #now = 0
  readonly #future = new EventQueue()
  /** What was scheduled at this moment for this moment. */
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

  /** Lets an event happen at a time, in ms since the start; never before now. */
  schedule(time: number, event: Event): void {
    if (time > this.#now) this.#future.push(time, event)
    else this.#present.push(event)
  }

  /** Runs a function at a time, in ms since the start; never before now. */
  at(time: number, run: () => void): void {
    this.schedule(time, { run })
  }

  /** Runs a function in `delay` ms. */
  after(delay: number, run: () => void): void {
    this.at(this.#now + delay, run)
  }

  /** Runs what is ready, then the next event, if there is one. */
  step(): void {
    this.settle()
    this.#next()?.run()
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
      // Who was interrupted meanwhile takes no notice of being woken.
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
