/**
 * What the process of a simulated node reads: the place of standard input.
 *
 * Each reading is a fiber of its own. One that waits for the next line, as that of a stream does, would have left every cache
 * by the time it comes, and that is where a large cluster would spend its time.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Receive } from "../node/Node.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** The lines that a process still has to read. */
export class Input {
  readonly #time: VirtualTime
  #lines: Array<string> = []
  /** Starts a reading; undefined while there is one, and before and after the process. */
  #start: ((lines: ReadonlyArray<string>) => void) | undefined

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** Has a line read as soon as what happens now is over, and the process is ready for it. */
  write(line: string): void {
    if (this.#lines.length > 0) {
      this.#lines.push(line)
    } else {
      this.#lines = [line]
      this.#time.soon(this.#read)
    }
  }

  /** Lets a process read: all lines there are at once, one reading after the other, until it is interrupted. */
  listen(receive: Receive): Effect.Effect<never> {
    return Effect.contextWith((services: Context.Context<never>) => {
      const fork = Effect.runForkWith(services)
      return Effect.callback<never>((resume) => {
        let reading: Fiber.Fiber<void> | undefined
        const start = (lines: ReadonlyArray<string>) => {
          this.#start = undefined
          reading = fork(receive(lines))
          reading.addObserver(done)
        }
        const done = (exit: Exit.Exit<void>) => {
          reading = undefined
          if (Exit.isFailure(exit)) return resume(Effect.failCause(exit.cause))
          this.#start = start
          this.#read()
        }
        this.#start = start
        this.#read()
        return Effect.sync(() => {
          reading?.interruptUnsafe()
          this.#start = undefined
        })
      })
    })
  }

  readonly #read = (): void => {
    if (this.#start === undefined || this.#lines.length === 0) return
    const lines = this.#lines
    this.#lines = []
    this.#start(lines)
  }
}
