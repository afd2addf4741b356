/**
 * Maelstrom's broadcast workload: half of the requests broadcast 0, 1, 2, …, and half of them read. At the end every node
 * is read. A set is what must come out: see `analysis/SetFull`.
 *
 * @module
 * @since 0.1.0
 */
import * as SetFull from "../analysis/SetFull.ts"
import { Broadcast, BroadcastOk, Read, ReadOk } from "../protocol/Broadcast.ts"
import * as Workload from "./Workload.ts"

/**
 * Maelstrom's `broadcast`: valid if no value is lost, complete if the last read of every node shows every known value once.
 *
 * @category workloads
 * @since 0.1.0
 */
export const broadcast = Workload.make({
  name: "broadcast",
  calls: [Workload.update(Broadcast, BroadcastOk), Workload.query(Read, ReadOk)],
  requests: function* (random) {
    for (let value = 0; ;) {
      yield random.nextDoubleUnsafe() >= 0.5 ? { type: "read" } : { type: "broadcast", message: value++ }
    }
  },
  final: { type: "read" },
  topology: true,
  check: (history) =>
    SetFull.check(history, {
      added: (operation) => (operation.f === "broadcast" ? operation.request.message : undefined),
      shown: (operation) => (operation.f === "read" && operation.ending === "ok" ? operation.reply.messages : undefined)
    })
})
