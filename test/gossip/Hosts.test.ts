/**
 * Everybody finds the same hosts of a meeting without a word, and everybody is host equally often.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Hosts from "../../src/gossip/Hosts.ts"
import { names } from "../node/Cluster.ts"
import { chiSquare, quantile, seeded } from "./Seeded.ts"

const start = 1_700_000_000_000

/** The beginnings of this many meetings, one every `interval` ms. */
const meetings = (count: number, interval = 460) =>
  Array.from({ length: count }, (_, index) => start - (start % interval) + index * interval)

const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 }))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 }))
const Begin = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 * start }))

describe("the hosts of a meeting", () => {
  it.effect.prop(
    "are as many different nodes as asked for, and the same in whatever order a node lists its peers",
    { size: Size, count: Count, begin: Begin, seed: Schema.Int },
    Effect.fnUntraced(function* ({ begin, count, seed, size }) {
      const random = yield* seeded(seed)
      const hosts = Hosts.of(names(size), begin, count)
      assert.lengthOf(hosts, Math.min(count, size))
      assert.strictEqual(new Set(hosts).size, hosts.length)
      for (const host of hosts) assert.include(names(size), host)
      const shuffled = names(size)
        .map((node) => [random.nextDoubleUnsafe(), node] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, node]) => node)
      assert.deepStrictEqual(Hosts.of(shuffled, begin, count), hosts)
    }),
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it.prop(
    "are the first of those of whom more are asked for: the highest come first",
    { size: Size, count: Count, begin: Begin },
    ({ begin, count, size }) =>
      assert.deepStrictEqual(Hosts.of(names(size), begin, count), Hosts.of(names(size), begin, size).slice(0, count)),
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it.prop(
    "stay the same when a node goes that is none of them; when one of them goes, the next highest takes its place",
    { size: Size, count: Count, begin: Begin },
    ({ begin, count, size }) => {
      const [hosts, next] = [Hosts.of(names(size), begin, count), Hosts.of(names(size), begin, count + 1)]
      for (const gone of names(size)) {
        const left = names(size).filter((node) => node !== gone)
        const expected = hosts.includes(gone) ? next.filter((node) => node !== gone) : hosts
        assert.deepStrictEqual(Hosts.of(left, begin, count), expected)
      }
    },
    { arbitrary: { runs: 100, seed: 1 } }
  )

  it.each([150, 460, 1000, 1750])(
    "are any node equally often with a meeting every %d ms: χ² of 7,000 meetings below its 99.9 %% quantile",
    (interval) => {
      const drawn = meetings(7000, interval).map((begin) => Hosts.of(names(7), begin, 1).join())
      assert.isBelow(chiSquare(names(7), drawn), quantile[6])
    }
  )

  it("do not depend on those of the meeting before: any node follows any equally often, itself included", () => {
    const drawn = meetings(7000).map((begin) => Hosts.of(names(5), begin, 1).join())
    const distances = drawn.slice(1).map((host, index) => {
      const [before, after] = [drawn[index] ?? "", host].map((name) => names(5).indexOf(name))
      return String(((after ?? 0) - (before ?? 0) + 5) % 5)
    })
    // The 99.9 % quantile of χ² with 4 degrees of freedom is below that with 5.
    assert.isBelow(chiSquare(["0", "1", "2", "3", "4"], distances), quantile[5])
  })

  it.prop(
    "are each named once, however often a node is listed",
    { size: Size, count: Count, begin: Begin },
    ({ begin, count, size }) =>
      assert.deepStrictEqual(
        Hosts.of([...names(size), ...names(size)], begin, count),
        Hosts.of(names(size), begin, count)
      ),
    { arbitrary: { runs: 100, seed: 1 } }
  )

  it("are nobody among no nodes", () => {
    assert.deepStrictEqual(Hosts.of([], start, 3), [])
  })
})
