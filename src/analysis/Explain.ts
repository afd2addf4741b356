/**
 * Why some nodes have a value and others do not: its course through the cluster, told node by node. Nodes of which the same
 * is to be said share a line, so that the ones that differ stand out.
 *
 * @module
 * @since 0.1.0
 */
import type { NodeId } from "../protocol/Message.ts"
import { key, type Value } from "../protocol/Value.ts"
import { type Lesson, valuesOf } from "./Courses.ts"
import { reason } from "./Forgotten.ts"
import type { History, Transmission } from "./History.ts"
import type { BroadcastOperation, BroadcastReport } from "./Report.ts"
import * as Words from "./Words.ts"

const ms = (time: number): string => `${Words.number(time)} ms`

/** Neighbours in a list that are alike, each time they are, in lists of their own. */
const runsOf = <A>(list: ReadonlyArray<A>, likeness: (one: A) => string): ReadonlyArray<readonly [A, ...Array<A>]> => {
  const runs: Array<[A, ...Array<A>]> = []
  for (const one of list) {
    const last = runs.at(-1)
    if (last !== undefined && likeness(last[0]) === likeness(one)) last.push(one)
    else runs.push([one])
  }
  return runs
}

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

const fateLikeness = ({ fate, src }: Transmission): string =>
  `${src} ${fate._tag} ${fate._tag === "Dropped" ? fate.why : ""}`

const whyNot = (node: NodeId, attempts: ReadonlyArray<Transmission>): string => {
  const towards = attempts.filter(({ dest }) => dest === node)
  if (towards.length === 0) return "nobody sent it there"
  return runsOf(towards, fateLikeness)
    .map(([first, ...others]) => {
      const last = others.at(-1)
      const more = last === undefined ? "" : `, and so ${Words.number(others.length)} more times until ${ms(last.sent)}`
      return `from ${first.src} at ${ms(first.sent)} ${fateOf(first)}${more}`
    })
    .join("; ")
}

/** The nodes whose last read misses the value with this key. */
const missingAtEnd = ({ operations }: History<BroadcastOperation>, id: string): ReadonlySet<NodeId> =>
  new Set(
    operations
      .filter((one) => one.f === "read" && one.ending === "ok")
      .filter(({ final, reply }) => final && !reply.messages.some((other) => key(other) === id))
      .map(({ node }) => node)
  )

const names = (nodes: ReadonlyArray<{ readonly node: NodeId }>): string => Words.nodes(nodes.map(({ node }) => node))

/** How some nodes learned a value: one after the other, from the same node and in the same way. */
const learned = ([first, ...others]: readonly [Lesson, ...ReadonlyArray<Lesson>], isMissing: boolean): string => {
  const from = ms(first.at)
  const to = ms(others.at(-1)?.at ?? first.at)
  return (
    `${names([first, ...others])} learned it at ${from === to ? from : `${from} to ${to}`} ` +
    `from ${first.from} by ${first.how}, hop ${first.hop}` +
    (isMissing ? `, but ${others.length === 0 ? "its last read misses it" : "their last reads miss it"}` : "")
  )
}

/**
 * The course of a value as lines of text: first the nodes that learned it, in that order; then those that did not; and at
 * last why nobody has it, if every node that had it forgot it.
 *
 * @category formatting
 * @since 0.1.0
 */
export const explain = ({ courses, forgotten, history }: BroadcastReport, value: Value): ReadonlyArray<string> => {
  const id = key(value)
  const course = courses.byKey.get(id)
  if (course === undefined) return [`${id} was never broadcast in this run`]
  const missing = missingAtEnd(history, id)
  const lessons = runsOf([...course.lessons.values()], ({ from, hop, how, node }) =>
    [from, hop, how, missing.has(node)].join(" ")
  )
  const isNode = new Set(history.nodes)
  const attempts = history.transmissions.filter(
    (transmission) =>
      (isNode.has(transmission.src) || transmission.type === "broadcast") &&
      valuesOf(transmission).some((other) => key(other) === id)
  )
  const never = history.nodes
    .filter((node) => !course.lessons.has(node))
    .map((node) => ({ node, why: whyNot(node, attempts) }))
  const gone = forgotten.filter((one) => key(one.value) === id).map((one) => `nobody has it: ${reason(one)}`)
  return [
    ...lessons.map((alike) => learned(alike, missing.has(alike[0].node))),
    ...runsOf(never, ({ why }) => why).map((alike) => `${names(alike)} never learned it: ${alike[0].why}`),
    ...gone
  ]
}
