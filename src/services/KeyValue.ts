/**
 * What Maelstrom's three key-value services have in common: their messages, and what a request does to the value of a key.
 *
 * Keys and values are any JSON. They are compared as JSON, so the order of an object's keys does not matter. The services
 * differ in one thing only: which state of the store a request gets to see.
 */
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { body, ErrorCode, ErrorReply, union } from "../protocol/Message.ts"
import { key as textOf, Value } from "../protocol/Value.ts"

/** Asks for the value of a key. Error 20 if the key does not exist. */
export const Read = body("read", { key: Value })
/** The value of the key. */
export const ReadOk = body("read_ok", { value: Value })

/** Sets a key to a value, whether it exists or not. */
export const Write = body("write", { key: Value, value: Value })
/** Says that the value is written. */
export const WriteOk = body("write_ok", {})

/**
 * Sets a key to the value `to` if its value is `from`. Error 22 if it has another value. If the key does not exist, it is
 * created with the value `to` where `create_if_not_exists` is true; otherwise that is error 20.
 */
export const Cas = body("cas", {
  key: Value,
  from: Value,
  to: Value,
  create_if_not_exists: Schema.optionalKey(Schema.Boolean)
})
/** Says that the value was `from`, or that the key did not exist, and that the value is `to` now. */
export const CasOk = body("cas_ok", {})

/** What a key-value service can be asked. */
export const Requests = union(Read, Write, Cas)
/** What a key-value service can be asked. */
export type Request = typeof Requests.Type

/** What a key-value service answers. */
export type Reply = typeof ReadOk.Type | typeof WriteOk.Type | typeof CasOk.Type | typeof ErrorReply.Type

/** What comes of a request. */
export interface Outcome {
  readonly reply: Reply
  /** The value that the key gets; undefined if the request writes nothing. */
  readonly written: Value | undefined
}

const equal = (a: Value, b: Value): boolean => textOf(a) === textOf(b)

const refuse = (code: number, text: string): Outcome => ({
  reply: { type: "error", code, text },
  written: undefined
})

const missing = (key: Value): Outcome => refuse(ErrorCode.keyDoesNotExist, `there is no key ${textOf(key)}`)

/** What comes of a request when its key has this value; undefined if the key does not exist. */
export const respond = (current: Value | undefined, request: Request): Outcome =>
  Requests.match(request, {
    read: ({ key }): Outcome =>
      current === undefined ? missing(key) : { reply: { type: "read_ok", value: current }, written: undefined },
    write: ({ value }): Outcome => ({ reply: { type: "write_ok" }, written: value }),
    cas: ({ create_if_not_exists, from, key, to }): Outcome => {
      if (current === undefined && create_if_not_exists !== true) return missing(key)
      if (current !== undefined && !equal(current, from)) {
        const text = `${textOf(key)} has the value ${textOf(current)}, not ${textOf(from)}`
        return refuse(ErrorCode.preconditionFailed, text)
      }
      return { reply: { type: "cas_ok" }, written: to }
    }
  })

/** Values by the texts of their keys. */
export type Store = HashMap.HashMap<string, Value>

/** A store without keys. */
export const empty: Store = HashMap.empty()

/** Does what a request asks. The store stays the very same one if the request does not change a value. */
export const step = (store: Store, request: Request): readonly [store: Store, reply: Reply] => {
  const text = textOf(request.key)
  const current = Option.getOrUndefined(HashMap.get(store, text))
  const { reply, written } = respond(current, request)
  const isChange = written !== undefined && (current === undefined || !equal(current, written))
  return [isChange ? HashMap.set(store, text, written) : store, reply]
}
