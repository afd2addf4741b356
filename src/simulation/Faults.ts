/**
 * The nemesis: switches faults on and off while clients are at work.
 *
 * Each kind of fault comes and goes independently of the others. As in Jepsen, it is on as soon as the clients begin. It is
 * then switched at intervals uniform in 0..2 · mean, and it is off when the clients stop. Every time, chance first draws what
 * the fault does, as data; then it is done. Partitions are of Maelstrom's four kinds: one node alone, a minority of a third,
 * two halves, and a ring of majorities. These are drawn as Jepsen draws them (`jepsen.nemesis`). Besides, a scenario may list
 * faults as data, each with its time.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import type * as Random from "effect/Random"
import { ClockError, Fault, type FaultPeriod } from "../analysis/History.ts"
import * as Words from "../analysis/Words.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Conditions, Cut } from "./Network.ts"
import type { FaultKind, Scenario, TimedFault } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** What faults can do to nodes. */
export interface Victims {
  readonly pause: (node: NodeId) => void
  readonly resume: (node: NodeId) => void
  readonly crash: (node: NodeId) => void
  /** Starts a crashed node again, with what it knew or with nothing. */
  readonly restart: (node: NodeId, remembers: boolean) => void
  /** Makes the clock of a node wrong, or right again. */
  readonly setClock: (node: NodeId, error: ClockError | undefined) => void
}

/** An integer from 0 to `bound` − 1. */
const below = (random: Random.Random, bound: number): number => Math.floor(random.nextDoubleUnsafe() * bound)

const shuffle = <A>(random: Random.Random, elements: ReadonlyArray<A>): ReadonlyArray<A> => {
  const keyed = elements.map((element) => ({ element, key: random.nextDoubleUnsafe() }))
  return keyed.toSorted((a, b) => a.key - b.key).map(({ element }) => element)
}

const split = (nodes: ReadonlyArray<NodeId>, count: number) => [nodes.slice(0, count), nodes.slice(count)] as const

type Heard = Extract<Fault, { _tag: "MajoritiesRing" }>["heard"]

/** The size of the smallest majority of so many nodes. */
const majority = (size: number): number => Math.floor(size / 2) + 1

/** Each node hears the majority in whose middle it stands on this ring. */
const perfectRing = (ring: ReadonlyArray<NodeId>): Heard => {
  const size = majority(ring.length)
  const before = Math.floor(size / 2)
  return ring.map((node, place) => {
    const around = [...ring.slice(place), ...ring.slice(0, place)]
    return [node, [...around.slice(ring.length - before), ...around.slice(1, size - before)]]
  })
}

/** A node and whom it hears. */
interface Hearer {
  readonly node: NodeId
  readonly others: Set<Hearer>
}

/** One of those that suit, from the first of these lists that has one. Shuffles no more of a list than it needs to. */
const first = (
  random: Random.Random,
  lists: ReadonlyArray<Array<Hearer>>,
  suits: (hearer: Hearer) => boolean
): Hearer => {
  for (const list of lists) {
    for (let at = 0; at < list.length; at++) {
      const drawn = list.splice(at + below(random, list.length - at), 1)
      list.splice(at, 0, ...drawn)
      const [hearer] = drawn
      if (hearer !== undefined && suits(hearer)) return hearer
    }
  }
  throw new Error("nobody suits")
}

/**
 * A graph in which every node hears a majority, and hearing is mutual. It begins without edges. Again and again a node that
 * hears the fewest is connected with one that hears the fewest of those that it does not hear yet.
 */
