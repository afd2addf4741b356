/**
 * The verdict on a run, by Maelstrom's own rules, and stricter where it is lenient.
 *
 * A value is known from the completion of its acknowledged broadcast or of the first read that shows it, whichever is
 * earlier. It is stable if the latest-invoked successful read that shows it was invoked after the latest-invoked one that
 * misses it; lost if it is known and the latest-invoked read that misses it was invoked after the latest-invoked one that
 * shows it and after it became known; else it was never read. Maelstrom calls a run valid if nothing is lost, also if some
 * nodes miss values; a run is complete only if every known value is exactly once in every node's last read.
 */
import { key, type Value } from "../protocol/Value.ts"
import type { History, Operation, Transmission } from "./History.ts"

/** Figures over a sorted list, by the share of it that lies below. */
export interface Quantiles {
  readonly "0": number
  readonly "0.5": number
  readonly "0.95": number
  readonly "0.99": number
  readonly "1": number
}

/** Messages of one kind of traffic. */
export interface Traffic {
  readonly msg_count: number
  /** On the wire, line feeds included. */
  readonly bytes: number
  /** Per request of a client, of both kinds, the last reads included. */
  readonly msgs_per_op: number
}

/** Why a node lacks a value at the end, or shows it twice. */
export interface Incomplete {
  readonly value: Value
  /** Nodes whose last read misses it, or shows it more than once, or did not succeed. */
  readonly nodes: ReadonlyArray<string>
}

/** What is said of a run. All times in ms. */
export interface Verdict {
  /** Nothing is lost; unknown if nothing is stable either. */
  readonly valid: boolean | "unknown"
  /** Every known value is exactly once in every node's last read. */
  readonly complete: boolean
  /** How many requests clients made. */
  readonly ops: number
  /** The share of requests that succeeded; 1 when there were none. */
  readonly availability: number
  readonly net: { readonly all: Traffic; readonly clients: Traffic; readonly servers: Traffic }
  readonly set: {
    readonly attempt_count: number
    readonly acknowledged_count: number
    readonly stable_count: number
    readonly lost_count: number
    readonly lost: ReadonlyArray<Value>
    readonly never_read_count: number
    readonly never_read: ReadonlyArray<Value>
    readonly stale_count: number
    readonly duplicated_count: number
    readonly duplicated: ReadonlyArray<Value>
    readonly incomplete_count: number
    readonly incomplete: ReadonlyArray<Incomplete>
    /** Values that reads show though nobody broadcast them. */
    readonly unexpected: ReadonlyArray<Value>
    /** From when a value was known until the last read that missed it; whole ms. */
    readonly stable_latencies: Quantiles | null
  }
  /** Messages between nodes from 3 s after the last client's broadcast to the last reads. */
  readonly quiet: { readonly server_messages: number }
  /** How many messages of each type were sent. */
  readonly by_type: Readonly<Record<string, number>>
}

/** How long after the last broadcast a cluster should have fallen silent, in ms. */
const silenceAfter = 3000

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Quantiles as Maelstrom takes them: the element at ⌊n · share⌋ of the sorted list, the last one for 1. */
export const quantiles = (values: ReadonlyArray<number>): Quantiles | null => {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return {
    "0": quantile(sorted, 0),
    "0.5": quantile(sorted, 0.5),
    "0.95": quantile(sorted, 0.95),
    "0.99": quantile(sorted, 0.99),
    "1": quantile(sorted, 1)
  }
}

/** A successful read, its values as keys: as listed, and each once. */
interface Read {
  readonly operation: Operation
  readonly listed: ReadonlyArray<string>
  readonly keys: ReadonlySet<string>
}

/** What is known of one value. */
interface Element {
  readonly value: Value
  readonly acknowledged: boolean
  /** When it became known; infinite if it never did. */
  known: number
  /** When the latest-invoked read that shows it was invoked, and that misses it; −∞ if there is none. */
  shown: number
  missed: number
}

/** What was broadcast, and what reads show besides, by their keys. */
interface Gathered {
  readonly elements: ReadonlyMap<string, Element>
  readonly unexpected: ReadonlyMap<string, Value>
}

const gather = (broadcasts: ReadonlyArray<Operation>, reads: ReadonlyArray<Read>): Gathered => {
  const elements = new Map<string, Element>()
  const unexpected = new Map<string, Value>()
  for (const { ending, completed, value = null } of broadcasts) {
    const acknowledged = ending === "ok"
    const known = acknowledged ? completed : Infinity
    const before = elements.get(key(value))
    elements.set(key(value), {
      value,
      acknowledged: acknowledged || before?.acknowledged === true,
      known: Math.min(known, before?.known ?? Infinity),
      shown: -Infinity,
      missed: -Infinity
    })
  }
  for (const { keys, listed, operation } of reads) {
    for (const id of keys) {
      const element = elements.get(id)
      if (element === undefined) {
        if (!unexpected.has(id)) unexpected.set(id, operation.values?.[listed.indexOf(id)] ?? null)
        continue
      }
      element.known = Math.min(element.known, operation.completed)
      element.shown = Math.max(element.shown, operation.invoked)
    }
  }
  // From the latest read backwards, a value is done with as soon as a read misses it.
  let unmissed = [...elements]
  for (const { keys, operation } of reads.toReversed()) {
    unmissed = unmissed.filter(([id, element]) => {
      if (keys.has(id)) return true
      element.missed = operation.invoked
      return false
    })
    if (unmissed.length === 0) break
  }
  return { elements, unexpected }
}

