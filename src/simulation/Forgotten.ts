/**
 * Amnesia's excuse: values that are missing at the end because every node that ever had them forgot them before
 * anybody else learned them. No program could have saved these.
 *
 * It is read off the messages and the faults alone: a node that restarts with nothing forgets all that it was told before.
 */
import * as Arr from "effect/Array"
import * as Record from "effect/Record"
import type { NodeId } from "../protocol/Message.ts"
import { key, type Value } from "../protocol/Value.ts"
import type { History } from "./History.ts"
import type { Incomplete } from "./Judge.ts"
import { number } from "./Numbers.ts"
import * as Spread from "./Spread.ts"

/** A node that had a value for a while. Times in ms since the start. */
export interface Holder {
  readonly node: NodeId
  /** When it was first told. */
  readonly learned: number
  /** When it crashed, not to know it any more. */
  readonly forgot: number
}

/** A value that nobody has any more. */
export interface Forgotten {
  readonly value: Value
  /** Everybody who had it, in the order in which they learned it. */
  readonly by: ReadonlyArray<Holder>
}

/** When each node crashed, not to know anything any more, in ms since the start. */
const lapses = ({ faults }: History): Readonly<Record<NodeId, ReadonlyArray<number>>> => {
  const struck = faults
    .filter(({ fault }) => fault === "amnesia")
    .flatMap(({ detail, from }) => detail.split(",").map((node) => ({ node, from })))
  return Record.map(
    Arr.groupBy(struck, ({ node }) => node),
    (ofNode) => ofNode.map(({ from }) => from)
  )
}

/** When each node was told a value, by the value's key. */
type Tellings = ReadonlyMap<string, ReadonlyMap<NodeId, ReadonlyArray<number>>>

const tellings = (history: History, wanted: ReadonlySet<string>): Tellings => {
  const found = new Map<string, Map<NodeId, Array<number>>>()
  for (const carriage of Spread.carriages(history)) {
    const { arrived: at, transmission, values } = carriage
    if (at === Infinity) continue
    const node = transmission.dest
    for (const { id } of values) {
      if (!wanted.has(id)) continue
      const byNode = found.get(id) ?? new Map<NodeId, Array<number>>()
      found.set(id, byNode)
      byNode.set(node, [...(byNode.get(node) ?? []), at])
    }
  }
  return found
}

/** Those of a run's incomplete values that are missing everywhere because everybody who had them forgot them. */
export const find = (history: History, incomplete: ReadonlyArray<Incomplete>): ReadonlyArray<Forgotten> => {
  const gone = incomplete.filter(({ nodes }) => nodes.length === history.nodes.length)
  if (gone.length === 0) return []
  const byNode = lapses(history)
  const told = tellings(history, new Set(gone.map(({ value }) => key(value))))
  const forgetting = (node: NodeId, at: number): number =>
    Math.min(...(byNode[node] ?? []).filter((lapse) => at <= lapse))
  return gone.flatMap(({ value }): ReadonlyArray<Forgotten> => {
    const by = [...(told.get(key(value)) ?? [])].map(([node, times]): Holder => ({
      node,
      learned: Math.min(...times),
      forgot: Math.max(...times.map((at) => forgetting(node, at)))
    }))
    const isForgotten = by.length > 0 && by.every(({ forgot }) => forgot < Infinity)
    return isForgotten ? [{ value, by: by.toSorted((a, b) => a.learned - b.learned) }] : []
  })
}

/** The incomplete values that have no such excuse. */
export const inexcusable = (
  incomplete: ReadonlyArray<Incomplete>,
  forgotten: ReadonlyArray<Forgotten>
): ReadonlyArray<Value> => {
  const excused = new Set(forgotten.map(({ value }) => key(value)))
  return incomplete.map(({ value }) => value).filter((value) => !excused.has(key(value)))
}

const listed = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`

/** Why nobody has a value, for people. */
export const reason = ({ by }: Forgotten): string => {
  const times = new Set(by.map(({ forgot }) => `${number(forgot)} ms`))
  return (
    `only ${listed(by.map(({ node }) => node))} had it, and forgot it at ${listed([...times])} ` +
    "before any other node had learned it"
  )
}
