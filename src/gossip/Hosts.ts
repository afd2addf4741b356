/**
 * Who hosts a meeting: the nodes that draw the highest numbers for it.
 *
 * Each node's number is a hash of the meeting's beginning and the node's name. So everybody finds the same hosts without a
 * word, each node is host equally often in random order, and a node that is missing from somebody's list changes only the
 * meetings that it would have hosted. Thaler, Ravishankar: Using Name-Based Mappings to Increase Hit Rates (1998).
 *
 * @module
 * @since 0.1.0
 */
import type { NodeId } from "../protocol/Message.ts"
import * as Digest from "./Digest.ts"

/**
 * The `count` hosts of the meeting that begins at `begin`, the highest first; all nodes if there are fewer.
 *
 * @category algorithms
 * @since 0.1.0
 */
export const of = (nodes: ReadonlyArray<NodeId>, begin: number, count: number): ReadonlyArray<NodeId> => {
  const drawn: Array<{ readonly node: NodeId; readonly number: number }> = []
  for (const node of nodes) {
    const number = Digest.hash(`${begin} ${node}`)
    if (drawn.length === count && number <= (drawn.at(-1)?.number ?? 0)) continue
    if (drawn.some((other) => other.node === node)) continue
    const place = drawn.findIndex((other) => other.number < number)
    drawn.splice(place === -1 ? drawn.length : place, 0, { node, number })
    if (drawn.length > count) drawn.pop()
  }
  return drawn.map(({ node }) => node)
}