const isStable = ({ missed, shown }: Element): boolean => shown > missed
const isLost = ({ known, missed, shown }: Element): boolean => known < Infinity && missed > shown && missed > known

// Maelstrom counts in whole ns and rounds down to ms: the value was missing up to and including that moment.
const staleness = ({ known, missed }: Element): number =>
  missed === -Infinity ? 0 : Math.floor(Math.max(0, Math.round((missed - known) * 1e6) + 1) / 1e6)

const traffic = (transmissions: ReadonlyArray<Transmission>, ops: number): Traffic => {
  let bytes = 0
  for (const transmission of transmissions) bytes += transmission.bytes
  return { msg_count: transmissions.length, bytes, msgs_per_op: ops === 0 ? 0 : transmissions.length / ops }
}

const read = (operation: Operation): Read => {
  const listed = (operation.values ?? []).map(key)
  return { operation, listed, keys: new Set(listed) }
}

/** The values that a read lists more than once. */
const repeats = ({ keys, listed }: Read): ReadonlyArray<string> => {
  if (keys.size === listed.length) return []
  const seen = new Set<string>()
  return listed.filter((id) => seen.has(id) || !seen.add(id))
}

/** Judges a run. */
export const judge = ({ lastReadsAt, nodes, operations, transmissions }: History): Verdict => {
  const broadcasts = operations.filter(({ f }) => f === "broadcast")
  const reads = operations
    .filter(({ ending, f }) => f === "read" && ending === "ok")
    .map(read)
    .toSorted((a, b) => a.operation.invoked - b.operation.invoked)
  const { elements, unexpected } = gather(broadcasts, reads)
  const all = [...elements.values()]
  const stable = all.filter(isStable)
  const lost = all.filter(isLost)
  const neverRead = all.filter((element) => !isStable(element) && !isLost(element))
  const latencies = stable.map(staleness)

  const duplicated = new Set(reads.flatMap(repeats))
  const known = [...elements].filter(([, element]) => element.known < Infinity)
  const final = reads.filter(({ operation }) => operation.final)
  const lastReads = new Map(final.map((last) => [last.operation.node, last]))
  const repeatedAtEnd = new Map(final.map((last) => [last.operation.node, new Set(repeats(last))]))
  const incomplete = known.flatMap(([id, { value }]): ReadonlyArray<Incomplete> => {
    const without = nodes.filter(
      (node) => lastReads.get(node)?.keys.has(id) !== true || repeatedAtEnd.get(node)?.has(id)
    )
    return without.length === 0 ? [] : [{ value, nodes: without }]
  })

  const isNode = new Set(nodes)
  const servers = transmissions.filter(({ dest, src }) => isNode.has(src) && isNode.has(dest))
  const clients = transmissions.filter(({ dest, src }) => !isNode.has(src) || !isNode.has(dest))
  const ops = operations.length
  const lastBroadcast = broadcasts.reduce((latest, { invoked }) => Math.max(latest, invoked), 0)
  const byType: Record<string, number> = {}
  for (const { type } of transmissions) byType[type] = (byType[type] ?? 0) + 1

  return {
    valid: lost.length > 0 ? false : stable.length === 0 ? "unknown" : true,
    complete: incomplete.length === 0 && lastReads.size === nodes.length,
    ops,
    availability: ops === 0 ? 1 : operations.filter(({ ending }) => ending === "ok").length / ops,
    net: { all: traffic(transmissions, ops), clients: traffic(clients, ops), servers: traffic(servers, ops) },
    set: {
      attempt_count: broadcasts.length,
      acknowledged_count: all.filter(({ acknowledged }) => acknowledged).length,
      stable_count: stable.length,
      lost_count: lost.length,
      lost: lost.map(({ value }) => value),
      never_read_count: neverRead.length,
      never_read: neverRead.map(({ value }) => value),
      stale_count: latencies.filter((latency) => latency > 0).length,
      duplicated_count: duplicated.size,
      duplicated: [...duplicated].map((id) => elements.get(id)?.value ?? unexpected.get(id) ?? null),
      incomplete_count: incomplete.length,
      incomplete,
      unexpected: [...unexpected.values()],
      stable_latencies: quantiles(latencies)
    },
    quiet: {
      server_messages: servers.filter(({ sent }) => sent >= lastBroadcast + silenceAfter && sent < lastReadsAt).length
    },
    by_type: byType
  }
}
