/**
 * A digest tells sets of values apart, and only by what is in them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Digest from "../../src/gossip/Digest.ts"
import * as Store from "../../src/gossip/Store.ts"
import { isComposite, key, type Value } from "../../src/protocol/Value.ts"

const limit = 2 ** 52

const digestOf = (values: ReadonlyArray<Value>): Digest.Digest => Store.digest(Store.add(Store.empty, values))

/** The same value, its members in the opposite order. */
const turned = (value: Value): Value => {
  if (!isComposite(value)) return value
  if (Array.isArray(value)) return value.map(turned)
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, turned(member)] as const)
      .toReversed()
  )
}

const assertInRange = (sum: number) => {
  assert.isTrue(Number.isInteger(sum), `${sum} is an integer`)
  assert.isAtLeast(sum, 0)
  assert.isBelow(sum, limit)
}

const Hash = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: limit - 1 }))

describe("Digest", () => {
  it.each([
    [1, 1.0],
    [0, -0],
    [1e2, 100],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 }
    ],
    [[{ a: [-0], b: null }], [{ b: null, a: [0] }]]
  ] as const)("the hash of %j is the hash of %j", (a, b) => {
    assert.strictEqual(Digest.hash(a), Digest.hash(b))
  })

  it("values that are not equal as JSON have different hashes, however alike they look", () => {
    const alike: ReadonlyArray<Value> = [
      0,
      1,
      -1,
      "1",
      1.5,
      "1.5",
      [1],
      "[1]",
      [[1]],
      true,
      "true",
      false,
      null,
      "null",
      "",
      " ",
      [],
      {},
      { a: 1 },
      { a: "1" },
      { b: 1 },
      "\u0001",
      "a",
      "á",
      "a\u0301",
      2 ** 31,
      -(2 ** 31),
      2 ** 31 - 1,
      2 ** 32,
      2 ** 32 + 1,
      2 ** 52,
      2 ** 53,
      1e300
    ]
    assert.strictEqual(new Set(alike.map(Digest.hash)).size, alike.length)
  })

  it("the first 200,000 integers have different hashes, spread over the whole range and all remainders", () => {
    const hashes = Array.from({ length: 200_000 }, (_, value) => Digest.hash(value))
    assert.strictEqual(new Set(hashes).size, hashes.length)
    for (const parts of [2, 16, 32, 1024]) {
      const counts = Array.from({ length: parts }, () => 0)
      const ranges = Array.from({ length: parts }, () => 0)
      for (const hash of hashes) {
        counts[hash % parts] = (counts[hash % parts] ?? 0) + 1
        const range = Math.floor((hash / limit) * parts)
        ranges[range] = (ranges[range] ?? 0) + 1
      }
      const mean = hashes.length / parts
      for (const count of [...counts, ...ranges]) assert.isBelow(Math.abs(count - mean), 6 * Math.sqrt(mean))
    }
  })

  it.prop(
    "hashes are in range and do not depend on the order of keys",
    { value: Schema.Json },
    ({ value }) => {
      assertInRange(Digest.hash(value))
      assert.strictEqual(Digest.hash(turned(value)), Digest.hash(value))
    },
    { arbitrary: { runs: 500, seed: 1 } }
  )

  it.prop(
    "sums stay in range, and what was added can be taken away, in any order",
    { hashes: Schema.Array(Hash) },
    ({ hashes }) => {
      let sum = 0
      for (const hash of [...hashes, limit - 1, limit - 1]) {
        const next = Digest.plus(sum, hash)
        assertInRange(next)
        assert.strictEqual(BigInt(next), (BigInt(sum) + BigInt(hash)) % BigInt(limit))
        assert.strictEqual(Digest.minus(next, hash), sum)
        sum = next
      }
      for (const hash of [limit - 1, limit - 1, ...hashes]) {
        sum = Digest.minus(sum, hash)
        assertInRange(sum)
      }
      assert.strictEqual(sum, 0)
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it.prop(
    "the digest of a store does not depend on the order in which values were learned, and differs with every value",
    { values: Schema.Array(Schema.Json) },
    ({ values }) => {
      const digest = digestOf(values)
      assertInRange(digest.sum)
      assert.isTrue(Digest.equals(digestOf(values.toReversed().map(turned)), digest))
      const keys = new Set(values.map(key))
      assert.strictEqual(digest.count, keys.size)
      for (const left of keys) {
        assert.isFalse(Digest.equals(digestOf(values.filter((value) => key(value) !== left)), digest))
      }
    },
    { arbitrary: { runs: 100, seed: 1 } }
  )

  it.prop(
    "the digest of a list is that of a store of its values, and without the digests of its two parts nothing is left",
    { values: Schema.Array(Schema.Json), cut: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 })) },
    ({ cut, values }) => {
      const different = Store.slice(Store.add(Store.empty, values))
      const whole = Digest.of(different)
      assert.deepStrictEqual(whole, digestOf(values))
      const parts = [different.slice(0, cut), different.slice(cut)].map(Digest.of)
      assert.deepStrictEqual(parts.reduce(Digest.without, whole), Digest.of([]))
      assert.deepStrictEqual(parts.toReversed().reduce(Digest.without, whole), Digest.of([]))
      assert.deepStrictEqual(Digest.without(whole, Digest.of([])), whole)
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it("equal counts or equal sums alone are not equal digests", () => {
    assert.isTrue(Digest.equals({ count: 1, sum: 5 }, { count: 1, sum: 5 }))
    assert.isFalse(Digest.equals({ count: 1, sum: 5 }, { count: 1, sum: 6 }))
    assert.isFalse(Digest.equals({ count: 1, sum: 5 }, { count: 2, sum: 5 }))
  })
})