const stochasticRing = (random: Random.Random, nodes: ReadonlyArray<NodeId>): Heard => {
  const hearers = nodes.map((node): Hearer => ({ node, others: new Set() }))
  /** Those that hear nobody, those that hear one other, those that hear two, … */
  const byCount = hearers.map((_, count) => (count === 0 ? [...hearers] : []))
  const hear = (one: Hearer, other: Hearer) => {
    const peers = byCount[one.others.size]
    peers?.splice(peers.indexOf(one), 1)
    one.others.add(other)
    byCount[one.others.size]?.push(one)
  }
  for (;;) {
    const one = first(random, byCount, constTrue)
    if (one.others.size + 1 >= majority(nodes.length)) break
    const other = first(random, byCount, (hearer) => hearer !== one && !one.others.has(hearer))
    hear(one, other)
    hear(other, one)
  }
  return hearers.map(({ node, others }) => [node, [...others].map((other) => other.node)])
}

/** Up to so many nodes, a ring of majorities is a perfect ring. */
const mostInPerfectRing = 5

/** A partition of one of the four kinds, each as likely as the others. A third of three nodes or fewer is nobody. */
const partition = (random: Random.Random, everybody: ReadonlyArray<NodeId>): Fault => {
  const nodes = shuffle(random, everybody)
  const { length } = nodes
  const kind = below(random, 4)
  if (kind === 3) {
    return Fault.MajoritiesRing({
      heard: length <= mostInPerfectRing ? perfectRing(nodes) : stochasticRing(random, nodes)
    })
  }
  const count = [1, Math.ceil(length / 3) - 1, Math.floor(length / 2)][kind] ?? 1
  return Fault.Partition({ groups: split(nodes, count).filter((group) => group.length > 0) })
}

/** At least one node, and at most this share of all nodes. The others come second. */
const some = (random: Random.Random, everybody: ReadonlyArray<NodeId>, share: number) => {
  const nodes = shuffle(random, everybody)
  return split(nodes, 1 + below(random, Math.max(1, Math.floor(nodes.length * share))))
}

/** At most half of the nodes are deaf. */
const oneWay = (random: Random.Random, nodes: ReadonlyArray<NodeId>): Fault => {
  const [deaf, others] = some(random, nodes, 1 / 2)
  return Fault.OneWay({ deaf, others })
}

/** At most a third of the nodes are struck. */
const struck = (random: Random.Random, nodes: ReadonlyArray<NodeId>): ReadonlyArray<NodeId> =>
  some(random, nodes, 1 / 3)[0]

/** A clock does not drift faster than this, in ms a ms, so that it never runs backwards. */
const mostDrift = 0.5

/** A clock that jumps does so this many times in a mean interval. */
const jumps = 10

/** An error of one of the three kinds. A drift is as far off as an offset after a mean interval. */
const clockError = (random: Random.Random, { clock_offset, nemesis_interval }: Scenario): ClockError => {
  const offset = () => (2 * random.nextDoubleUnsafe() - 1) * clock_offset
  switch (below(random, 3)) {
    case 0:
      return ClockError.Offset({ offset: offset() })
    case 1:
      return ClockError.Drift({ rate: Math.max(-mostDrift, Math.min(mostDrift, offset() / nemesis_interval)) })
    default:
      return ClockError.Jumps({ offsets: [offset(), offset()], every: nemesis_interval / jumps })
  }
}

/** At most half of the clocks are wrong, each in its own way. */
const clocks = (random: Random.Random, nodes: ReadonlyArray<NodeId>, scenario: Scenario): Fault =>
  Fault.Clock({ errors: some(random, nodes, 1 / 2)[0].map((node) => [node, clockError(random, scenario)]) })

/** Draws what a fault of this kind does to a cluster of these nodes. */
export const draw = (
  kind: FaultKind,
  random: Random.Random,
  nodes: ReadonlyArray<NodeId>,
  scenario: Scenario
): Fault => {
  const { duplicate_rate, latency, loss_rate } = scenario
  switch (kind) {
    case "partition":
      return partition(random, nodes)
    case "one-way":
      return oneWay(random, nodes)
    case "loss":
      return Fault.Loss({ share: loss_rate })
    case "duplicate":
      return Fault.Duplicate({ share: duplicate_rate })
    case "reorder":
      return Fault.Reorder({ jitter: Math.max(10, 4 * latency) })
    case "pause":
      return Fault.Pause({ nodes: struck(random, nodes) })
    case "crash":
      return Fault.Crash({ nodes: struck(random, nodes) })
    case "amnesia":
      return Fault.Amnesia({ nodes: struck(random, nodes) })
    case "clock":
      return clocks(random, nodes, scenario)
  }
}

