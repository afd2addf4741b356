/**
 * Two nodes in conversation: every line that one prints for the other is delivered, unless it is lost.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { Settings, type SettingsShape } from "../../src/gossip/Settings.ts"
import { TestCluster } from "../../src/node/TestCluster.ts"
import { ReadOk } from "../../src/protocol/Broadcast.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { key, type Value } from "../../src/protocol/Value.ts"
import type { Envelope, RawBody } from "../../src/protocol/Wire.ts"

/** A message from one node to the other. */
export interface Crossing {
  readonly src: string
  readonly dest: string
  readonly type: string
  /** Bytes of the line, its line feed included. */
  readonly bytes: number
  readonly values: ReadonlyArray<Value>
}

const names = ["n1", "n2"] as const

const read = Schema.decodeUnknownSync(
  Schema.Struct({ type: Schema.String, messages: Schema.optional(Schema.Array(Schema.Json)) })
)

const crossingOf = (message: Envelope): Crossing => {
  const { messages = [], type } = read(message.body)
  const bytes = Buffer.byteLength(print(message)) + 1
  return { src: message.src, dest: message.dest, type, bytes, values: messages }
}

/** The settings of the nodes, and which message is lost, counted from 0. */
export interface Options {
  readonly settings?: Partial<SettingsShape>
  /** What replaces the settings of the second node. */
  readonly second?: Partial<SettingsShape>
  readonly lose?: number
}

/** A pair of nodes of which each knows some values, which it takes for told. */
export const pair = Effect.fnUntraced(function* (
  known: readonly [ReadonlyArray<Value>, ReadonlyArray<Value>],
  { lose, second, settings }: Options = {}
) {
  const parts = Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.layer({ repair_interval_ms: 0 })]))
  const layer = Layer.fresh(TestCluster.layer(parts, { nodes: names, seed: 1 }))
  const { ask, drop, request, sent } = Context.get(yield* Layer.build(layer), TestCluster)
  for (const [index, name] of names.entries()) {
    // What a host has listed is neither forwarded nor brought to meetings.
    yield* request(name, { type: "gossip", messages: known[index], meeting: -1_000_000, wait: 0 })
    yield* request(name, { type: "configure", repair_interval_ms: 1000, ...settings })
    if (index === 1 && second !== undefined) yield* request(name, { type: "configure", ...second })
  }
  let count = 0
  yield* drop(() => count++ === lose)
  const crossed = yield* Ref.make<ReadonlyArray<Crossing>>([])
  return {
    /** All messages so far, those that were lost included. */
    crossed: Effect.flatMap(sent, (messages) =>
      Ref.updateAndGet(crossed, (all) => [
        ...all,
        ...messages.filter(({ dest }) => names.some((name) => name === dest)).map(crossingOf)
      ])
    ),
    /** A message of a client to a node. */
    tell: (name: (typeof names)[number], body: RawBody) => request(name, body),
    /** Lets time pass, and delivers what is sent meanwhile. */
    pass: (ms: number) => TestClock.adjust(ms),
    /** What a node knows, as a text that is the same for equal sets. */
    knowledge: (name: (typeof names)[number]) =>
      Effect.map(ask(name, { type: "read" }, ReadOk), ({ messages }) => messages.map(key).toSorted().join())
  }
})
