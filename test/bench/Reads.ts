/**
 * One `read` of many integers, from the line of the request to the bytes of the reply, with a value learned between any
 * two reads.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Dispatch from "../../src/node/Dispatch.ts"
import { Handlers } from "../../src/node/Handlers.ts"
import type { Figure } from "./Figure.ts"
import * as Lines from "./Lines.ts"

const count = 100_000
const encoder = new TextEncoder()

/** Handles lines as a node does, on a state of its own; returns the bytes that it would write. */
const makeNode = Effect.gen(function* () {
  const handlers = yield* Handlers.use(({ byType }) => byType)
  const env: Dispatch.Environment = { handlers, now: 0, random: yield* Random.Random }
  let state = Dispatch.start
  return (lines: ReadonlyArray<string>): Uint8Array => {
    const [turn, next] = Dispatch.turn(state, lines, 0, env)
    state = next
    let text = ""
    for (const frame of turn.frames) text += `${frame.text}\n`
    return encoder.encode(text)
  }
}).pipe(Effect.provide(Layer.provideMerge(Gossip.layer, Handlers.layer)))

const timed = (action: () => Uint8Array): number => {
  const start = performance.now()
  const bytes = action()
  const elapsed = performance.now() - start
  if (bytes.length < count) throw new Error(`a reply of ${bytes.length} bytes`)
  return elapsed
}

/** The figure, measured in this process. */
export const make = Effect.gen(function* () {
  const node = yield* makeNode
  const set = new Set<number>()
  let next = 0
  node([Lines.init])
  for (; next < count; next++) {
    node([Lines.broadcast(next)])
    set.add(next)
  }
  const ours = Effect.sync(() => {
    node([Lines.broadcast(next++)])
    return timed(() => node([Lines.read]))
  })
  const baseline = Effect.sync(() => {
    set.add(next)
    return timed(() => encoder.encode(JSON.stringify([...set])))
  })
  const figure: Figure<never> = { name: "read of 100,000 integers", unit: "ms", limit: 0.5, runs: 51, ours, baseline }
  return figure
})
