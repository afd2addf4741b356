/**
 * What a small and a large simulated cluster cost, and where the time goes.
 *
 * Each part is measured alone, for all messages of a run. The rest of the time is spent on the network, the clock and the
 * scheduling of Effects.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Gossip } from "../../src/gossip/Gossip.ts"
import * as Step from "../../src/node/Step.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { printer } from "../../src/protocol/Wire.ts"
import type { History } from "../../src/analysis/History.ts"
import type * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { standard } from "../simulation/Standard.ts"
import * as Core from "./Core.ts"
import type { Figure } from "./Figure.ts"

const large: Scenario.Scenario = { ...standard, node_count: 1000, rate: 20, time_limit: 5000 }

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const start = performance.now()
    const value = yield* effect
    return { value, elapsed: performance.now() - start }
  })

const run = (scenario: Scenario.Scenario) => timed(Simulation.run({ scenario, parts: Gossip.layer }))

const perThousandMessages = (scenario: Scenario.Scenario) =>
  Effect.map(run(scenario), ({ elapsed, value }) => (1000 * elapsed) / value.transmissions.length)

/** The figures, measured in this process. */
export const figures: ReadonlyArray<Figure<Effect.Error<ReturnType<typeof run>>>> = [
  {
    name: "standard run, judged, beside its 30 s",
    unit: "ms",
    limit: 1 / 20,
    runs: 5,
    ours: Effect.map(timed(Simulation.simulate({ scenario: standard, parts: Gossip.layer })), ({ elapsed }) => elapsed),
    baseline: Effect.succeed(standard.time_limit + standard.quiet)
  },
  {
    name: "1,000 messages, 25 nodes, beside 20 ms",
    unit: "ms",
    limit: 1,
    runs: 5,
    ours: perThousandMessages(standard),
    baseline: Effect.succeed(20)
  },
  {
    name: "1,000 messages, 1,000 nodes, beside 60 ms",
    unit: "ms",
    limit: 1,
    runs: 5,
    ours: perThousandMessages(large),
    baseline: Effect.succeed(60)
  },
  {
    name: "resident after 1,000 nodes, beside 2 GiB",
    unit: "MiB",
    limit: 1,
    runs: 1,
    ours: Effect.map(run(large), () => process.memoryUsage().rss / 2 ** 20),
    baseline: Effect.succeed(2048)
  }
]

/** A line that a node was handed, and when. */
interface Input {
  readonly at: number
  readonly line: string
}

/** What every node was handed, in order. */
const inputs = ({ nodes, transmissions }: History) =>
  nodes.map((node) =>
    transmissions
      .flatMap(({ dest, fate, text }): ReadonlyArray<Input> =>
        dest === node && fate._tag === "Delivered" ? [{ at: fate.at, line: text }] : []
      )
      .toSorted((a, b) => a.at - b.at)
  )

/** Hands a new node the lines, each at its time, with its ticks in between, and prints what it sends. */
const replay = (lines: ReadonlyArray<Input>) =>
  Effect.map(Core.make, ({ env, initial }) => {
    let state = initial
    const advance = (input: Step.Input, now: number) => {
      const [turn, next] = Step.step(state, input, env(now))
      turn.messages.forEach(printer())
      state = next
    }
    for (const { at, line } of lines) {
      while (state.alarm <= at) advance({ _tag: "Tick" }, state.alarm)
      advance({ _tag: "Lines", lines: [line] }, at)
    }
  })

/** Prints where the time of a standard run goes. */
export const whereTimeGoes = Effect.gen(function* () {
  const { elapsed, value: history } = yield* run(standard)
  const bodies = history.transmissions.map(({ text }) => JSON.parse(text))
  const { parts: resolved } = yield* Core.make
  const decoding = yield* timed(Effect.sync(() => history.transmissions.forEach(({ text }) => resolved.read(text))))
  const encoding = yield* timed(Effect.sync(() => bodies.forEach(print)))
  const replayed = yield* timed(Effect.forEach(inputs(history), replay, { discard: true }))
  const parts = {
    decode: decoding.elapsed,
    encode: encoding.elapsed,
    step: replayed.elapsed - decoding.elapsed - encoding.elapsed,
    "network and scheduling": elapsed - replayed.elapsed
  }
  yield* Console.log(`\nWhere the ${elapsed.toFixed(0)} ms of a standard run go, each part done alone:`)
  for (const [part, time] of Object.entries(parts)) {
    yield* Console.log(
      `  ${part.padEnd(24)}${time.toFixed(0).padStart(6)} ms ${((100 * time) / elapsed).toFixed(0).padStart(4)} %`
    )
  }
})
