/**
 * Why a call to another node or service did not end as asked.
 *
 * There is one error for each code of `Message.ErrorCode`, so that `Effect.catchTag` picks out the one that matters.
 * `definite` is part of each type: `true` says that the request was certainly not carried out, `false` that it may have been.
 *
 * @module
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Issue from "../protocol/Issue.ts"
import { type BodySchema, ErrorCode, ErrorReply, type NodeId, type Tagged } from "../protocol/Message.ts"
import type { RawBody, Returned } from "../protocol/Wire.ts"

/**
 * What was called.
 *
 * @category models
 * @since 0.1.0
 */
export interface Called {
  /** Who was asked. */
  readonly dest: NodeId
  /** The `type` of the request. */
  readonly request: string
}

/** What every error tells. */
interface Fields extends Called {
  /** What went wrong, as the error reply says it. */
  readonly text: string
}

/** The class of the errors with one code. */
interface ErrorClass<Tag extends string, Code extends number, Definite extends boolean> {
  readonly code: Code
  new (fields: Fields): Cause.YieldableError &
    Fields & {
      readonly _tag: Tag
      /** The code of the error reply. */
      readonly code: Code
      /** Whether the request was certainly not carried out. */
      readonly definite: Definite
    }
}

const define = <const Tag extends string, const Code extends number, const Definite extends boolean>(
  tag: Tag,
  code: Code,
  definite: Definite
): ErrorClass<Tag, Code, Definite> =>
  class extends Data.TaggedError(tag)<Fields> {
    static readonly code = code
    readonly code = code
    readonly definite = definite
    override get message(): string {
      return `${this.dest} did not carry out ${this.request}: ${this.text} (code ${this.code})`
    }
  }

/**
 * No reply came in time, or the one who was asked says that somebody else was too slow.
 *
 * @category errors
 * @since 0.1.0
 */
export class Timeout extends define("Timeout", ErrorCode.timeout, false) {}
/**
 * The one who was asked does not exist.
 *
 * @category errors
 * @since 0.1.0
 */
export class NodeNotFound extends define("NodeNotFound", ErrorCode.nodeNotFound, true) {}
/**
 * The one who was asked does not know such requests.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotSupported extends define("NotSupported", ErrorCode.notSupported, true) {}
/**
 * The one who was asked cannot do it now, but perhaps later.
 *
 * @category errors
 * @since 0.1.0
 */
export class TemporarilyUnavailable extends define("TemporarilyUnavailable", ErrorCode.temporarilyUnavailable, true) {}
/**
 * The one who was asked finds something wrong with the request.
 *
 * @category errors
 * @since 0.1.0
 */
export class MalformedRequest extends define("MalformedRequest", ErrorCode.malformedRequest, true) {}
/**
 * Something broke where the request was carried out.
 *
 * @category errors
 * @since 0.1.0
 */
export class Crash extends define("Crash", ErrorCode.crash, false) {}
/**
 * The request was called off.
 *
 * @category errors
 * @since 0.1.0
 */
export class Abort extends define("Abort", ErrorCode.abort, true) {}
/**
 * There is no such key.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyDoesNotExist extends define("KeyDoesNotExist", ErrorCode.keyDoesNotExist, true) {}
/**
 * There is such a key already.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyAlreadyExists extends define("KeyAlreadyExists", ErrorCode.keyAlreadyExists, true) {}
/**
 * What the request depends on does not hold: for a compare-and-set, the value is another one.
 *
 * @category errors
 * @since 0.1.0
 */
export class PreconditionFailed extends define("PreconditionFailed", ErrorCode.preconditionFailed, true) {}
/**
 * Another transaction was in the way.
 *
 * @category errors
 * @since 0.1.0
 */
export class TxnConflict extends define("TxnConflict", ErrorCode.txnConflict, true) {}

/**
 * The reply is neither of the kind expected nor an error, or cannot be read without loss. It counts as a crash, code 13.
 *
 * @category errors
 * @since 0.1.0
 */
export class BadReply extends define("BadReply", ErrorCode.crash, false) {}

/**
 * An error with a code that Maelstrom does not define.
 *
 * @category errors
 * @since 0.1.0
 */
export class OtherError extends Data.TaggedError("OtherError")<Fields & { readonly code: number }> {
  /** Nobody knows what the code says of it. */
  readonly definite = false
  override get message(): string {
    return `${this.dest} did not carry out ${this.request}: ${this.text} (code ${this.code})`
  }
}

/**
 * Why a call did not end as asked.
 *
 * @category errors
 * @since 0.1.0
 */
export type CallError =
  | Timeout
  | NodeNotFound
  | NotSupported
  | TemporarilyUnavailable
  | MalformedRequest
  | Crash
  | Abort
  | KeyDoesNotExist
  | KeyAlreadyExists
  | PreconditionFailed
  | TxnConflict
  | BadReply
  | OtherError

/** The errors that Maelstrom defines. */
const defined = [
  Timeout,
  NodeNotFound,
  NotSupported,
  TemporarilyUnavailable,
  MalformedRequest,
  Crash,
  Abort,
  KeyDoesNotExist,
  KeyAlreadyExists,
  PreconditionFailed,
  TxnConflict
] as const

/**
 * The error that an error reply stands for.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromReply = (
  { dest, request }: Called,
  { code, text = "no reason given" }: { readonly code: number; readonly text?: string }
): CallError => {
  const Defined = defined.find((error) => error.code === code)
  return Defined === undefined ? new OtherError({ dest, request, code, text }) : new Defined({ dest, request, text })
}

// Maelstrom allows errors without a text.
const decodeError = Schema.decodeUnknownResult(
  Schema.Struct({ ...ErrorReply.fields, text: Schema.optionalKey(Schema.String) })
)

const badReply = ({ dest, request }: Called, text: string) => new BadReply({ dest, request, text })

/**
 * What a reply says: its body, or the error that it stands for.
 *
 * @category decoding
 * @since 0.1.0
 */
export const read = (called: Called, { body, flaw }: Returned): Result.Result<RawBody, CallError> => {
  if (flaw !== undefined) return Result.fail(badReply(called, `the reply cannot be read without loss: ${flaw}`))
  if (body["type"] !== ErrorReply.fields.type.schema.literal) return Result.succeed(body)
  return Result.match(decodeError(body), {
    onFailure: ({ issue }) => Result.fail(badReply(called, `the error reply is malformed: ${Issue.format(issue)}`)),
    onSuccess: (error) => Result.fail(fromReply(called, error))
  })
}

/**
 * Matches the body of a reply with its schema.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = <Reply extends Tagged>(
  called: Called,
  schema: BodySchema<Reply>,
  body: RawBody
): Result.Result<Reply, BadReply> =>
  Result.mapError(Schema.decodeUnknownResult(schema)(body), ({ issue }) =>
    badReply(called, `the reply is not as expected: ${Issue.format(issue)}`)
  )
