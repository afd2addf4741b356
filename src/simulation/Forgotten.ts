/**
 * Amnesia's excuse: values that are missing at the end because every node that ever had them forgot them before a message
 * with them reached anybody else. No program could have saved these.
 *
 * It is read off the messages and the faults alone. A node that restarts with nothing forgets all that it was told before;
 * one that crashes while it is paused never gets to read what it was told since the pause began.
 */
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

/** At `at` a node lost all that it was told from `since` on. */
interface Oblivion {
  readonly node: NodeId
  readonly since: number
  readonly at: number
}

const oblivions = ({ faults }: History): ReadonlyArray<Oblivion> => {
  const struck = (kind: string) =>
    faults
      .filter(({ fault }) => fault === kind)
      .flatMap(({ detail, from, to }) => detail.split(",").map((node) => ({ node, from, to })))
  const [amnesia, pauses] = [struck("amnesia"), struck("pause")]
  const crashes = [...amnesia, ...struck("crash")]
  const unread = pauses.flatMap(({ from, node, to }) =>
    crashes
      .filter((crash) => crash.node === node && from <= crash.from && crash.from < to)
      .map((crash) => ({ node, since: from, at: crash.from }))
  )
  return [...amnesia.map(({ from, node }) => ({ node, since: -Infinity, at: from })), ...unread]
}

/** When each node was told a value, by the value's key. */
type Tellings = ReadonlyMap<string, ReadonlyMap<NodeId, ReadonlyArray<number>>>

const tellings = (history: History, wanted: ReadonlySet<string>): Tellings => {
  const found = new Map<string, Map<NodeId, Array<number>>>()
  for (const carriage of Spread.carriages(history)) {
    const at = Spread.arrival(carriage)
    if (at === Infinity) continue
    const node = carriage.transmission.dest
    for (const { id } of carriage.values) {
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
  const lapses = oblivions(history)
  if (gone.length === 0 || lapses.length === 0) return []
  const told = tellings(history, new Set(gone.map(({ value }) => key(value))))
  const forgetting = (node: NodeId, at: number): number =>
    Math.min(
      ...lapses.filter((lapse) => lapse.node === node && lapse.since <= at && at <= lapse.at).map((lapse) => lapse.at)
    )
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

/** Why nobody has a value, for people. */
export const reason = ({ by }: Forgotten): string => {
  const times = new Set(by.map(({ forgot }) => `${number(forgot)} ms`))
  return (
    `only ${by.map(({ node }) => node).join(" and ")} had it, and forgot it at ${[...times].join(" and ")} ` +
    "before any message with it reached another node"
  )
}
