import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { parts } from "../../docs/examples/membership.ts"
import { TestCluster } from "../../src/node/TestCluster.ts"

const cluster = TestCluster.layer(parts, { nodes: 4, seed: 1, latency: "20 millis" })

/** Whom a node takes to be up. */
const members = Effect.fnUntraced(function* (node: string) {
  const { ask } = yield* TestCluster
  const { up } = yield* ask(node, { type: "members" })
  return up
})

const all = ["n0", "n1", "n2", "n3"]

it.effect("a node that crashes is soon known to be down, and once it is back, to be up", () =>
  Effect.gen(function* () {
    const { ask, crash, restart } = yield* TestCluster
    yield* Effect.forEach(all, members)
    yield* TestClock.adjust("10 seconds")
    yield* crash("n3")
    yield* TestClock.adjust("10 seconds")
    for (const node of ["n0", "n1", "n2"]) assert.deepStrictEqual(yield* members(node), ["n0", "n1", "n2"])

    yield* restart("n3")
    yield* TestClock.adjust("10 seconds")
    for (const node of all) assert.deepStrictEqual(yield* members(node), all)
    // However many pings there were, two values say all this.
    assert.deepInclude(yield* ask("n0", { type: "read" }), {
      messages: [
        ["n3", 1],
        ["n3", 2]
      ]
    })
  }).pipe(Effect.provide(cluster))
)

it.effect("each side of a partition takes the other for down until it heals", () =>
  Effect.gen(function* () {
    const { heal, partition } = yield* TestCluster
    yield* Effect.forEach(all, members)
    yield* partition([["n0", "n1"]])
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual(yield* members("n0"), ["n0", "n1"])
    assert.deepStrictEqual(yield* members("n3"), ["n2", "n3"])
    yield* heal
    yield* TestClock.adjust("20 seconds")
    for (const node of all) assert.deepStrictEqual(yield* members(node), all)
  }).pipe(Effect.provide(cluster))
)
