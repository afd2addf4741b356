/**
 * What plans promise. That forecasts are true is up to the tests of forecasts.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Cluster } from "../../src/planning/Attendance.ts"
import * as Forecast from "../../src/planning/Forecast.ts"
import * as Plan from "../../src/planning/Plan.ts"
import * as Settings from "../../src/gossip/Settings.ts"

const cluster: Cluster = { node_count: 25, rate: 100, latency: 100, latency_dist: "constant", time_limit: 20_000 }
const fast: Plan.Limits = { median: 400, maximum: 600, down: 0 }
const frugal: Plan.Limits = { median: 1000, maximum: 2000, down: 0 }

describe("a plan", () => {
  it.each([
    ["constant", fast],
    ["constant", frugal],
    ["uniform", { ...fast, down: 1 }],
    ["exponential", frugal]
  ] as const)("at %s latency keeps its limits, by the forecast for its settings", (latency_dist, limits) => {
    const given = { ...cluster, latency_dist }
    const { forecast, keeps, settings } = Plan.make(given, limits)
    assert.isTrue(keeps)
    assert.deepStrictEqual(forecast, Forecast.of(given, Settings.change(Settings.defaults, settings)))
    assert.isAtMost(forecast.median, limits.median)
    assert.isAtMost(forecast.maximum, limits.maximum)
  })

  it("at constant latency has meetings as rarely as its limits allow", () => {
    const { settings } = Plan.make(cluster, fast)
    const rarer = { ...settings, meeting_ms: settings.meeting_ms + 1 }
    const { maximum, wait } = Forecast.of(cluster, Settings.change(Settings.defaults, rarer))
    assert.isAbove(Math.max(maximum, rarer.meeting_ms + wait), fast.maximum)
  })

  it("takes fewer messages for wider limits", () => {
    assert.isBelow(Plan.make(cluster, frugal).forecast.messages, Plan.make(cluster, fast).forecast.messages)
  })

  it("has one host more than nodes may be down", () => {
    assert.strictEqual(Plan.make(cluster, fast).settings.hosts, 1)
    assert.strictEqual(Plan.make(cluster, { ...fast, down: 2 }).settings.hosts, 3)
  })

  it("leaves no time between meetings in which nobody may come, however rarely anybody reads", () => {
    const { forecast, settings } = Plan.make({ ...cluster, rate: 0.1 }, fast)
    assert.isAtMost(settings.meeting_ms + forecast.wait, fast.maximum)
  })

  it("has a meeting in every run, however wide its limits are", () => {
    const { settings } = Plan.make(cluster, { median: 3_600_000, maximum: 3_600_000, down: 0 })
    assert.isAtMost(settings.meeting_ms, cluster.time_limit)
  })

  it("is the nearest there is when no settings keep the limits", () => {
    const { forecast, keeps, settings } = Plan.make(cluster, { median: 50, maximum: 150, down: 0 })
    assert.isFalse(keeps)
    assert.isAtMost(settings.meeting_ms, forecast.wait + 1)
  })

  it("exists for two nodes, and when all but one may be down", () => {
    assert.isTrue(Plan.make({ ...cluster, node_count: 2 }, { ...fast, down: 1 }).keeps)
  })
})
