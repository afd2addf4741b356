/**
 * The summary of several runs: its figures, their paths and their types.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { type FigurePath, outline, summarise } from "../../src/analysis/Summary.ts"
import { assess, broadcast, history, message, read } from "./Histories.ts"

const outlineOf = (seed: number, ...parts: Parameters<typeof history>) =>
  outline(assess(history(...parts), { ...Scenario.defaults, seed }))

const good = outlineOf(1, [broadcast(1, [0, 10]), read([], 100), read([1], 200, { final: true })])
const bad = outlineOf(2, [broadcast(1, [0, 10]), read([], 100, { final: true })], {
  transmissions: [message("n0", "c0", { type: "error" }, 0), message("n0", "c0", { type: "error" }, 0)]
})

describe("summarise", () => {
  it("gives mean, minimum and maximum of every figure under its path", () => {
    const summary = summarise([good, bad, bad])
    assert.deepStrictEqual(summary["set.lost_count"], { mean: 2 / 3, min: 0, max: 1 })
    assert.deepStrictEqual(summary["ops"], { mean: 7 / 3, min: 2, max: 3 })
    assert.deepStrictEqual(summary["net.all.msg_count"], { mean: 4 / 3, min: 0, max: 2 })
  })

  it("does not compile with the path of a figure that does not exist", () => {
    const paths: ReadonlyArray<FigurePath> = [
      "net.servers.msgs_per_op",
      "set.stable_latencies.0.5",
      "by_type.whatever",
      "valid",
      // @ts-expect-error -- misspelt
      "net.servers.msgs_per_operation",
      // @ts-expect-error -- not a number
      "set.lost",
      // @ts-expect-error -- not a figure
      "seed",
      // @ts-expect-error -- not a single figure
      "spread"
    ]
    const known = paths.filter((path) => path in summarise([good]))
    assert.deepStrictEqual(known, ["net.servers.msgs_per_op", "set.stable_latencies.0.5", "valid"])
  })

  it("counts true as 1 and false as 0", () => {
    const summary = summarise([good, bad])
    assert.deepStrictEqual(summary["valid"], { mean: 0.5, min: 0, max: 1 })
    assert.deepStrictEqual(summary["complete"], { mean: 0.5, min: 0, max: 1 })
  })

  it("takes a figure that some runs lack from the runs that have it", () => {
    assert.deepStrictEqual(summarise([good, bad])["set.stable_latencies.1"], { mean: 90, min: 90, max: 90 })
  })

  it("counts no messages of a type for a run that sent none", () => {
    assert.deepStrictEqual(summarise([good, bad, good, bad])["by_type.error"], { mean: 1, min: 0, max: 2 })
  })

  it("leaves out the seed", () => {
    assert.notProperty(summarise([good, bad]), "seed")
    assert.strictEqual(good.seed, 1)
  })

  it("gives the figures of a single run as their mean, minimum and maximum", () => {
    const figures = Object.values(summarise([bad]))
    assert.isAbove(figures.length, 20)
    for (const figure of figures) {
      assert.isDefined(figure)
      assert.deepStrictEqual([figure.min, figure.max], [figure.mean, figure.mean])
    }
  })
})
