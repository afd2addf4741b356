/**
 * The checker of grow-only sets, by the rules of Jepsen's `set-full`, and by stricter ones where those are lenient.
 *
 * A value is known from the moment its addition is acknowledged or the first read that shows it completes, whichever is
 * earlier. Of all successful reads, compare the last one that shows the value with the last one that misses it, by the time
 * of their invocation. If the last one that shows it came later, the value is stable. If the last one that misses it came
 * later, and after the value was known, the value is lost. Otherwise it was never read.
 *
 * Maelstrom calls a run valid if no value is lost, even if some nodes miss values. Here a run is also complete if the last
 * read of every node shows every known value exactly once.
 *
 * @module
 * @since 0.1.0
 */
import { key, type Value } from "../protocol/Value.ts"
import type { History, Operation } from "./History.ts"
import { type Quantiles, quantiles } from "./Quantiles.ts"
import type { Judgement } from "./Verdict.ts"
import * as Words from "./Words.ts"

/**
 * A known value that is not exactly once in the last read of every node.
 *
 * @category models
 * @since 0.1.0
 */
export interface Incomplete {
  readonly value: Value
  /** The nodes whose last read misses it, shows it more than once, or did not succeed. */
  readonly nodes: ReadonlyArray<string>
}

/**
 * What became of the values of a set. Times in ms.
 *
 * @category models
 * @since 0.1.0
 */
export interface SetFigures {
  readonly attempt_count: number
  readonly acknowledged_count: number
  readonly stable_count: number
  readonly lost_count: number
  readonly lost: ReadonlyArray<Value>
  readonly never_read_count: number
  readonly never_read: ReadonlyArray<Value>
  /** Those of the values never read that were not acknowledged either: nobody promised to keep them. */
  readonly unacknowledged_count: number
  readonly unacknowledged: ReadonlyArray<Value>
  readonly stale_count: number
  readonly duplicated_count: number
  readonly duplicated: ReadonlyArray<Value>
  readonly incomplete_count: number
  readonly incomplete: ReadonlyArray<Incomplete>
  /** Values that some read shows although no client added them. */
  readonly unexpected: ReadonlyArray<Value>
  /** From the moment a value was known to the last read that missed it, in whole ms; null if no value is stable. */
  readonly stable_latencies: Quantiles | null
}

/**
 * What the checker says: valid if no value is lost, unknown if no value is stable either; complete if the last read of every
 * node succeeded and shows every known value exactly once.
 *
 * @category models
 * @since 0.1.0
 */
export interface SetJudgement extends Judgement {
  readonly set: SetFigures
}

/**
 * How the operations of a workload add to a set and read it. Each is undefined for all other operations.
 *
 * @category models
 * @since 0.1.0
 */
export interface SetOperations<Op extends Operation> {
  /** The value that an operation adds, whether it succeeded or not. */
  readonly added: (operation: Op) => Value | undefined
  /** The values that a successful read shows. */
  readonly shown: (operation: Op) => ReadonlyArray<Value> | undefined
}

/** An addition of a value. */
interface Addition {
  readonly operation: Operation
  readonly value: Value
}

/** A successful read, with the keys of its values: as listed, and as a set. */
interface Read {
  readonly operation: Operation
  readonly values: ReadonlyArray<Value>
  readonly listed: ReadonlyArray<string>
  readonly keys: ReadonlySet<string>
}

/** A value that was added, and what reads tell of it. Times in ms since the start. */
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

/** The values that were added, and those that reads show besides; both by their keys. */
interface Gathered {
  readonly elements: ReadonlyMap<string, Element>
  readonly unexpected: ReadonlyMap<string, Value>
}

