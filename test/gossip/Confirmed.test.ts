/**
 * What was confirmed up to a time is the same at all nodes that have the same lists, in whatever order these came.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Confirmed from "../../src/gossip/Confirmed.ts"
import * as Digest from "../../src/gossip/Digest.ts"
import { seeded } from "./Seeded.ts"

/** The list of a meeting. */
interface Told {
  readonly begin: number
  readonly values: ReadonlyArray<number>
}

/** What the meetings have confirmed at a node that has these lists, in this order, after values that are known for long. */
const tell = (lists: ReadonlyArray<Told>, old: ReadonlyArray<number> = []) => {
  const known = new Set(old)
  let confirmed = Confirmed.none
  for (const { begin, values } of lists) {
    const fresh = values.filter((value) => !known.has(value))
    for (const value of fresh) known.add(value)
    confirmed = Confirmed.add(confirmed, begin, fresh, fresh.length === values.length ? [] : values)
  }
  const now = Digest.of([...known])
  return { confirmed, asOf: (time: number) => Confirmed.asOf(confirmed, now, time) }
}

/** The digest of all values whose first meeting began by this time. */
const model = (lists: ReadonlyArray<Told>, time: number, old: ReadonlyArray<number> = []): Digest.Digest =>
  Digest.of([...new Set([...old, ...lists.filter(({ begin }) => begin <= time).flatMap(({ values }) => values)])])

const shuffled = <A>(elements: ReadonlyArray<A>, next: () => number) =>
  elements
    .map((element) => [next(), element] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, element]) => element)

const below = (limit: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: limit - 1 }))
const List = Schema.Struct({ begin: below(12), values: Schema.UniqueArray(below(15)) })

describe("what is confirmed", () => {
  it.effect.prop(
    "as of a time is what the meetings up to it have listed, in whatever order their lists came and however often",
    { lists: Schema.Array(List), old: Schema.UniqueArray(below(3)), seed: Schema.Int },
    Effect.fnUntraced(function* ({ lists, old, seed }) {
      const random = yield* seeded(seed)
      const next = () => random.nextDoubleUnsafe()
      const again = lists.filter(() => next() < 0.3)
      const { asOf } = tell(shuffled([...lists, ...again], next), old)
      for (let time = -1; time <= 12; time++) {
        const found = asOf(time)
        if (found !== undefined) assert.deepStrictEqual(found, model(lists, time, old), `as of ${time}, seed ${seed}`)
        // Twelve different meetings are within what is kept, however often their lists come.
        else assert.isAbove(lists.length, 16)
      }
      assert.deepStrictEqual(asOf(Infinity), model(lists, Infinity, old))
    }),
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it("belongs to the first of the meetings that have listed it, even if the list of that one comes last", () => {
    const first = { begin: 1, values: [7] }
    const second = { begin: 2, values: [7, 8] }
    for (const lists of [
      [first, second],
      [second, first],
      [second, first, second]
    ]) {
      const { asOf } = tell(lists)
      assert.deepStrictEqual(asOf(1), Digest.of([7]))
      assert.deepStrictEqual(asOf(2), Digest.of([7, 8]))
    }
  })

  it("as of a time before the meetings that are kept is unknown", () => {
    const lists = Array.from({ length: 200 }, (_, index) => ({ begin: index, values: [index] }))
    const { asOf, confirmed } = tell(lists)
    assert.isUndefined(asOf(0))
    const known = lists.filter(({ begin }) => asOf(begin) !== undefined)
    assert.deepStrictEqual(known, lists.slice(-known.length))
    for (const { begin } of known) assert.deepStrictEqual(asOf(begin), model(lists, begin))
    assert.isAtMost(confirmed.meetings.length, 100)
    assert.isAtLeast(known.length, 100)
    assert.deepStrictEqual(asOf(Infinity), model(lists, Infinity))
  })

  it("counts what a meeting that is too old to be kept has listed as confirmed before", () => {
    const lists = Array.from({ length: 40 }, (_, index) => ({ begin: index, values: [index] }))
    const late = { begin: 3, values: [3, 100] }
    const { asOf } = tell([...lists, late])
    assert.deepStrictEqual(asOf(39), model([...lists, late], 39))
    assert.deepStrictEqual(asOf(30), model([...lists, late], 30))
  })

  it("what no meeting has listed counts as of every time", () => {
    const { asOf } = tell([{ begin: 5, values: [1] }], [2, 3])
    assert.deepStrictEqual(asOf(-1_000_000), Digest.of([2, 3]))
    assert.deepStrictEqual(asOf(5), Digest.of([1, 2, 3]))
  })

  it("stays the same value if a meeting has listed nothing new", () => {
    const { confirmed } = tell([{ begin: 5, values: [1] }])
    assert.strictEqual(Confirmed.add(confirmed, 6, [], []), confirmed)
    assert.strictEqual(Confirmed.add(confirmed, 6, [], [1]), confirmed)
    assert.strictEqual(Confirmed.add(Confirmed.none, 6, [], []), Confirmed.none)
  })
})
