/**
 * What a node counts besides its gossip statistics, as Effect metrics, and their report.
 *
 * @module
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

/**
 * Lines that were skipped because they were malformed, misaddressed or asked for nothing that could be answered.
 *
 * @category metrics
 * @since 0.1.0
 */
export const linesSkipped = counter("node_lines_skipped", "Lines that were skipped with a complaint")

/**
 * Requests that were answered with an error.
 *
 * @category metrics
 * @since 0.1.0
 */
export const errorsReplied = counter("node_errors_replied", "Requests that were answered with an error")

/**
 * Replies that nobody waited for any more, or ever.
 *
 * @category metrics
 * @since 0.1.0
 */
export const repliesLate = counter("replies_late", "Replies that came too late to be used")

/**
 * Bytes read, line feeds included.
 *
 * @category metrics
 * @since 0.1.0
 */
export const bytesIn = counter("node_bytes_in", "Bytes read")

/**
 * Bytes written, line feeds included.
 *
 * @category metrics
 * @since 0.1.0
 */
export const bytesOut = counter("node_bytes_out", "Bytes written")

/**
 * Every counter that was touched, by name.
 *
 * @category metrics
 * @since 0.1.0
 */
export const report: Effect.Effect<Readonly<Record<string, number | bigint>>> = Effect.map(Metric.snapshot, (metrics) =>
  Object.fromEntries(
    metrics.flatMap((metric) => (metric.type === "Counter" ? [[metric.id, metric.state.count] as const] : []))
  )
)
