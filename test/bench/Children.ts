/**
 * Measures other Node processes from outside: their time and their memory.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { readFile } from "node:fs/promises"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** A process did not do the work that was to be measured. */
export class ChildFailed extends Data.TaggedError("ChildFailed")<{ readonly args: ReadonlyArray<string> }> {}

/** The time in ms from the start of a process to its end. Its input is a file. */
export const wholeRun = (args: ReadonlyArray<string>, input: string) =>
  Effect.suspend(() => {
    const stdin = openSync(input, "r")
    const start = performance.now()
    const { status } = spawnSync(process.execPath, args, { stdio: [stdin, "ignore", "ignore"] })
    const elapsed = performance.now() - start
    closeSync(stdin)
    return status === 0 ? Effect.succeed(elapsed) : Effect.fail(new ChildFailed({ args }))
  })

interface Started {
  readonly child: ChildProcess
  readonly at: number
}

const start = (args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync((): Started => {
      const at = performance.now()
      return { at, child: spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"] }) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const write = ({ child }: Started, line: string) => Effect.sync(() => child.stdin?.write(line))

const firstOutput = ({ child }: Started) =>
  Effect.callback<void>((resume) => {
    child.stdout?.once("data", () => resume(Effect.void))
  })

const exit = ({ child }: Started) =>
  Effect.callback<void>((resume) => {
    child.stdin?.end()
    child.once("exit", () => resume(Effect.void))
  })

const elapsed = ({ at }: Started) => Effect.sync(() => performance.now() - at)

/** The time in ms from the start of a process to its answer to one line. */
export const untilAnswer = (args: ReadonlyArray<string>, line: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const started = yield* start(args)
      yield* write(started, line)
      yield* firstOutput(started)
      return yield* elapsed(started)
    })
  )

/** The time in ms from the start of a process to its end after one line and the end of its input. */
export const untilExit = (args: ReadonlyArray<string>, line: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const started = yield* start(args)
      yield* write(started, line)
      yield* exit(started)
      return yield* elapsed(started)
    })
  )

const residentMemory = Effect.fnUntraced(function* (args: ReadonlyArray<string>, { child }: Started) {
  yield* Effect.sleep("500 millis")
  const status = yield* Effect.promise(() => readFile(`/proc/${child.pid}/status`, "utf8"))
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? yield* new ChildFailed({ args }) : Number(kibibytes) / 1024
})

/** The memory in MiB that a process has resident half a second after its answer to a line. */
export const memoryAfterAnswer = (args: ReadonlyArray<string>, line: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const started = yield* start(args)
      yield* write(started, line)
      yield* firstOutput(started)
      return yield* residentMemory(args, started)
    })
  )

/** The memory in MiB that a process without input has resident half a second after its start. */
export const memoryIdle = (args: ReadonlyArray<string>) =>
  Effect.scoped(Effect.flatMap(start(args), (started) => residentMemory(args, started)))