/** Cuts every group off from the others. */
const between = (groups: ReadonlyArray<ReadonlyArray<NodeId>>): Cut => {
  const groupOf = new Map(groups.flatMap((group, index) => group.map((node) => [node, index] as const)))
  return (src, dest) => groupOf.get(src) !== groupOf.get(dest)
}

/** Cuts every node off from those that it does not hear. */
const beyondMajorities = (heard: Heard): Cut => {
  const heardBy = new Map(heard.map(([node, others]) => [node, new Set(others)]))
  return (src, dest) => src !== dest && heardBy.get(dest)?.has(src) !== true
}

/** Cuts the deaf nodes off from what the others send. */
const towards = (deaf: ReadonlyArray<NodeId>, others: ReadonlyArray<NodeId>): Cut => {
  const [isDeaf, isOther] = [new Set(deaf), new Set(others)]
  return (src, dest) => isOther.has(src) && isDeaf.has(dest)
}

/**
 * A condition that several faults may cause at the same time. The latest that is still on decides; if none is, the condition
 * is as usual. Returns a function that switches one on and returns what switches it off.
 */
const overlapping = <A>(usual: A, apply: (value: A) => void) => {
  const on: Array<{ readonly value: A }> = []
  return (value: A) => {
    const one = { value }
    on.push(one)
    apply(value)
    return () => {
      const isLatest = on.at(-1) === one
      on.splice(on.indexOf(one), 1)
      if (isLatest) apply(on.at(-1)?.value ?? usual)
    }
  }
}

/** What `make` makes for each node, made once. */
const each = <A>(make: (node: NodeId) => A) => {
  const made = new Map<NodeId, A>()
  return (node: NodeId): A => {
    const one = made.get(node) ?? make(node)
    made.set(node, one)
    return one
  }
}

/** Makes a function that does what a fault says and returns what undoes it. Faults may overlap. */
export const inflicting = (conditions: Conditions, victims: Victims): ((fault: Fault) => () => void) => {
  const loss = overlapping(0, (share) => (conditions.loss = share))
  const duplication = overlapping(0, (share) => (conditions.duplication = share))
  const jitter = overlapping(0, (ms) => (conditions.jitter = ms))
  const pause = each((node) =>
    overlapping(false, (isPaused) => (isPaused ? victims.pause(node) : victims.resume(node)))
  )
  const clock = each((node) => overlapping<ClockError | undefined>(undefined, (error) => victims.setClock(node, error)))
  const cut = (isCut: Cut) => {
    conditions.cuts.add(isCut)
    return () => void conditions.cuts.delete(isCut)
  }
  const crash = (nodes: ReadonlyArray<NodeId>, remembers: boolean) => {
    nodes.forEach(victims.crash)
    return () => nodes.forEach((node) => victims.restart(node, remembers))
  }
  const every = (undos: ReadonlyArray<() => void>) => () => undos.forEach((undo) => undo())
  return Fault.$match({
    Partition: ({ groups }) => cut(between(groups)),
    MajoritiesRing: ({ heard }) => cut(beyondMajorities(heard)),
    OneWay: ({ deaf, others }) => cut(towards(deaf, others)),
    Loss: ({ share }) => loss(share),
    Duplicate: ({ share }) => duplication(share),
    Reorder: (fault) => jitter(fault.jitter),
    Pause: ({ nodes }) => every(nodes.map((node) => pause(node)(true))),
    Crash: ({ nodes }) => crash(nodes, true),
    Amnesia: ({ nodes }) => crash(nodes, false),
    Clock: ({ errors }) => every(errors.map(([node, error]) => clock(node)(error)))
  })
}

