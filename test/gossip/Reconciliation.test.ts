/**
 * Two nodes find the difference of their sets, with summaries that are no larger than the difference requires.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Digest from "../../src/gossip/Digest.ts"
import { matchSummary } from "../../src/gossip/Messages.ts"
import * as Reconciliation from "../../src/gossip/Reconciliation.ts"
import * as Sketch from "../../src/gossip/Sketch.ts"
import * as Store from "../../src/gossip/Store.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { Value } from "../../src/protocol/Value.ts"
import { seeded } from "./Seeded.ts"

const storeOf = (values: ReadonlyArray<Value>): Store.Store => Store.add(Store.empty, values)

const integers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

/** A side of a conversation: what it knows, and how large its messages may be. */
interface Side {
  readonly values: ReadonlyArray<Value>
  readonly messageBytes: number
}

/** A few words for the kind of a summary. */
const kindOf = (summary: Reconciliation.Summary): string => {
  const what = matchSummary(summary, {
    sketch: ({ cells }) => `${Sketch.cellCount(cells)} cells`,
    hashes: ({ hashes }) => `${hashes.length} hashes`
  })
  return summary.parts === 1 ? what : `${what} of a part`
}

const sorted = (values: ReadonlyArray<Value>) => values.toSorted()

/** Lets two sides exchange summaries to the end. Returns the summaries, and what each side is given. */
const converse = (first: Side, second: Side, about: number) => {
  const summaries: Array<Reconciliation.Summary> = []
  const gifts: readonly [Array<Value>, Array<Value>] = [[], []]
  const pending: Array<readonly [to: 0 | 1, summary: Reconciliation.Summary]> = [
    [1, Reconciliation.begin(first.values, about, first.messageBytes)]
  ]
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const [to, summary] = next
    summaries.push(summary)
    assert.isAtMost(summaries.length, 1200, "the conversation ends")
    const [side, from] = to === 1 ? [second, first] : [first, second]
    const found = Reconciliation.compare(side.values, summary, side.messageBytes)
    if (found._tag === "Unknown") pending.push(...found.summaries.map((answer) => [to === 1 ? 0 : 1, answer] as const))
    else {
      gifts[to === 1 ? 0 : 1].push(...found.missing)
      gifts[to].push(...Reconciliation.select(from.values, found.want))
    }
  }
  return {
    kinds: summaries.map(kindOf),
    summaries,
    bytes: summaries.map((summary) => Buffer.byteLength(print(summary))),
    gifts
  }
}

const large = 1_000_000

/** Lets two sides reconcile their sets, and asserts that each is given exactly the values that it lacks, each once. */
const reconcile = (
  ours: ReadonlyArray<Value>,
  theirs: ReadonlyArray<Value>,
  { about = 0, ourBytes = large, theirBytes = large } = {}
) => {
  const talk = converse({ values: ours, messageBytes: ourBytes }, { values: theirs, messageBytes: theirBytes }, about)
  const [known, knownThere] = [new Set(ours), new Set(theirs)]
  assert.deepStrictEqual(sorted(talk.gifts[0]), sorted(theirs.filter((value) => !known.has(value))))
  assert.deepStrictEqual(sorted(talk.gifts[1]), sorted(ours.filter((value) => !knownThere.has(value))))
  return talk
}

