/**
 * Messages of bounded size: values are dealt to as many messages as it takes, and none is left out.
 *
 * Transports lose messages that are too large for them, often in silence, so a node never sends one.
 */
import { byteLength, print } from "../protocol/JsonText.ts"
import type { Value } from "../protocol/Value.ts"

/** How large a message may be. */
export interface Bounds {
  /** How many values; at least 1. */
  readonly message_values: number
  /** How many bytes, the line feed included. A value larger than that has a message of its own. */
  readonly message_bytes: number
}

/** How many bytes are left for everything but the values: names of up to 64 bytes, numbers, digests. */
const envelopeBytes = 400

/** What separates two values in a list: a comma and a space. */
const separatorBytes = 2

/** How many bytes a number takes at most. */
const numberBytes = 25

/** How many bytes JSON takes at most for each of JavaScript's characters, as in \u0000. */
const bytesPerCharacter = 6

/** How many bytes a printed value takes at most. Scalars, which most values are, need not be printed for that. */
const mostBytes = (value: Value): number => {
  switch (typeof value) {
    case "number":
    case "boolean":
      return numberBytes
    case "string":
      return 2 + bytesPerCharacter * value.length
    default:
      return byteLength(print(value))
  }
}

const exactBytes = (value: Value): number => byteLength(print(value))

const sum = (values: ReadonlyArray<Value>, bytes: (value: Value) => number): number =>
  values.reduce<number>((total, value) => total + bytes(value) + separatorBytes, 0)

/** Deals values to lists within the bounds, in their order; one empty list if there are none. */
export const deal = <A extends Value>(
  values: ReadonlyArray<A>,
  { message_bytes, message_values }: Bounds
): ReadonlyArray<ReadonlyArray<A>> => {
  const room = message_bytes - envelopeBytes
  // Nearly always everything fits, and need not be measured one by one.
  if (values.length <= message_values && sum(values, mostBytes) <= room) return [values]
  const lists: Array<ReadonlyArray<A>> = []
  let batch: Array<A> = []
  let bytes = 0
  for (const value of values) {
    const more = exactBytes(value) + separatorBytes
    if (batch.length > 0 && (batch.length === message_values || bytes + more > room)) {
      lists.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(value)
    bytes += more
  }
  lists.push(batch)
  return lists
}

/** Whether both lists are there and have room in one message. */
export const fit = (
  a: ReadonlyArray<Value> | undefined,
  b: ReadonlyArray<Value> | undefined,
  { message_bytes }: Bounds
): boolean =>
  a !== undefined && b !== undefined && sum(a, exactBytes) + sum(b, exactBytes) <= message_bytes - envelopeBytes
