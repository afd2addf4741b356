/**
 * Gossip whose nodes send mostly to peers of their own zone: a service `Peers` of one's own.
 *
 * Messages between zones are slow or cost money. So a node forwards new values to nodes of its own zone, and every fourth time
 * to another zone first. Here the nodes at even places in the list of all nodes are one zone, those at odd places the other.
 *
 * Stands what gossip stands: partitions, also one-way, loss, duplication, reordering, pauses, crashes and wrong clocks.
 */
import * as Arr from "effect/Array"
import * as Layer from "effect/Layer"
import * as Order from "effect/Order"
import { Gossip } from "maelstrom-gossip/gossip/Gossip"
import * as Hosts from "maelstrom-gossip/gossip/Hosts"
import { Peers, type Selection } from "maelstrom-gossip/gossip/Peers"
import { Settings } from "maelstrom-gossip/gossip/Settings"

/** A selection is a value. Taking from it returns the one for the next time, which here knows how often that happened. */
const zoned = (taken: number): Selection => ({
  take: (count, except, { nodes, random, self }) => {
    const isNear = (node: string) => nodes.indexOf(node) % 2 === nodes.indexOf(self) % 2
    const others = nodes.filter((node) => node !== self && node !== except)
    const shuffled = Arr.sortWith(others, () => random.nextDoubleUnsafe(), Order.Number)
    const near = shuffled.filter(isNear)
    const far = shuffled.filter((node) => !isNear(node))
    const preferred = taken % 4 === 3 ? [...far, ...near] : [...near, ...far]
    return [preferred.slice(0, count), zoned(taken + 1)]
  },
  // Every node must name the same hosts. Drawn by a hash, as without this file, each node has its turn.
  hosts: (begin, count, { nodes }) => Hosts.of(nodes, begin, count),
  // The topology that clients suggest does not matter here.
  withTopology: () => zoned(taken)
})

export const parts = Gossip.layerNoDeps.pipe(Layer.provide([Layer.succeed(Peers, zoned(0)), Settings.layer()]))
