/**
 * Messages of bounded size: values are dealt to as many messages as it takes, and none is left out.
 *
 * Transports lose what is too large for them, often in silence, so a node does not send it in the first place.
 */
import { byteLength, list, print, Printed } from "../protocol/JsonText.ts"
import type { Value } from "../protocol/Value.ts"

/** How large a message may be. */
export interface Bounds {
  /** How many values; at least 1. */
  readonly message_values: number
  /** How many bytes, the line feed included. A value larger than that has a message of its own. */
  readonly message_bytes: number
}

/** Bytes left for everything in a message but its values: names of up to 64 bytes, numbers, the digest. */
const envelopeBytes = 400

/** UTF-8 takes at most so many bytes for each of JavaScript's characters. */
const bytesPerCharacter = 3

/** Deals values to printed lists, in their order; one empty list if there are none. */
export const deal = (
  values: ReadonlyArray<Value>,
  { message_bytes, message_values }: Bounds
): ReadonlyArray<Printed> => {
  const room = message_bytes - envelopeBytes
  const texts = values.map(print)
  const whole = list(texts)
  // Nearly always everything fits, and need not be measured one by one.
  if (values.length <= message_values && bytesPerCharacter * whole.length <= room) return [new Printed(whole)]
  const lists: Array<Printed> = []
  let batch: Array<string> = []
  let bytes = 0
  for (const text of texts) {
    const more = byteLength(text) + 2
    if (batch.length > 0 && (batch.length === message_values || bytes + more > room)) {
      lists.push(new Printed(list(batch)))
      batch = []
      bytes = 0
    }
    batch.push(text)
    bytes += more
  }
  lists.push(new Printed(list(batch)))
  return lists
}

/** Whether two lists, if both are there, have room in one message. */
export const fit = (a: Printed | undefined, b: Printed | undefined, { message_bytes }: Bounds): boolean =>
  a !== undefined && b !== undefined && byteLength(a.text) + byteLength(b.text) <= message_bytes - envelopeBytes
