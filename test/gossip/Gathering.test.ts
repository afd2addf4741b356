/**
 * Whatever becomes of messages, clocks and lists of nodes: once the network works again, everybody learns everything, and
 * then there is quiet.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Crossing, gather } from "./Gathering.ts"
import { names } from "../node/Cluster.ts"
import { seeded } from "./Seeded.ts"

const minute = 60_000

/** A cluster that chance has made, after some seconds in which much went wrong. */
const troubled = Effect.fnUntraced(function* (seed: number) {
  const random = yield* seeded(`troubled ${seed}`)
  const next = () => random.nextDoubleUnsafe()
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <A>(choices: readonly [A, ...ReadonlyArray<A>]): A => choices[below(choices.length)] ?? choices[0]

  const count = 2 + below(6)
  const everybody = names(count)
  // Everybody knows the next one, so that everything can reach everybody.
  const lists = new Map(
    everybody.map((name, index) => [
      name,
      everybody.filter((other) => other === name || other === everybody[(index + 1) % count] || next() < 0.8)
    ])
  )
  const haveTheSameList = next() < 0.5
  const slowest = pick([5, 60, 300])
  const odds = { loss: pick([0, 0.1, 0.4]), copies: pick([0, 0.2]) }
  let isTroubled = true
  const delay = () => 1 + next() * slowest
  const carry = (): ReadonlyArray<number> => {
    if (!isTroubled) return [delay()]
    if (next() < odds.loss) return []
    return next() < odds.copies ? [delay(), delay()] : [delay()]
  }
  const settings = {
    fanout: pick([0, 0, 1, 2]),
    meeting_ms: pick([100, 460, 1000]),
    hosts: pick([1, 1, 2]),
    attendance: pick([1, 1, 0.5]),
    rounds: 1 + below(5),
    repair_interval_ms: pick([200, 1000]),
    message_values: pick([3, 10_000])
  }
  const cluster = yield* gather({
    count,
    seed,
    carry,
    settings,
    nodes: (name) => (haveTheSameList ? everybody : (lists.get(name) ?? []))
  })
  const skew = pick([0, 20, 3000])
  const setClock = (name: string) => cluster.setClock(name, (next() - 0.5) * 2 * skew)
  for (const name of everybody) setClock(name)
  const told = new Set<string>()
  for (let turn = 0; turn < 60; turn++) {
    const value = `v${below(50)}`
    told.add(JSON.stringify(value))
    cluster.tell(pick(["n1", ...everybody]), value)
    cluster.pass(next() * 200)
    if (next() < 0.1) setClock(pick(["n1", ...everybody]))
    if (next() < 0.03) cluster.crash(pick(["n1", ...everybody]))
  }
  isTroubled = false
  return { cluster, told: [...told].toSorted() }
})

describe("a cluster after trouble", () => {
  it.effect.prop(
    "once no messages are lost any more, everybody learns everything, and then only comparisons are sent",
    { seed: Schema.Int },
    Effect.fnUntraced(function* ({ seed }) {
      const { cluster, told } = yield* troubled(seed)
      // Somebody may have crashed last, and whoever has crashed is silent until it is spoken to.
      for (const name of cluster.names) cluster.tell(name, JSON.parse(told[0] ?? "0"))
      cluster.pass(5 * minute)
      for (const name of cluster.names) assert.deepStrictEqual(cluster.known(name), told, `${name}, seed ${seed}`)
      const quiet = cluster.now()
      cluster.pass(5 * minute)
      const kinds = new Set(cluster.since(quiet).map(({ kind }: Crossing) => kind))
      assert.deepStrictEqual([...kinds], ["compare"], `seed ${seed}`)
    }),
    { arbitrary: { runs: 150, seed: 1 } }
  )
})
