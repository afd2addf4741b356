/**
 * Parts of histories of the broadcast workload written by hand, for the tests of what is read off them.
 */
import type { Fate, History, Outcome, Transmission } from "../../src/analysis/History.ts"
import * as Report from "../../src/analysis/Report.ts"
import * as Verdict from "../../src/analysis/Verdict.ts"
import type { WireBody } from "../../src/protocol/Message.ts"
import type { Value } from "../../src/protocol/Value.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Workload from "../../src/workload/Broadcast.ts"

type Operation = Report.BroadcastOperation

/** What a test may say of a request besides what it asks for. */
type Circumstances = Partial<Pick<Operation, "completed" | "ending" | "final" | "node">>

const outcome = <Reply>(ending: Operation["ending"], reply: Reply): Outcome<Reply> =>
  ending === "ok" ? { ending, reply, reason: undefined } : { ending, reply: undefined, reason: "no answer in time" }

/** A broadcast, acknowledged unless said otherwise. */
export const broadcast = (
  value: Value,
  [invoked, completed]: readonly [number, number],
  { ending = "ok", node = "n0" }: Pick<Circumstances, "ending" | "node"> = {}
): Operation => ({
  client: "c0",
  node,
  f: "broadcast",
  request: { type: "broadcast", message: value },
  isQuery: false,
  final: false,
  invoked,
  completed,
  ...outcome(ending, { type: "broadcast_ok" as const })
})

/** A read, which takes no time and succeeds unless said otherwise. */
export const read = (
  values: ReadonlyArray<Value>,
  invoked: number,
  { completed = invoked, ending = "ok", final = false, node = "n0" }: Circumstances = {}
): Operation => ({
  client: "c0",
  node,
  f: "read",
  request: { type: "read" },
  isQuery: true,
  final,
  invoked,
  completed,
  ...outcome(ending, { type: "read_ok" as const, messages: values })
})

/** A message, delivered at once unless said otherwise. */
export const message = (
  src: string,
  dest: string,
  body: WireBody,
  sent: number,
  fate: Fate = { _tag: "Delivered", at: sent }
): Transmission => {
  const text = JSON.stringify({ src, dest, body })
  return { id: 0, src, dest, type: body.type, text, bytes: Buffer.byteLength(text) + 1, sent, fate }
}

/** A history of the node n0, unless other nodes are given. */
export const history = (
  operations: ReadonlyArray<Operation>,
  rest: Partial<History<Operation>> = {}
): History<Operation> => ({
  nodes: ["n0"],
  services: [],
  operations,
  transmissions: [],
  faults: [],
  defects: [],
  lastRequestsAt: 0,
  ...rest
})

/** The verdict on a history. */
export const judge = (happened: History<Operation>, availability = 0) =>
  Verdict.judge(Workload.broadcast, happened, availability)

/** The report on a history. */
export const assess = (happened: History<Operation>, scenario: Scenario.Scenario = Scenario.defaults) =>
  Report.assessBroadcast(scenario, Workload.broadcast, happened)
