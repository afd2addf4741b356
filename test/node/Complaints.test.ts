/**
 * A few complaints are told one by one; a flood is summed up, and nothing is lost from the count.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { add, maxPerSecond, none, summary } from "../../src/node/Complaints.ts"

/** Everything that is told of one complaint at each of these times. */
const toldAt = (times: ReadonlyArray<number>) => {
  const told: Array<string> = []
  let complaints = none
  for (const [index, now] of times.entries()) {
    const [tell, next] = add(complaints, `#${index}`, now)
    told.push(...tell)
    complaints = next
  }
  return [...told, ...summary(complaints)]
}

const times = (count: number, now: number) => Array.from({ length: count }, () => now)
const summed = (count: number) => `${count} more lines were skipped, for reasons like the last ones told`

describe("Complaints", () => {
  it("the first ten complaints of a second are told", () => {
    assert.strictEqual(maxPerSecond, 10)
    assert.deepStrictEqual(
      toldAt(times(10, 5)),
      Array.from({ length: 10 }, (_, index) => `#${index}`)
    )
  })

  it("complaints that were not told are summed up with the first one of the next second", () => {
    const told = toldAt([...times(25, 0), 999, 1000])
    assert.deepStrictEqual(told.slice(9), ["#9", summed(16), "#26"])
  })

  it("complaints that are still untold at the end are summed up", () => {
    assert.deepStrictEqual(toldAt(times(11, 0)).slice(9), ["#9", summed(1)])
  })

  it("ten complaints are told in every second", () => {
    assert.lengthOf(toldAt([...times(10, 0), ...times(10, 1000), ...times(10, 2000)]), 30)
  })

  it("a second begins with its first complaint, however late that is", () => {
    const told = toldAt([...times(10, 1_700_000_000_500), ...times(10, 1_700_000_001_499), 1_700_000_001_500])
    assert.deepStrictEqual(told.slice(9), ["#9", summed(10), "#20"])
  })

  it("complaints are told even if the clock is set back", () => {
    assert.deepStrictEqual(toldAt([...times(10, 3_600_000), ...times(2, 0)]).slice(10), ["#10", "#11"])
  })

  it.prop(
    "every complaint is told or counted in a summary, and at most eleven lines a second are told",
    { gaps: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 }))) },
    ({ gaps }) => {
      let now = 0
      const many = gaps.flatMap((gap) => times(5, (now += gap)))
      const told = toldAt(many)
      const counted = told.map((text) => (text.startsWith("#") ? 1 : Number.parseInt(text, 10)))
      assert.strictEqual(
        counted.reduce((sum, one) => sum + one, 0),
        many.length
      )
      assert.isAtMost(told.length, 11 * (1 + Math.floor(now / 1000)) + 1)
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )
})
