/**
 * The same run under many seeds, in a few figures. The tables and pictures are made from these.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mean } from "../../src/analysis/Spread.ts"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import { type Changes, type Profile, Settings } from "../../src/gossip/Settings.ts"
import type { Provided } from "../../src/node/Node.ts"
import type * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { standard } from "../simulation/Standard.ts"

/** What is run, and how often. */
export interface Plan {
  readonly profile?: Profile
  /** What replaces the settings of the profile. */
  readonly settings?: Changes
  /** What replaces the standard scenario. */
  readonly scenario?: Partial<Scenario.Scenario>
  /** The seeds; a number n stands for 1 to n. */
  readonly seeds: number | ReadonlyArray<number>
  /** What gossips; left out, the component of the package. */
  readonly gossip?: Layer.Layer<never, never, Provided | Peers | Settings>
}

/** What `of` makes of each run of a plan, seed by seed. No other result is kept, because those of large runs are large. */
export const measure = <A>(
  { gossip = Gossip.layerNoDeps, profile, scenario, seeds, settings }: Plan,
  of: (result: Simulation.Result) => A
) =>
  Effect.forEach(typeof seeds === "number" ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds, (seed) =>
    Simulation.simulate({
      scenario: { ...standard, ...scenario, seed },
      parts: gossip.pipe(Layer.provide([Peers.layer, Settings.layer(settings, profile)]))
    }).pipe(Effect.map(of))
  )

/** Mean and worst of a figure. */
export interface Figure {
  readonly mean: number
  readonly worst: number
}

/** One run: what it cost and how long it took. Times in ms. */
export interface Run {
  /** Messages between nodes per request of a client. */
  readonly messages: number
  /** The median of the stable latencies. */
  readonly median: number
  /** The maximum of the stable latencies. */
  readonly slowest: number
  /** Messages between nodes from 3 s after the last broadcast. */
  readonly quiet: number
  /** Bytes between nodes per request of a client. */
  readonly bytes: number
  /** Relative message redundancy. */
  readonly rmr: number
  /** Bytes between nodes, as a multiple of what {@link leastBytes} says. */
  readonly overhead: number
  /** Whether the run was valid and complete. */
  readonly flawless: boolean
}

const bare = `{"src": "n10", "dest": "n11", "body": {"type": "gossip", "messages": [], "msg_id": 100}}\n`

/**
 * The bytes of n copies of every value in as many messages as carried values, if these had nothing but values. Of n copies,
 * one goes to the host and n − 1 come from it.
 */
const leastBytes = ({ courses, history }: Simulation.Result): number => {
  const copies = [...courses.byKey.keys()].reduce((sum, value) => sum + Buffer.byteLength(value) + ", ".length, 0)
  return courses.carriers * bare.length + history.nodes.length * copies
}

/** The figures of one run. */
export const run = (result: Simulation.Result): Run => {
  const { spread, verdict } = result
  return {
    messages: verdict.net.servers.msgs_per_op,
    median: verdict.set.stable_latencies?.["0.5"] ?? Infinity,
    slowest: verdict.set.stable_latencies?.["1"] ?? Infinity,
    quiet: verdict.quiet.server_messages,
    bytes: verdict.net.servers.bytes / verdict.ops,
    rmr: spread.rmr,
    overhead: verdict.net.servers.bytes / leastBytes(result),
    flawless: verdict.valid === true && verdict.complete
  }
}

/** Several runs: of each figure of {@link Run} the mean and the worst, and whether all runs were valid and complete. */
export type Sample = { readonly [Name in Exclude<keyof Run, "flawless">]: Figure } & { readonly flawless: boolean }

/** Sums up runs. */
export const of = (runs: ReadonlyArray<Run>): Sample => {
  const figure = (pick: (run: Run) => number): Figure => {
    const numbers = runs.map(pick)
    return { mean: mean(numbers), worst: Math.max(...numbers) }
  }
  return {
    messages: figure(({ messages }) => messages),
    median: figure(({ median }) => median),
    slowest: figure(({ slowest }) => slowest),
    quiet: figure(({ quiet }) => quiet),
    bytes: figure(({ bytes }) => bytes),
    rmr: figure(({ rmr }) => rmr),
    overhead: figure(({ overhead }) => overhead),
    flawless: runs.every(({ flawless }) => flawless)
  }
}

/** Runs a plan. */
export const take = (plan: Plan) => Effect.map(measure(plan, run), of)
