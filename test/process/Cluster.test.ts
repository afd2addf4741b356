/**
 * Several real processes and a router that hands every line to its receiver.
 *
 * The router records what it hands over, so a test can compare a node's answer with what that node had been told before.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { decode, live, request, start } from "./Executable.ts"

type Node = Effect.Success<ReturnType<typeof start>>
type Message = Effect.Success<ReturnType<typeof decode>>

const valuesOf = ({ body }: Message): ReadonlyArray<Schema.Json> => {
  const { messages } = body
  return Array.isArray(messages) ? messages : []
}

/** A cluster of processes n1 … nN after their `init`. */
const cluster = Effect.fnUntraced(function* (size: number, args: ReadonlyArray<string>) {
  const names = Array.from({ length: size }, (_, index) => `n${index + 1}`)
  const nodes = new Map<string, Node>()
  for (const name of names) nodes.set(name, yield* start({ args }))
  /** What has been handed to each node, in order. */
  const told = new Map<string, ReadonlyArray<Schema.Json>>()
  const replies = new Map<string, Deferred.Deferred<Message>>()
  let asked = 0

  const hand = (line: string, message: Message) => {
    const { dest } = message
    const node = nodes.get(dest)
    assert.isDefined(node, `${dest} is no node`)
    const values = valuesOf(message)
    if (values.length > 0) told.set(dest, [...(told.get(dest) ?? []), ...values])
    return node.send(line)
  }
  const route = Effect.fnUntraced(function* (line: string) {
    const message = yield* decode(line)
    const waiting = replies.get(`${message.dest} of ${message.src}`)
    yield* waiting === undefined ? hand(line, message) : Deferred.succeed(waiting, message)
  })
  /** Sends a request from a client of its own; waits for the reply. */
  const ask = Effect.fnUntraced(function* (dest: string, body: Schema.JsonObject) {
    const client = `c${asked++}`
    const reply = yield* Deferred.make<Message>()
    replies.set(`${client} of ${dest}`, reply)
    const line = request(client, dest, { ...body, msg_id: 1 })
    yield* hand(line, yield* decode(line))
    return yield* Deferred.await(reply)
  })
  /** Reads a node, and asserts that it knows all that it had been told before. */
  const read = Effect.fnUntraced(function* (dest: string) {
    const expected = new Set(told.get(dest))
    return { expected, known: valuesOf(yield* ask(dest, { type: "read" })) }
  })

  for (const node of nodes.values()) yield* Effect.forkScoped(Effect.forever(Effect.flatMap(node.next, route)))
  yield* Effect.forEach(names, (name) => ask(name, { type: "init", node_id: name, node_ids: names }), {
    concurrency: "unbounded"
  })
  return { names, ask, read, told, nodes }
})

/** Repeats a read until the node knows so many values; a test's time limit bounds it. */
const readUntil = <E, R>(read: Effect.Effect<{ readonly known: ReadonlyArray<Schema.Json> }, E, R>, count: number) =>
  Effect.repeat(Effect.delay(read, "5 millis"), { until: ({ known }) => known.length >= count })

const broadcasts = [42, "x", { a: [1, null] }]

/** Every node comes to know all that was broadcast, each value once, and ends when its input does. */
const allKnowAndEnd = Effect.fnUntraced(function* ({ names, nodes, read }: Effect.Success<ReturnType<typeof cluster>>) {
  for (const name of names) {
    const { known } = yield* readUntil(read(name), broadcasts.length)
    assert.sameDeepMembers([...known], broadcasts)
  }
  for (const node of nodes.values()) {
    yield* node.end
    assert.strictEqual(yield* node.exitCode, 0)
  }
})

describe("a cluster of processes", () => {
  it.live.each([
    { size: 3, fanout: 2 },
    { size: 5, fanout: 4 }
  ])("of $size with fanout $fanout: every value broadcast to any node reaches all others, once", ({ fanout, size }) =>
    live(
      Effect.gen(function* () {
        const started = yield* cluster(size, ["--fanout", String(fanout)])
        const { ask, names } = started
        for (const [index, message] of broadcasts.entries()) {
          const { body } = yield* ask(names[index % size] ?? "", { type: "broadcast", message })
          assert.strictEqual(body["type"], "broadcast_ok")
        }
        yield* allKnowAndEnd(started)
      })
    )
  )

  it.live.each([
    { size: 3, options: "the default settings" },
    { size: 5, options: "the default settings" },
    { size: 3, options: "--profile fast" },
    { size: 5, options: "--profile frugal" },
    { size: 5, options: "--fanout 1 --meeting-ms 0 --repair-interval-ms 100" }
  ])("of $size with $options: every value reaches everybody, by meetings and repair", ({ options, size }) =>
    live(
      Effect.gen(function* () {
        const args = options.startsWith("--") ? options.split(" ") : []
        const started = yield* cluster(size, args)
        for (const message of broadcasts) yield* started.ask("n1", { type: "broadcast", message })
        yield* allKnowAndEnd(started)
      })
    )
  )

  it.live("of 5 with fanout 2: a value reaches the two direct peers, and each node knows what it was told", () =>
    live(
      Effect.gen(function* () {
        const { ask, names, read, told } = yield* cluster(5, ["--fanout", "2"])
        yield* ask("n1", { type: "broadcast", message: 42 })
        // The forwards left before the acknowledgement came.
        const direct = [...told.keys()]
        assert.isAtLeast(direct.length, 2)
        assert.notInclude(direct, "n1")
        for (const name of direct) {
          const { known } = yield* read(name)
          assert.deepStrictEqual(known, [42])
        }
        for (const name of names.slice(1)) {
          const { expected, known } = yield* read(name)
          assert.deepStrictEqual(known, [...expected])
        }
      })
    )
  )
})
