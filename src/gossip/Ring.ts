/**
 * The order in which a node turns to its peers: a shuffled ring.
 *
 * The peers are shuffled and the list is walked; at its end it is shuffled again. Within a lap each step is a random draw
 * without replacement, so every peer has its turn once a lap and none is left out for long by chance. That spreads a value
 * better than independent draws do.
 */
import type * as Random from "effect/Random"
import type { NodeId } from "../protocol/Message.ts"

/** A place on the way around the peers. Immutable. */
export interface Ring {
  readonly peers: ReadonlyArray<NodeId>
  /** The current lap, in its shuffled order. */
  readonly lap: ReadonlyArray<NodeId>
  /** How many peers of the lap have been passed. */
  readonly position: number
  /** Peers that were passed over because they were excepted or taken already; they come first next time. */
  readonly waiting: ReadonlyArray<NodeId>
}

/** A ring of these peers, before its first lap. Peers named twice count once. */
export const make = (peers: ReadonlyArray<NodeId>): Ring => ({
  peers: [...new Set(peers)],
  lap: [],
  position: 0,
  waiting: []
})

/** Fisher and Yates: every order is equally likely. */
const shuffle = (peers: ReadonlyArray<NodeId>, random: Random.Random): ReadonlyArray<NodeId> => {
  const order = [...peers]
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.nextDoubleUnsafe() * (last + 1))
    const moved = order[last]
    const drawn = order[other]
    if (moved === undefined || drawn === undefined) break
    order[last] = drawn
    order[other] = moved
  }
  return order
}

/**
 * The next `count` peers, all different and none of them `except`; fewer only if there are no more. Also the ring after
 * them.
 */
export const take = (
  ring: Ring,
  count: number,
  except: NodeId | undefined,
  random: Random.Random
): readonly [peers: ReadonlyArray<NodeId>, ring: Ring] => {
  const { length } = ring.peers
  // Whether `except` is among the peers only matters when all the others are wanted.
  const eligible = count >= length && except !== undefined && ring.peers.includes(except) ? length - 1 : length
  const wanted = Math.min(count, eligible)
  return wanted === 0 ? [[], ring] : walk(ring, wanted, except, random)
}

const walk = (
  ring: Ring,
  wanted: number,
  except: NodeId | undefined,
  random: Random.Random
): readonly [peers: ReadonlyArray<NodeId>, ring: Ring] => {
  const taken: Array<NodeId> = []
  const waiting: Array<NodeId> = []
  let { lap, position } = ring
  const offer = (peer: NodeId) => {
    if (taken.length < wanted && peer !== except && !taken.includes(peer)) taken.push(peer)
    else if (!waiting.includes(peer)) waiting.push(peer)
  }
  for (const peer of ring.waiting) offer(peer)
  while (taken.length < wanted) {
    if (position === lap.length) {
      lap = shuffle(ring.peers, random)
      position = 0
    }
    offer(lap[position++] ?? "")
  }
  return [taken, { peers: ring.peers, lap, position, waiting }]
}
