/**
 * Forecasts held against simulated runs.
 *
 * Each case is the mean over as many seeds as make its standard error at most 0.8 of what a forecast may be off. That is one
 * where many values take the same time, and more where there are few values or where latencies vary. Runs with many requests
 * are short.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Forecast from "../../src/planning/Forecast.ts"
import type { Kind } from "../../src/planning/Latency.ts"
import * as Waits from "../../src/planning/Waits.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Sample from "../figures/Sample.ts"
import { standard } from "../simulation/Standard.ts"

/** A cluster, its settings, and for how many seconds and with how many seeds it is simulated. */
interface Case {
  readonly nodes: number
  readonly rate: number
  readonly kind: Kind
  readonly latency: number
  readonly interval: number
  readonly hosts: number
  readonly attendance: number
  readonly seconds: number
  readonly seeds: number
}

const constant = (
  nodes: number,
  rate: number,
  latency: number,
  interval: number,
  { hosts = 1, seconds = 20, seeds = 1 } = {}
): Case => ({ nodes, rate, kind: "constant", latency, interval, hosts, attendance: 1, seconds, seeds })

const varying = (
  kind: "uniform" | "exponential",
  [nodes, rate, latency]: readonly [nodes: number, rate: number, latency: number],
  [interval, hosts, attendance]: readonly [interval: number, hosts: number, attendance: number],
  seeds: number
): Case => ({ nodes, rate, kind, latency, interval, hosts, attendance, seconds: 20, seeds })

const cases: ReadonlyArray<Case> = [
  constant(5, 10, 10, 150, { seeds: 10 }),
  constant(5, 10, 50, 500, { seeds: 10 }),
  constant(5, 10, 100, 1000, { seeds: 10 }),
  constant(5, 10, 200, 460, { seeds: 10 }),
  constant(5, 100, 10, 150),
  constant(5, 100, 50, 300),
  constant(5, 100, 100, 460),
  constant(5, 100, 200, 1750),
  constant(5, 1000, 50, 300, { seconds: 5 }),
  constant(5, 1000, 100, 460, { seconds: 7 }),
  constant(25, 10, 10, 500, { seeds: 10 }),
  constant(25, 10, 50, 150, { seeds: 5 }),
  constant(25, 10, 100, 1750, { seeds: 5 }),
  constant(25, 10, 200, 3000, { seeds: 5 }),
  constant(25, 100, 10, 300),
  constant(25, 100, 50, 150),
  constant(25, 100, 100, 150),
  constant(25, 100, 100, 460),
  constant(25, 100, 100, 460, { hosts: 2 }),
  constant(25, 100, 100, 1750),
  constant(25, 100, 200, 500),
  constant(25, 100, 200, 3000),
  constant(25, 1000, 10, 150, { seconds: 3 }),
  constant(25, 1000, 100, 460, { seconds: 5 }),
  constant(25, 1000, 200, 700, { hosts: 3, seconds: 6 }),
  constant(25, 100, 250, 922, { seeds: 5 }),
  constant(25, 100, 300, 867, { seeds: 2 }),
  constant(25, 100, 400, 1150, { hosts: 2 }),
  constant(25, 100, 500, 1500, { seeds: 5 }),
  constant(25, 100, 700, 2000, { seeds: 5 }),
  constant(100, 10, 10, 3000, { seeds: 3 }),
  constant(100, 10, 100, 500, { seeds: 3 }),
  constant(100, 100, 50, 460),
  constant(100, 100, 100, 1750, { hosts: 2 }),
  constant(100, 100, 400, 1000, { seeds: 5 }),
  constant(100, 1000, 100, 300, { seconds: 3 }),
  constant(200, 10, 100, 1000, { seeds: 2 }),
  constant(200, 100, 200, 600),
  constant(200, 1000, 50, 300, { seconds: 3 }),
  varying("uniform", [25, 100, 100], [460, 2, 1], 1),
  varying("uniform", [25, 100, 50], [300, 2, 0.9], 2),
  varying("uniform", [25, 20, 50], [800, 2, 1], 5),
  varying("uniform", [100, 100, 100], [600, 2, 0.9], 6),
  varying("uniform", [25, 100, 300], [1000, 1, 1], 2),
  varying("exponential", [5, 100, 100], [500, 2, 0.9], 20),
  varying("exponential", [25, 10, 50], [500, 2, 0.9], 6),
  varying("exponential", [25, 100, 100], [211, 2, 0.7], 5),
  varying("exponential", [25, 100, 20], [300, 2, 0.95], 4),
  varying("exponential", [25, 100, 100], [500, 2, 0.9], 3),
  varying("exponential", [25, 100, 100], [500, 1, 1], 2),
  varying("exponential", [25, 100, 100], [800, 3, 0.9], 1),
  varying("exponential", [25, 100, 100], [1300, 2, 0.95], 6),
  varying("exponential", [100, 100, 50], [500, 2, 0.9], 1)
]

const name = ({ attendance, hosts, interval, kind, latency, nodes, rate }: Case): string =>
  `${nodes} nodes, ${rate} requests a second, ${latency} ms ${kind}: T ${interval}, H ${hosts}, Q ${attendance}`

/** Within a share of what was measured, or within so many ms of it. */
const assertClose = (predicted: number, measured: number, share: number, ms: number, what: string) => {
  const tolerance = Math.max(share * measured, ms)
  assert.closeTo(predicted, measured, tolerance, what)
}

it("a forecast is for the timers and the quiet time that the simulator has unless it is told otherwise", () => {
  assert.strictEqual(Waits.timerLateness, Scenario.defaults.timer_lateness)
  assert.strictEqual(Forecast.quietTime, Scenario.defaults.quiet)
})

describe("a forecast is within 10 % in messages, and 15 % or 20 ms in latencies, of a simulation with", () => {
  it.live.each(cases.map((each) => [name(each), each] as const))(
    "%s",
    ([, { attendance, hosts, interval, kind, latency, nodes, rate, seconds, seeds }]) =>
      Effect.gen(function* () {
        const changes = { fanout: 0, meeting_ms: interval, hosts, attendance }
        const scenario = {
          ...standard,
          node_count: nodes,
          rate,
          latency,
          latency_dist: kind,
          time_limit: seconds * 1000
        }
        const forecast = Forecast.of(scenario, Settings.change(Settings.defaults, changes))
        const sample = yield* Sample.take({ settings: changes, scenario, seeds })
        assert.isTrue(sample.flawless)
        assertClose(forecast.messages, sample.messages.mean, 0.1, 0, "messages per request")
        assertClose(forecast.median, sample.median.mean, 0.15, 20, "median")
        assertClose(forecast.maximum, sample.slowest.mean, 0.15, 20, "maximum")
      })
  )
})
