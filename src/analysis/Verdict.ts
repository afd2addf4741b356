/**
 * The verdict on a run by Maelstrom's rules (those of Jepsen's `set-full` checker), and stricter ones where they are lenient.
 *
 * A value is known from the moment its broadcast is acknowledged or the first read that shows it completes, whichever is
 * earlier. Of all successful reads, compare the last one that shows the value with the last one that misses it, by the time
 * of their invocation. If the last one that shows it came later, the value is stable. If the last one that misses it came
 * later, and after the value was known, the value is lost. Otherwise it was never read.
 *
 * Maelstrom calls a run valid if no value is lost, even if some nodes miss values. Here a run is also complete if the last
 * read of every node shows every known value exactly once.
 */
import * as Arr from "effect/Array"
import { key, type Value } from "../protocol/Value.ts"
import type { Defect, History, Operation, Transmission } from "./History.ts"

/** Quantiles of some numbers: the smallest, the median, and so on to the largest. */
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
  /** The bytes of their lines, line feeds included. */
  readonly bytes: number
  /** Messages per request of a client. Broadcasts, reads and last reads all count as requests. */
  readonly msgs_per_op: number
}

/** A known value that is not exactly once in the last read of every node. */
export interface Incomplete {
  readonly value: Value
  /** The nodes whose last read misses it, shows it more than once, or did not succeed. */
  readonly nodes: ReadonlyArray<string>
}

/** A defect, told once however often it was noticed: over whichever message, at whichever node. */
export interface DistinctDefect extends Defect {
  /** How often it was noticed. */
  readonly count: number
}

/** The verdict on a run. Times in ms. */
export interface Verdict {
  /** Whether no value is lost and no defect was noticed; unknown if no value is stable either. */
  readonly valid: boolean | "unknown"
  /** Whether the last read of every node succeeded and shows every known value exactly once. */
  readonly complete: boolean
  /** How many defects were noticed. */
  readonly defect_count: number
  /** Each defect once, as it was noticed first. */
  readonly defects: ReadonlyArray<DistinctDefect>
  /** The number of requests that clients made. */
  readonly ops: number
  /** The share of requests that succeeded; 1 if there were none. */
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
    /** Values that some read shows although no client broadcast them. */
    readonly unexpected: ReadonlyArray<Value>
    /** From the moment a value was known to the last read that missed it, in whole ms; null if no value is stable. */
    readonly stable_latencies: Quantiles | null
  }
  /** Messages between nodes from 3 s after the last broadcast of a client until the last reads. */
  readonly quiet: { readonly server_messages: number }
  /** The number of messages of each type that were sent, by whomever. */
  readonly by_type: Readonly<Record<string, number>>
}

/** How soon after the last broadcast a cluster should be silent, in ms. */
const silenceAfter = 3000

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Quantiles as Maelstrom takes them: the element at min(n − 1, ⌊n · share⌋) of the sorted list. */
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

/** A successful read, with the keys of its values: as listed, and as a set. */
interface Read {
  readonly operation: Operation
  readonly listed: ReadonlyArray<string>
  readonly keys: ReadonlySet<string>
}

/** A value that was broadcast, and what reads tell of it. Times in ms since the start. */
interface Element {
  readonly value: Value
  readonly acknowledged: boolean
  /** When it became known; infinite if it never did. */
  known: number
  /** When the last read that shows it was invoked; −∞ if there is none. */
  shown: number
  /** When the last read that misses it was invoked; −∞ if there is none. */
  missed: number
}

/** The values that were broadcast, and those that reads show besides; both by their keys. */
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
  // Backwards from the last read: once a read misses a value, the earlier ones do not matter for that value.
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

// As Maelstrom does: the value was missing up to and including the moment of that read, counted in ns, rounded down to ms.
const staleness = ({ known, missed }: Element): number =>
  missed === -Infinity ? 0 : Math.floor(Math.max(0, Math.round((missed - known) * 1e6) + 1) / 1e6)

const traffic = (transmissions: ReadonlyArray<Transmission>, ops: number): Traffic => {
  let bytes = 0
  for (const transmission of transmissions) bytes += transmission.bytes
  return { msg_count: transmissions.length, bytes, msgs_per_op: ops === 0 ? 0 : transmissions.length / ops }
}

const readOf = (operation: Operation): Read => {
  const listed = (operation.values ?? []).map(key)
  return { operation, listed, keys: new Set(listed) }
}

/** The values that a read lists more than once. */
const repeats = ({ keys, listed }: Read): ReadonlyArray<string> => {
  if (keys.size === listed.length) return []
  const seen = new Set<string>()
  return listed.filter((id) => seen.has(id) || !seen.add(id))
}

/** The same for two defects that happened in the same place and differ in nothing but numbers and what is in brackets. */
const likeness = ({ stack, text, where }: Defect): string =>
  JSON.stringify([where, stack[0], text.replaceAll(/\[.*\]|\{.*\}|\d+/g, "…")])

/** Each defect once, as it was noticed first. */
const distinct = (defects: ReadonlyArray<Defect>): ReadonlyArray<DistinctDefect> =>
  Object.values(Arr.groupBy(defects, likeness)).map((same) => ({ ...same[0], count: same.length }))

/** The verdict on a run. */
export const judge = ({ defects, lastReadsAt, nodes, operations, transmissions }: History): Verdict => {
  const broadcasts = operations.filter(({ f }) => f === "broadcast")
  const reads = operations
    .filter(({ ending, f }) => f === "read" && ending === "ok")
    .map(readOf)
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
    valid: lost.length > 0 || defects.length > 0 ? false : stable.length === 0 ? "unknown" : true,
    complete: incomplete.length === 0 && lastReads.size === nodes.length,
    defect_count: defects.length,
    defects: distinct(defects),
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
