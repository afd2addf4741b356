/**
 * A store keeps each value once, in the order learned, prints as its values would, and never changes, whatever was added
 * to it or to stores made from it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Digest from "../../src/gossip/Digest.ts"
import * as Store from "../../src/gossip/Store.ts"
import { print, type Printed } from "../../src/protocol/JsonText.ts"
import { key, type Value } from "../../src/protocol/Value.ts"

const numbered = (count: number, from = 0): ReadonlyArray<Value> =>
  Array.from({ length: count }, (_, index) => ((from + index) % 3 === 0 ? { n: [from + index] } : from + index))

const storeOf = (...values: ReadonlyArray<Value>): Store.Store => Store.add(Store.empty, values)

/** Few enough values that many of them are equal. */
const Few: Schema.Codec<Value> = Schema.Union([
  Schema.Null,
  Schema.Literals([0, -0, 1, "1", "", true, false]),
  Schema.Array(Schema.Literals([0, -0, 1])),
  Schema.Struct({
    a: Schema.optionalKey(Schema.Literals([0, 1])),
    b: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Literal(1))))
  }),
  Schema.Json
])

/** The model of a store: its values, without repeats. */
type Model = ReadonlyArray<Value>

const addTo = (model: Model, values: ReadonlyArray<Value>): Model => {
  const keys = new Set(model.map(key))
  const added = values.filter((value) => {
    const isNew = !keys.has(key(value))
    keys.add(key(value))
    return isNew
  })
  return [...model, ...added.map((value) => (value === 0 ? 0 : value))]
}

const digestOf = (model: Model): Digest.Digest => ({
  count: model.length,
  sum: model.map(Digest.hash).reduce(Digest.plus, 0)
})

/** That a store shows what its model does. Printing comes last, because it changes what the log keeps. */
const assertShows = (store: Store.Store, model: Model, from: number, to: number) => {
  assert.strictEqual(store.size, model.length)
  assert.deepStrictEqual(Store.digest(store), digestOf(model))
  assert.deepStrictEqual(Store.slice(store), model)
  assert.deepStrictEqual(Store.slice(store, from), model.slice(from))
  assert.deepStrictEqual(Store.slice(store, from, to), model.slice(from, to))
  assert.strictEqual(Store.printed(store).print(), print(model))
}

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** What is added to which of the stores so far, and which of them is looked at afterwards. */
const Growth = Schema.Struct({
  to: upTo(1000),
  few: Schema.Array(Few),
  /** Numbered values, enough of them to fill blocks of printed text. */
  many: Schema.Struct({ from: upTo(900), count: Schema.Literals([0, 1, 100, 511, 512, 513, 700]) }),
  look: upTo(1000),
  from: upTo(1600),
  until: upTo(1600)
})

