/**
 * Why some nodes have a value and others do not: the way it took, told node by node.
 */
import type { NodeId } from "../protocol/Message.ts"
import { key, type Value } from "../protocol/Value.ts"
import { reason } from "./Forgotten.ts"
import type { History, Transmission } from "./History.ts"
import type { Result } from "./Simulation.ts"
import * as Spread from "./Spread.ts"

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

/** The nodes whose last read misses the value. */
const forgetful = ({ operations }: History, value: Value): ReadonlySet<NodeId> =>
  new Set(
    operations
      .filter(
        ({ final, values }) => final && values !== undefined && !values.some((other) => key(other) === key(value))
      )
      .map(({ node }) => node)
  )

/** One line a node, in the order in which they learned the value; then those that did not; then why nobody has it. */
export const explain = (
  { courses, forgotten, history }: Pick<Result, "courses" | "forgotten" | "history">,
  value: Value
): ReadonlyArray<string> => {
  const course = courses.byKey.get(key(value))
  if (course === undefined) return [`${key(value)} was never broadcast in this run`]
  const forgot = forgetful(history, value)
  const learned = [...course.lessons.values()].map(
    ({ at, from, hop, how, node }) =>
      `${node} learned it at ${ms(at)} from ${from} by ${how}, hop ${hop}` +
      (forgot.has(node) ? ", but its last read misses it" : "")
  )
  const isNode = new Set(history.nodes)
  const attempts = history.transmissions.filter(
    (transmission) =>
      (isNode.has(transmission.src) || transmission.type === "broadcast") &&
      Spread.valuesOf(transmission).some((other) => key(other) === key(value))
  )
  const missing = history.nodes.filter((node) => !course.lessons.has(node)).map((node) => whyNot(node, attempts))
  const gone = forgotten.filter((one) => key(one.value) === key(value)).map((one) => `nobody has it: ${reason(one)}`)
  return [...learned, ...missing, ...gone]
}
