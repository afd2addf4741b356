/**
 * Maelstrom's counters, `g-counter` (which only grows) and `pn-counter`: clients add numbers, and at the end every node is
 * to show the sum.
 *
 * Nobody knows whether an addition without an answer was made. So a last read is right if it shows the sum of all
 * acknowledged additions and of any of those in doubt. Maelstrom lets nodes differ in that; here a run is complete only if
 * they all show the same.
 *
 * @module
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { History, Operation } from "../analysis/History.ts"
import type { Judgement } from "../analysis/Verdict.ts"
import * as Words from "../analysis/Words.ts"
import * as Message from "../protocol/Message.ts"
import * as Sums from "./Sums.ts"
import * as Workload from "./Workload.ts"

/**
 * Adds a number to the counter.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Add = Message.body("add", { delta: Schema.Int })
/**
 * Says that it was added.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AddOk = Message.body("add_ok", {})

/**
 * Asks for the sum.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Read = Message.body("read", {})
/**
 * The sum.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ReadOk = Message.body("read_ok", { value: Schema.Int })

/**
 * What the last read of a node shows.
 *
 * @category models
 * @since 0.1.0
 */
export interface LastRead {
  readonly node: Message.NodeId
  readonly value: number
}

/**
 * What the checker says: valid if every last read shows a possible sum, unknown if none succeeded; complete if the last read
 * of every node succeeded and all of them show the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface CounterJudgement extends Judgement {
  readonly counter: {
    readonly attempt_count: number
    readonly acknowledged_count: number
    /** How many additions are in doubt. */
    readonly doubtful_count: number
    /** The sum of the acknowledged additions. */
    readonly sum: number
    /** The sums that are possible. */
    readonly possible: Sums.Sums
    readonly last_reads: ReadonlyArray<LastRead>
  }
}

/**
 * A request of a counter and its outcome.
 *
 * @category models
 * @since 0.1.0
 */
export type CounterOperation =
  | Operation<typeof Add.Type, typeof AddOk.Type>
  | Operation<typeof Read.Type, typeof ReadOk.Type>

const bounds = ({ exact, intervals }: Sums.Sums): string =>
  Words.some(
    intervals.map(([first, last]) =>
      first === last ? Words.number(first) : `${Words.number(first)} to ${Words.number(last)}`
    )
  ) + (exact ? "" : " at most")

/**
 * Judges the history of a counter.
 *
 * @category validation
 * @since 0.1.0
 */
export const check = ({ nodes, operations }: History<CounterOperation>): CounterJudgement => {
  const additions = operations.filter((operation) => operation.f === "add")
  const deltas = (ending: Operation["ending"]) =>
    additions.filter((addition) => addition.ending === ending).map(({ request }) => request.delta)
  const [acknowledged, doubtful] = [deltas("ok"), deltas("info")]
  const sum = acknowledged.reduce((total, delta) => total + delta, 0)
  const possible = Sums.of(sum, doubtful)
  const lastReads = operations
    .filter((operation) => operation.f === "read" && operation.ending === "ok")
    .flatMap(({ final, node, reply }): ReadonlyArray<LastRead> => (final ? [{ node, value: reply.value }] : []))
  const verdicts = lastReads.map((read) => ({ read, isPossible: Sums.has(possible, read.value) }))
  const wrong = verdicts.filter(({ isPossible }) => isPossible === false)
  const isUnknown = verdicts.every(({ isPossible }) => isPossible === "unknown")
  const unread = nodes.filter((node) => lastReads.every((read) => read.node !== node))
  const [first] = lastReads
  const others = lastReads.filter(({ value }) => value !== first?.value)
  const inDoubt =
    doubtful.length === 0
      ? ""
      : `, and with ${Words.number(doubtful.length)} in doubt the sum may be ${bounds(possible)}`
  return {
    valid: wrong.length > 0 ? false : isUnknown ? "unknown" : true,
    complete: unread.length === 0 && others.length === 0,
    problems: [
      ...Words.first(
        wrong.map(
          ({ read: { node, value } }) =>
            `the last read of ${node} shows ${Words.number(value)}, but the acknowledged additions make ` +
            `${Words.number(sum)}${inDoubt}`
        ),
        "last reads that are wrong"
      ),
      ...Words.first(
        others.map(
          ({ node, value }) =>
            `${node} and ${first?.node} differ in their last reads: ${Words.number(value)} and ${Words.number(first?.value ?? 0)}`
        ),
        "nodes that differ"
      ),
      ...(unread.length === 0 ? [] : [`the last read of ${Words.some(unread)} did not succeed`])
    ],
    figures: {
      additions: additions.length,
      acknowledged: acknowledged.length,
      in_doubt: doubtful.length,
      sum
    },
    counter: {
      attempt_count: additions.length,
      acknowledged_count: acknowledged.length,
      doubtful_count: doubtful.length,
      sum,
      possible,
      last_reads: lastReads
    }
  }
}

const counter = (name: string, suits: (delta: number) => boolean) =>
  Workload.make({
    name,
    calls: [Workload.update(Add, AddOk), Workload.query(Read, ReadOk)],
    requests: function* (random) {
      for (;;) {
        if (random.nextDoubleUnsafe() >= 0.5) {
          yield { type: "read" }
          continue
        }
        const delta = Math.floor(random.nextDoubleUnsafe() * 10) - 5
        if (suits(delta)) yield { type: "add", delta }
      }
    },
    final: { type: "read" },
    check
  })

/**
 * Maelstrom's `pn-counter`: half of the requests add a number from −5 to 4, and half of them read.
 *
 * @category workloads
 * @since 0.1.0
 */
export const pnCounter = counter("pn-counter", () => true)

/**
 * Maelstrom's `g-counter`: as {@link pnCounter} without negative numbers, so that a third of the requests add 0 to 4.
 *
 * @category workloads
 * @since 0.1.0
 */
export const gCounter = counter("g-counter", (delta) => delta >= 0)
