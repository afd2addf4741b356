/**
 * Why some nodes have a value and others do not: its course through the cluster, told node by node.
 */
import type { NodeId } from "../protocol/Message.ts"
import { key, type Value } from "../protocol/Value.ts"
import { valuesOf } from "./Courses.ts"
import { reason } from "./Forgotten.ts"
import type { History, Transmission } from "./History.ts"
import type { BroadcastOperation, BroadcastReport } from "./Report.ts"

const ms = (time: number): string => `${Math.round(time)} ms`

/** What became of a message from which nothing was learned. */
const fateOf = ({ fate }: Transmission): string => {
  switch (fate._tag) {
    case "Delivered":
      return `was refused at ${ms(fate.at)}`
    case "Dropped":
      return `was dropped at ${ms(fate.at)} (${fate.why})`
    case "InFlight":
      return "was still on its way at the end"
  }
}

const whyNot = (node: NodeId, attempts: ReadonlyArray<Transmission>): string => {
  const towards = attempts.filter(({ dest }) => dest === node)
  if (towards.length === 0) return `${node} never learned it: nobody sent it there`
  const fates = towards.map((attempt) => `from ${attempt.src} at ${ms(attempt.sent)} ${fateOf(attempt)}`)
  return `${node} never learned it: ${fates.join("; ")}`
}

/** The nodes whose last read misses the value with this key. */
const missingAtEnd = ({ operations }: History<BroadcastOperation>, id: string): ReadonlySet<NodeId> =>
  new Set(
    operations
      .filter((one) => one.f === "read" && one.ending === "ok")
      .filter(({ final, reply }) => final && !reply.messages.some((other) => key(other) === id))
      .map(({ node }) => node)
  )

/**
 * The course of a value as lines of text: one for each node that learned it, in that order; one for each that did not;
 * and one if every node that had it forgot it.
 */
export const explain = ({ courses, forgotten, history }: BroadcastReport, value: Value): ReadonlyArray<string> => {
  const id = key(value)
  const course = courses.byKey.get(id)
  if (course === undefined) return [`${id} was never broadcast in this run`]
  const missing = missingAtEnd(history, id)
  const learned = [...course.lessons.values()].map(
    ({ at, from, hop, how, node }) =>
      `${node} learned it at ${ms(at)} from ${from} by ${how}, hop ${hop}` +
      (missing.has(node) ? ", but its last read misses it" : "")
  )
  const isNode = new Set(history.nodes)
  const attempts = history.transmissions.filter(
    (transmission) =>
      (isNode.has(transmission.src) || transmission.type === "broadcast") &&
      valuesOf(transmission).some((other) => key(other) === id)
  )
  const never = history.nodes.filter((node) => !course.lessons.has(node)).map((node) => whyNot(node, attempts))
  const gone = forgotten.filter((one) => key(one.value) === id).map((one) => `nobody has it: ${reason(one)}`)
  return [...learned, ...never, ...gone]
}
