/**
 * The nodes of a run: each the very program that runs as a binary, connected to the simulated network instead of standard
 * input and output, on virtual time, with randomness seeded by its place in the cluster.
 *
 * A node can be paused (nothing happens to it until it resumes) and crashed (its process ends; another starts in its
 * place, with what it knew or with nothing).
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { GossipMemory } from "../gossip/Gossip.ts"
import type { State as GossipState } from "../gossip/State.ts"
import type { NodeState } from "../node/Dispatch.ts"
import type { Memory } from "../node/Memory.ts"
import * as Node from "../node/Node.ts"
import { Transport } from "../node/Transport.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Frame } from "../protocol/Wire.ts"
import type { Transmission } from "../analysis/History.ts"
import { chance } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** Remembers a node's state across its processes. */
class Remembered<State> {
  #current: Ref.Ref<State> | undefined

  memory(remembers: boolean): Memory<State> {
    return {
      recalled: remembers && this.#current !== undefined ? Ref.getUnsafe(this.#current) : undefined,
      keep: (state) => {
        this.#current = state
      }
    }
  }
}

/** The lines that a process has still to read, or the process that waits for them. */
class Input {
  readonly #time: VirtualTime
  #lines: Array<string> = []
  #reader: ((lines: Effect.Effect<Arr.NonEmptyReadonlyArray<string>>) => void) | undefined

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** All lines there are, once there are any. A queue would do as well, but a cluster spends its time here. */
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

interface Place {
  readonly node: Remembered<NodeState>
  readonly gossip: Remembered<GossipState>
  /** Where its process takes lines from; undefined while it has none. */
  input: Input | undefined
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  starts: number
  /** How many faults keep it from having a process. */
  downs: number
  /** Whether one of them made it forget what it knew. */
  forgets: boolean
  /** What happens when the node resumes; undefined unless it is paused. */
  held: Array<() => void> | undefined
}

/** The nodes and what can be done to them. */
export interface Cluster<E> {
  /** Fails when a node fails, which only happens at its start. */
  readonly failure: Effect.Effect<never, E>
  /** Hands a message to a node; says whether there is a process to take it. */
  readonly receive: (transmission: Transmission) => boolean
  /**
   * Starts a node's process, with what it knew or with nothing; says whether it did: a node that crashed twice in the
   * meantime waits for the other start.
   */
  readonly start: (node: NodeId, remembers: boolean) => boolean
  readonly crash: (node: NodeId) => void
  readonly pause: (node: NodeId) => void
  readonly resume: (node: NodeId) => void
}

/** A cluster without any process yet; `send` takes what nodes send. */
export const make = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly nodes: ReadonlyArray<NodeId>
  readonly seed: number
  readonly handlers: Layer.Layer<A, E, R>
  readonly time: VirtualTime
  readonly send: (frame: Frame) => void
}) {
  const { handlers, nodes, seed, send, time } = options
  const places = new Map<NodeId, Place>(
    nodes.map((node) => [
      node,
      {
        node: new Remembered<NodeState>(),
        gossip: new Remembered<GossipState>(),
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
      send: (frames) => Effect.sync(() => frames.forEach(send))
    })
    const random = yield* chance(seed, `node/${nodes.indexOf(node)}/${place.starts++}`)
    yield* Node.run(handlers).pipe(
      Effect.provideService(Transport, transport),
      Effect.provideService(Random.Random, random),
      Effect.provideService(Clock.Clock, time.clock(gate)),
      Effect.provideService(Node.NodeMemory, place.node.memory(remembers)),
      Effect.provideService(GossipMemory, place.gossip.memory(remembers))
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
      if (held === undefined) input.write(transmission.text)
      else {
        held.push(() => {
          if (place.input === input) input.write(transmission.text)
          // The process has ended without ever having read it.
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
    }
  } satisfies Cluster<Effect.Error<ReturnType<typeof runIn>>>
})
