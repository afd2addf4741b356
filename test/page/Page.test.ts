/**
 * The page as text: whatever a run contains, it stays text.
 */
import { assert, describe, it } from "@effect/vitest"
import { type Defect, Fault } from "../../src/analysis/History.ts"
import * as Report from "../../src/analysis/Report.ts"
import { page } from "../../src/page/Page.ts"
import { pageData } from "../../src/page/PageData.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { assess, history, read } from "../analysis/Histories.ts"
import { happened, losing, message } from "./Runs.ts"

const hostile = `</script><script>alert("1")</script><!-- & \u2028`

describe("the page", () => {
  it("shows values with problems as text, never as HTML", () => {
    const html = page(pageData(losing(hostile), ""))
    assert.notInclude(html, "<script>alert")
    assert.include(html, "&lt;/script&gt;&lt;script&gt;alert(\\&quot;1\\&quot;)&lt;/script&gt;&lt;!-- &amp;")
  })

  it("shows types of messages and faults as text, and keeps them unaltered in the data of the charts", () => {
    const data = pageData(
      happened({
        transmissions: [message(0, ["n0", "n1"], hostile, 1)],
        faults: [{ fault: Fault.Pause({ nodes: [hostile] }), from: 0, to: 1 }]
      }),
      hostile
    )
    const html = page(data)
    assert.notInclude(html, "<script>alert")
    const [, json = ""] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html) ?? []
    assert.deepStrictEqual(JSON.parse(json), data.charts)
  })

  it("shows the defects of the program as text, with their stacks", () => {
    const defect: Defect = {
      node: "n1",
      at: 1234,
      where: "set, share",
      from: hostile,
      text: `Error: ${hostile}`,
      stack: ["at <anonymous> (Set.ts:1:2)", "at receive"]
    }
    const html = page(pageData(happened({ defects: [defect, { ...defect, node: "n0", from: "n1" }] }), ""))
    const [, row = ""] = /<h2>Defects of the program<\/h2>[^]*?<tbody>\n<tr>([^]*?)<\/tr>/.exec(html) ?? []
    const cells = row.split("</td>").map((cell) => cell.replace(/^<td[^>]*>/, ""))
    assert.deepStrictEqual(cells.slice(0, 3), ["n1", "1.2", "2"])
    assert.match(cells[3] ?? "", /^set, share from &lt;\/script&gt;/)
    assert.match(cells[4] ?? "", /^Error: &lt;\/script&gt;[^]*\nat &lt;anonymous&gt; \(Set.ts:1:2\)\nat receive$/)
    assert.notInclude(html, "<script>alert")
    assert.include(html, '<span class="bad">not valid</span>')
  })

  it("allows the browser to load nothing that is not in the page", () => {
    const html = page(pageData(losing(1), ""))
    assert.include(html, `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`)
    assert.notMatch(html, /(src|href)="/)
  })

  it("shows the command that repeats the run", () => {
    assert.include(
      page(pageData(losing(1), "maelstrom-gossip simulate --seed 7")),
      "<pre>maelstrom-gossip simulate --seed 7</pre>"
    )
  })

  it("of another workload than broadcast shows what its checker says, and no charts of values", () => {
    const html = page(
      pageData(
        Report.assess(
          Scenario.defaults,
          {
            name: "g-counter",
            check: () => ({ valid: false, complete: true, problems: [hostile], figures: { in_doubt: 3, [hostile]: 1 } })
          },
          history([])
        ),
        ""
      )
    )
    assert.include(html, "<h1>g-counter, simulated ")
    assert.include(html, "<dt>in doubt</dt><dd>3</dd>")
    assert.match(html, /<h2>Problems<\/h2>[^]*&lt;\/script&gt;&lt;script&gt;alert/)
    assert.notInclude(html, "<script>alert")
    for (const absent of ["Coverage", "RMR", "Values with problems", 'id="everywhere"'])
      assert.notInclude(html, `>${absent}`)
    assert.notInclude(html, 'id="coverage"')
  })

  it("says so if fewer requests succeeded than must", () => {
    const lacking = history([read([], 0, { ending: "fail" })])
    assert.include(
      page(pageData(assess(lacking, { ...Scenario.defaults, availability: 0.5 }), "")),
      "0 of 1 requests succeeded, 0.0 %, but 50.0 % must"
    )
  })
})
