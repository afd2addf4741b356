/**
 * What the counters report.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Statistics from "../../src/gossip/Statistics.ts"

describe("Statistics", () => {
  it("reports no messages per operation when there were no operations", () => {
    assert.deepStrictEqual(Statistics.report({ ...Statistics.empty, gossipSent: 4 }, 2), {
      broadcasts_received: 0,
      gossip_messages_sent: 4,
      messages_per_op: 0,
      unique_messages: 2
    })
  })

  it("divides messages by operations", () => {
    assert.strictEqual(Statistics.report({ ...Statistics.empty, broadcasts: 4, gossipSent: 6 }, 3).messages_per_op, 1.5)
  })
})