describe("Reconciliation", () => {
  it("a small sketch tells a difference of a few values on either side", () => {
    const { bytes, kinds } = reconcile(integers(0, 10_005), [...integers(5, 10_000), ...integers(20_000, 20_005)])
    assert.deepStrictEqual(kinds, ["60 cells"])
    assert.isBelow(bytes[0] ?? 0, 3000)
  })

  it.each([
    [integers(0, 10_000), integers(0, 10_005)],
    [integers(0, 10_005), integers(0, 10_000)]
  ])("a small sketch tells a difference of a few values if only one side lacks anything", (ours, theirs) => {
    assert.deepStrictEqual(reconcile(ours, theirs).kinds, ["60 cells"])
  })

  it("a difference that is too large for a small sketch is told by a large one in the answer", () => {
    const { bytes, kinds } = reconcile(integers(0, 10_500), integers(500, 11_000))
    assert.deepStrictEqual(kinds, ["60 cells", "1920 cells"])
    assert.isBelow(bytes[1] ?? 0, 85_000)
  })

  it("a node that expects a large difference begins with a large sketch", () => {
    assert.deepStrictEqual(reconcile(integers(0, 10_000), integers(500, 10_500), { about: 31 }).kinds, ["1920 cells"])
    assert.deepStrictEqual(reconcile(integers(0, 10_000), integers(2, 10_002), { about: 30 }).kinds, ["60 cells"])
  })

  it("a difference that is too large for a large sketch is told by a list of all hashes, in one message if it fits", () => {
    const { bytes, kinds } = reconcile(integers(0, 30_000), integers(3000, 33_000))
    assert.deepStrictEqual(kinds, ["60 cells", "1920 cells", "30000 hashes"])
    for (const size of bytes) assert.isBelow(size, large)
  })

  it("a list of all hashes that has no room in one message is cut into as few parts as it takes", () => {
    const bounds = { ourBytes: 90_000, theirBytes: 90_000 }
    const { bytes, kinds } = reconcile(integers(0, 30_000), integers(3000, 33_000), bounds)
    assert.deepStrictEqual(kinds.slice(0, 2), ["60 cells", "1920 cells"])
    for (const kind of kinds.slice(2)) assert.match(kind, /^\d+ hashes of a part$/)
    for (const size of bytes) assert.isBelow(size, 90_000)
    const listed = bytes.slice(2).reduce((sum, size) => sum + size, 0)
    assert.isAtMost(kinds.length - 2, Math.ceil(listed / 90_000) + 3)
  })

  it.each([
    { differing: 10, most: 1, mostBytes: 3000 },
    { differing: 1000, most: 2, mostBytes: 90_000 },
    { differing: 10_000, most: 5, mostBytes: 2_200_000 }
  ])(
    "sets of 100,000 that differ in $differing are told apart by $most summaries of $mostBytes bytes in all",
    ({ differing, most, mostBytes }) => {
      const half = differing / 2
      for (const [ours, theirs] of [
        [integers(0, 100_000), integers(half, 100_000 + half)],
        [integers(0, 100_000), integers(0, 100_000 - differing)],
        [integers(0, 100_000 - differing), integers(0, 100_000)]
      ] as const) {
        const { bytes } = reconcile(ours, theirs)
        assert.isAtMost(bytes.length, most)
        assert.isAtMost(
          bytes.reduce((sum, size) => sum + size, 0),
          mostBytes
        )
      }
    }
  )

  it("parts in which much is known are told by sketches", () => {
    const { kinds } = reconcile(integers(0, 9000), integers(200, 9200), { ourBytes: 5000, theirBytes: 5000 })
    assert.deepStrictEqual(kinds.slice(0, 2), ["60 cells", "117 cells"])
    assert.lengthOf(kinds, 34)
    for (const kind of kinds.slice(2)) assert.strictEqual(kind, "117 cells of a part")
  })

  it("parts that differ by too much for a sketch are listed, in as many messages as it takes", () => {
    const { kinds } = reconcile(integers(0, 5200), integers(5200, 10_400), { ourBytes: 2600, theirBytes: 2600 })
    assert.deepStrictEqual(
      kinds.slice(1, 33),
      Array.from({ length: 32 }, () => "60 cells of a part")
    )
    assert.lengthOf(kinds, 1 + 32 + 2 * 32)
    for (const kind of kinds.slice(33)) assert.match(kind, /^\d+ hashes of a part$/)
  })

  it.each([
    { what: "too small to have one", part: 0, parts: 2 ** 50 },
    { what: "that does not exist", part: Number.MAX_SAFE_INTEGER, parts: 1 }
  ])("numbers that claim to be the sketch of a part $what are not answered", ({ part, parts }) => {
    const cells = Array.from({ length: 3 * 1920 }, (_, index) => index)
    const found = Reconciliation.compare(
      integers(0, 10),
      { type: "gossip_sketch", kind: "sketch", part, parts, cells },
      large
    )
    assert.deepStrictEqual(found, { _tag: "Known", missing: [], want: [] })
  })

  it("a node that knows little lists its hashes, however much the other knows", () => {
    const { kinds } = reconcile(integers(0, 100), integers(50, 50_000))
    assert.deepStrictEqual(kinds, ["100 hashes"])
  })

  it("a node that knows nothing says so in a few bytes, and gets everything", () => {
    const { bytes, kinds } = reconcile([], integers(0, 50_000), { about: 50_000 })
    assert.deepStrictEqual(kinds, ["0 hashes"])
    assert.isBelow(bytes[0] ?? 0, 100)
  })

  it("a node that knows nothing and gets a sketch of much lists nothing in one message, and gets everything", () => {
    const { bytes, kinds } = reconcile(integers(0, 50_000), [], { about: 50_000 })
    assert.deepStrictEqual(kinds, ["1920 cells", "0 hashes"])
    for (const size of bytes.slice(1)) assert.isBelow(size, 100)
  })

  it("a summary of an equal set needs no answer", () => {
    assert.deepStrictEqual(reconcile([], []).kinds, ["0 hashes"])
    assert.deepStrictEqual(reconcile(integers(0, 9000), integers(0, 9000)).kinds, ["60 cells"])
  })

  it.each([2600, 2700, 5000, 10_000, 42_000, 80_000, 90_000])(
    "summaries keep within messages of %d bytes, whatever the difference",
    (messageBytes) => {
      const { bytes } = reconcile(integers(0, 3000), integers(1500, 4500), {
        ourBytes: messageBytes,
        theirBytes: messageBytes
      })
      for (const size of bytes) assert.isAtMost(size + 100, messageBytes)
    }
  )

  it("a sketch of many values, whose cells have large numbers, keeps within its message as well", () => {
    for (const messageBytes of [2600, 90_000]) {
      const summary = Reconciliation.begin(integers(0, 200_000), 200_000, messageBytes)
      assert.strictEqual(summary.kind, "sketch")
      assert.isAtMost(Buffer.byteLength(print(summary)) + 100, messageBytes)
    }
  })

  it("values are selected by their hashes, oldest first", () => {
    const values = [5, "x", { a: [1] }, 7]
    const hashes = [{ a: [1] }, 99, 5].map(Digest.hash)
    assert.deepStrictEqual(Reconciliation.select(values, hashes), [5, { a: [1] }])
    assert.deepStrictEqual(Reconciliation.select(values, []), [])
  })

  /** Random values. For each of them, chance decides which of the two sides know it. */
  const drawSides = (random: Random.Random, count: number) => {
    const values = Array.from({ length: count }, (_, index): Value => {
      const kind = Math.floor(random.nextDoubleUnsafe() * 4)
      return [index, `é${index}`, [index, null], { index }][kind] ?? index
    })
    const odds = random.nextDoubleUnsafe()
    const sides = values.map((value) => ({
      value,
      whose: random.nextDoubleUnsafe() < odds ? 3 : 1 + (random.nextIntUnsafe() & 1)
    }))
    const knownTo = (side: number) => sides.flatMap(({ value, whose }) => ((whose & side) === 0 ? [] : [value]))
    return [knownTo(1), knownTo(2)] as const
  }

  const Bytes = Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 100_000 }))

  it.effect.prop(
    "any two sets of any values end up the same, whatever bounds either side has",
    {
      count: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1500 })),
      ourBytes: Bytes,
      theirBytes: Bytes,
      seed: Schema.Int
    },
    Effect.fnUntraced(function* ({ count, ourBytes, seed, theirBytes }) {
      const [ours, theirs] = drawSides(yield* seeded(seed), count)
      const both = [storeOf(ours), storeOf(theirs)] as const
      const { gifts } = converse(
        { values: ours, messageBytes: ourBytes },
        { values: theirs, messageBytes: theirBytes },
        0
      )
      const ends = both.map((store, side) => {
        const given = gifts[side] ?? []
        const end = Store.add(store, given)
        assert.strictEqual(end.size, store.size + given.length, `seed ${seed}: all of ${print(given)} is new`)
        return Store.digest(end)
      })
      assert.deepStrictEqual(ends[0], ends[1], `seed ${seed}`)
    }),
    { arbitrary: { runs: 50, seed: 1 } }
  )
})
