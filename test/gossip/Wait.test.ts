/**
 * A host's wait follows what hosts measure: quickly when people come too late, slowly when it was too long.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Wait from "../../src/gossip/Wait.ts"

const Millis = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5000 }))
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0.1, maximum: 1 }))

/** The wait after so many meetings for which `needed` would have been enough. */
const later = (wait: number | undefined, needed: number, meetings: number): number | undefined =>
  Array.from({ length: meetings }).reduce<number | undefined>((last) => Wait.after(last, needed), wait)

describe("the wait of a host", () => {
  it.prop(
    "that would have been enough for a share of the guests is the least for which that share is in time",
    { latenesses: Schema.NonEmptyArray(Millis), share: Share },
    ({ latenesses, share }) => {
      const enough = Wait.enough(latenesses, share, undefined)
      assert.isDefined(enough)
      const inTime = (wait: number) => latenesses.filter((lateness) => lateness <= wait).length
      assert.isAtLeast(inTime(enough), share * latenesses.length)
      assert.isBelow(inTime(enough - 1), share * latenesses.length)
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it("that would have been enough leaves out guests who took longer than 250 ms and four times the wait", () => {
    assert.strictEqual(Wait.enough([30, 250, 251], 1, 10), 250)
    assert.strictEqual(Wait.enough([30, 400, 401], 1, 100), 400)
    assert.strictEqual(Wait.enough([30, 10_000], 1, undefined), 10_000)
  })

  it("lets guests expect a list within two waits, and within 500 ms however long the wait is", () => {
    assert.strictEqual(Wait.answerIn(100, 1), 200)
    assert.strictEqual(Wait.answerIn(10_000, 1), 500)
    assert.strictEqual(Wait.answerIn(100, 0.9), 0)
  })

  it("that would have been enough for nobody is unknown", () => {
    assert.isUndefined(Wait.enough([], 1, undefined))
  })

  it("that would have been enough for everybody is that of the last", () => {
    assert.strictEqual(Wait.enough([30, 120, 90], 1, undefined), 120)
  })

  it("is the mean of what several hosts have measured if some guests may be late, and the longest if none may", () => {
    assert.strictEqual(Wait.measured([100, 200, 600], 0.9), 300)
    assert.strictEqual(Wait.measured([100, 200, 600], 1), 600)
    assert.isUndefined(Wait.measured([], 1))
  })

  it("counts a guest that is far from all others, and none that was held up for longer than the first wait", () => {
    assert.strictEqual(Wait.enough([1, 1, 60], 1, 3), 60)
    assert.strictEqual(Wait.enough([1, 1, Wait.guess + 1], 1, 3), 1)
    assert.strictEqual(Wait.enough([200, 300], 1, 200), 300)
  })

  it.prop(
    "of a host that knows nothing goes beyond everybody who has come so far",
    { lateness: Millis },
    ({ lateness }) => assert.isAbove(Wait.beyond(lateness), lateness),
    { arbitrary: { runs: 100, seed: 1 } }
  )

  it.prop(
    "comes to what is needed, and a little more, after some meetings, and stays there",
    { wait: Millis, needed: Millis },
    ({ needed, wait }) => {
      const settled = later(wait, needed, 300) ?? 0
      assert.isAtLeast(settled, needed)
      assert.isAtMost(settled, needed + Wait.margin + 0.001)
      assert.approximately(Wait.after(settled, needed), settled, 0.01 * settled + 0.01)
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it.prop(
    "moves toward what is needed at every meeting, never beyond it by more than the margin",
    { wait: Millis, needed: Millis },
    ({ needed, wait }) => {
      const next = Wait.after(wait, needed)
      const goal = later(wait, needed, 1000) ?? 0
      assert.isAtMost(Math.abs(goal - next), Math.abs(goal - wait) + 0.001)
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it("grows faster than it shrinks, because coming too late costs more than waiting", () => {
    const [short, long] = [later(undefined, 100, 300) ?? 0, later(undefined, 200, 300) ?? 0]
    const [up, down] = [Wait.after(short, 200) - short, long - Wait.after(long, 100)]
    assert.isAbove(up, 2 * down)
  })

  it("grows by no more than the first guess at a time, however late somebody came", () => {
    assert.isAtMost(Wait.after(100, 10_000_000), 100 + Wait.guess)
    assert.isAtMost(Wait.after(undefined, 10_000_000), Wait.guess)
  })

  it("is never nothing", () => {
    assert.isAtLeast(later(undefined, 0, 500) ?? 0, 1)
  })
})
