/**
 * The pace of comparisons: it slows down with peers that know the same, and comes back with news and after a long silence.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Pace from "../../src/gossip/Pace.ts"

const base = 100

/** The pace after so many equal digests, the last of them now. */
const slowed = (times: number, now: number) => {
  let pace = Pace.quick(now, base)
  for (let time = 0; time < times; time++) pace = Pace.slower(pace, now, base)
  return pace
}

describe("Pace", () => {
  it("the quickest pace compares an interval from now", () => {
    assert.deepStrictEqual(Pace.quick(7, base), { interval: 100, due: 107, heard: 7 })
  })

  it("the pace halves with every peer that knows the same, down to a 32nd", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4, 5, 6, 50].map((times) => slowed(times, 0).interval / base),
      [1, 2, 4, 8, 16, 32, 32, 32]
    )
  })

  it("a peer that knows the same puts the next comparison off by the new interval", () => {
    assert.deepStrictEqual(Pace.slower(Pace.quick(0, base), 60, base), { interval: 200, due: 260, heard: 60 })
  })

  it("at the slowest pace, peers that know the same do not put the next comparison off, however many ask", () => {
    const pace = slowed(5, 0)
    assert.deepStrictEqual(pace, { interval: 3200, due: 3200, heard: 0 })
    assert.deepStrictEqual(Pace.slower(pace, 1000, base), { interval: 3200, due: 3200, heard: 1000 })
  })

  it("a shorter base interval makes the slowest pace quicker at once", () => {
    assert.deepStrictEqual(Pace.slower(slowed(9, 0), 0, 10), { interval: 320, due: 320, heard: 0 })
  })

  it("a word from a peer neither changes the pace nor puts the next comparison off", () => {
    const pace = slowed(3, 0)
    assert.deepStrictEqual(Pace.heard(pace, 50), { ...pace, heard: 50 })
  })

  it("the pace stays as it is while peers are heard from", () => {
    let pace = slowed(3, 0)
    for (let turn = 0; turn < 20; turn++) {
      const now = pace.due
      pace = Pace.begun(Pace.heard(pace, now - 1), now, base)
      assert.deepStrictEqual(pace, { interval: 800, due: now + 800, heard: now - 1 })
    }
  })

  it("the quickest pace comes back after more than four intervals of silence, not before, and then stays", () => {
    let pace = slowed(3, 0)
    const intervals: Array<number> = []
    for (let turn = 0; turn < 9; turn++) {
      pace = Pace.begun(pace, pace.due, base)
      intervals.push(pace.interval)
    }
    assert.deepStrictEqual(intervals, [800, 800, 800, 800, 100, 100, 100, 100, 100])
  })

  it("silence never slows the pace down", () => {
    for (let times = 0; times < 8; times++) {
      let pace = slowed(times, 0)
      for (let turn = 0; turn < 50; turn++) {
        const next = Pace.begun(pace, pace.due, base)
        assert.isAtMost(next.interval, pace.interval)
        pace = next
      }
      assert.strictEqual(pace.interval, base)
    }
  })
})
