/**
 * The memory that a million different integers take in the store, beside the memory that they take in a Set.
 */
import * as Effect from "effect/Effect"
import * as Store from "../../src/gossip/Store.ts"
import type { Figure } from "./Figure.ts"

const count = 1_000_000

const used = (): number => {
  if (globalThis.gc === undefined) throw new Error("run node with --expose-gc")
  globalThis.gc()
  const { external, heapUsed } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

const grown = (fill: () => { readonly size: number }) =>
  Effect.sync(() => {
    const before = used()
    const filled = fill()
    const after = used()
    if (filled.size !== count) throw new Error(`${filled.size} values`)
    return after - before
  })

const inStore = () => {
  let store = Store.empty
  for (let value = 0; value < count; value++) store = Store.add(store, [value])
  return store
}

const inSet = () => {
  const set = new Set<number>()
  for (let value = 0; value < count; value++) set.add(value)
  return set
}

/** The figure, measured in this process. */
export const figure: Figure<never> = {
  name: "heap for 1,000,000 integers",
  unit: "MiB",
  limit: 2,
  runs: 5,
  ours: grown(inStore),
  baseline: grown(inSet)
}
