/**
 * The page of a run as a browser shows it: a run through the built executable, its page in Debian's Chromium.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { chromium } from "playwright-core"
import { live, run } from "../process/Executable.ts"

const launch = Effect.acquireRelease(
  Effect.promise(() =>
    chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync"
      ]
    })
  ),
  (browser) => Effect.promise(() => browser.close())
)

const Results = Schema.fromJsonString(
  Schema.Struct({
    valid: Schema.Union([Schema.Boolean, Schema.Literal("unknown")]),
    complete: Schema.Boolean,
    availability: Schema.Finite,
    net: Schema.Struct({ servers: Schema.Struct({ msgs_per_op: Schema.Finite }) }),
    set: Schema.Struct({
      lost: Schema.Array(Schema.Finite),
      incomplete: Schema.Array(Schema.Struct({ value: Schema.Finite, nodes: Schema.Array(Schema.String) })),
      stable_latencies: Schema.Struct({ "0.5": Schema.Finite })
    }),
    spread: Schema.Struct({ coverage: Schema.Finite, rmr: Schema.Finite, ldh: Schema.Finite }),
    quiet: Schema.Struct({ server_messages: Schema.Finite }),
    by_type: Schema.Record(Schema.String, Schema.Finite)
  })
)

/** Makes a run with a partition and opens its page. */
const open = Effect.fnUntraced(function* (colorScheme: "light" | "dark") {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const scenario = "--node-count 5 --nemesis partition --nemesis-interval 2 --latency 50 --rate 20 --time-limit 10"
  yield* run("", { args: ["simulate", ...scenario.split(" "), "--out", folder] })
  const results = yield* Schema.decodeEffect(Results)(yield* fs.readFileString(`${folder}/results.json`))
  const page = yield* Effect.flatMap(launch, (browser) =>
    Effect.promise(() => browser.newPage({ colorScheme, viewport: { width: 1200, height: 800 } }))
  )
  const complaints: Array<string> = []
  const requests: Array<string> = []
  page.on("console", (line) => complaints.push(line.text()))
  page.on("pageerror", ({ message }) => complaints.push(message))
  page.on("request", (request) => requests.push(request.url()))
  yield* Effect.promise(() => page.goto(`file://${folder}/index.html`))
  return { complaints, page, requests, results }
})

type Page = Effect.Success<ReturnType<typeof open>>["page"]

/** How many pixels of a chart have exactly the colour of this name. */
const pixelsOf = (page: Page, chart: string, colour: string) =>
  Effect.promise(() =>
    page.evaluate<number>(`{
      const { data } = document.querySelector("#${chart} canvas").getContext("2d").getImageData(0, 0, 9999, 9999)
      const hex = getComputedStyle(document.documentElement).getPropertyValue("${colour}").trim()
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
      let count = 0
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count++
      }
      count
    }`)
  )

/** The texts of what is found. */
const textsOf = (page: Page, selector: string) => Effect.promise(() => page.locator(selector).allInnerTexts())

/** The cells of the table under a heading, row by row. */
const rowsOf = (page: Page, heading: string) =>
  Effect.map(textsOf(page, `section:has(h2:text-is("${heading}")) tbody tr`), (rows) =>
    rows.map((row) => row.split("\t"))
  )

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

describe("the page of a run", () => {
  it.live.each(["light", "dark"] as const)("draws its charts and shows the figures of the run, %s", (colorScheme) =>
    live(
      Effect.gen(function* () {
        const { complaints, page, requests, results } = yield* open(colorScheme)
        const { net, quiet, set, spread } = results

        assert.deepStrictEqual(yield* textsOf(page, ".verdict > span"), [
          results.valid === true ? "valid" : results.valid === false ? "not valid" : "validity unknown",
          results.complete ? "complete" : "not complete"
        ])
        const labels = yield* textsOf(page, "dt")
        const figures = yield* textsOf(page, "dd")
        const shown = Object.fromEntries(labels.map((label, index) => [label, figures[index]]))
        assert.include(shown, {
          "Messages per request": net.servers.msgs_per_op.toFixed(2),
          "Stable latency, median": `${set.stable_latencies["0.5"].toLocaleString("en-US")} ms`,
          Availability: percent(results.availability),
          Coverage: percent(spread.coverage),
          RMR: spread.rmr.toFixed(2),
          LDH: spread.ldh.toFixed(2),
          "Messages when quiet": String(quiet.server_messages)
        })

        const counts = (yield* rowsOf(page, "Messages")).map(([type = "", ...numbers]) => [
          type,
          numbers.slice(0, 2).reduce((sum, number) => sum + Number(number.replace(",", "")), 0)
        ])
        assert.deepStrictEqual(Object.fromEntries(counts), results.by_type)
        const problems = yield* rowsOf(page, "Values with problems")
        assert.sameMembers(
          problems.filter(([, what]) => what?.includes("lost")).map(([value]) => Number(value)),
          [...set.lost]
        )
        assert.sameDeepMembers(
          problems.filter(([, what]) => what?.includes("not exactly once")).map(([value, , nodes]) => [value, nodes]),
          set.incomplete.map(({ nodes, value }) => [String(value), nodes.join(", ")])
        )
        const faults = yield* rowsOf(page, "Faults")
        assert.isNotEmpty(faults)
        for (const [fault] of faults) assert.strictEqual(fault, "partition")

        // While no cursor is over a chart, its legend says what the curves reach and how many messages there were in all.
        const legends = yield* textsOf(page, "#coverage .u-value, #everywhere .u-value")
        assert.include(legends, "100.0 %")
        for (const text of legends) assert.match(text, /^[\d.,]+ (%|ms)$/)
        const gossiped = yield* textsOf(page, "#traffic .u-series:has(.u-label:text-is('gossip')) .u-value")
        assert.deepStrictEqual(gossiped, [`${results.by_type["gossip"]?.toLocaleString("en-US")} in all`])

        assert.deepStrictEqual(complaints, [])
        assert.lengthOf(requests, 1)

        // Last, since Chromium remarks on the reading of pixels.
        for (const [chart, colour] of [
          ["coverage", "--series-0"],
          ["everywhere", "--series-1"],
          ["traffic", "--series-0"],
          ["traffic", "--dropped"]
        ] as const) {
          assert.isAbove(yield* pixelsOf(page, chart, colour), 200, `${colour} in ${chart}`)
        }
      })
    )
  )
})
