/**
 * What a node counts about its gossip, and how it reports it.
 */

/** Counters since the node started. */
export interface Statistics {
  /** Broadcast requests of clients, repeats included. */
  readonly broadcasts: number
  /** Messages sent to peers to spread values. */
  readonly gossipSent: number
}

/** Nothing counted yet. */
export const empty: Statistics = { broadcasts: 0, gossipSent: 0 }

/** The counters after so many more messages were sent to peers. */
export const withSent = ({ broadcasts, gossipSent }: Statistics, messages: number): Statistics => ({
  broadcasts,
  gossipSent: gossipSent + messages
})

/** The fields of `gossip_stats_ok`; `known` is the number of different values the node knows. */
export const report = ({ broadcasts, gossipSent }: Statistics, known: number) => ({
  broadcasts_received: broadcasts,
  gossip_messages_sent: gossipSent,
  messages_per_op: broadcasts === 0 ? 0 : gossipSent / broadcasts,
  unique_messages: known
})
