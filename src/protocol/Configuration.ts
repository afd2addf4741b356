/**
 * What can be set on a running node: the fields of `configure`, each with its range.
 *
 * Flags, environment variables and the message share these schemas, so that one range holds everywhere.
 */
import * as Range from "./Range.ts"

/** To how many peers a value is forwarded: 1 to 1,000,000; more than there are means everybody. */
export const Fanout = Range.integer(1, 1_000_000)

/** The time between a node's gossip rounds in ms: 1 to 3,600,000 (an hour). */
export const GossipInterval = Range.integer(1, 3_600_000)

/** Every setting by the name that it has in messages. */
export const fields = {
  fanout: Fanout,
  gossip_interval_ms: GossipInterval
}
