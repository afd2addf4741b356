/**
 * What can be set on a running node: the fields of `configure`, each with its range.
 *
 * Flags, environment variables and the message share these schemas, so that one range holds everywhere.
 */
import * as Range from "./Range.ts"

/** Every setting by the name that it has in messages. */
export const fields = {
  /** To how many peers a message with values goes: 1 to 1,000,000; more than there are means everybody. */
  fanout: Range.integer(1, 1_000_000),
  /** How long new values wait for company before they are sent, in ms: 0 (they are forwarded at once) to 3,600,000. */
  window_ms: Range.integer(0, 3_600_000),
  /** The time between timer rounds in ms: 1 to 3,600,000 (an hour). The window takes its place where there is one. */
  gossip_interval_ms: Range.integer(1, 3_600_000),
  /** In how many rounds a node sends a value before it is old news: 1 to 1,000. */
  rounds: Range.integer(1, 1000),
  /** The quickest pace of comparing what is known with a peer, in ms: 1 to 3,600,000; 0 never compares. */
  repair_interval_ms: Range.integer(0, 3_600_000),
  /** How many values a message carries at most: 1 to 1,000,000. */
  message_values: Range.integer(1, 1_000_000),
  /** How many bytes a message has at most, unless one value takes more: 4,000 to 1,000,000,000. */
  message_bytes: Range.integer(4000, 1_000_000_000)
}
