/**
 * Maelstrom's unique-ids workload: nodes are to make ids, no two of which are the same in the whole cluster.
 *
 * @module
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Record from "effect/Record"
import type { Judgement } from "../analysis/Verdict.ts"
import * as Words from "../analysis/Words.ts"
import * as Message from "../protocol/Message.ts"
import { key, Value } from "../protocol/Value.ts"
import * as Workload from "./Workload.ts"

/**
 * Asks a node for a new id.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Generate = Message.body("generate", {})
/**
 * The id, any JSON.
 *
 * @category schemas
 * @since 0.1.0
 */
export const GenerateOk = Message.body("generate_ok", { id: Value })

/**
 * An id that was made more than once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Duplicate {
  readonly id: Value
  /** The nodes that made it, one entry for each time. */
  readonly nodes: ReadonlyArray<Message.NodeId>
}

/**
 * What the checker says: valid if no two ids are equal, unknown if there are none.
 *
 * @category models
 * @since 0.1.0
 */
export interface IdsJudgement extends Judgement {
  readonly ids: {
    readonly attempt_count: number
    readonly acknowledged_count: number
    readonly duplicated_count: number
    readonly duplicated: ReadonlyArray<Duplicate>
    /** The lowest id and the highest: numbers by size, and before all other ids, which are compared as text. */
    readonly range: readonly [lowest: Value, highest: Value] | null
  }
}

const isBelow = (a: Value, b: Value): boolean => {
  if (typeof a === "number" && typeof b === "number") return a < b
  if (typeof a === "number" || typeof b === "number") return typeof a === "number"
  return key(a) < key(b)
}

/**
 * Maelstrom's `unique-ids`: valid if no two ids are equal, unknown if there are none.
 *
 * @category workloads
 * @since 0.1.0
 */
export const uniqueIds = Workload.make({
  name: "unique-ids",
  calls: [Workload.update(Generate, GenerateOk)],
  requests: function* () {
    for (;;) yield { type: "generate" }
  },
  check: ({ operations }): IdsJudgement => {
    const made = operations.flatMap((operation) =>
      operation.ending === "ok" ? [{ id: operation.reply.id, node: operation.node }] : []
    )
    const same = Record.values(Arr.groupBy(made, ({ id }) => key(id)))
    const duplicated = same
      .filter(({ length }) => length > 1)
      .map((ones): Duplicate => ({ id: ones[0].id, nodes: ones.map(({ node }) => node) }))
    const [first] = made
    return {
      valid: duplicated.length > 0 ? false : made.length === 0 ? "unknown" : true,
      complete: true,
      problems: Words.first(
        duplicated.map(
          ({ id, nodes }) => `${key(id)} was made ${Words.number(nodes.length)} times: by ${Words.some(nodes)}`
        ),
        "ids that were made more than once"
      ),
      figures: { ids: made.length, duplicated: duplicated.length },
      ids: {
        attempt_count: operations.length,
        acknowledged_count: made.length,
        duplicated_count: duplicated.length,
        duplicated,
        range:
          first === undefined
            ? null
            : made.reduce<readonly [Value, Value]>(
                ([lowest, highest], { id }) => [isBelow(id, lowest) ? id : lowest, isBelow(highest, id) ? id : highest],
                [first.id, first.id]
              )
      }
    }
  }
})
