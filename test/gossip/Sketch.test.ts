/**
 * Two sketches tell the difference of their sets, or that it is too large for them. They never tell a wrong one.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Sketch from "../../src/gossip/Sketch.ts"
import { seeded } from "./Seeded.ts"

const drawHashes = (count: number, random: Random.Random): ReadonlyArray<number> =>
  Array.from({ length: count }, () => Math.floor(random.nextDoubleUnsafe() * 2 ** 52))

/** Two sets with given numbers of common values and of values that only one of them has. */
const drawSets = (random: Random.Random, common: number, ours: number, theirs: number) => {
  const shared = drawHashes(common, random)
  return { shared, ours: drawHashes(ours, random), theirs: drawHashes(theirs, random) }
}

const differenceOf = ({ ours, shared, theirs }: ReturnType<typeof drawSets>, cellCount: number) =>
  Sketch.difference(Sketch.make([...shared, ...ours], cellCount), Sketch.make([...theirs, ...shared], cellCount))

const sorted = (hashes: ReadonlyArray<number>) => hashes.toSorted((a, b) => a - b)

const assertFound = (
  found: Sketch.Difference | undefined,
  { ours, theirs }: ReturnType<typeof drawSets>,
  what: string
) => {
  assert.isDefined(found, what)
  assert.deepStrictEqual([sorted(found.ours), sorted(found.theirs)], [sorted(ours), sorted(theirs)], what)
}

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

describe("Sketch", () => {
  it.each([
    [1, 3],
    [3, 3],
    [5, 3],
    [60, 60],
    [119, 117],
    [1920, 1920]
  ])("a sketch of about %d cells has %d, whatever is in it", (asked, count) => {
    assert.strictEqual(Sketch.cellCount(Sketch.make([], asked)), count)
    assert.strictEqual(Sketch.cellCount(Sketch.make([1, 2, 3, 4, 5, 6, 7], asked)), count)
  })

  it.effect("a sketch does not depend on the order of hashes and consists of integers", () =>
    Effect.gen(function* () {
      const hashes = drawHashes(5000, yield* seeded(1))
      const cells = Sketch.make(hashes, 60)
      assert.deepStrictEqual(Sketch.make(hashes.toReversed(), 60), cells)
      for (const number of cells) {
        assert.isTrue(Number.isSafeInteger(number))
        assert.isAtLeast(number, 0)
      }
    })
  )

  it.effect("equal sets differ in nothing", () =>
    Effect.gen(function* () {
      const sets = drawSets(yield* seeded(1), 3000, 0, 0)
      for (const cellCount of [3, 60, 1920])
        assert.deepStrictEqual(differenceOf(sets, cellCount), { ours: [], theirs: [] })
    })
  )

  it.effect.prop(
    "the difference is found exactly whenever it is at most half as large as there are cells, 1,920 of them",
    { common: upTo(3000), ours: upTo(480), theirs: upTo(480), seed: Schema.Int },
    Effect.fnUntraced(function* ({ common, ours, seed, theirs }) {
      const sets = drawSets(yield* seeded(seed), common, ours, theirs)
      assertFound(differenceOf(sets, 1920), sets, `seed ${seed}`)
    }),
    { arbitrary: { runs: 60, seed: 1 } }
  )

  it.effect("a difference half as large as there are cells is found in 100,000 hashes, on one side or on both", () =>
    Effect.gen(function* () {
      for (const [ours, theirs] of [
        [960, 0],
        [0, 960],
        [480, 480]
      ] as const) {
        const sets = drawSets(yield* seeded(`${ours} and ${theirs}`), 100_000, ours, theirs)
        assertFound(differenceOf(sets, 1920), sets, `${ours} and ${theirs}`)
      }
    })
  )

  for (const [cellCount, differing, atLeast] of [
    [60, 5, 0.99],
    [60, 30, 0.9],
    [300, 150, 0.97],
    [1920, 1200, 0.99]
  ] as const) {
    it.effect(
      `differences of ${differing} hashes are found in ${cellCount} cells ${atLeast * 100} % of the time, and never found wrong`,
      () =>
        Effect.gen(function* () {
          const runs = cellCount > 1000 ? 60 : 400
          let found = 0
          for (let seed = 0; seed < runs; seed++) {
            const ours = (seed * 7) % (differing + 1)
            const sets = drawSets(yield* seeded(seed), 50, ours, differing - ours)
            const difference = differenceOf(sets, cellCount)
            if (difference === undefined) continue
            assertFound(difference, sets, `seed ${seed}`)
            found++
          }
          assert.isAtLeast(found / runs, atLeast)
        })
    )
  }

  it.effect.prop(
    "too small a sketch says so and never tells a wrong difference",
    {
      cellCount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 })),
      common: upTo(200),
      ours: upTo(150),
      theirs: upTo(150),
      seed: Schema.Int
    },
    Effect.fnUntraced(function* ({ cellCount, common, ours, seed, theirs }) {
      const sets = drawSets(yield* seeded(seed), common, ours, theirs)
      const found = differenceOf(sets, cellCount)
      if (found !== undefined) assertFound(found, sets, `seed ${seed}`)
      if (ours + theirs > 2 * cellCount + 3) assert.isUndefined(found, `seed ${seed}`)
    }),
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it.effect("a sketch that is much too small for its difference says so", () =>
    Effect.gen(function* () {
      for (const [ours, theirs] of [
        [5000, 0],
        [0, 5000],
        [2500, 2500]
      ] as const) {
        assert.isUndefined(differenceOf(drawSets(yield* seeded(1), 1000, ours, theirs), 60))
      }
    })
  )

  it("numbers that are no sketch tell no difference, even if peeling them would go on for ever", () => {
    const hash = 123_456_789_012
    const cells = Sketch.make([hash], 60)
    const first = cells.findIndex((number) => number !== 0)
    // The hash in one of its three cells only: taking it out there puts it into the others, and so on.
    const torn = cells.map((number, index) => (index >= first && index < first + 3 ? number : 0))
    assert.isUndefined(Sketch.difference(torn, Sketch.make([], 60)))
    assert.isUndefined(Sketch.difference(Sketch.make([], 60), torn))
    assert.isUndefined(
      Sketch.difference(
        Sketch.make([], 60),
        torn.map((number) => -number)
      )
    )
  })

  it.effect.prop(
    "any integers in place of a sketch are read in time",
    { cells: Schema.Array(Schema.Int), seed: Schema.Int },
    Effect.fnUntraced(function* ({ cells, seed }) {
      const random = yield* seeded(seed)
      const real = Sketch.make(drawHashes(10, random), 60)
      const changed = real.map((number, index) =>
        random.nextDoubleUnsafe() < 0.1 ? (cells[index] ?? -number) : number
      )
      const found = Sketch.difference(changed, Sketch.make([], 60))
      assert.isAtMost((found?.ours.length ?? 0) + (found?.theirs.length ?? 0), 60)
    }),
    { arbitrary: { runs: 300, seed: 1 } }
  )
})
