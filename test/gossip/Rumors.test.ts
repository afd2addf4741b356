/**
 * What is hot stays so for as many rounds as its budget says, and is told in the order learned.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Rumors } from "../../src/gossip/Rumors.ts"

describe("Rumors", () => {
  it("are none at first", () => {
    const rumors = new Rumors()
    assert.deepStrictEqual([rumors.size, rumors.values, rumors.unsent], [0, [], []])
  })

  it.each([1, 2, 3, 7])("a value that has not been sent is hot for a budget of %d rounds", (budget) => {
    const rumors = new Rumors()
    rumors.add(["a"], 0, budget)
    for (let round = 0; round < budget; round++) {
      assert.deepStrictEqual(rumors.values, ["a"])
      rumors.sent(budget)
    }
    assert.strictEqual(rumors.size, 0)
  })

  it("a round that a value was sent in before is taken off its budget", () => {
    const rumors = new Rumors()
    rumors.add(["forwarded"], 1, 3)
    rumors.add(["learned"], 0, 3)
    rumors.sent(3)
    rumors.sent(3)
    assert.deepStrictEqual(rumors.values, ["learned"])
  })

  it("a value whose only round was the forward at once is never hot", () => {
    const rumors = new Rumors()
    rumors.add([1, 2], 1, 1)
    assert.deepStrictEqual([rumors.size, rumors.values], [0, []])
  })

  it("unsent are those that no round has taken along", () => {
    const rumors = new Rumors()
    rumors.add(["forwarded"], 1, 9)
    rumors.add(["old"], 0, 9)
    rumors.sent(9)
    rumors.add(["new", { x: [] }], 0, 9)
    assert.deepStrictEqual(rumors.unsent, ["new", { x: [] }])
    assert.deepStrictEqual(rumors.values, ["forwarded", "old", "new", { x: [] }])
    rumors.sent(9)
    assert.deepStrictEqual(rumors.unsent, [])
    assert.strictEqual(rumors.size, 4)
  })

  it("a smaller budget ends with the next round what has had as many", () => {
    const rumors = new Rumors()
    rumors.add(["old"], 4, 9)
    rumors.add(["new"], 0, 9)
    rumors.sent(2)
    assert.deepStrictEqual(rumors.values, ["new"])
  })

  it.prop(
    "whatever is learned when, each value is hot for exactly its rounds, oldest first",
    {
      budget: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
      learned: Schema.Array(Schema.Struct({ count: Schema.Literals([0, 1, 2, 3]), sent: Schema.Literals([0, 1]) }))
    },
    ({ budget, learned }) => {
      const rumors = new Rumors()
      const all: Array<{ readonly value: number; readonly from: number; readonly until: number }> = []
      for (const [round, { count, sent }] of learned.entries()) {
        const values = Array.from({ length: count }, (_, index) => all.length + index)
        rumors.add(values, sent, budget)
        all.push(...values.map((value) => ({ value, from: round - sent, until: round + budget - sent })))
        const hot = all.filter(({ until }) => round < until)
        assert.deepStrictEqual(
          rumors.values,
          hot.map(({ value }) => value)
        )
        assert.deepStrictEqual(
          rumors.unsent,
          hot.filter(({ from }) => from === round).map(({ value }) => value)
        )
        assert.strictEqual(rumors.size, hot.length)
        rumors.sent(budget)
      }
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )
})
