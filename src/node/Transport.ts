/**
 * How a node is connected to the world: lines come in, messages go out.
 *
 * What carries them is a layer: standard input and output, memory in tests, a simulated network. The transport is the edge:
 * it prints what the node sends, so that every message is text on its way, wherever a node runs.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Line } from "../protocol/Lines.ts"
import type { Outgoing } from "../protocol/Wire.ts"

/**
 * Nobody reads what the node writes any more.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutputClosed extends Data.TaggedError("OutputClosed")<{ readonly cause: unknown }> {}

/**
 * What the node should read cannot be read.
 *
 * @category errors
 * @since 0.1.0
 */
export class InputFailed extends Data.TaggedError("InputFailed")<{ readonly cause: unknown }> {}

/**
 * The node's connection.
 *
 * @category services
 * @since 0.1.0
 */
export class Transport extends Context.Service<
  Transport,
  {
    /** The lines that arrive, in chunks as they arrive. Ends when no more will come. */
    readonly incoming: Stream.Stream<Line, InputFailed>
    /** Prints and sends messages, together and in this order. Suspends while the reader lags behind. */
    readonly send: (messages: ReadonlyArray<Outgoing>) => Effect.Effect<void>
    /** Fails when nobody reads what is sent any more. Left out: that never happens. */
    readonly closed?: Effect.Effect<void, OutputClosed>
  }
>()("maelstrom-gossip/node/Transport") {}
