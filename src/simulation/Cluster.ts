/**
 * The nodes of a run. Each is the same program as the executable, but its transport is the simulated network, its clock
 * runs on virtual time, and its randomness is seeded by its place in the cluster.
 *
 * A node can be paused: nothing happens at it until it resumes. It can crash: its process ends, and another one starts in
 * its place, with what the first one knew or with nothing.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { ClockError, Defect, Transmission } from "../analysis/History.ts"
import * as Node from "../node/Node.ts"
import { Observer } from "../node/Observer.ts"
import * as State from "../node/State.ts"
import { Transport } from "../node/Transport.ts"
import type { NodeId } from "../protocol/Message.ts"
import { printer } from "../protocol/Wire.ts"
import * as Invariants from "./Invariants.ts"
import type { Frame } from "./Network.ts"
import { type Clocks, NodeClock } from "./NodeClock.ts"
import { chance, type Scenario } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** The message of what was thrown. */
const messageOf = (thrown: unknown): string => {
  const [error] = Cause.prettyErrors(Cause.die(thrown))
  return `${error?.name}: ${error?.message}`
}

/** The frames of the stack of what was thrown, then those of its cause. */
const stackOf = (thrown: unknown): ReadonlyArray<string> => {
  if (!Predicate.isError(thrown)) return []
  const { cause, stack = "" } = thrown
  const frames = stack.split("\n").map((line) => line.trim())
  return [
    ...frames.filter((line) => line.startsWith("at ")),
    ...(cause === undefined ? [] : [`caused by ${messageOf(cause)}`, ...stackOf(cause)])
  ]
}

const tell = (thrown: unknown) => ({ text: messageOf(thrown), stack: stackOf(thrown) })

/** The lines that a process has not read yet, or the process that waits for lines. */
class Input {
  readonly #time: VirtualTime
  #lines: Array<string> = []
  #reader: ((lines: Effect.Effect<Arr.NonEmptyReadonlyArray<string>>) => void) | undefined

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** Waits until there are lines, and takes all of them. A queue would do as well, but this is where a run spends its time. */
  readonly read = Effect.callback<Arr.NonEmptyReadonlyArray<string>>((resume) => {
    this.#reader = resume
    this.#handOver()
  })

  write(line: string): void {
    if (this.#lines.length > 0) {
      this.#lines.push(line)
    } else {
      this.#lines = [line]
      this.#time.soon(this.#handOver)
    }
  }

  readonly #handOver = (): void => {
    const lines = this.#lines
    const reader = this.#reader
    if (reader === undefined || !Arr.isArrayNonEmpty(lines)) return
    this.#lines = []
    this.#reader = undefined
    reader(Effect.succeed(lines))
  }
}

/** A node of the cluster, whether it has a process at the moment or not. */
interface Place {
  readonly clock: NodeClock
  /** The state of its process, or of the last one; undefined before the first. */
  state: Ref.Ref<State.State> | undefined
  /** Who has ever written to it. */
  readonly writers: Set<NodeId>
  /** Where its process takes lines from; undefined while it has none. */
  input: Input | undefined
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** How many processes it has had. */
  starts: number
  /** How many reasons there are for it to have no process: crashes that are not over, and that it has not started yet. */
  downs: number
  /** Whether one of these crashes makes it forget what it knew. */
  forgets: boolean
  /** What is to happen when the node resumes; undefined unless it is paused. */
  held: Array<() => void> | undefined
}

/** The nodes of a run and what can be done to them. */
export interface Cluster<E> {
  /** Fails when a node fails, which a node does only at its start. */
  readonly failure: Effect.Effect<never, E>
  /** Hands a message to a node; says whether the node has a process to take it. */
  readonly receive: (transmission: Transmission) => boolean
  /**
   * Starts the process of a node, with what the node knew or with nothing. Says whether it did: a node that crashed twice
   * starts only when it was told to start twice.
   */
  readonly start: (node: NodeId, remembers: boolean) => boolean
  readonly crash: (node: NodeId) => void
  readonly pause: (node: NodeId) => void
  readonly resume: (node: NodeId) => void
  /** Makes the clock of a node wrong, or right again. */
  readonly setClock: (node: NodeId, error: ClockError | undefined) => void
}

