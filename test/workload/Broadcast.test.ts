/**
 * Maelstrom's broadcast workload: its requests. How it is judged is in `test/analysis/Verdict.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { broadcast } from "../../src/workload/Broadcast.ts"
import { seeded } from "../gossip/Seeded.ts"

describe("broadcast", () => {
  it.effect("makes reads and broadcasts in equal shares, and the broadcasts count up from 0", () =>
    Effect.gen(function* () {
      const count = 5000
      const source = broadcast.requests(yield* seeded("workload"))
      const bodies = Array.from({ length: count }, () => source.next().value.body)
      const broadcasts = bodies.filter(({ type }) => type === "broadcast")
      assert.approximately(broadcasts.length / count, 0.5, (3 * 0.5) / Math.sqrt(count))
      assert.deepStrictEqual(
        broadcasts,
        broadcasts.map((_, message) => ({ type: "broadcast", message }))
      )
      const others = bodies.filter(({ type }) => type !== "broadcast")
      for (const body of others) assert.deepStrictEqual(body, { type: "read" })
    })
  )

  it("reads every node at the end, and suggests neighbours before it begins", () => {
    assert.deepStrictEqual(broadcast.final?.body, { type: "read" })
    assert.isTrue(broadcast.topology)
  })
})
