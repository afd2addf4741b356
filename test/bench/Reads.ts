/**
 * One `read` of many integers, from the line of the request to the bytes of the reply, with a value learned between any
 * two reads.
 */
import * as Effect from "effect/Effect"
import * as Step from "../../src/node/Step.ts"
import { printer } from "../../src/protocol/Wire.ts"
import * as Core from "./Core.ts"
import type { Figure } from "./Figure.ts"
import * as Lines from "./Lines.ts"

const count = 100_000
const encoder = new TextEncoder()

/** A node that handles lines and returns the bytes that it would write. */
const makeNode = Effect.map(Core.make, ({ env, initial }) => {
  let state = initial
  return (lines: ReadonlyArray<string>): Uint8Array => {
    const [turn, next] = Step.step(state, { _tag: "Lines", lines }, env(0))
    state = next
    const print = printer()
    let text = ""
    for (const message of turn.messages) text += `${print(message)}\n`
    return encoder.encode(text)
  }
})

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
