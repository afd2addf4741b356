/**
 * The processes of one node of a test cluster: one after the other, each with what the one before it has kept.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { printer } from "../protocol/Wire.ts"
import * as Node from "./Node.ts"
import * as State from "./State.ts"
import { layerRandom } from "./TestNode.ts"
import { Transport } from "./Transport.ts"

/** Makes a node that has no process yet. `send` is given each line that the node sends. */
export const make = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly parts: Layer.Layer<A, E, R>
  /** The n-th process of the node draws from the source `seed/n`, counted from 0. */
  readonly seed: string
  readonly send: (line: string) => Effect.Effect<void>
}) {
  const { parts, seed, send } = options
  const state = yield* Ref.make(State.initial)
  const starts = yield* Ref.make(0)
  const input = yield* Ref.make(yield* Queue.unbounded<string>())
  return {
    /** Runs a process until it is interrupted. One may run at a time. */
    run: Effect.gen(function* () {
      const lines = yield* Queue.unbounded<string>()
      yield* Ref.set(input, lines)
      yield* Ref.update(state, State.recover)
      const start = yield* Ref.getAndUpdate(starts, (count) => count + 1)
      const transport = Transport.of({
        incoming: Stream.fromQueue(lines),
        send: (messages) => Effect.forEach(messages.map(printer()), send, { discard: true })
      })
      yield* Node.runIn(state, parts).pipe(
        Effect.provideService(Transport, transport),
        // A process counts for itself.
        Effect.provideService(Metric.MetricRegistry, new Map()),
        Effect.provide(layerRandom(`${seed}/${start}`))
      )
    }),
    /** Hands a line to the process that runs. If none does, nobody ever reads it. */
    receive: (line: string) => Effect.flatMap(Ref.get(input), (lines) => Queue.offer(lines, line))
  }
})
