/**
 * A value stays hot for its budget of rounds, and hot values are listed in the order in which they were learned.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Rumors from "../../src/gossip/Rumors.ts"
import * as Store from "../../src/gossip/Store.ts"
import type { Value } from "../../src/protocol/Value.ts"

/** What a node knows, and what of it is hot. */
interface Known {
  readonly store: Store.Store
  readonly rumors: Rumors.Rumors
}

const nothing: Known = { store: Store.empty, rumors: Rumors.none }

/** Learns new values that were already sent in this many rounds. */
const learn = ({ rumors, store }: Known, values: ReadonlyArray<Value>, rounds: number, budget: number): Known => {
  const next = Store.add(store, values)
  return { store: next, rumors: Rumors.add(rumors, store.size, next.size, rounds, budget) }
}

const send = ({ rumors, store }: Known, budget: number): Known => ({ store, rumors: Rumors.sent(rumors, budget) })

const valuesOf = ({ rumors, store }: Known) => Rumors.values(rumors, store)
const unsentOf = ({ rumors, store }: Known) => Rumors.unsent(rumors, store)

/** The model of rumors: each hot value and in how many rounds it was sent. */
type Model = ReadonlyArray<readonly [value: Value, rounds: number]>

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const Budget = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))

/** What happens to one of the nodes so far: it learns so many values, or it sends all that is hot. */
const Event = Schema.Struct({
  to: upTo(1000),
  budget: Budget,
  learned: Schema.NullOr(Schema.Struct({ count: upTo(3), rounds: upTo(2) }))
})

const assertShows = ({ rumors, store }: Known, model: Model) => {
  const hot = model.map(([value]) => value)
  assert.strictEqual(Rumors.size(rumors), hot.length)
  assert.deepStrictEqual(Rumors.values(rumors, store), hot)
  assert.deepStrictEqual(
    Rumors.unsent(rumors, store),
    model.flatMap(([value, rounds]) => (rounds === 0 ? [value] : []))
  )
  const others = hot.filter((_, index) => index % 3 === 0)
  assert.deepStrictEqual(
    Rumors.without(rumors, store, [...others, "another"]),
    hot.filter((_, index) => index % 3 !== 0)
  )
}

describe("Rumors", () => {
  it("nothing is hot at first", () => {
    assert.deepStrictEqual([Rumors.size(Rumors.none), valuesOf(nothing), unsentOf(nothing)], [0, [], []])
  })

  it.each([1, 2, 3, 7])("a value that has not been sent is hot for a budget of %d rounds", (budget) => {
    let node = learn(nothing, ["a"], 0, budget)
    for (let round = 0; round < budget; round++) {
      assert.deepStrictEqual(valuesOf(node), ["a"])
      node = send(node, budget)
    }
    assert.strictEqual(Rumors.size(node.rumors), 0)
  })

  it("a round that a value was sent in before is taken off its budget", () => {
    const node = learn(learn(nothing, ["forwarded"], 1, 3), ["learned"], 0, 3)
    assert.deepStrictEqual(valuesOf(send(send(node, 3), 3)), ["learned"])
  })

  it("a value whose only round was the forward at once is never hot", () => {
    const node = learn(nothing, [1, 2], 1, 1)
    assert.deepStrictEqual([Rumors.size(node.rumors), valuesOf(node)], [0, []])
  })

  it("unsent values are those that no round has taken along", () => {
    const old = send(learn(learn(nothing, ["forwarded"], 1, 9), ["old"], 0, 9), 9)
    const node = learn(old, ["new", { x: [] }], 0, 9)
    assert.deepStrictEqual(unsentOf(node), ["new", { x: [] }])
    assert.deepStrictEqual(valuesOf(node), ["forwarded", "old", "new", { x: [] }])
    const sent = send(node, 9)
    assert.deepStrictEqual(unsentOf(sent), [])
    assert.strictEqual(Rumors.size(sent.rumors), 4)
  })

  it("with a smaller budget, values that were sent that often are hot no longer after the next round", () => {
    const node = learn(learn(nothing, ["old"], 4, 9), ["new"], 0, 9)
    assert.deepStrictEqual(valuesOf(send(node, 2)), ["new"])
  })

  it("values learned one by one between two rounds take no more room than values learned together", () => {
    let node = nothing
    for (let value = 0; value < 1000; value++) node = learn(node, [value], 1, 3)
    assert.lengthOf(node.rumors, 1)
    assert.strictEqual(Rumors.size(node.rumors), 1000)
  })

  it.prop(
    "whatever is learned when, each value is hot for exactly its rounds, oldest first",
    {
      budget: Budget,
      learned: Schema.Array(Schema.Struct({ count: Schema.Literals([0, 1, 2, 3]), sent: Schema.Literals([0, 1]) }))
    },
    ({ budget, learned }) => {
      let node = nothing
      const all: Array<{ readonly value: number; readonly from: number; readonly until: number }> = []
      for (const [round, { count, sent }] of learned.entries()) {
        const values = Array.from({ length: count }, (_, index) => all.length + index)
        node = learn(node, values, sent, budget)
        all.push(...values.map((value) => ({ value, from: round - sent, until: round + budget - sent })))
        const hot = all.filter(({ until }) => round < until)
        assert.deepStrictEqual(
          valuesOf(node),
          hot.map(({ value }) => value)
        )
        assert.deepStrictEqual(
          unsentOf(node),
          hot.filter(({ from }) => from === round).map(({ value }) => value)
        )
        assert.strictEqual(Rumors.size(node.rumors), hot.length)
        node = send(node, budget)
      }
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it.prop(
    "the rumors of every node of a tree are what a plain list would have, whatever its relatives learn and send",
    { events: Schema.Array(Event).check(Schema.isMinLength(1), Schema.isMaxLength(30)) },
    ({ events }) => {
      const tree: Array<{ readonly node: Known; readonly model: Model }> = [{ node: nothing, model: [] }]
      for (const [index, { budget, learned, to }] of events.entries()) {
        const { model, node } = tree[to % tree.length] ?? assert.fail("the tree is never empty")
        if (learned === null) {
          const rounds = model.map(([value, times]) => [value, times + 1] as const)
          tree.push({ node: send(node, budget), model: rounds.filter(([, times]) => times < budget) })
        } else {
          const values = Array.from({ length: learned.count }, (_, at) => (at === 0 ? { index } : `${index} ${at}`))
          const hot = learned.rounds < budget ? values.map((value) => [value, learned.rounds] as const) : []
          tree.push({ node: learn(node, values, learned.rounds, budget), model: [...model, ...hot] })
        }
        for (const { model: expected, node: seen } of tree.slice(-2)) assertShows(seen, expected)
      }
      for (const { model, node } of tree) assertShows(node, model)
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )
})
