/**
 * How long hosts wait: as they measure themselves, beside constants that somebody could choose who knows the latency.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Gossip from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { Settings } from "../../src/gossip/Settings.ts"
import type { State } from "../../src/gossip/State.ts"
import * as Component from "../../src/node/Component.ts"
import * as Picture from "./Picture.ts"
import * as Rows from "./Rows.ts"
import * as Sample from "./Sample.ts"

/** Gossip whose hosts wait for so many ms, whatever they measure. */
const waiting = (wait: number) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const gossip = Gossip.component(yield* Settings, yield* Peers)
      const fixed = (state: State): State => ({ ...state, meetings: { ...state.meetings, wait } })
      return Component.layer({
        ...gossip,
        initial: fixed(gossip.initial),
        step: (state, input, env) => {
          const [next, outputs] = gossip.step(state, input, env)
          return [fixed(next), outputs]
        }
      })
    })
  )

const latencies = [10, 50, 100, 200]
/** How much longer than the latency hosts wait, in ms. */
const beyond = [0, 2, 5, 10, 20]

/** The profile fast at latencies that nodes do not know: a table. */
export const table = Effect.gen(function* () {
  const rows = yield* Effect.forEach(
    latencies,
    Effect.fnUntraced(function* (latency) {
      yield* Console.error(`latency ${latency}, measured and fixed waits`)
      const plan: Sample.Plan = { profile: "fast", scenario: { latency }, seeds: 5 }
      const own = yield* Sample.take(plan)
      const fixed = yield* Effect.forEach(beyond, (more) =>
        Effect.map(Sample.take({ ...plan, gossip: waiting(latency + more) }), (sample) => ({
          wait: latency + more,
          sample
        }))
      )
      const [best] = fixed.toSorted((a, b) => a.sample.median.mean - b.sample.median.mean)
      const fewest = Math.min(...fixed.map(({ sample }) => sample.messages.mean))
      return [
        String(latency),
        ...Rows.costsOf(own),
        ...(best === undefined ? [] : [String(best.wait), ...Rows.costsOf(best.sample)]),
        fewest.toFixed(2),
        Rows.verdictOf(own)
      ]
    })
  )
  const best = Rows.costs.map((name) => `fixed: ${name}`)
  return Picture.table(["latency", ...Rows.costs, "best fixed wait", ...best, "fewest msgs/op", Rows.verdict], rows)
})
