/**
 * A set in which values that are equal as JSON are one.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ValueSet } from "../../src/gossip/ValueSet.ts"
import { key } from "../../src/protocol/Value.ts"

describe("ValueSet", () => {
  it("says of each value whether it is new", () => {
    const set = new ValueSet()
    assert.deepStrictEqual(
      [0, -0, "0", [0], [-0], "[0]", { a: 1, b: [] }, { b: [], a: 1 }, null, false].map((value) => set.add(value)),
      [true, false, true, true, false, true, true, false, true, true]
    )
  })

  it("has what it is made of, and nothing else", () => {
    const set = ValueSet.of([1, "a", { a: 1, b: 2 }, []])
    for (const value of [1, "a", { b: 2, a: 1 }, []]) assert.isTrue(set.has(value), JSON.stringify(value))
    for (const value of ["1", 2, "[]", {}, { a: 1 }, null]) assert.isFalse(set.has(value), JSON.stringify(value))
    assert.isFalse(ValueSet.of([]).has(null))
  })

  it.prop(
    "has a value just if one with the same key was added",
    { added: Schema.Array(Schema.Json), others: Schema.Array(Schema.Json) },
    ({ added, others }) => {
      const set = ValueSet.of(added)
      const keys = new Set(added.map(key))
      for (const value of [...added, ...others]) assert.strictEqual(set.has(value), keys.has(key(value)))
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )
})
