/**
 * The nemesis: switches faults on and off while clients are at work.
 *
 * Each kind of fault goes on and off by itself, after intervals uniform in 0..2 · mean, and is off when the workload ends.
 * Partitions are of Maelstrom's four kinds: one node alone, a minority of a third, two halves, and majorities in a ring
 * (every node sees a majority, no two the same).
 */
import type * as Random from "effect/Random"
import type { FaultPeriod } from "../analysis/History.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Conditions, Cut } from "./Network.ts"
import type { Fault, Scenario } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** What faults can do to nodes. */
export interface Victims {
  readonly nodes: ReadonlyArray<NodeId>
  readonly pause: (node: NodeId) => void
  readonly resume: (node: NodeId) => void
  readonly crash: (node: NodeId) => void
  /** Starts a crashed node again, with what it knew or with nothing. */
  readonly restart: (node: NodeId, remembers: boolean) => void
}

/** An integer from 0 to `bound` − 1. */
const below = (random: Random.Random, bound: number): number => Math.floor(random.nextDoubleUnsafe() * bound)

const shuffle = <A>(random: Random.Random, elements: ReadonlyArray<A>): ReadonlyArray<A> => {
  const keyed = elements.map((element) => ({ element, key: random.nextDoubleUnsafe() }))
  return keyed.toSorted((a, b) => a.key - b.key).map(({ element }) => element)
}

/** Cuts every group off from the others. */
export const between = (groups: ReadonlyArray<ReadonlyArray<NodeId>>): Cut => {
  const groupOf = new Map(groups.flatMap((group, index) => group.map((node) => [node, index] as const)))
  return (src, dest) => groupOf.get(src) !== groupOf.get(dest)
}

const split = (nodes: ReadonlyArray<NodeId>, count: number) => [nodes.slice(0, count), nodes.slice(count)] as const

/** Each node and the majority around it on the ring hear each other; the others are cut off from it. */
export const majoritiesRing = (nodes: ReadonlyArray<NodeId>): Cut => {
  const size = nodes.length
  const reach = Math.floor(size / 2)
  const place = new Map(nodes.map((node, index) => [node, index]))
  return (src, dest) => {
    const distance = Math.abs((place.get(src) ?? 0) - (place.get(dest) ?? 0))
    return Math.min(distance, size - distance) > Math.ceil(reach / 2)
  }
}

/** A partition of one of the four kinds. */
export const partition = (
  random: Random.Random,
  everybody: ReadonlyArray<NodeId>
): readonly [detail: string, cut: Cut] => {
  const nodes = shuffle(random, everybody)
  const kind = below(random, 4)
  if (kind === 3) return [`majorities in the ring ${nodes.join()}`, majoritiesRing(nodes)]
  const count = [1, Math.max(1, Math.ceil(nodes.length / 3) - 1), Math.floor(nodes.length / 2)][kind] ?? 1
  const groups = split(nodes, count)
  return [groups.map((group) => group.join()).join(" | "), between(groups)]
}

const some = (random: Random.Random, nodes: ReadonlyArray<NodeId>): ReadonlyArray<NodeId> =>
  shuffle(random, nodes).slice(0, 1 + below(random, Math.max(1, Math.floor(nodes.length / 3))))

/** A fault in effect: what exactly it is, for people, and how to end it. */
interface Effective {
  readonly detail: string
  readonly end: () => void
}

/** What the nemesis acts with and upon. */
interface Nemesis {
  readonly scenario: Scenario
  readonly conditions: Conditions
  readonly victims: Victims
  readonly random: Random.Random
}

const cut = ({ cuts }: Conditions, detail: string, isCut: Cut): Effective => {
  cuts.add(isCut)
  return { detail, end: () => cuts.delete(isCut) }
}

const afflict = (
  { random, victims }: Nemesis,
  start: (node: NodeId) => void,
  end: (node: NodeId) => void
): Effective => {
  const nodes = some(random, victims.nodes)
  nodes.forEach(start)
  return { detail: nodes.join(), end: () => nodes.forEach(end) }
}

const begin: Record<Fault, (nemesis: Nemesis) => Effective> = {
  partition: ({ conditions, random, victims }) => cut(conditions, ...partition(random, victims.nodes)),
  "one-way": ({ conditions, random, victims }) => {
    const nodes = shuffle(random, victims.nodes)
    const [deaf, others] = split(nodes, 1 + below(random, Math.max(1, Math.floor(nodes.length / 2))))
    const [isDeaf, isOther] = [new Set(deaf), new Set(others)]
    return cut(
      conditions,
      `${deaf.join()} hear nothing from ${others.join()}`,
      (src, dest) => isOther.has(src) && isDeaf.has(dest)
    )
  },
  loss: ({ conditions, scenario }) => {
    conditions.loss = scenario.loss_rate
    return { detail: `${100 * scenario.loss_rate} % lost`, end: () => (conditions.loss = 0) }
  },
  duplicate: ({ conditions, scenario }) => {
    conditions.duplication = scenario.duplicate_rate
    return { detail: `${100 * scenario.duplicate_rate} % twice`, end: () => (conditions.duplication = 0) }
  },
  reorder: ({ conditions, scenario }) => {
    const jitter = Math.max(10, 4 * scenario.latency)
    conditions.jitter = jitter
    return { detail: `up to ${jitter} ms late`, end: () => (conditions.jitter = 0) }
  },
  pause: (nemesis) => afflict(nemesis, nemesis.victims.pause, nemesis.victims.resume),
  crash: (nemesis) => afflict(nemesis, nemesis.victims.crash, (node) => nemesis.victims.restart(node, true)),
  amnesia: (nemesis) => afflict(nemesis, nemesis.victims.crash, (node) => nemesis.victims.restart(node, false))
}

/** Lets one kind of fault come and go until `until`; each time it has been on is added to `periods`. */
export const schedule = (
  fault: Fault,
  nemesis: Nemesis,
  time: VirtualTime,
  until: number,
  periods: Array<FaultPeriod>
): void => {
  const { random, scenario } = nemesis
  const next = (run: () => void) => {
    const at = time.now + random.nextDoubleUnsafe() * 2 * scenario.nemesis_interval
    if (at < until) time.at(at, run)
    return at < until
  }
  const switchOn = () => {
    const from = time.now
    const { detail, end } = begin[fault](nemesis)
    const switchOff = () => {
      end()
      periods.push({ fault, detail, from, to: time.now })
    }
    const isEndedInTime = next(() => {
      switchOff()
      next(switchOn)
    })
    if (!isEndedInTime) time.at(until, switchOff)
  }
  next(switchOn)
}