const gather = (additions: ReadonlyArray<Addition>, reads: ReadonlyArray<Read>): Gathered => {
  const elements = new Map<string, Element>()
  const unexpected = new Map<string, Value>()
  for (const {
    operation: { completed, ending },
    value
  } of additions) {
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
  for (const { keys, listed, operation, values } of reads) {
    for (const id of keys) {
      const element = elements.get(id)
      if (element === undefined) {
        if (!unexpected.has(id)) unexpected.set(id, values[listed.indexOf(id)] ?? null)
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

/** The values that a read lists more than once. */
const repeats = ({ keys, listed }: Read): ReadonlyArray<string> => {
  if (keys.size === listed.length) return []
  const seen = new Set<string>()
  return listed.filter((id) => seen.has(id) || !seen.add(id))
}

/** What is wrong with a set, in sentences. */
const problems = (set: SetFigures, unread: ReadonlyArray<string>): ReadonlyArray<string> => {
  const about = (values: ReadonlyArray<Value>, one: string, several: string): ReadonlyArray<string> =>
    values.length === 0 ? [] : [`${Words.some(values.map(key))} ${values.length === 1 ? one : several}`]
  return [
    ...about(set.lost, "is lost: a later read misses it", "are lost: later reads miss them"),
    ...about(set.duplicated, "is shown twice by a read", "are shown twice by a read"),
    ...about(
      set.unexpected,
      "is shown by a read, but no client added it",
      "are shown by reads, but no client added them"
    ),
    ...Words.first(
      set.incomplete.map(
        ({ nodes, value }) => `${key(value)} is not exactly once in the last read of ${Words.some(nodes)}`
      ),
      "values that are not exactly once in every last read"
    ),
    ...(unread.length === 0 ? [] : [`the last read of ${Words.some(unread)} did not succeed`])
  ]
}

/**
 * Judges a history whose operations add to a set and read it.
 *
 * @category validation
 * @since 0.1.0
 */
export const check = <Op extends Operation>(
  { nodes, operations }: History<Op>,
  { added, shown }: SetOperations<Op>
): SetJudgement => {
  const additions = operations.flatMap((operation): ReadonlyArray<Addition> => {
    const value = added(operation)
    return value === undefined ? [] : [{ operation, value }]
  })
  const reads = operations
    .flatMap((operation): ReadonlyArray<Read> => {
      const values = shown(operation)
      const listed = values?.map(key) ?? []
      return values === undefined ? [] : [{ operation, values, listed, keys: new Set(listed) }]
    })
    .toSorted((a, b) => a.operation.invoked - b.operation.invoked)
  const { elements, unexpected } = gather(additions, reads)
  const all = [...elements.values()]
  const stable = all.filter(isStable)
  const lost = all.filter(isLost)
  const neverRead = all.filter((element) => !isStable(element) && !isLost(element))
  const unacknowledged = neverRead.filter(({ known }) => known === Infinity)
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
  const unread = nodes.filter((node) => !lastReads.has(node))

  const set: SetFigures = {
    attempt_count: additions.length,
    acknowledged_count: all.filter(({ acknowledged }) => acknowledged).length,
    stable_count: stable.length,
    lost_count: lost.length,
    lost: lost.map(({ value }) => value),
    never_read_count: neverRead.length,
    never_read: neverRead.map(({ value }) => value),
    unacknowledged_count: unacknowledged.length,
    unacknowledged: unacknowledged.map(({ value }) => value),
    stale_count: latencies.filter((latency) => latency > 0).length,
    duplicated_count: duplicated.size,
    duplicated: [...duplicated].map((id) => elements.get(id)?.value ?? unexpected.get(id) ?? null),
    incomplete_count: incomplete.length,
    incomplete,
    unexpected: [...unexpected.values()],
    stable_latencies: quantiles(latencies)
  }
  return {
    valid: lost.length > 0 ? false : stable.length === 0 ? "unknown" : true,
    complete: incomplete.length === 0 && unread.length === 0,
    problems: problems(set, unread),
    figures: {
      added: set.attempt_count,
      acknowledged: set.acknowledged_count,
      stable: set.stable_count,
      lost: set.lost_count,
      never_read: set.never_read_count
    },
    set
  }
}
