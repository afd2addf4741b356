/**
 * Why a request was not carried out, as its sender is told.
 *
 * @module
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { ErrorCode } from "../protocol/Message.ts"

type KnownCode = (typeof ErrorCode)[keyof typeof ErrorCode]

/**
 * The failure of a handler: it becomes an `error` reply. `code` is one of `Message.ErrorCode` or your own, from 1000 on;
 * `text` says what was wrong and what to do.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestError extends Data.TaggedError("RequestError")<{
  readonly code: KnownCode | (number & {})
  readonly text: string
}> {
  override get message(): string {
    return `${this.text} (code ${this.code})`
  }
}