/** Makes a cluster whose nodes have no processes yet; `send` takes what they send. */
export const make = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly nodes: ReadonlyArray<NodeId>
  /** Whether this is the name of a service: a node may write to services unasked. */
  readonly isService: (name: NodeId) => boolean
  readonly scenario: Clocks & Pick<Scenario, "seed">
  readonly parts: Layer.Layer<A, E, R>
  readonly time: VirtualTime
  readonly send: (frame: Frame) => void
  /** Is told of every defect of a node. */
  readonly report: (defect: Defect) => void
}) {
  const { isService, nodes, parts, report, scenario, send, time } = options
  const clocks = yield* Effect.forEach(nodes, (_, index) =>
    Effect.map(chance(scenario.seed, `clock/${index}`), (random) => new NodeClock(time, random, scenario))
  )
  const places = new Map<NodeId, Place>(
    Arr.zipWith(nodes, clocks, (node, clock) => [
      node,
      {
        clock,
        state: undefined,
        writers: new Set(),
        input: undefined,
        fiber: undefined,
        starts: 0,
        downs: 1,
        forgets: false,
        held: undefined
      }
    ])
  )
  const at = (node: NodeId): Place => {
    const place = places.get(node)
    if (place === undefined) throw new Error(`${node} is not a node of this cluster`)
    return place
  }

  const runIn = Effect.fnUntraced(function* (node: NodeId, place: Place, remembers: boolean) {
    const input = new Input(time)
    place.input = input
    const gate = (action: () => void) => (place.held === undefined ? action() : void place.held.push(action))
    const transport = Transport.of({
      incoming: Stream.fromPull(Effect.succeed(input.read)),
      send: (messages) =>
        Effect.sync(() => {
          const print = printer()
          for (const message of messages) {
            const { body, dest, src } = message
            send({ src, dest, type: body.type, text: print(message) })
          }
        })
    })
    const mayWriteTo = (name: NodeId) => places.has(name) || place.writers.has(name) || isService(name)
    const note = (defect: Omit<Defect, "node" | "at">) => report({ node, at: time.now, ...defect })
    const observe: Observer = (before, turn, after, resolved) => {
      for (const { from, thrown, what } of turn.defects) note({ where: what, from, ...tell(thrown) })
      const checked = Result.try(() => Invariants.violations(before, turn, after, resolved, mayWriteTo))
      if (Result.isFailure(checked)) note({ where: "violations", from: undefined, ...tell(checked.failure) })
      else
        for (const text of checked.success) note({ where: "an invariant is broken", from: undefined, text, stack: [] })
    }
    const last = remembers && place.state !== undefined ? yield* Ref.get(place.state) : undefined
    const state = yield* Ref.make(last === undefined ? State.initial : State.recover(last))
    place.state = state
    const random = yield* chance(scenario.seed, `node/${nodes.indexOf(node)}/${place.starts++}`)
    yield* Node.runIn(state, parts).pipe(
      Effect.provideService(Transport, transport),
      Effect.provideService(Random.Random, random),
      Effect.provideService(Clock.Clock, place.clock.service(gate)),
      // A process counts for itself.
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.provideService(Observer, observe)
    )
  })
  const fibers = yield* FiberSet.make<void, Effect.Error<ReturnType<typeof runIn>>>()
  const fork = yield* FiberSet.runtime(fibers)<Effect.Services<ReturnType<typeof runIn>>>()

  return {
    failure: Effect.andThen(FiberSet.join(fibers), Effect.never),
    start: (node, remembers) => {
      const place = at(node)
      place.forgets ||= !remembers
      if (--place.downs > 0) return false
      place.fiber = fork(runIn(node, place, !place.forgets))
      place.forgets = false
      return true
    },
    receive: (transmission) => {
      const place = at(transmission.dest)
      const { held, input } = place
      if (input === undefined) return false
      place.writers.add(transmission.src)
      if (held === undefined) input.write(transmission.text)
      else {
        held.push(() => {
          if (place.input === input) input.write(transmission.text)
          // The process for which the message waited has ended.
          else transmission.fate = { _tag: "Dropped", at: time.now, why: "crash" }
        })
      }
      return true
    },
    crash: (node) => {
      const place = at(node)
      place.downs++
      place.input = undefined
      place.fiber?.interruptUnsafe()
    },
    pause: (node) => {
      at(node).held ??= []
    },
    resume: (node) => {
      const place = at(node)
      const held = place.held ?? []
      place.held = undefined
      for (const run of held) run()
    },
    setClock: (node, error) => at(node).clock.set(error)
  } satisfies Cluster<Effect.Error<ReturnType<typeof runIn>>>
})
