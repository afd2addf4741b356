/**
 * Named settings: what a node is started with unless something else is said.
 *
 * They trade messages for time. What each costs is measured, and told in the README.
 */
import type { SettingsShape } from "./Settings.ts"

/** The names of the profiles. */
export const names = ["default", "fast", "frugal"] as const
/** The name of a profile. */
export type Profile = (typeof names)[number]

const bounds = { message_values: 10_000, message_bytes: 1_000_000 }

/** The settings of each profile. */
export const profiles: Record<Profile, SettingsShape> = {
  /** Forwards at once to two peers, as the exercise asks; rounds and repair see to the nodes that this leaves out. */
  default: {
    fanout: 2,
    window_ms: 0,
    gossip_interval_ms: 200,
    rounds: 5,
    repair_interval_ms: 1000,
    ...bounds
  },
  /** The fewest messages that reach everybody within a few latencies. */
  fast: {
    fanout: 1,
    window_ms: 70,
    gossip_interval_ms: 70,
    rounds: 10,
    repair_interval_ms: 1000,
    ...bounds
  },
  /** The fewest messages that reach everybody within a second or two. */
  frugal: {
    fanout: 1,
    window_ms: 310,
    gossip_interval_ms: 310,
    rounds: 6,
    repair_interval_ms: 2000,
    ...bounds
  }
}
