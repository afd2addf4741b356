/**
 * Histories of any workload written by hand.
 */
import type { History, Operation } from "../../src/analysis/History.ts"
import type { Tagged } from "../../src/protocol/Message.ts"

/** What a test may say of a request besides what it asks for. */
interface Circumstances {
  readonly node?: string
  readonly at?: number
  readonly final?: boolean
}

const invocation = <const Request extends Tagged>(
  request: Request,
  isQuery: boolean,
  { at = 0, final = false, node = "n0" }: Circumstances
) => ({ client: "c0", node, f: request.type, request, isQuery, final, invoked: at, completed: at + 10 })

/** A request that was answered with this. */
export const answered = <const Request extends Tagged, const Reply extends Tagged>(
  request: Request,
  reply: Reply,
  circumstances: Circumstances = {}
): Operation<Request, Reply> => ({
  ...invocation(request, false, circumstances),
  ending: "ok",
  reply,
  reason: undefined
})

/** A request that was not answered. */
export const unanswered = <const Request extends Tagged>(
  request: Request,
  ending: "fail" | "info",
  circumstances: Circumstances = {}
): Operation<Request, never> => ({
  ...invocation(request, false, circumstances),
  ending,
  reply: undefined,
  reason: "no answer in time"
})

/** A history of these requests. */
export const happened = <Op extends Operation>(
  operations: ReadonlyArray<Op>,
  nodes: ReadonlyArray<string> = ["n0"]
): History<Op> => ({ nodes, services: [], operations, transmissions: [], faults: [], defects: [], lastRequestsAt: 0 })
