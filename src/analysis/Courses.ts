/**
 * The course of every value through the cluster: who learned it, when, from whom and over how many hops.
 *
 * Courses are read off the messages alone. A message between nodes carries the values in its `messages` or `message`,
 * whatever its type, so this also works for programs with other messages. A node that a client told has hop 0.
 *
 * @module
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Result from "effect/Result"
import type { NodeId } from "../protocol/Message.ts"
import { areValues, key, type Value } from "../protocol/Value.ts"
import * as Wire from "../protocol/Wire.ts"
import type { History, Transmission } from "./History.ts"

/**
 * How a node first learned a value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lesson {
  readonly node: NodeId
  /** Who sent it: a node or a client. */
  readonly from: NodeId
  /** In ms since the start. */
  readonly at: number
  /** 0 from a client, else one more than that of the sender. */
  readonly hop: number
  /** The type of the message. */
  readonly how: string
}

/**
 * The course of one value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Course {
  readonly value: Value
  /** When a node first had it, in ms since the start; infinite if no node ever had it. */
  readonly start: number
  /** In the order in which the nodes learned it. */
  readonly lessons: ReadonlyMap<NodeId, Lesson>
  /** How many messages between nodes carried it, delivered or not. */
  readonly carried: number
}

/**
 * The courses of all values of a run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Courses {
  /** By the key of the value. */
  readonly byKey: ReadonlyMap<string, Course>
  /** How many messages between nodes carried any value, delivered or not. */
  readonly carriers: number
}

/**
 * A message that carries values to a node.
 *
 * @category models
 * @since 0.1.0
 */
export interface Carriage {
  readonly transmission: Transmission
  /** When the node could learn its values, in ms since the start; infinite if the message was dropped or refused. */
  readonly arrived: number
  readonly fromClient: boolean
  /** The values with their keys. */
  readonly values: ReadonlyArray<{ readonly id: string; readonly value: Value }>
}

const bodyOf = (line: string): Wire.RawBody =>
  Result.match(Wire.envelope(line), { onFailure: () => ({}), onSuccess: ({ body }) => body })

/**
 * The values that a message carries.
 *
 * @category getters
 * @since 0.1.0
 */
export const valuesOf = ({ text }: Transmission): ReadonlyArray<Value> => {
  const { message, messages } = bodyOf(text)
  const list: ReadonlyArray<unknown> = Array.isArray(messages) ? messages : []
  const all = message === undefined ? list : [...list, message]
  return areValues(all) ? all : []
}

const link = (src: NodeId, dest: NodeId): string => `${src} ${dest}`

/** The messages that were answered with an error, as by a node before its `init`: nothing was learned from them. */
const refused = (transmissions: ReadonlyArray<Transmission>): ReadonlySet<Transmission> => {
  const errors = transmissions.filter(({ type }) => type === "error")
  if (errors.length === 0) return new Set()
  const byLink = Arr.groupBy(transmissions, ({ dest, src }) => link(src, dest))
  return new Set(
    errors.flatMap((error) => {
      const id = bodyOf(error.text)["in_reply_to"]
      if (id === undefined) return []
      // A node with amnesia uses the same ids again, so the latest message with this id is the one that was answered.
      const answered = byLink[link(error.dest, error.src)]?.findLast(
        (other) => other.fate._tag === "Delivered" && other.fate.at <= error.sent && bodyOf(other.text)["msg_id"] === id
      )
      return answered === undefined ? [] : [answered]
    })
  )
}

/**
 * The messages of a run that carry values to a node, in the order of sending.
 *
 * @category constructors
 * @since 0.1.0
 */
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

interface Mutable {
  readonly value: Value
  start: number
  readonly lessons: Map<NodeId, Lesson>
  carried: number
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

/**
 * Reads the course of every value off the messages of a run.
 *
 * @category constructors
 * @since 0.1.0
 */
export const courses = (history: History): Courses => {
  const messages = carriages(history)
  return { byKey: follow(messages), carriers: messages.filter(({ fromClient }) => !fromClient).length }
}

/**
 * The courses of the values that some node had at some time.
 *
 * @category filtering
 * @since 0.1.0
 */
export const started = ({ byKey }: Courses): ReadonlyArray<Course> =>
  [...byKey.values()].filter(({ lessons }) => lessons.size > 0)