/** Where and how faults are done, and where each time that one was on is noted. */
export interface Stage {
  readonly time: VirtualTime
  readonly inflict: (fault: Fault) => () => void
  readonly periods: Array<FaultPeriod>
}

/** Lets one kind of fault come and go from now until `until`, in ms since the start. */
export const schedule = (
  { inflict, periods, time }: Stage,
  options: {
    readonly kind: FaultKind
    readonly random: Random.Random
    readonly scenario: Scenario
    readonly nodes: ReadonlyArray<NodeId>
    readonly until: number
  }
): void => {
  const { kind, nodes, random, scenario, until } = options
  /** Runs a function after an interval unless `until` comes first; says whether it will. */
  const next = (run: () => void): boolean => {
    const at = time.now + random.nextDoubleUnsafe() * 2 * scenario.nemesis_interval
    if (at < until) time.at(at, run)
    return at < until
  }
  const switchOn = () => {
    const from = time.now
    const fault = draw(kind, random, nodes, scenario)
    const undo = inflict(fault)
    const switchOff = () => {
      undo()
      periods.push({ fault, from, to: time.now })
    }
    const isEndedInTime = next(() => {
      switchOff()
      next(switchOn)
    })
    if (!isEndedInTime) time.at(until, switchOff)
  }
  switchOn()
}

/**
 * Lets each of these faults come at its time from now, and go. Returns what notes those that are still on when the run ends.
 */
export const scheduleTimed = ({ inflict, periods, time }: Stage, faults: ReadonlyArray<TimedFault>): (() => void) => {
  const begin = time.now
  const on = new Set<Omit<FaultPeriod, "to">>()
  for (const { fault, from, to } of faults) {
    time.at(begin + from, () => {
      const undo = inflict(fault)
      const period = { fault, from: time.now }
      on.add(period)
      time.at(begin + to, () => {
        undo()
        on.delete(period)
        periods.push({ ...period, to: time.now })
      })
    })
  }
  return () => on.forEach((period) => periods.push({ ...period, to: time.now }))
}

/** A timed fault cannot be done. The message says which, why, and what it takes. */
export class InvalidFault extends Data.TaggedError("InvalidFault")<{ readonly message: string }> {}

/** The nodes that a fault names. */
const named: (fault: Fault) => ReadonlyArray<NodeId> = Fault.$match({
  Partition: ({ groups }) => groups.flat(),
  MajoritiesRing: ({ heard }) => heard.flatMap(([node, others]) => [node, ...others]),
  OneWay: ({ deaf, others }) => [...deaf, ...others],
  Loss: () => [],
  Duplicate: () => [],
  Reorder: () => [],
  Pause: ({ nodes }) => nodes,
  Crash: ({ nodes }) => nodes,
  Amnesia: ({ nodes }) => nodes,
  Clock: ({ errors }) => errors.map(([node]) => node)
})

/** Fails if one of these faults names a node that is not there, or does not end after it begins. */
export const validate = Effect.fnUntraced(function* (faults: ReadonlyArray<TimedFault>, nodes: ReadonlyArray<NodeId>) {
  const isNode = new Set(nodes)
  for (const [index, { fault, from, to }] of faults.entries()) {
    const what = `faults.${index} (${fault._tag})`
    if (!(from >= 0 && from < to)) {
      return yield* new InvalidFault({
        message: `${what}: lasts from ${from} to ${to} ms; from must be at least 0 and before to`
      })
    }
    const stranger = named(fault).find((node) => !isNode.has(node))
    if (stranger !== undefined) {
      return yield* new InvalidFault({
        message: `${what}: ${stranger} is no node of this cluster; its nodes are ${Words.some(nodes)}`
      })
    }
  }
})
