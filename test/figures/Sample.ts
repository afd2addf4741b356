/**
 * The same run under many seeds, in a few figures. The tables and pictures are made from these.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { type Changes, type Profile, Settings } from "../../src/gossip/Settings.ts"
import type * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { mean } from "../../src/analysis/Spread.ts"
import { standard } from "../simulation/Standard.ts"

/** What is run, and how often. */
export interface Plan {
  readonly profile?: Profile
  /** What replaces the settings of the profile. */
  readonly settings?: Changes
  /** What replaces the standard scenario. */
  readonly scenario?: Partial<Scenario.Scenario>
  /** The last seed; the first is 1. */
  readonly seeds: number
}

/** The results of a plan, seed by seed. */
export const runs = ({ profile, scenario, seeds, settings }: Plan) =>
  Effect.forEach(
    Array.from({ length: seeds }, (_, index) => index + 1),
    (seed) =>
      Simulation.simulate({
        scenario: { ...standard, ...scenario, seed },
        parts: Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.layer(settings, profile)]))
      })
  )

/** Mean and worst of a figure. */
export interface Figure {
  readonly mean: number
  readonly worst: number
}

const figure = (numbers: ReadonlyArray<number>): Figure => ({ mean: mean(numbers), worst: Math.max(...numbers) })

/** What a plan costs and how long it takes. Times in ms. */
export interface Sample {
  /** Messages between nodes per request of a client. */
  readonly messages: Figure
  /** The median of a seed's stable latencies. */
  readonly median: Figure
  /** The maximum of a seed's stable latencies. */
  readonly slowest: Figure
  /** Messages between nodes from 3 s after the last broadcast. */
  readonly quiet: Figure
  /** Bytes between nodes per request of a client. */
  readonly bytes: Figure
  /** Whether every run was valid and complete. */
  readonly flawless: boolean
}

/** Runs a plan. */
export const take = (plan: Plan) =>
  Effect.map(runs(plan), (results): Sample => ({
    messages: figure(results.map(({ verdict }) => verdict.net.servers.msgs_per_op)),
    median: figure(results.map(({ verdict }) => verdict.set.stable_latencies?.["0.5"] ?? Infinity)),
    slowest: figure(results.map(({ verdict }) => verdict.set.stable_latencies?.["1"] ?? Infinity)),
    quiet: figure(results.map(({ verdict }) => verdict.quiet.server_messages)),
    bytes: figure(results.map(({ verdict }) => verdict.net.servers.bytes / verdict.ops)),
    flawless: results.every(({ verdict }) => verdict.valid === true && verdict.complete)
  }))
