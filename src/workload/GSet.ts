/**
 * Maelstrom's g-set workload, a set that only grows: half of the requests add 0, 1, 2, …, and half of them read. At the end
 * every node is read. It is judged as broadcast is.
 *
 * @module
 * @since 0.1.0
 */
import * as SetFull from "../analysis/SetFull.ts"
import * as Message from "../protocol/Message.ts"
import { Value, Values } from "../protocol/Value.ts"
import * as Workload from "./Workload.ts"

/**
 * Adds an element to the set.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Add = Message.body("add", { element: Value })
/**
 * Says that it was added.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AddOk = Message.body("add_ok", {})

/**
 * Asks for all elements.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Read = Message.body("read", {})
/**
 * All elements.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ReadOk = Message.body("read_ok", { value: Values })

/**
 * Maelstrom's `g-set`: valid if no element is lost, complete if the last read of every node shows every known element once.
 *
 * @category workloads
 * @since 0.1.0
 */
export const gSet = Workload.make({
  name: "g-set",
  calls: [Workload.update(Add, AddOk), Workload.query(Read, ReadOk)],
  requests: function* (random) {
    for (let element = 0; ;) {
      yield random.nextDoubleUnsafe() >= 0.5 ? { type: "read" } : { type: "add", element: element++ }
    }
  },
  final: { type: "read" },
  check: (history) =>
    SetFull.check(history, {
      added: (operation) => (operation.f === "add" ? operation.request.element : undefined),
      shown: (operation) => (operation.f === "read" && operation.ending === "ok" ? operation.reply.value : undefined)
    })
})
