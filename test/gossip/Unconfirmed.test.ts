/**
 * Unconfirmed values behave as if each of them were kept alone, with the number of its meetings and the time of the next.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Store from "../../src/gossip/Store.ts"
import * as Unconfirmed from "../../src/gossip/Unconfirmed.ts"
import type { Value } from "../../src/protocol/Value.ts"

/** The unconfirmed values of a node one by one, by their places. Here every value is its place. */
type Model = Map<number, { readonly meetings: number; readonly next: number }>

const storeOf = (count: number) => Store.add(Store.empty, integers(0, count))

const integers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

const numbers = (values: ReadonlyArray<Value>): ReadonlyArray<number> =>
  values.map((value) => (typeof value === "number" ? value : Number.NaN))

const Small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

const Action = Schema.Union([
  /** Values are learned of which some are confirmed already, then some that are not. */
  Schema.Struct({ type: Schema.tag("learn"), confirmed: Small, count: Small, next: Small }),
  Schema.Struct({ type: Schema.tag("bring"), begin: Small, most: Small, next: Small }),
  Schema.Struct({
    type: Schema.tag("confirm"),
    listed: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 })))
  })
]).pipe(Schema.toTaggedUnion("type"))

describe("unconfirmed values", () => {
  it.prop(
    "are brought, confirmed and given up as if each were kept alone",
    { actions: Schema.Array(Action) },
    ({ actions }) => {
      const model: Model = new Map()
      let unconfirmed = Unconfirmed.none
      let size = 0
      const assertSame = () => {
        const store = storeOf(size)
        const places = [...model.keys()].toSorted((a, b) => a - b)
        assert.deepStrictEqual(numbers(Unconfirmed.values(unconfirmed, store)), places)
        assert.deepStrictEqual(
          numbers(Unconfirmed.others(unconfirmed, store)),
          integers(0, size).filter((place) => !model.has(place))
        )
        assert.deepStrictEqual(
          numbers(Unconfirmed.neverBrought(unconfirmed, store)),
          places.filter((place) => model.get(place)?.meetings === 0)
        )
        assert.strictEqual(Unconfirmed.values(unconfirmed, store).length, model.size)
        assert.strictEqual(
          Unconfirmed.earliest(unconfirmed),
          Math.min(Infinity, ...[...model.values()].map(({ next }) => next))
        )
        assert.deepStrictEqual(Unconfirmed.violations(unconfirmed, size), [])
      }
      for (const action of actions)
        Action.match(action, {
          learn: ({ confirmed, count, next }) => {
            const from = size + confirmed
            size = from + count
            unconfirmed = Unconfirmed.add(unconfirmed, from, size, next)
            for (const place of integers(from, size)) model.set(place, { meetings: 0, next })
            assertSame()
          },
          bring: ({ begin, most, next }) => {
            const brought: Array<number> = []
            const givenUp: Array<number> = []
            let unanswered = 0
            for (const [place, { meetings, next: earliest }] of model) {
              if (earliest > begin) continue
              if (meetings < most) {
                brought.push(place)
                if (meetings > 0) unanswered++
                model.set(place, { meetings: meetings + 1, next })
              } else {
                givenUp.push(place)
                model.delete(place)
              }
            }
            const what = Unconfirmed.bring(unconfirmed, storeOf(size), { begin, most, next })
            assert.deepStrictEqual(
              numbers(what.values),
              brought.toSorted((a, b) => a - b)
            )
            assert.deepStrictEqual(
              numbers(what.givenUp),
              givenUp.toSorted((a, b) => a - b)
            )
            assert.strictEqual(what.unanswered, unanswered)
            unconfirmed = what.unconfirmed
            assertSame()
          },
          confirm: ({ listed }) => {
            const heard = [...new Set(listed)].filter((place) => model.has(place)).toSorted((a, b) => a - b)
            const [confirmed, rest] = Unconfirmed.confirm(unconfirmed, storeOf(size), Store.ValueSet.of(listed))
            assert.deepStrictEqual(numbers(confirmed), heard)
            for (const place of heard) model.delete(place)
            unconfirmed = rest
            assertSame()
          }
        })
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it("that are learned one after the other, with nothing between them, take no more room than one", () => {
    let unconfirmed = Unconfirmed.none
    for (const place of integers(0, 1000)) unconfirmed = Unconfirmed.add(unconfirmed, place, place + 1, -Infinity)
    assert.lengthOf(unconfirmed, 1)
  })

  it("that were brought to the same meeting are together again after others between them were confirmed", () => {
    const learned = Unconfirmed.add(Unconfirmed.none, 0, 9, -Infinity)
    const store = storeOf(9)
    const [, rest] = Unconfirmed.confirm(learned, store, Store.ValueSet.of([3, 4]))
    assert.deepStrictEqual(numbers(Unconfirmed.values(rest, store)), [0, 1, 2, 5, 6, 7, 8])
    const { values } = Unconfirmed.bring(rest, store, { begin: 0, most: 5, next: 10 })
    assert.deepStrictEqual(numbers(values), [0, 1, 2, 5, 6, 7, 8])
  })

  it.each([
    ["beyond what is known", [{ from: 9, to: 11 }]],
    [
      "in the wrong order",
      [
        { from: 6, to: 8 },
        { from: 2, to: 4 }
      ]
    ],
    [
      "twice",
      [
        { from: 2, to: 6 },
        { from: 5, to: 8 }
      ]
    ],
    ["that are none", [{ from: 3, to: 3 }]]
  ] as const)("%s are a violation", (_, places) => {
    const cohorts = places.map((range) => ({ ...range, meetings: 0, next: 0 }))
    assert.lengthOf(Unconfirmed.violations(cohorts, 10), 1)
  })
})
