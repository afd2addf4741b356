/**
 * Broken invariants are noticed, and the step of gossip breaks none. Values and settings survive a crash.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Peers } from "../../src/gossip/Peers.ts"
import type { Rumors } from "../../src/gossip/Rumors.ts"
import { counted, recover, type State, update, violations } from "../../src/gossip/State.ts"
import * as Store from "../../src/gossip/Store.ts"
import { first, look, walk } from "./Steps.ts"

const values = (count: number) => Array.from({ length: count }, (_, index) => index)

const storeOf = (count: number) => Store.add(Store.empty, values(count))

/** A state with this many known values, some of them hot. The budget is 4 rounds. */
const stateOf = Effect.fnUntraced(function* (count: number, rumors: Rumors) {
  return update(yield* first({ rounds: 4 }), {
    store: storeOf(count),
    rumors,
    rounds: { last: 0, due: rumors.length === 0 ? undefined : 100 }
  })
})

const hot = (from: number, to: number, rounds: number) => ({ from, to, rounds })

/** What is broken if a state of ten values becomes what `change` makes of it. */
const broken = Effect.fnUntraced(function* (rumors: Rumors, change: (state: State) => State) {
  const state = yield* stateOf(10, rumors)
  return violations(state, change(state))
})

describe("violations", () => {
  it.effect("a state that follows itself breaks nothing", () =>
    Effect.gen(function* () {
      const state = yield* stateOf(10, [hot(2, 4, 1), hot(8, 10, 0)])
      assert.deepStrictEqual(violations(state, state), [])
      assert.deepStrictEqual(violations(state, update(state, { store: Store.add(state.store, ["new"]) })), [])
    })
  )

  it.effect("a set that shrinks is noticed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* broken([], (state) => update(state, { store: storeOf(9) })), [
        "the set shrank from 10 to 9 values"
      ])
    })
  )

  it.effect("a set in which a known value was replaced is noticed, also if it grows meanwhile", () =>
    Effect.gen(function* () {
      const store = Store.add(Store.empty, [...values(9), "another", 9])
      assert.deepStrictEqual(yield* broken([], (state) => update(state, { store })), [
        "some of the 10 values known were changed or replaced"
      ])
    })
  )

  it.effect("a set that was copied and grew breaks nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* broken([], (state) => update(state, { store: storeOf(20) })), [])
    })
  )

  it.effect.each([10, 13])("a digest that does not fit its %d values is noticed", (count) =>
    Effect.gen(function* () {
      const { log, size, sum } = storeOf(count)
      assert.deepStrictEqual(yield* broken([], (state) => update(state, { store: { log, size, sum: sum + 1 } })), [
        `the digest of ${count} values says ${sum + 1}, their hashes add up to ${sum}`
      ])
    })
  )

  const same = [hot(2, 4, 1), hot(6, 8, 0)]
  const cases: ReadonlyArray<readonly [what: string, before: Rumors, after: Rumors, text: RegExp]> = [
    ["hot values beyond what is known", [], [hot(9, 11, 0)], /^hot values that are not known: .* of 10$/],
    ["hot values in the wrong order", [], [hot(6, 8, 0), hot(2, 4, 1)], /^hot values that are not known/],
    ["hot values that are hot twice", [], [hot(2, 6, 1), hot(5, 8, 0)], /^hot values that are not known/],
    ["an empty range of hot values", [], [hot(3, 3, 0)], /^hot values that are not known/],
    ["old values that become hot", [], [hot(2, 4, 0)], /^values that were old news became hot again$/],
    ["old values that become hot beside others", same, [...same, hot(8, 9, 0)], /^values that were old news became/],
    ["old values that join others that are hot", [hot(2, 4, 1)], [hot(2, 5, 1)], /^values that were old news became/],
    ["values that cool down too early", same, [hot(2, 4, 2)], /^values cooled down after 1 of 4 rounds$/],
    [
      "some of the values that cool down alone",
      same,
      [hot(2, 3, 2), hot(6, 8, 1)],
      /^1 of 2 values cooled down alone$/
    ],
    [
      "rounds that are counted twice",
      same,
      [hot(2, 4, 3), hot(6, 8, 1)],
      /^the rounds of hot values went from 1 to 3$/
    ],
    ["rounds that are counted backwards", same, [hot(2, 4, 0), hot(6, 8, 0)], /went from 1 to 0$/]
  ]
  for (const [what, before, after, text] of cases) {
    it.effect(`${what}: this is noticed`, () =>
      Effect.gen(function* () {
        const rounds = { last: 0, due: 100 }
        const [found, ...others] = yield* broken(before, (state) => update(state, { rumors: after, rounds }))
        assert.match(found ?? "nothing is noticed", text)
        assert.deepStrictEqual(others, [])
      })
    )
  }

  it.effect("values that cool down after their last round, new ones that become hot, and rounds break nothing", () =>
    Effect.gen(function* () {
      const state = yield* stateOf(10, [hot(2, 4, 3), hot(6, 8, 2), hot(8, 10, 0)])
      const round = update(state, { rumors: [hot(6, 8, 3), hot(8, 10, 1)] })
      assert.deepStrictEqual(violations(state, round), [])
      const store = Store.add(state.store, ["new"])
      for (const rumors of [
        [...state.rumors, hot(10, 11, 1)],
        [...state.rumors.slice(0, 2), hot(8, 11, 0)]
      ])
        assert.deepStrictEqual(violations(state, update(state, { store, rumors })), [])
    })
  )

  it.effect("hot values without a round that is due are noticed", () =>
    Effect.gen(function* () {
      const rounds = { last: 0, due: undefined }
      assert.deepStrictEqual(yield* broken([hot(8, 10, 0)], (state) => update(state, { rounds })), [
        "values are hot, but no round is due"
      ])
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
  it.effect("after a crash a node knows its values and settings, and nothing else", () =>
    Effect.gen(function* () {
      const selection = yield* Peers
      const start = yield* first({ rounds: 4 })
      const state = counted(yield* stateOf(10, [hot(8, 10, 0)]), 7)
      assert.deepStrictEqual(
        look(recover(state, selection)),
        look(update(start, { store: state.store, settings: state.settings, selection }))
      )
    }).pipe(Effect.provide(Peers.layer))
  )
})
