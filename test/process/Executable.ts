/**
 * The built executable as a process of its own, and what a test wants to know of it.
 *
 * Everything is bounded: a process that outlives its test is killed when the test's scope closes.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"

/** Where the project is. */
export const root = new URL("../..", import.meta.url).pathname

const fileName = "maelstrom-gossip.cjs"

/** The folder of the built executable. */
export const dist = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(root, "dist")
  if (!(yield* fs.exists(path.join(folder, fileName)))) {
    return yield* Effect.die(`there is no dist/${fileName}: run "npm run build" before these tests`)
  }
  return folder
})

/** A file of `test/samples`. */
export const sample = Effect.fnUntraced(function* (name: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return yield* fs.readFileString(path.join(root, "test/samples", name))
})

type Bytes = Stream.Stream<Uint8Array, PlatformError.PlatformError>

/** How an executable is started. */
export interface Options {
  readonly args?: ReadonlyArray<string>
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** The folder of the executable, if it is not the project's. */
  readonly folder?: string
  /** The name of its file, if it is another one. */
  readonly file?: string
}

/** Starts the executable with this input. */
export const spawn = Effect.fnUntraced(function* (input: Bytes, options: Options = {}) {
  const path = yield* Path.Path
  const folder = options.folder ?? (yield* dist)
  return yield* ChildProcess.make(
    process.execPath,
    [path.join(folder, options.file ?? fileName), ...(options.args ?? [])],
    {
      env: options.env ?? {},
      extendEnv: true,
      forceKillAfter: "1 second",
      stdin: input,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd })
    }
  )
})

/** A stream of bytes as one text. */
export const text = (bytes: Bytes) => Stream.mkString(Stream.decodeText(bytes))

/** Texts as a stream of bytes, each of them one write. */
export const writes = (...texts: ReadonlyArray<string>): Bytes => Stream.encodeText(Stream.fromIterable(texts))

/** Runs the executable on this input until it ends. */
export const run = Effect.fnUntraced(function* (input: Bytes | string, options: Options = {}) {
  const { exitCode, stderr, stdout } = yield* spawn(typeof input === "string" ? writes(input) : input, options)
  const [out, err, code] = yield* Effect.all([text(stdout), text(stderr), exitCode], { concurrency: "unbounded" })
  return { stdout: out, stderr: err, exitCode: Number(code), lines: out.split("\n").slice(0, -1) }
}, Effect.scoped)

/** Starts the executable and converses with it: its standard input stays open until `end`. */
export const start = Effect.fnUntraced(function* (options: Options = {}) {
  const input = yield* Queue.unbounded<string, Cause.Done>()
  const child = yield* spawn(Stream.encodeText(Stream.fromQueue(input)), options)
  const lines = yield* linesOf(child.stdout)
  const log = yield* linesOf(child.stderr)
  return {
    /** Writes lines. */
    send: (...texts: ReadonlyArray<string>) => Queue.offer(input, texts.map((line) => `${line}\n`).join("")),
    /** Ends standard input. */
    end: Queue.end(input),
    signal: (signal: NodeJS.Signals) => Effect.sync(() => process.kill(child.pid, signal)),
    /** Waits for the next line on standard output. */
    next: Queue.take(lines),
    /** Waits for the next line on standard error. */
    nextLog: Queue.take(log),
    /** Waits for standard output and standard error to end; returns what was not taken of them. */
    rest: Effect.all({ lines: takeRest(lines), log: takeRest(log) }),
    exitCode: Effect.map(child.exitCode, Number)
  }
})

/** The lines of a stream, read as they come. */
export const linesOf = (stream: Bytes) =>
  Stream.toQueue(Stream.splitLines(Stream.decodeText(stream)), { capacity: "unbounded" })

const takeRest = <E>(lines: Queue.Dequeue<string, E | Cause.Done>) => Stream.runCollect(Stream.fromQueue(lines))

/** Runs an effect that needs files and processes, and ends what it started. */
export const live = <A, E>(effect: Effect.Effect<A, E, NodeServices.NodeServices | Scope.Scope>) =>
  Effect.provide(Effect.scoped(effect), NodeServices.layer)

/** The `init` of a cluster of these nodes, as the first of them gets it. */
export const init = (...nodes: readonly [string, ...ReadonlyArray<string>]) =>
  request("c0", nodes[0], { type: "init", msg_id: 1, node_id: nodes[0], node_ids: nodes })

/** One message as a line. */
export const request = (src: string, dest: string, body: Schema.JsonObject) => JSON.stringify({ src, dest, body })

const Line = Schema.fromJsonString(Schema.Struct({ src: Schema.String, dest: Schema.String, body: Schema.JsonObject }))

/** What a line says. */
export const decode = Schema.decodeEffect(Line)
