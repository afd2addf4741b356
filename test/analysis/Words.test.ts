/**
 * Numbers and faults as people read them.
 */
import { assert, describe, it } from "@effect/vitest"
import { ClockError, Fault } from "../../src/analysis/History.ts"
import * as Words from "../../src/analysis/Words.ts"
import { nodeIds } from "../../src/simulation/Scenario.ts"

describe("numbers", () => {
  it("have their thousands separated and as many decimals as wanted", () => {
    assert.deepStrictEqual([Words.number(1234.5678), Words.number(1234.5678, 2)], ["1,235", "1,234.57"])
    assert.strictEqual(Words.percent(0.12345), "12.3 %")
    assert.strictEqual(Words.seconds(61_250), "61.3")
  })
})

describe("a text", () => {
  it("is broken between words into lines of at most the given length", () => {
    assert.deepStrictEqual(Words.wrap("one two three four", 8), ["one two", "three", "four"])
  })

  it("after a label fits into 80 columns, with its other lines below the first", () => {
    assert.deepStrictEqual(Words.entry("label ", `${"a".repeat(70)} b cc dd`), [
      `label ${"a".repeat(70)} b`,
      "      cc dd"
    ])
  })

  it("is not broken between a number and its unit", () => {
    assert.deepStrictEqual(Words.wrap("at 12 ms (50 %), 3 s later", 5), ["at", "12 ms", "(50 %),", "3 s", "later"])
  })

  it("keeps a word whole that is longer than a line", () => {
    assert.deepStrictEqual(Words.wrap("a longest b", 3), ["a", "longest", "b"])
  })
})

describe("a list", () => {
  it.each([
    { words: [], text: "" },
    { words: ["a"], text: "a" },
    { words: ["a", "b"], text: "a and b" },
    { words: ["a", "b", "c"], text: "a, b and c" }
  ])("of $words.length is told as “$text”", ({ text, words }) => {
    assert.strictEqual(Words.list(words), text)
  })
})

describe("a fault", () => {
  it.each([
    { fault: Fault.Partition({ groups: [["n0"], ["n1", "n2"]] }), told: "partition: n0 | n1,n2" },
    { fault: Fault.Partition({ groups: [["n0", "n1", "n2"]] }), told: "partition: cuts nobody off" },
    {
      fault: Fault.MajoritiesRing({
        heard: [
          ["n1", ["n0", "n2"]],
          ["n0", ["n1"]],
          ["n2", ["n1"]]
        ]
      }),
      told: "partition: ring of majorities, n1 hears n0,n2; n0 hears n1; n2 hears n1"
    },
    {
      fault: Fault.MajoritiesRing({ heard: [3, 4, 3, 3, 3, 3].map((count, at) => [`n${at}`, nodeIds(count)]) }),
      told: "partition: ring of majorities, each node hears 3 to 4 of the 5 others"
    },
    {
      fault: Fault.MajoritiesRing({ heard: nodeIds(8).map((node) => [node, nodeIds(4)]) }),
      told: "partition: ring of majorities, each node hears 4 of the 7 others"
    },
    { fault: Fault.OneWay({ deaf: ["n0"], others: ["n1", "n2"] }), told: "one-way: nothing from n1,n2 reaches n0" },
    {
      fault: Fault.Partition({ groups: [["n0"], nodeIds(6)] }),
      told: "partition: n0 | n0,n1,n2 and 3 more"
    },
    { fault: Fault.Crash({ nodes: nodeIds(300) }), told: "crash: n0,n1,n2 and 297 more" },
    {
      fault: Fault.Clock({ errors: nodeIds(9).map((node) => [node, ClockError.Drift({ rate: 0.1 })]) }),
      told: "clock: n0 10.0 % too fast; n1 10.0 % too fast; n2 10.0 % too fast; and 6 more"
    },
    { fault: Fault.Loss({ share: 0.07 }), told: "loss: 7.0 % lost" },
    { fault: Fault.Duplicate({ share: 0.3 }), told: "duplicate: 30.0 % twice" },
    { fault: Fault.Reorder({ jitter: 1200 }), told: "reorder: up to 1,200 ms late" },
    { fault: Fault.Pause({ nodes: ["n0", "n1"] }), told: "pause: n0,n1" },
    { fault: Fault.Crash({ nodes: ["n0"] }), told: "crash: n0" },
    { fault: Fault.Amnesia({ nodes: ["n0"] }), told: "amnesia: n0" },
    {
      fault: Fault.Clock({
        errors: [
          ["n0", ClockError.Offset({ offset: 1234.5 })],
          ["n1", ClockError.Offset({ offset: -7 })],
          ["n2", ClockError.Drift({ rate: 0.05 })],
          ["n3", ClockError.Drift({ rate: -0.123 })],
          ["n4", ClockError.Jumps({ offsets: [-40, 500], every: 1000 })]
        ]
      }),
      told:
        "clock: n0 off by +1,235 ms; n1 off by −7 ms; n2 5.0 % too fast; n3 12.3 % too slow; " +
        "n4 jumping between −40 ms and +500 ms"
    }
  ])("is told by its name and what exactly it did: $told", ({ fault, told }) => {
    const { detail, name } = Words.fault(fault)
    assert.strictEqual(`${name}: ${detail}`, told)
  })
})
