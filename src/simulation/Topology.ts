/**
 * The neighbours that clients suggest to nodes, shaped as Maelstrom shapes them.
 */
import type { NodeId } from "../protocol/Message.ts"
import type { Scenario } from "./Scenario.ts"

const link = (nodes: ReadonlyArray<NodeId>, isLinked: (a: number, b: number) => boolean) =>
  Object.fromEntries(
    nodes.map((node, a) => [node, nodes.filter((_, b) => a !== b && (isLinked(a, b) || isLinked(b, a)))])
  )

const tree = (branching: number) => (parent: number, child: number) =>
  Math.floor((child - 1) / branching) === parent && child > 0

const shapes: Record<Scenario["topology"], (size: number) => (a: number, b: number) => boolean> = {
  line: () => (a, b) => a + 1 === b,
  total: () => () => true,
  tree: () => tree(2),
  tree2: () => tree(2),
  tree3: () => tree(3),
  tree4: () => tree(4),
  grid: (size) => {
    const side = Math.ceil(Math.sqrt(size))
    return (a, b) => (a + 1 === b && b % side !== 0) || a + side === b
  }
}

/** Who neighbours whom. */
export const make = (
  shape: Scenario["topology"],
  nodes: ReadonlyArray<NodeId>
): Readonly<Record<string, ReadonlyArray<NodeId>>> => link(nodes, shapes[shape](nodes.length))
