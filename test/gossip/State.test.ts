/**
 * Broken invariants are noticed, and the step of gossip breaks none. Values and settings survive a crash.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Confirmed from "../../src/gossip/Confirmed.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { counted, recover, type State, update, violations } from "../../src/gossip/State.ts"
import * as Store from "../../src/gossip/Store.ts"
import * as Unconfirmed from "../../src/gossip/Unconfirmed.ts"
import { first, look, walk } from "./Steps.ts"

const values = (count: number) => Array.from({ length: count }, (_, index) => index)

const storeOf = (count: number) => Store.add(Store.empty, values(count))

/** Places of values that are unconfirmed. */
type Places = ReadonlyArray<{ readonly from: number; readonly to: number }>

const unconfirmedAt = (places: Places): Unconfirmed.Unconfirmed =>
  places.map(({ from, to }) => ({ from, to, meetings: 1, next: 0 }))

/** The state after it has become one that knows these values, of which some are unconfirmed. */
const become = (state: State, store: Store.Store, places: Places, due: number | undefined = 100): State =>
  update(state, {
    store,
    unconfirmed: unconfirmedAt(places),
    meetings: { ...state.meetings, due: places.length === 0 ? undefined : due }
  })

/** The state after the meeting that began at `begin` has confirmed these values. */
const confirming = (state: State, begin: number, fresh: ReadonlyArray<number>): State => {
  const confirmed = Confirmed.add(state.meetings.confirmed, begin, fresh, [])
  return update(state, { meetings: { ...state.meetings, confirmed } })
}

/** A state of ten values, some of them unconfirmed. */
const stateOf = (places: Places) => Effect.map(first(), (state) => become(state, storeOf(10), places))

const range = (from: number, to: number) => ({ from, to })

/** What is broken if a state of ten confirmed values becomes what `change` makes of it. */
const broken = (change: (state: State) => State) => Effect.map(stateOf([]), (state) => violations(state, change(state)))

describe("violations", () => {
  it.effect("a state that follows itself breaks nothing", () =>
    Effect.gen(function* () {
      const state = yield* stateOf([range(2, 4), range(8, 10)])
      assert.deepStrictEqual(violations(state, state), [])
    })
  )

  it.effect("values that are learned, confirmed or brought to a meeting break nothing", () =>
    Effect.gen(function* () {
      const state = yield* stateOf([range(2, 4), range(8, 10)])
      const store = Store.add(state.store, ["new"])
      for (const places of [[range(2, 4), range(8, 11)], [range(3, 4)], [], [range(10, 11)]])
        assert.deepStrictEqual(violations(state, become(state, store, places)), [])
    })
  )

  it.effect("a set that shrinks is noticed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* broken((state) => become(state, storeOf(9), [])), [
        "the set shrank from 10 to 9 values"
      ])
    })
  )

  it.effect("a set in which a known value was replaced is noticed, also if it grows meanwhile", () =>
    Effect.gen(function* () {
      const store = Store.add(Store.empty, [...values(9), "another", 9])
      assert.deepStrictEqual(yield* broken((state) => become(state, store, [])), [
        "some of the 10 values known were changed or replaced"
      ])
    })
  )

  it.effect("a set that was copied and grew breaks nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* broken((state) => become(state, storeOf(20), [])), [])
    })
  )

  it.effect.each([10, 13])("a digest that does not fit its %d values is noticed", (count) =>
    Effect.gen(function* () {
      const { log, size, sum } = storeOf(count)
      assert.deepStrictEqual(yield* broken((state) => update(state, { store: { log, size, sum: sum + 1 } })), [
        `the digest of ${count} values says ${sum + 1}, their hashes add up to ${sum}`
      ])
    })
  )

  it.effect("unconfirmed values that are not known are noticed", () =>
    Effect.gen(function* () {
      const found = yield* broken((state) => update(state, { unconfirmed: unconfirmedAt([range(9, 11)]) }))
      assert.lengthOf(found, 1)
      assert.match(found[0] ?? "", /^unconfirmed values that are not known: .* of 10$/)
    })
  )

  it.effect("a value that a meeting has confirmed and that is unconfirmed is noticed", () =>
    Effect.gen(function* () {
      const both = yield* broken((state) => confirming(become(state, state.store, [range(7, 10)]), 50, [6, 7, 8]))
      assert.deepStrictEqual(both, ["the meeting of 50 has confirmed 2 values that are unconfirmed"])
    })
  )

  it.effect("more values that are confirmed or unconfirmed than are known are noticed", () =>
    Effect.gen(function* () {
      const many = yield* broken((state) => confirming(become(state, state.store, [range(7, 10)]), 50, values(8)))
      assert.deepStrictEqual(many, ["of 10 values, 8 were confirmed by the last meetings and 3 are unconfirmed"])
    })
  )

  it.effect("a meeting that has confirmed what is not unconfirmed breaks nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* broken((state) => confirming(become(state, state.store, [range(7, 10)]), 50, values(7))),
        []
      )
    })
  )

  it.effect("unconfirmed values are noticed if no meeting is due and none is hosted", () =>
    Effect.gen(function* () {
      const found = yield* broken((state) => {
        const next = become(state, state.store, [range(8, 10)])
        return update(next, { meetings: { ...next.meetings, due: undefined } })
      })
      assert.deepStrictEqual(found, ["values are unconfirmed, but no meeting is due"])
    })
  )

  it.effect.prop(
    "no random run of the step breaks an invariant",
    { seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed }) {
      for (const { after, before, seed: at } of yield* walk(seed, 100))
        assert.deepStrictEqual(violations(before, after), [], at)
    }),
    { arbitrary: { runs: 200, seed: 1 } }
  )
})

describe("recover", () => {
  it.effect("after a crash a node knows its values and settings and takes all values for confirmed", () =>
    Effect.gen(function* () {
      const selection = yield* Peers
      const start = yield* first({ rounds: 4 })
      const state = counted(become(start, storeOf(10), [range(8, 10)]), 7)
      const after = recover(state, selection)
      assert.deepStrictEqual(
        look(after),
        look(update(become(start, storeOf(10), []), { settings: state.settings, selection }))
      )
      assert.deepStrictEqual(violations(state, after), [])
    }).pipe(Effect.provide(Peers.layer))
  )
})
