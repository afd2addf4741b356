/**
 * What Maelstrom's broadcast workload asks, and which of it is taken without a copy.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Broadcast from "../../src/protocol/Broadcast.ts"
import * as Issue from "../../src/protocol/Issue.ts"

const topology = Schema.decodeUnknownResult(Broadcast.Topology)

const reasonOf = (input: unknown) => {
  const result = topology(input)
  return Result.isFailure(result) ? Issue.format(result.failure.issue) : undefined
}

describe("Broadcast", () => {
  it("a topology is checked but not copied", () => {
    const neighbours = { n1: ["n2"], n2: ["n1"] }
    assert.strictEqual(Result.getOrThrow(topology({ type: "topology", topology: neighbours })).topology, neighbours)
  })

  it("the topology of a node named __proto__ is kept", () => {
    const decoded = Result.getOrThrow(topology(JSON.parse(`{"type": "topology", "topology": {"__proto__": ["n1"]}}`)))
    assert.deepStrictEqual(Object.keys(decoded.topology), ["__proto__"])
  })

  it.each([
    [{ type: "topology" }, /^topology: /],
    [{ type: "topology", topology: [] }, /^topology: /],
    [{ type: "topology", topology: { n1: "n2" } }, /^topology\.n1: /],
    [{ type: "topology", topology: { n1: ["n2", 3] } }, /^topology\.n1\.1: /]
  ])("the topology %j is refused with the place that is wrong", (input, reason) => {
    assert.match(String(reasonOf(input)), reason)
  })

  it("a broadcast takes any JSON as its value, null included, but not none", () => {
    const isBroadcast = Schema.is(Broadcast.Broadcast)
    for (const message of [null, 0, "", [], { a: [1] }]) assert.isTrue(isBroadcast({ type: "broadcast", message }))
    assert.isFalse(isBroadcast({ type: "broadcast" }))
    assert.isFalse(isBroadcast({ type: "broadcast", message: Number.NaN }))
  })
})
