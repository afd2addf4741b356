/**
 * How values spread: who learned what when, from whom, over how many hops, read off the messages that carried them.
 *
 * A message between nodes carries the values in its `messages` or `message`, whatever its type, so this also works for the
 * messages of other programs. What a client's broadcast teaches its node is hop 0.
 */
import * as Arr from "effect/Array"
import * as Result from "effect/Result"
import type { NodeId } from "../protocol/Message.ts"
import { areValues, key, type Value } from "../protocol/Value.ts"
import * as Wire from "../protocol/Wire.ts"
import type { History, Transmission } from "./History.ts"
import { type Quantiles, quantiles } from "./Judge.ts"

/** How a node learned a value. */
export interface Lesson {
  readonly node: NodeId
  /** Who told it: a node or a client. */
  readonly from: NodeId
  /** In ms since the start. */
  readonly at: number
  /** 0 from a client, else one more than its teacher's. */
  readonly hop: number
  /** The type of the message. */
  readonly how: string
}

/** A value's way through the cluster. */
export interface Course {
  readonly value: Value
  /** When a node first had it. */
  readonly start: number
  readonly lessons: ReadonlyMap<NodeId, Lesson>
  /** How many messages between nodes carried it, delivered or not. */
  readonly carried: number
}

/** The courses of all values of a run. */
export interface Courses {
  /** By the value's key. */
  readonly byKey: ReadonlyMap<string, Course>
  /** How many messages between nodes carried any value, delivered or not. */
  readonly carriers: number
}

/** Figures on the spread of all values. Times in ms. */
export interface Spread {
  /** From the first node to the last, of values that reached every node. */
  readonly times: Quantiles | null
  /** The mean share of nodes that ever learned a value. */
  readonly coverage: number
  /** The same so many ms after a value's start, from 0 to when the last node learned the last value. */
  readonly coverage_over_time: ReadonlyArray<{ readonly after: number; readonly coverage: number }>
  /** Relative message redundancy, m/(n−1) − 1: copies of a value beyond the one that each node needs, in the mean. */
  readonly rmr: number
  /** Last delivery hop: the mean of the largest hop at which a node first learned a value. */
  readonly ldh: number
  /** Values per message that carries any, in the mean. */
  readonly values_per_message: number
}

/** The values that a message carries. */
export const valuesOf = ({ text }: Transmission): ReadonlyArray<Value> => {
  const { message, messages } = Wire.bodyOf(Wire.parse(text)) ?? {}
  const list: ReadonlyArray<unknown> = Array.isArray(messages) ? messages : []
  const all = message === undefined ? list : [...list, message]
  return areValues(all) ? all : []
}

interface Mutable {
  readonly value: Value
  start: number
  readonly lessons: Map<NodeId, Lesson>
  carried: number
}

/** A message that carries values to a node. */
export interface Carriage {
  readonly transmission: Transmission
  /** When its values could be learned from it, in ms since the start; infinite if it was dropped or refused. */
  readonly arrived: number
  readonly fromClient: boolean
  /** The values with their keys. */
  readonly values: ReadonlyArray<{ readonly id: string; readonly value: Value }>
}

const link = (src: NodeId, dest: NodeId): string => `${src} ${dest}`

const bodyOf = ({ text }: Transmission): Wire.RawBody =>
  Result.match(Wire.decode(text), { onFailure: () => ({ type: "" }), onSuccess: ({ body }) => body })

/** The messages that were answered with an error: what they carried was not learned, as by a node before its `init`. */
const refused = (transmissions: ReadonlyArray<Transmission>): ReadonlySet<Transmission> => {
  const errors = transmissions.filter(({ type }) => type === "error")
  if (errors.length === 0) return new Set()
  const byLink = Arr.groupBy(transmissions, ({ dest, src }) => link(src, dest))
  return new Set(
    errors.flatMap((error) => {
      const id = bodyOf(error)["in_reply_to"]
      if (id === undefined) return []
      // Nodes with amnesia count their messages anew: the latest of those with this number is meant.
      const answered = byLink[link(error.dest, error.src)]?.findLast(
        (other) => other.fate._tag === "Delivered" && other.fate.at <= error.sent && bodyOf(other)["msg_id"] === id
      )
      return answered === undefined ? [] : [answered]
    })
  )
}

