/**
 * What a simulated process reads, and when: all there is, one reading after the other, until it ends.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scheduler from "effect/Scheduler"
import type { Receive } from "../../src/node/Node.ts"
import { Input } from "../../src/simulation/Input.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"

/** An input, a process to read it, and what happened. */
const make = () => {
  const time = new VirtualTime()
  const input = new Input(time)
  const log: Array<string> = []
  const note = (what: string) => Effect.sync(() => log.push(`${what} at ${time.now}`))
  /** Reads for 100 ms. */
  const slowly: Receive = (lines) =>
    note(`begins ${lines.join()}`).pipe(
      Effect.andThen(Effect.sleep(100)),
      Effect.andThen(note(`ends ${lines.join()}`)),
      Effect.onInterrupt(() => note(`leaves ${lines.join()}`)),
      Effect.asVoid
    )
  return {
    input,
    log,
    listen: (receive = slowly) =>
      Effect.runFork(
        input
          .listen(receive)
          .pipe(
            Effect.provideService(Clock.Clock, time.clock()),
            Effect.provideService(Scheduler.Scheduler, time.scheduler)
          )
      ),
    write: (at: number, line: string) => time.at(at, () => input.write(line)),
    at: (at: number, run: () => void) => time.at(at, run),
    run: () => {
      while (!time.isIdle) time.step()
    }
  }
}

describe("Input", () => {
  it("lines that come before there is a process are its first", () => {
    const { listen, log, run, write } = make()
    write(1, "a")
    write(2, "b")
    run()
    listen()
    run()
    assert.deepStrictEqual(log, ["begins a,b at 2", "ends a,b at 102"])
  })

  it("lines that come during a reading wait for its end, and are read together", () => {
    const { listen, log, run, write } = make()
    listen()
    for (const [at, line] of ["a", "b", "c", "d"].entries()) write(at, line)
    run()
    assert.deepStrictEqual(log, ["begins a at 0", "ends a at 100", "begins b,c,d at 100", "ends b,c,d at 200"])
  })

  it("a process that is interrupted leaves its reading, and reads nothing that comes later", () => {
    const { at, listen, log, run, write } = make()
    const fiber = listen()
    write(0, "a")
    write(10, "b")
    at(20, () => fiber.interruptUnsafe())
    write(30, "c")
    run()
    assert.deepStrictEqual(log, ["begins a at 0", "leaves a at 20"])
  })

  it("a process that is interrupted between two readings reads nothing that comes later", () => {
    const { at, listen, log, run, write } = make()
    const fiber = listen()
    at(20, () => fiber.interruptUnsafe())
    write(30, "a")
    run()
    assert.deepStrictEqual(log, [])
  })

  it.each([
    [
      "at once",
      (defect: Error): Receive =>
        () =>
          Effect.die(defect)
    ],
    [
      "later",
      (defect: Error): Receive =>
        () =>
          Effect.andThen(Effect.sleep(100), Effect.die(defect))
    ]
  ])("a reading that dies %s is the end of the process", (_, dies) => {
    const { listen, run, write } = make()
    const defect = new Error("dead")
    const fiber = listen(dies(defect))
    write(0, "a")
    run()
    const exit = fiber.pollUnsafe()
    assert.isDefined(exit)
    assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) === defect)
  })
})
