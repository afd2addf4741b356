/**
 * Two nodes in conversation: every line that one prints for the other is delivered, unless it is lost.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type * as Settings from "../../src/gossip/Settings.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { key, type Value } from "../../src/protocol/Value.ts"
import { layerGossip, message } from "../node/Cluster.ts"

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

const crossingOf = (line: string): Crossing => {
  const { body, dest, src } = JSON.parse(line)
  return { src, dest, type: body.type, bytes: Buffer.byteLength(line) + 1, values: body.messages ?? [] }
}

/** The settings of the nodes, and which message is lost, counted from 0. */
export interface Options {
  readonly settings?: Partial<Settings.SettingsShape>
  /** What replaces the settings of the second node. */
  readonly second?: Partial<Settings.SettingsShape>
  readonly lose?: number
}

/** A pair of nodes of which each knows some values, which it takes for told. */
export const pair = Effect.fnUntraced(function* (
  known: readonly [ReadonlyArray<Value>, ReadonlyArray<Value>],
  { lose, second, settings }: Options = {}
) {
  const nodes = new Map<string, TestNode["Service"]>()
  for (const [index, name] of names.entries()) {
    const layer = layerGossip({ seed: name, settings: { repair_interval_ms: 0 } })
    const node = Context.get(yield* Layer.build(Layer.fresh(layer)), TestNode)
    nodes.set(name, node)
    // What a host has listed is neither forwarded nor brought to meetings.
    yield* node.lines(
      message({ type: "init", node_id: name, node_ids: names }, "c0", name),
      message({ type: "gossip", messages: known[index], meeting: -1_000_000, wait: 0 }, "c0", name),
      message({ type: "configure", repair_interval_ms: 1000, ...settings }, "c0", name)
    )
    if (index === 1 && second !== undefined) yield* node.lines(message({ type: "configure", ...second }, "c0", name))
  }
  const crossed: Array<Crossing> = []

  /** Delivers messages until neither node sends any more. */
  const flow = (lines: ReadonlyArray<string>): Effect.Effect<void> =>
    Effect.gen(function* () {
      let pending = lines
      while (pending.length > 0) {
        const next: Array<string> = []
        for (const line of pending) {
          const crossing = crossingOf(line)
          const node = nodes.get(crossing.dest)
          if (node === undefined) continue
          crossed.push(crossing)
          if (crossed.length - 1 !== lose) next.push(...(yield* node.lines(line)))
        }
        pending = next
      }
    })

  return {
    /** All messages so far, those that were lost included. */
    crossed,
    /** A message of a client to a node. */
    tell: (name: (typeof names)[number], body: { readonly [name: string]: unknown }) =>
      Effect.flatMap(nodes.get(name)?.lines(message(body, "c1", name)) ?? Effect.succeed([]), flow),
    /** Lets time pass, and delivers what is sent at once. */
    pass: Effect.fnUntraced(function* (ms: number) {
      yield* TestClock.adjust(ms)
      // An empty line asks for nothing. It returns what was sent meanwhile.
      for (const node of nodes.values()) yield* flow(yield* node.lines(""))
    }),
    /** What a node knows, as a text that is the same for equal sets. */
    knowledge: Effect.fnUntraced(function* (name: (typeof names)[number]) {
      const answers = yield* (
        nodes.get(name)?.send(message({ type: "read", msg_id: 1 }, "c1", name)) ?? Effect.succeed([])
      )
      const values = answers.at(-1)?.body["messages"] as ReadonlyArray<Value>
      return values.map(key).toSorted().join()
    })
  }
})
