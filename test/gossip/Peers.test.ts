/**
 * Whom a node sends to: everybody or the topology's neighbours, never itself.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { Peers, type Selection, type Topology } from "../../src/gossip/Peers.ts"
import type { Env } from "../../src/node/Component.ts"
import { names } from "../node/Cluster.ts"
import { chiSquare, quantile, seeded } from "./Seeded.ts"

/** What `self`, one of these nodes, knows when it chooses. */
const envOf = (self: string, nodes: ReadonlyArray<string>, random: Random.Random): Env => ({
  self,
  nodes,
  now: 0,
  random
})

/** What n1, one of five, knows when it chooses. */
const oneOfFive = Effect.map(seeded(1), (random) => envOf("n1", names(5), random))

/** Everybody whom a selection would ever choose. */
const everybody = (selection: Selection, env: Env) => selection.take(1000, undefined, env)[0].toSorted()

const Index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))

describe("Peers", () => {
  for (const [name, layer] of [
    ["everybody", Peers.layer],
    ["neighbours", Peers.layerTopology]
  ] as const) {
    it.effect.prop(
      `${name}: a selection gives as many different peers as asked for, never the node itself and never the excepted`,
      { size: Index, self: Index, except: Index, counts: Schema.Array(Index), seed: Schema.Int },
      ({ counts, except, seed, self, size }) =>
        Effect.gen(function* () {
          const nodes = names(size)
          const env = envOf(`n${self}`, nodes, yield* seeded(seed))
          let selection = yield* Peers
          const eligible = nodes.filter((node) => node !== `n${self}` && node !== `n${except}`)
          for (const count of counts) {
            const [taken, next] = selection.take(count, `n${except}`, env)
            assert.lengthOf(taken, Math.min(count, eligible.length))
            assert.strictEqual(new Set(taken).size, taken.length)
            for (const peer of taken) assert.include(eligible, peer)
            selection = next
          }
        }).pipe(Effect.provide(layer)),
      { arbitrary: { runs: 200, seed: 1 } }
    )

    it.effect.prop(
      `${name}: a selection that was taken from before gives the same peers again with the same randomness`,
      { size: Index, counts: Schema.Array(Index), seed: Schema.Int },
      ({ counts, seed, size }) =>
        Effect.gen(function* () {
          const nodes = names(size)
          const laps = Effect.gen(function* () {
            const env = envOf("n1", nodes, yield* seeded(seed))
            let selection = (yield* Peers).withTopology({ n1: nodes }, env)
            const taken: Array<ReadonlyArray<string>> = []
            const kept: Array<Selection> = []
            for (const count of counts) {
              const [peers, next] = selection.take(count, undefined, env)
              kept.push(selection)
              taken.push(peers)
              selection = next
            }
            return { kept, taken }
          })
          const { kept, taken } = yield* laps
          const again = envOf("n1", nodes, yield* seeded(seed))
          assert.deepStrictEqual(
            kept.map((selection, turn) => selection.take(counts[turn] ?? 0, undefined, again)[0]),
            taken
          )
          assert.deepStrictEqual((yield* laps).taken, taken)
        }).pipe(Effect.provide(layer)),
      { arbitrary: { runs: 100, seed: 1 } }
    )
  }

  it.effect("the first choice is any peer equally often: χ² of 6,000 nodes below its 99.9 % quantile", () =>
    Effect.gen(function* () {
      const env = envOf("n1", names(7), yield* seeded("first"))
      const selection = yield* Peers
      const draws = Array.from({ length: 6000 }, () => selection.take(1, undefined, env)[0].join())
      assert.isBelow(chiSquare(names(7).slice(1), draws), quantile[5])
    }).pipe(Effect.provide(Peers.layer))
  )

  it.effect("a peer that is named twice counts once", () =>
    Effect.gen(function* () {
      const env = envOf("n1", ["n1", "n2", "n3", "n2"], yield* seeded(1))
      const selection = yield* Peers
      assert.deepStrictEqual(everybody(selection, env), ["n2", "n3"])
      assert.lengthOf(selection.take(10, undefined, env)[0], 2)
    }).pipe(Effect.provide(Peers.layer))
  )

  it.effect("with everybody as peers the topology changes nothing, not even whose turn it is", () =>
    Effect.gen(function* () {
      const env = envOf("n1", names(9), yield* seeded(1))
      const [taken, next] = (yield* Peers).take(3, undefined, env)
      const other = envOf("n1", names(9), yield* seeded(2))
      const [rest] = next.withTopology({ n1: ["n2"] }, other).take(5, undefined, other)
      assert.deepStrictEqual([...taken, ...rest].toSorted(), names(9).slice(1))
    }).pipe(Effect.provide(Peers.layer))
  )

  describe("neighbours", () => {
    const cases: ReadonlyArray<readonly [what: string, topology: Topology, neighbours: ReadonlyArray<string>]> = [
      ["those that the topology names", { n1: ["n4", "n2"], n2: ["n1", "n3"] }, ["n2", "n4"]],
      ["without names that are no nodes", { n1: ["n2", "n77", "c1", ""] }, ["n2"]],
      ["without the node itself", { n1: ["n1", "n3"] }, ["n3"]],
      ["each once", { n1: ["n2", "n2"] }, ["n2"]],
      ["nobody for an empty list", { n1: [] }, []],
      ["nobody if the topology leaves the node out", { n2: ["n1"] }, []]
    ]
    for (const [what, topology, neighbours] of cases) {
      it.effect(`the neighbours of a node are ${what}`, () =>
        Effect.gen(function* () {
          const env = yield* oneOfFive
          assert.deepStrictEqual(everybody((yield* Peers).withTopology(topology, env), env), neighbours)
        }).pipe(Effect.provide(Peers.layerTopology))
      )
    }

    it.effect("everybody is a neighbour until a topology is known", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(everybody(yield* Peers, yield* oneOfFive), names(5).slice(1))
      }).pipe(Effect.provide(Peers.layerTopology))
    )

    it.effect("the latest topology is the one that holds", () =>
      Effect.gen(function* () {
        const env = yield* oneOfFive
        const [, walked] = (yield* Peers).withTopology({ n1: ["n2"] }, env).take(1, undefined, env)
        assert.deepStrictEqual(everybody(walked.withTopology({ n1: ["n3", "n5"] }, env), env), ["n3", "n5"])
      }).pipe(Effect.provide(Peers.layerTopology))
    )

    it.effect("a node named like a method that every object has gets no neighbours from it", () =>
      Effect.gen(function* () {
        const env = envOf("constructor", ["constructor", "n2"], yield* seeded(1))
        assert.deepStrictEqual(everybody((yield* Peers).withTopology({}, env), env), [])
      }).pipe(Effect.provide(Peers.layerTopology))
    )
  })
})