/** All messages of a run that carry values to a node, in the order of sending. */
export const carriages = ({ nodes, transmissions }: History): ReadonlyArray<Carriage> => {
  const isNode = new Set(nodes)
  const isRefused = refused(transmissions)
  return transmissions.flatMap((transmission): ReadonlyArray<Carriage> => {
    const fromClient = !isNode.has(transmission.src)
    if (!isNode.has(transmission.dest) || (fromClient && transmission.type !== "broadcast")) return []
    const values = valuesOf(transmission).map((value) => ({ id: key(value), value }))
    const { fate } = transmission
    const arrived = fate._tag === "Delivered" && !isRefused.has(transmission) ? fate.at : Infinity
    return values.length === 0 ? [] : [{ transmission, arrived, fromClient, values }]
  })
}

const follow = (carried: ReadonlyArray<Carriage>): ReadonlyMap<string, Course> => {
  const found = new Map<string, Mutable>()
  for (const { fromClient, values } of carried) {
    for (const { id, value } of values) {
      const course = found.get(id) ?? { value, start: Infinity, lessons: new Map(), carried: 0 }
      found.set(id, course)
      if (!fromClient) course.carried++
    }
  }
  const delivered = carried.filter((carriage) => carriage.arrived < Infinity)
  for (const carriage of delivered.toSorted((a, b) => a.arrived - b.arrived)) {
    const { dest: node, src: from, type: how } = carriage.transmission
    const at = carriage.arrived
    for (const { id } of carriage.values) {
      const course = found.get(id)
      if (course === undefined || course.lessons.has(node)) continue
      course.start = Math.min(course.start, at)
      const hop = carriage.fromClient ? 0 : (course.lessons.get(from)?.hop ?? 0) + 1
      course.lessons.set(node, { node, from, at, how, hop })
    }
  }
  return found
}

/** Reads the course of every value off a run's messages. */
export const courses = (history: History): Courses => {
  const messages = carriages(history)
  return { byKey: follow(messages), carriers: messages.filter(({ fromClient }) => !fromClient).length }
}

/** The mean of some numbers; 0 if there are none. */
export const mean = (numbers: ReadonlyArray<number>): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** When the last of the nodes that learned a value learned it, in ms since the start. */
export const endOf = ({ lessons }: Course): number => Math.max(...[...lessons.values()].map(({ at }) => at))

/**
 * Coverage over time: the mean share of nodes that know a value so many ms after its start, as a function of that time.
 */
export const coverageOf = ({ byKey }: Courses, nodeCount: number): ((after: number) => number) => {
  const started = [...byKey.values()].filter(({ lessons }) => lessons.size > 0)
  const delays = started.flatMap(({ lessons, start }) => [...lessons.values()].map(({ at }) => at - start))
  delays.sort((a, b) => a - b)
  return (after) => {
    let [from, to] = [0, delays.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((delays[middle] ?? Infinity) <= after) from = middle + 1
      else to = middle
    }
    return started.length === 0 ? 0 : from / (nodeCount * started.length)
  }
}

/** Into how many steps the time of the slowest value is cut to tell coverage over time. */
const coverageSteps = 20

/** Figures on the spread of all values of a run. */
export const measure = (all: Courses, { nodes }: History): Spread => {
  const { byKey, carriers } = all
  const started = [...byKey.values()].filter(({ lessons }) => lessons.size > 0)
  const everywhere = started.filter(({ lessons }) => lessons.size === nodes.length)
  const longest = Math.max(0, ...started.map((course) => endOf(course) - course.start))
  const moments = Array.from({ length: coverageSteps + 1 }, (_, step) => (step * longest) / coverageSteps)
  const coverageAfter = coverageOf(all, nodes.length)
  const carried = started.reduce((sum, course) => sum + course.carried, 0)
  return {
    times: quantiles(everywhere.map((course) => endOf(course) - course.start)),
    coverage: mean(started.map(({ lessons }) => lessons.size / nodes.length)),
    coverage_over_time: moments.map((after) => ({ after, coverage: coverageAfter(after) })),
    rmr: nodes.length < 2 ? 0 : mean(started.map((course) => course.carried / (nodes.length - 1) - 1)),
    ldh: mean(started.map(({ lessons }) => Math.max(...[...lessons.values()].map(({ hop }) => hop)))),
    values_per_message: carriers === 0 ? 0 : carried / carriers
  }
}
