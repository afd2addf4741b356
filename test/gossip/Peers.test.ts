/**
 * Whom a node sends to: everybody or the topology's neighbours, never itself.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Peers, type Selection, type Topology } from "../../src/gossip/Peers.ts"
import { names } from "../node/Cluster.ts"
import { chiSquare, quantile, seeded } from "./Seeded.ts"

const select = Effect.fnUntraced(function* (self: string, nodes: ReadonlyArray<string>) {
  return (yield* Peers).select(self, nodes)
})

/** Everybody whom a selection would ever choose. */
const everybody = Effect.fnUntraced(function* (selection: Selection) {
  return [...selection.take(1000, undefined, yield* seeded(1))[0]].toSorted()
})

const Index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))

describe("Peers", () => {
  for (const [name, layer] of [
    ["everybody", Peers.layer],
    ["neighbours", Peers.layerTopology]
  ] as const) {
    it.effect.prop(
      `${name}: as many as asked for, all different, never the node itself and never the excepted`,
      { size: Index, self: Index, except: Index, counts: Schema.Array(Index), seed: Schema.Int },
      ({ counts, except, seed, self, size }) =>
        Effect.gen(function* () {
          const nodes = names(size)
          const random = yield* seeded(seed)
          let selection = yield* select(`n${self}`, nodes)
          const eligible = nodes.filter((node) => node !== `n${self}` && node !== `n${except}`)
          for (const count of counts) {
            const [taken, next] = selection.take(count, `n${except}`, random)
            assert.lengthOf(taken, Math.min(count, eligible.length))
            assert.strictEqual(new Set(taken).size, taken.length)
            for (const peer of taken) assert.include(eligible, peer)
            selection = next
          }
        }).pipe(Effect.provide(layer)),
      { arbitrary: { runs: 200, seed: 1 } }
    )
  }

  it.effect("the first choice is any peer equally often: χ² of 6,000 nodes below its 99.9 % quantile", () =>
    Effect.gen(function* () {
      const random = yield* seeded("first")
      const selection = yield* select("n1", names(7))
      const draws = Array.from({ length: 6000 }, () => selection.take(1, undefined, random)[0].join())
      assert.isBelow(chiSquare(names(7).slice(1), draws), quantile[5])
    }).pipe(Effect.provide(Peers.layer))
  )

  it.effect("a peer that is named twice counts once", () =>
    Effect.gen(function* () {
      const selection = yield* select("n1", ["n1", "n2", "n3", "n2"])
      assert.deepStrictEqual(yield* everybody(selection), ["n2", "n3"])
      assert.lengthOf(selection.take(10, undefined, yield* seeded(1))[0], 2)
    }).pipe(Effect.provide(Peers.layer))
  )

  it.effect("with everybody as peers the topology changes nothing, not even whose turn it is", () =>
    Effect.gen(function* () {
      const [taken, next] = (yield* select("n1", names(9))).take(3, undefined, yield* seeded(1))
      const [rest] = next.withTopology({ n1: ["n2"] }).take(5, undefined, yield* seeded(2))
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
      it.effect(`are ${what}`, () =>
        Effect.gen(function* () {
          const selection = yield* select("n1", names(5))
          assert.deepStrictEqual(yield* everybody(selection.withTopology(topology)), neighbours)
        }).pipe(Effect.provide(Peers.layerTopology))
      )
    }

    it.effect("are everybody until a topology is known", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* everybody(yield* select("n1", names(5))), names(5).slice(1))
      }).pipe(Effect.provide(Peers.layerTopology))
    )

    it.effect("are those of the latest topology", () =>
      Effect.gen(function* () {
        const first = (yield* select("n1", names(5))).withTopology({ n1: ["n2"] })
        const [, walked] = first.take(1, undefined, yield* seeded(1))
        assert.deepStrictEqual(yield* everybody(walked.withTopology({ n1: ["n3", "n5"] })), ["n3", "n5"])
      }).pipe(Effect.provide(Peers.layerTopology))
    )

    it.effect("are not inherited from a name that objects have by nature", () =>
      Effect.gen(function* () {
        const nodes = ["constructor", "n2"]
        assert.deepStrictEqual(yield* everybody((yield* select("constructor", nodes)).withTopology({})), [])
      }).pipe(Effect.provide(Peers.layerTopology))
    )
  })
})
