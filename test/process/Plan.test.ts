/**
 * `plan` as a process: what it prints and how it ends.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { live, run } from "./Executable.ts"

const plan = (flags: string) => run("", { args: ["plan", ...flags.split(" ")] })

const small = "--node-count 5 --rate 50 --latency 20 --time-limit 5"
const slow = "--node-count 5 --rate 50 --latency 300 --time-limit 5"

describe("plan", () => {
  it.live("prints flags, what they cost, and what a simulation of them measures", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* plan(`${small} --median-ms 200 --max-ms 300 --check`)
        assert.strictEqual(stderr, "")
        assert.strictEqual(exitCode, 0)
        assert.match(
          stdout,
          /^the fewest messages within the limits:\n\n {2}--fanout 0 --meeting-ms \d+ --hosts 1 --attendance 1\n/
        )
        assert.match(stdout, /limit +predicted +measured\n/)
        assert.match(stdout, /\nstable, at most ms +300 +\d+ +\d+\n/)
      })
    )
  )

  it.live("says that no settings keep the limits, prints the nearest, and exits with code 1", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* plan(`${small} --median-ms 200 --max-ms 20`)
        assert.strictEqual(exitCode, 1)
        assert.match(stdout, /^no settings keep the limits; the nearest are:\n/)
        assert.match(
          stderr,
          /^meetings cannot keep a median of 200 ms and a maximum of 20 ms: .*\. Raise the limits\n$/
        )
      })
    )
  )

  it.live("goes by what it measures: a plan that exceeds a limit when simulated exits with code 1", () =>
    live(
      Effect.gen(function* () {
        const flags = `${slow} --median-ms 700 --max-ms 700`
        const predicted = yield* plan(flags)
        assert.strictEqual(predicted.exitCode, 0)
        assert.match(predicted.stdout, /^the fewest messages within the limits:\n/)
        const { exitCode, stderr, stdout } = yield* plan(`${flags} --check`)
        assert.strictEqual(exitCode, 1)
        assert.match(stdout, /^the fewest messages within the limits by the forecast; a simulation exceeds them:\n/)
        assert.match(stderr, /^3 simulated runs exceed a median of 700 ms and a maximum of 700 ms, /)
      })
    )
  )

  it.live("goes by what it measures: a plan that is within the limits when simulated exits with code 0", () =>
    live(
      Effect.gen(function* () {
        const flags = `${slow} --latency-dist uniform --median-ms 1000 --max-ms 1000`
        const predicted = yield* plan(flags)
        assert.strictEqual(predicted.exitCode, 1)
        const { exitCode, stderr, stdout } = yield* plan(`${flags} --check`)
        assert.strictEqual(stderr, "")
        assert.strictEqual(exitCode, 0)
        assert.match(stdout, /^the nearest to the limits by the forecast; a simulation is within them:\n/)
      })
    )
  )

  it.live("refuses to plan for no node that is up", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr } = yield* plan(`${small} --median-ms 200 --max-ms 300 --down 5`)
        assert.strictEqual(exitCode, 2)
        assert.strictEqual(stderr, "maelstrom-gossip: --down: must be less than the 5 nodes\n")
      })
    )
  )
})
