/**
 * The sums of some numbers any of which may be left out, compared with trying all of them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sums from "../../src/workload/Sums.ts"
import { seeded } from "../gossip/Seeded.ts"

/** All sums, by trying all subsets. */
const all = (base: number, numbers: ReadonlyArray<number>): ReadonlySet<number> => {
  const sums = new Set([base])
  for (const number of numbers) for (const more of Array.from(sums, (sum) => sum + number)) sums.add(more)
  return sums
}

describe("Sums", () => {
  it("of nothing optional are the base alone", () => {
    assert.deepStrictEqual(Sums.of(7, []), { intervals: [[7, 7]], exact: true })
  })

  it("lie side by side as one interval", () => {
    assert.deepStrictEqual(Sums.of(10, [1, -2, 3]).intervals, [[8, 14]])
    assert.deepStrictEqual(Sums.of(0, [5, 5]).intervals, [
      [0, 0],
      [5, 5],
      [10, 10]
    ])
  })

  it.effect("are those of all subsets, whatever the numbers", () =>
    Effect.gen(function* () {
      const random = yield* seeded("sums")
      for (let round = 0; round < 200; round++) {
        const spread = round < 100 ? 10 : 200
        const numbers = Array.from({ length: round % 11 }, () => Math.floor((random.nextDoubleUnsafe() - 0.5) * spread))
        const [sums, expected] = [Sums.of(round, numbers), all(round, numbers)]
        assert.isTrue(sums.exact)
        const bound = round + 11 * spread
        const tried = Array.from({ length: 2 * bound + 1 }, (_, index) => index - bound)
        assert.deepStrictEqual(
          tried.filter((sum) => Sums.has(sums, sum) === true),
          tried.filter((sum) => expected.has(sum))
        )
      }
    })
  )

  it("of many far apart are bounded: what lies between the lowest and the highest is then unknown", () => {
    const powers = Array.from({ length: 40 }, (_, power) => 3 ** (power % 30) * 10)
    const sums = Sums.of(0, powers)
    assert.isFalse(sums.exact)
    assert.lengthOf(sums.intervals, 1)
    assert.strictEqual(Sums.has(sums, 11), "unknown")
    assert.strictEqual(Sums.has(sums, -1), false)
    assert.strictEqual(
      Sums.has(
        sums,
        powers.reduce((sum, one) => sum + one, 1)
      ),
      false
    )
  })
})
