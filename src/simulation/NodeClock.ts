/**
 * The clock of a node. It may be wrong, and it wakes sleepers a little late, as the timers of a real process do.
 *
 * Only what the clock shows can be wrong. A sleep takes its time whatever the clock shows meanwhile, because a system
 * measures sleeps with its monotonic clock. The clock belongs to the machine, not to the process: it stays the same when a
 * node crashes and another process starts.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import { ClockError } from "../analysis/History.ts"
import type { Scenario } from "./Scenario.ts"
import type { Gate, VirtualTime } from "./VirtualTime.ts"

/** What of a scenario determines the clocks of nodes. */
export type Clocks = Pick<Scenario, "clock_skew" | "timer_lateness">

/**
 * What a clock that is right shows at the start of a run, in ms since the epoch. No scenario makes a clock so wrong that it
 * shows a time before the epoch. A more usual date would cost the fractions of a ms their precision.
 */
export const epoch = 1e9

/** How far a clock is off after so many ms of this error. */
const offAfter = (error: ClockError, elapsed: number): number =>
  ClockError.$match(error, {
    Offset: ({ offset }) => offset,
    Drift: ({ rate }) => rate * elapsed,
    Jumps: ({ every, offsets: [first, second] }) => (Math.floor(elapsed / every) % 2 === 0 ? first : second)
  })

/** The clock of one node. */
export class NodeClock {
  readonly #time: VirtualTime
  readonly #random: Random.Random
  readonly #lateness: number
  /** How far it is off throughout the run, in ms. */
  readonly #skew: number
  /** What is wrong with it besides, and since when. */
  #error: ClockError | undefined
  #since = 0

  /** `random` is this clock's own source of chance. */
  constructor(time: VirtualTime, random: Random.Random, { clock_skew, timer_lateness }: Clocks) {
    this.#time = time
    this.#random = random
    this.#lateness = timer_lateness
    this.#skew = (2 * random.nextDoubleUnsafe() - 1) * clock_skew
  }

  /** From now on the clock is wrong in this way, or it is right again but for its skew. */
  set(error: ClockError | undefined): void {
    this.#error = error
    this.#since = this.#time.now
  }

  /** The clock as a process of the node has it. Its sleepers wake through the gate. */
  service(gate: Gate): Clock.Clock {
    const clock = this.#time.clock(gate)
    const millis = () => epoch + this.#time.now + this.#off()
    const nanos = () => BigInt(Math.round(millis() * 1e6))
    return {
      ...clock,
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        Effect.suspend(() => clock.sleep(Duration.millis(Duration.toMillis(duration) + this.#late())))
    }
  }

  /** How far it is off now, in ms. */
  #off(): number {
    return this.#error === undefined ? this.#skew : this.#skew + offAfter(this.#error, this.#time.now - this.#since)
  }

  /** How much too late the next sleeper wakes, in ms. */
  #late(): number {
    return this.#random.nextDoubleUnsafe() * this.#lateness
  }
}
