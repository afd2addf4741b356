/**
 * The ring yields different peers, never the excepted one, and all equally often, in every lap and in the long run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Ring from "../../src/gossip/Ring.ts"
import { names } from "../node/Cluster.ts"
import { chiSquare, quantile, seeded } from "./Seeded.ts"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))
const Take = Schema.Struct({ count: Count, except: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 40 })) })

/** What successive calls take, and the ring after them. */
const takeAll = (
  start: Ring.Ring,
  random: Random.Random,
  takes: Iterable<readonly [count: number, except: string | undefined]>
) => {
  let ring = start
  const all: Array<ReadonlyArray<string>> = []
  for (const [count, except] of takes) {
    const [peers, next] = Ring.take(ring, count, except, random)
    all.push(peers)
    ring = next
  }
  return { all, ring }
}

const repeat = <A>(times: number, value: A): ReadonlyArray<A> => Array.from({ length: times }, () => value)

/** How often the least and the most frequent peer were taken. */
const spread = (peers: ReadonlyArray<string>, taken: ReadonlyArray<string>) => {
  const counts = peers.map((peer) => taken.filter((one) => one === peer).length)
  return { least: Math.min(...counts), most: Math.max(...counts) }
}

describe("Ring", () => {
  it.effect.prop(
    "a ring gives as many different peers as asked for, or all there are, and never the excepted one",
    { size: Count, takes: Schema.Array(Take), seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed, size, takes }) {
      const peers = names(size)
      const random = yield* seeded(seed)
      let ring = Ring.make(peers)
      for (const { count, except } of takes) {
        const left = `n${except}`
        const [taken, next] = Ring.take(ring, count, left, random)
        const eligible = peers.filter((peer) => peer !== left)
        assert.lengthOf(taken, Math.min(count, eligible.length))
        assert.strictEqual(new Set(taken).size, taken.length)
        for (const peer of taken) assert.include(eligible, peer)
        assert.isAtMost(next.waiting.length, size)
        assert.strictEqual(new Set(next.waiting).size, next.waiting.length)
        ring = next
      }
    }),
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it.effect.prop(
    "when nobody is excepted, no peer is ever more than two turns ahead of another",
    { size: Count.check(Schema.isGreaterThan(0)), counts: Schema.Array(Count), seed: Schema.Int },
    Effect.fnUntraced(function* ({ counts, seed, size }) {
      const { all } = takeAll(
        Ring.make(names(size)),
        yield* seeded(seed),
        counts.map((count) => [count, undefined] as const)
      )
      const { least, most } = spread(names(size), all.flat())
      assert.isAtMost(most - least, 2)
    }),
    { arbitrary: { runs: 300, seed: 2 } }
  )

  it.effect("a peer that is named twice is on the ring once", () =>
    Effect.gen(function* () {
      const [taken] = Ring.take(Ring.make(["n2", "n3", "n2"]), 10, undefined, yield* seeded(1))
      assert.sameMembers([...taken], ["n2", "n3"])
    })
  )

  it.effect("a ring with nobody to take gives nobody and stays as it is", () =>
    Effect.gen(function* () {
      const random = yield* seeded(1)
      for (const peers of [[], ["n2"]]) {
        const ring = Ring.make(peers)
        assert.deepStrictEqual(Ring.take(ring, 3, "n2", random), [[], ring])
      }
    })
  )

  it.effect("taking peers leaves the ring that they were taken from unchanged", () =>
    Effect.gen(function* () {
      const [, ring] = Ring.take(Ring.make(names(8)), 3, "n1", yield* seeded(1))
      const before = structuredClone(ring)
      Ring.take(ring, 20, "n2", yield* seeded(2))
      assert.deepStrictEqual(ring, before)
    })
  )

  it.effect("a ring begins with any peer equally often: χ² of 8,000 rings below its 99.9 % quantile", () =>
    Effect.gen(function* () {
      const peers = names(8)
      const draws: Array<string> = []
      for (let seed = 0; seed < 8000; seed++) {
        draws.push(...Ring.take(Ring.make(peers), 1, undefined, yield* seeded(seed))[0])
      }
      assert.isBelow(chiSquare(peers, draws), quantile[7])
    })
  )

  it.effect(
    "a ring begins with any two peers in any order equally often: χ² of 30 pairs below its 99.9 % quantile",
    () =>
      Effect.gen(function* () {
        const random = yield* seeded("pairs")
        const peers = names(6)
        const pairs = peers.flatMap((a) => peers.filter((b) => b !== a).map((b) => `${a} ${b}`))
        const draws = repeat(9000, Ring.make(peers)).map((ring) => Ring.take(ring, 2, undefined, random)[0].join(" "))
        assert.isBelow(chiSquare(pairs, draws), quantile[29])
      })
  )

  it.effect("a lap goes around the peers in any order equally often: χ² of 24 orders below its 99.9 % quantile", () =>
    Effect.gen(function* () {
      const random = yield* seeded("laps")
      const peers = names(4)
      const permutations = (rest: ReadonlyArray<string>): ReadonlyArray<string> =>
        rest.length === 0
          ? [""]
          : rest.flatMap((one) => permutations(rest.filter((other) => other !== one)).map((order) => `${one} ${order}`))
      const { all } = takeAll(Ring.make(peers), random, repeat(7200, [4, undefined] as const))
      const draws = all.map((lap) => `${lap.join(" ")} `)
      assert.isBelow(chiSquare(permutations(peers), draws), quantile[23])
    })
  )

  for (const count of [1, 2, 5]) {
    it.effect(`a ring turns to every peer equally often in the long run, ${count} at a time`, () =>
      Effect.gen(function* () {
        const peers = names(7)
        const { all } = takeAll(Ring.make(peers), yield* seeded(3), repeat(1000, [count, undefined] as const))
        const { least, most } = spread(peers, all.flat())
        assert.isAtMost(most - least, 2)
      })
    )

    it.effect(
      `a ring turns to every other peer equally often if one is always excepted, ${count} at a time, and few wait`,
      () =>
        Effect.gen(function* () {
          const peers = names(7)
          const takes = repeat(1000, [count, "n3"] as const)
          const { all, ring } = takeAll(Ring.make(peers), yield* seeded(4), takes)
          const others = peers.filter((peer) => peer !== "n3")
          const { least, most } = spread(others, all.flat())
          assert.notInclude(all.flat(), "n3")
          assert.isAtMost(most - least, 2)
          assert.isAtMost(ring.waiting.length, peers.length)
          // A peer that was passed over comes first as soon as it may be taken.
          const [next] = Ring.take(ring, 1, undefined, yield* seeded(5))
          assert.deepStrictEqual(next, ring.waiting.slice(0, 1))
        })
    )

    it.effect(
      `a ring turns to every peer equally often if those excepted change at random, ${count} at a time: χ² below its 99.9 % quantile`,
      () =>
        Effect.gen(function* () {
          const peers = names(7)
          const random = yield* seeded(6)
          const takes = repeat(7000, count).map(
            (one) => [one, `n${1 + Math.floor(random.nextDoubleUnsafe() * 7)}`] as const
          )
          const { all } = takeAll(Ring.make(peers), yield* seeded(7), takes)
          assert.isBelow(chiSquare(peers, all.flat()), quantile[6])
        })
    )
  }
})