describe("Store", () => {
  it("the empty store has no values, also after others were made from it", () => {
    storeOf(1, 2)
    storeOf("a")
    assertShows(Store.empty, [], 0, 0)
    // It lives as long as the process, so it must not hold on to what they store.
    assert.strictEqual(Store.empty.log.size, 0)
    assert.strictEqual(Store.printed(Store.empty).print(), "[]")
  })

  it("a store tells values apart just as JSON does", () => {
    let store = Store.empty
    const isNew = (value: Value) => {
      const { size } = store
      store = Store.add(store, [value])
      return store.size > size
    }
    assert.deepStrictEqual(
      [1, 1, "1", -0, 0, { a: 1, b: 2 }, { b: 2, a: 1 }, [], {}, null, "null", [null], ["null"], [1], "[1]"].map(isNew),
      [true, false, true, true, false, true, false, true, true, true, true, true, true, true, true]
    )
  })

  it("adding what is known already gives the very same store", () => {
    const store = storeOf(1, { a: 1, b: 2 }, "x")
    assert.strictEqual(Store.add(store, []), store)
    assert.strictEqual(Store.add(store, [{ b: 2, a: 1 }, 1, "x", 1]), store)
    Store.add(store, ["newer"])
    assert.strictEqual(Store.add(store, ["x"]), store)
  })

  it("a slice has the values from one place up to another, and never those of a newer store", () => {
    const old = storeOf("a", "b", "c")
    const newer = Store.add(old, ["d", "e"])
    assert.deepStrictEqual(Store.slice(old, 1), ["b", "c"])
    assert.deepStrictEqual(Store.slice(old, 1, 2), ["b"])
    assert.deepStrictEqual(Store.slice(old, 2, 5), ["c"])
    assert.deepStrictEqual(Store.slice(old, 3), [])
    assert.deepStrictEqual(Store.slice(old, 4), [])
    assert.deepStrictEqual(Store.slice(newer, 3), ["d", "e"])
  })

  it("a place before the first value is taken for the first, however much newer stores have", () => {
    const old = storeOf("a", "b", "c")
    const before = Store.slice(old, -1)
    Store.add(old, ["d", "e"])
    assert.deepStrictEqual([before, Store.slice(old, -1)], [Store.slice(old), Store.slice(old)])
  })

  it.prop(
    "every store of a tree shows what a plain list would, in whatever order its relatives are added to and printed",
    { growths: Schema.Array(Growth).check(Schema.isMinLength(1), Schema.isMaxLength(12)) },
    ({ growths }) => {
      const tree: Array<{ readonly store: Store.Store; readonly model: Model; readonly printed: Printed }> = [
        { store: Store.empty, model: [], printed: Store.printed(Store.empty) }
      ]
      const pick = (index: number) => tree[index % tree.length] ?? assert.fail("the tree is never empty")
      for (const { few, from, look, many, to, until } of growths) {
        const base = pick(to)
        const values = [...few, ...numbered(many.count, many.from), ...few]
        const store = Store.add(base.store, values)
        tree.push({ store, model: addTo(base.model, values), printed: Store.printed(store) })
        const seen = pick(look)
        assertShows(seen.store, seen.model, from, until)
      }
      for (const { model, printed, store } of tree) {
        assertShows(store, model, model.length >> 1, model.length)
        assert.strictEqual(printed.print(), print(model))
      }
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it.each([0, 1, 2, 511, 512, 513, 1023, 1024, 1025, 1536, 3000])("prints %d values as a list of them", (count) => {
    const store = storeOf(...numbered(count))
    assert.strictEqual(Store.printed(store).print(), print(numbered(count)))
    assert.strictEqual(store.size, count)
  })

  it("a store prints the same however often its predecessors were printed", () => {
    let store = Store.empty
    for (let count = 1; count <= 1100; count++) {
      store = Store.add(store, [`value ${count}`])
      if (count % 7 === 0 || (count > 505 && count < 520) || count > 1020) {
        assert.strictEqual(Store.printed(store).print(), print(Store.slice(store)))
      }
    }
  })

  it("old stores print what they show after a newer one was printed, at and around the block size", () => {
    const values = numbered(1600)
    const views: Array<Store.Store> = [Store.empty]
    for (const value of values) views.push(Store.add(views.at(-1) ?? Store.empty, [value]))
    const counts = [1600, 0, 1, 510, 511, 512, 513, 514, 1023, 1024, 1025, 1535, 1536, 1537, 1599, 1600]
    for (const count of [...counts, ...counts.toReversed()]) {
      const view = views[count] ?? assert.fail(`there is a view of ${count} values`)
      assert.strictEqual(Store.printed(view).print(), print(values.slice(0, count)))
    }
  })

  it("what is to be printed stays as it was, whatever is added before it is printed", () => {
    const store = storeOf(...numbered(600))
    const printed = Store.printed(store)
    const text = printed.print()
    const unprinted = Store.printed(store)
    const newer = Store.add(store, ["later"])
    assert.notStrictEqual(Store.printed(newer).print(), text)
    assert.deepStrictEqual([printed.print(), unprinted.print()], [text, text])
  })
})

describe("ValueSet", () => {
  it("a set of values says of each value whether it is new", () => {
    const set = new Store.ValueSet()
    assert.deepStrictEqual(
      [0, -0, "0", [0], [-0], "[0]", { a: 1, b: [] }, { b: [], a: 1 }, null, false].map((value) => set.add(value)),
      [true, false, true, true, false, true, true, false, true, true]
    )
  })

  it("a set of values has what it is made of, and nothing else", () => {
    const set = Store.ValueSet.of([1, "a", { a: 1, b: 2 }, []])
    for (const value of [1, "a", { b: 2, a: 1 }, []]) assert.isTrue(set.has(value), JSON.stringify(value))
    for (const value of ["1", 2, "[]", {}, { a: 1 }, null]) assert.isFalse(set.has(value), JSON.stringify(value))
    assert.isFalse(Store.ValueSet.of([]).has(null))
  })

  it.prop(
    "a set has a value just if one with the same key was added",
    { added: Schema.Array(Schema.Json), others: Schema.Array(Schema.Json) },
    ({ added, others }) => {
      const set = Store.ValueSet.of(added)
      const keys = new Set(added.map(key))
      for (const value of [...added, ...others]) assert.strictEqual(set.has(value), keys.has(key(value)))
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )
})
