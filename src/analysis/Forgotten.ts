/**
 * Values that no program could have saved: they are missing at the end because every node that had them lost its memory
 * before any other node learned them.
 *
 * This is read off the messages and the faults alone. A node that restarts with nothing has forgotten all that it was told
 * before.
 *
 * @module
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Record from "effect/Record"
import type { NodeId } from "../protocol/Message.ts"
import { key, type Value } from "../protocol/Value.ts"
import { carriages } from "./Courses.ts"
import type { History } from "./History.ts"
import type { Incomplete } from "./SetFull.ts"
import { list, number } from "./Words.ts"

/**
 * A node that had a value for a while. Times in ms since the start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Holder {
  readonly node: NodeId
  /** When it was first told the value. */
  readonly learned: number
  /** When it crashed and forgot the value for good. */
  readonly forgot: number
}

/**
 * A value that no node has any more.
 *
 * @category models
 * @since 0.1.0
 */
export interface Forgotten {
  readonly value: Value
  /** Every node that had it, in the order in which they learned it. */
  readonly by: ReadonlyArray<Holder>
}

/** When each node lost its memory, in ms since the start. */
const lapses = ({ faults }: History): Readonly<Record<NodeId, ReadonlyArray<number>>> => {
  const struck = faults.flatMap(({ fault, from }) =>
    fault._tag === "Amnesia" ? fault.nodes.map((node) => ({ node, from })) : []
  )
  return Record.map(
    Arr.groupBy(struck, ({ node }) => node),
    (ofNode) => ofNode.map(({ from }) => from)
  )
}

/** When each node was told each of the wanted values: by the key of the value, then by node, in ms since the start. */
const tellings = (
  history: History,
  wanted: ReadonlySet<string>
): ReadonlyMap<string, ReadonlyMap<NodeId, ReadonlyArray<number>>> => {
  const found = new Map<string, Map<NodeId, Array<number>>>()
  for (const { arrived, transmission, values } of carriages(history)) {
    if (arrived === Infinity) continue
    const node = transmission.dest
    for (const { id } of values) {
      if (!wanted.has(id)) continue
      const byNode = found.get(id) ?? new Map<NodeId, Array<number>>()
      found.set(id, byNode)
      byNode.set(node, [...(byNode.get(node) ?? []), arrived])
    }
  }
  return found
}

/**
 * Those of the incomplete values that are missing everywhere because every node that had them forgot them.
 *
 * @category searching
 * @since 0.1.0
 */
export const find = (history: History, incomplete: ReadonlyArray<Incomplete>): ReadonlyArray<Forgotten> => {
  const missing = incomplete.filter(({ nodes }) => nodes.length === history.nodes.length)
  if (missing.length === 0) return []
  const byNode = lapses(history)
  const told = tellings(history, new Set(missing.map(({ value }) => key(value))))
  /** When a node forgot what it was told at this time; infinite if it never did. */
  const forgetting = (node: NodeId, at: number): number =>
    Math.min(...(byNode[node] ?? []).filter((lapse) => at <= lapse))
  return missing.flatMap(({ value }): ReadonlyArray<Forgotten> => {
    const by = [...(told.get(key(value)) ?? [])].map(([node, times]): Holder => ({
      node,
      learned: Math.min(...times),
      forgot: Math.max(...times.map((at) => forgetting(node, at)))
    }))
    const isForgotten = by.length > 0 && by.every(({ forgot }) => forgot < Infinity)
    return isForgotten ? [{ value, by: by.toSorted((a, b) => a.learned - b.learned) }] : []
  })
}

/**
 * The incomplete values that were not forgotten: a correct program would have saved them.
 *
 * @category filtering
 * @since 0.1.0
 */
export const inexcusable = (
  incomplete: ReadonlyArray<Incomplete>,
  forgotten: ReadonlyArray<Forgotten>
): ReadonlyArray<Value> => {
  const excused = new Set(forgotten.map(({ value }) => key(value)))
  return incomplete.map(({ value }) => value).filter((value) => !excused.has(key(value)))
}

/**
 * Why no node has a value, for people.
 *
 * @category formatting
 * @since 0.1.0
 */
export const reason = ({ by }: Forgotten): string => {
  const times = new Set(by.map(({ forgot }) => `${number(forgot)} ms`))
  return (
    `only ${list(by.map(({ node }) => node))} had it, and forgot it at ${list([...times])} ` +
    "before any other node had learned it"
  )
}
