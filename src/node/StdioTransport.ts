/**
 * The transport of a node that is a process of its own: lines on standard input and output.
 *
 * A writer fiber takes what is sent from a short queue. A reader that lags behind fills the queue, then sending suspends,
 * and with it the reading of standard input: memory stays bounded.
 *
 * @module
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Lines from "../protocol/Lines.ts"
import { type Outgoing, printer } from "../protocol/Wire.ts"
import * as Metrics from "./Metrics.ts"
import { InputFailed, OutputClosed, Transport } from "./Transport.ts"

/** How many batches of messages may wait for the reader. */
const maxWaiting = 4

/** How many characters a batch has at least before another is begun: a chunk of requests may ask for more than memory holds. */
const batchLength = 1024 * 1024

/** How long an interrupted node waits for its reader to take what was sent. */
const flushTimeout = "500 millis"

const encoder = new TextEncoder()

const encode = (text: string): Uint8Array => {
  // Nearly always all characters are ASCII, and a place for the bytes of known size halves the time.
  const bytes = new Uint8Array(text.length)
  return encoder.encodeInto(text, bytes).read === text.length ? bytes : encoder.encode(text)
}

/** Prints messages in batches, each only when the one before has been taken. */
function* print(messages: ReadonlyArray<Outgoing>): Iterable<string> {
  const printLine = printer()
  let text = ""
  for (const message of messages) {
    text += `${printLine(message)}\n`
    if (text.length >= batchLength) {
      yield text
      text = ""
    }
  }
  if (text !== "") yield text
}

/**
 * Standard input and output.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = Layer.effect(
  Transport,
  Effect.gen(function* () {
    const stdio = yield* Stdio.Stdio
    const batches = yield* Queue.bounded<Uint8Array, Cause.Done>(maxWaiting)
    const writer = yield* Stream.fromQueue(batches).pipe(
      Stream.tap((bytes) => Metric.update(Metrics.bytesOut, bytes.length)),
      Stream.run(stdio.stdout()),
      Effect.mapError((cause) => new OutputClosed({ cause })),
      // The end of input closes the scope: what is queued by then must still be written.
      Effect.ensuring(Queue.shutdown(batches)),
      Effect.forkDetach
    )
    const hurry = Fiber.await(writer).pipe(Effect.timeoutOption(flushTimeout), Effect.andThen(Fiber.interrupt(writer)))
    yield* Effect.addFinalizer((exit) =>
      Effect.andThen(
        Queue.end(batches),
        Exit.isSuccess(exit) ? Effect.interruptible(Fiber.await(writer)).pipe(Effect.onInterrupt(() => hurry)) : hurry
      )
    )
    return Transport.of({
      incoming: stdio.stdin.pipe(
        Stream.mapError((cause) => new InputFailed({ cause })),
        Stream.mapAccumArrayEffect(
          () => Lines.start,
          (rest, chunks) => {
            let lines: ReadonlyArray<Lines.Line> = []
            let bytes = 0
            for (const chunk of chunks) {
              bytes += chunk.length
              const [next, completed] = Lines.push(rest, chunk)
              lines = lines.length === 0 ? completed : lines.concat(completed)
              rest = next
            }
            return Effect.as(Metric.update(Metrics.bytesIn, bytes), [rest, lines] as const)
          },
          { onHalt: Lines.end }
        )
      ),
      send: (messages) =>
        Effect.forEach(print(messages), (text) => Queue.offer(batches, encode(text)), { discard: true }),
      closed: Fiber.join(writer)
    })
  })
)
