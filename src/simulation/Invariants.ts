/**
 * What must hold after every step of every node, whatever it serves. A step that breaks one of these is a defect.
 *
 * The invariants of a component's own state are the component's business: they are asked for here and judged there.
 */
import type { Resolved } from "../node/Registry.ts"
import type { State } from "../node/State.ts"
import type { Turn } from "../node/Step.ts"
import type { NodeId } from "../protocol/Message.ts"

/**
 * The invariants that a step has broken, one sentence each. A node may write unasked to the nodes of the cluster and to
 * whoever has ever written to it.
 */
export const violations = (
  before: State,
  { messages }: Turn,
  after: State,
  { parts }: Resolved,
  mayWriteTo: (name: NodeId) => boolean
): ReadonlyArray<string> => {
  const broken: Array<string> = []
  let nextId = before.nextId
  for (const { body, dest, in_reply_to, msg_id, src } of messages) {
    const what = `${body.type} to ${dest}`
    if (msg_id !== nextId) broken.push(`${what} has msg_id ${msg_id} instead of ${nextId}`)
    nextId++
    if (in_reply_to !== undefined) continue
    if (dest === src) broken.push(`${what} was sent to the node itself`)
    if (after.awake === undefined) broken.push(`${what} was sent before the first message other than init`)
    if (!mayWriteTo(dest)) {
      broken.push(`${what} was sent unasked, and ${dest} is no node of the cluster and has never written to this one`)
    }
  }
  if (after.nextId !== nextId) broken.push(`the node goes on with msg_id ${after.nextId} instead of ${nextId}`)
  for (const part of parts) {
    for (const text of part.violations(before.slices, after.slices)) broken.push(`${part.name}: ${text}`)
  }
  return broken
}
