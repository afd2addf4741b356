/**
 * What the profiles promise, held to in the standard run: 25 nodes, 100 ms from node to node, 100 requests a second.
 *
 * These are means over some seeds: so many that every limit is at least four standard errors from what is measured.
 * `npm run figures` tells the same figures for other clusters and settings, over more seeds.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sample from "../figures/Sample.ts"

describe("in the standard run nothing is lost, everybody is silent soon, and the profile", () => {
  it.live.each([
    { profile: "default", messages: 12, median: 300, slowest: 450, seeds: 4 },
    { profile: "fast", messages: 0.95, median: 400, slowest: 600, seeds: 8 },
    { profile: "frugal", messages: 0.32, median: 1000, slowest: 2000, seeds: 4 }
  ] as const)(
    "$profile takes at most $messages messages per request, under $median ms in the median and $slowest ms at most",
    (promise) =>
      Effect.gen(function* () {
        const sample = yield* Sample.take({ profile: promise.profile, seeds: promise.seeds })
        assert.isTrue(sample.flawless)
        assert.isAtMost(sample.messages.mean, promise.messages)
        assert.isBelow(sample.median.mean, promise.median)
        assert.isBelow(sample.slowest.mean, promise.slowest)
        assert.isAtMost(sample.quiet.worst, 100)
      }),
    120_000
  )
})

it.live(
  "in the standard run the meetings of default alone are sooner than with forwarding, for a quarter of the messages",
  () =>
    Effect.gen(function* () {
      const forwarding = yield* Sample.take({ seeds: 2 })
      const meetings = yield* Sample.take({ settings: { fanout: 0 }, seeds: 2 })
      assert.isBelow(meetings.median.worst, forwarding.median.mean)
      assert.isBelow(meetings.slowest.worst, forwarding.slowest.mean)
      assert.isBelow(meetings.messages.worst, forwarding.messages.mean / 4)
    })
)
