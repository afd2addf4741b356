/**
 * The page over several runs.
 */
import { assert, describe, it } from "@effect/vitest"
import { histogram, overview, type OverviewData } from "../../src/page/Overview.ts"

const data: OverviewData = {
  scenario: "5 nodes",
  command: "maelstrom-gossip simulate --runs 3",
  columns: [
    { name: "messages per request", text: (value) => value.toFixed(2) },
    { name: "stable, median", text: (value) => `${value.toLocaleString("en-US")} ms` }
  ],
  rows: [
    { seed: 1, page: "seed-1/index.html", isValid: true, isComplete: true, numbers: [1.5, 1200] },
    { seed: 2, page: "seed-2/index.html", isValid: false, isComplete: true, numbers: [2.5, 300] },
    { seed: 3, page: "seed-3/index.html", isValid: "unknown", isComplete: false, numbers: [0.5, undefined] }
  ]
}

describe("the page over several runs", () => {
  it("has a row for each seed, with a link to its page, its verdict and its figures", () => {
    const html = overview(data)
    const rows = [...html.matchAll(/<tr><td.*<\/tr>/g)].map(([row]) =>
      row.replaceAll(/<[^>]*>/g, "|").replaceAll(/\|+/g, "|")
    )
    assert.deepStrictEqual(rows, [
      "|1|valid, complete|1.50|1,200 ms|",
      "|2|not valid, complete|2.50|300 ms|",
      "|3|validity unknown, not complete|0.50|—|"
    ])
    assert.include(html, '<a href="seed-2/index.html">2</a>')
    assert.include(html, "1 of 3 valid and complete")
    assert.include(html, "<pre>maelstrom-gossip simulate --runs 3</pre>")
  })

  it("gives the median and the range of each figure over the runs that have it", () => {
    const html = overview(data)
    assert.include(html, "<dd>1.50</dd><small>the median; 0.50 to 2.50</small>")
    assert.include(html, "<small>the median; 300 ms to 1,200 ms</small>")
    const none = overview({ ...data, rows: data.rows.slice(2) })
    assert.include(none, "<dt>stable, median</dt><dd>—</dd><small>no run has it</small>")
  })

  it("shows what comes from a run as text, never as HTML", () => {
    assert.notInclude(overview({ ...data, command: "<script>alert(1)" }), "<script>alert")
  })
})

describe("a histogram", () => {
  it("counts every number once, the least in the first bar and the greatest in the last", () => {
    const counts = histogram([1, 1, 2, 3, 9])
    assert.strictEqual(counts[0], 2)
    assert.strictEqual(counts.at(-1), 1)
    assert.strictEqual(
      counts.reduce((sum, count) => sum + count, 0),
      5
    )
  })

  it("has one bar if all numbers are the same", () => {
    assert.strictEqual(histogram([4, 4, 4])[0], 3)
  })
})
