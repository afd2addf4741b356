/**
 * Parts of histories written by hand, for the tests of what is read off them.
 */
import type { Fate, History, Operation, Transmission } from "../../src/analysis/History.ts"
import type { Value } from "../../src/protocol/Value.ts"
import type { WireBody } from "../../src/protocol/Message.ts"

/** A broadcast, acknowledged unless said otherwise. */
export const broadcast = (
  value: Value,
  [invoked, completed]: readonly [number, number],
  { ending = "ok", node = "n0" }: Partial<Pick<Operation, "ending" | "node">> = {}
): Operation => ({
  client: "c0",
  node,
  f: "broadcast",
  value,
  values: undefined,
  invoked,
  completed,
  ending,
  reason: undefined,
  final: false
})

/** A read, which takes no time and succeeds unless said otherwise. */
export const read = (
  values: ReadonlyArray<Value>,
  invoked: number,
  options: Partial<Pick<Operation, "completed" | "ending" | "final" | "node">> = {}
): Operation => ({
  client: "c0",
  node: "n0",
  f: "read",
  value: undefined,
  values: (options.ending ?? "ok") === "ok" ? values : undefined,
  invoked,
  completed: invoked,
  ending: "ok",
  reason: undefined,
  final: false,
  ...options
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
export const history = (operations: ReadonlyArray<Operation>, rest: Partial<History> = {}): History => ({
  nodes: ["n0"],
  operations,
  transmissions: [],
  faults: [],
  defects: [],
  lastReadsAt: 0,
  ...rest
})
