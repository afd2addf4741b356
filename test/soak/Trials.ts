/**
 * What the soak tries: every profile under every kind of fault, and under most of them together, in the same cluster.
 */
import * as Settings from "../../src/gossip/Settings.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import { standard } from "../simulation/Standard.ts"

/** What goes wrong in a trial, by name. Amnesia stands alone, because nothing else may lose values. */
export const afflictions = {
  none: [],
  partition: ["partition"],
  "one-way": ["one-way"],
  loss: ["loss"],
  duplicate: ["duplicate"],
  reorder: ["reorder"],
  pause: ["pause"],
  crash: ["crash"],
  clock: ["clock"],
  all: ["partition", "one-way", "loss", "duplicate", "reorder", "pause", "crash", "clock"],
  amnesia: ["amnesia"]
} as const satisfies Record<string, ReadonlyArray<Scenario.FaultKind>>
/** The name of what goes wrong. */
export type Affliction = keyof typeof afflictions
/** All of these names. */
export const afflictionNames = [
  "none",
  ...Scenario.faults.filter((fault) => fault !== "amnesia"),
  "all",
  "amnesia"
] as const

/** A profile under a fault. */
export interface Trial {
  readonly profile: Settings.Profile
  readonly affliction: Affliction
  /** The cluster and its clients; nemesis and seed are replaced. */
  readonly cluster: Scenario.Scenario
}

/** The standard run, with faults that come and go every few seconds. */
export const cluster: Scenario.Scenario = { ...standard, nemesis_interval: 5000 }

/** Each of these profiles under each of these faults. */
export const make = (
  scenario: Scenario.Scenario,
  profiles: ReadonlyArray<Settings.Profile> = Settings.profileNames,
  names: ReadonlyArray<Affliction> = afflictionNames
): ReadonlyArray<Trial> =>
  names.flatMap((affliction) => profiles.map((profile) => ({ profile, affliction, cluster: scenario })))
