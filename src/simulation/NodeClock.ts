/**
 * The clock of a node: it wakes sleepers a little late, as the timers of a real process do.
 *
 * The clock belongs to the machine, not to the process: it stays the same when a node crashes and another process starts.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import type { Scenario } from "./Scenario.ts"
import type { Gate, VirtualTime } from "./VirtualTime.ts"

/** What of a scenario determines the clocks of nodes. */
export type Clocks = Pick<Scenario, "timer_lateness">

/** The clock of one node. */
export class NodeClock {
  readonly #time: VirtualTime
  readonly #random: Random.Random
  readonly #lateness: number

  /** `random` is this clock's own source of chance. */
  constructor(time: VirtualTime, random: Random.Random, { timer_lateness }: Clocks) {
    this.#time = time
    this.#random = random
    this.#lateness = timer_lateness
  }

  /** The clock as a process of the node has it. Its sleepers wake through the gate. */
  service(gate: Gate): Clock.Clock {
    const clock = this.#time.clock(gate)
    return {
      ...clock,
      sleep: (duration) =>
        Effect.suspend(() => clock.sleep(Duration.millis(Duration.toMillis(duration) + this.#late())))
    }
  }

  /** How much too late the next sleeper wakes, in ms. */
  #late(): number {
    return this.#random.nextDoubleUnsafe() * this.#lateness
  }
}
