/**
 * Answers on their way to become messages: each gets the next id.
 */
import type * as Message from "../protocol/Message.ts"
import * as Wire from "../protocol/Wire.ts"
import type { Answer } from "./Handlers.ts"

/** Where a reply goes, and from whom. */
export interface ReplyTo {
  readonly self: Message.NodeId
  readonly src: Message.NodeId
  /** Absent from a message that wants no reply. */
  readonly id: Message.MessageId | undefined
  /** Whether the message is itself a reply, to which no error is ever sent. */
  readonly isReply: boolean
}

/** Turns answers into messages, giving each the next id. */
export class Outbox {
  readonly frames: Array<Wire.Frame> = []
  readonly #firstId: Message.MessageId
  #length = 0
  /** The beginning of the last message, which often goes on where it went before. */
  #head = ""
  #src: Message.NodeId | undefined
  #dest: Message.NodeId | undefined

  /** `firstId` is the id of the first message. */
  constructor(firstId: Message.MessageId) {
    this.#firstId = firstId
  }

  /** The id of the next message. */
  get nextId(): Message.MessageId {
    return this.#firstId + this.frames.length
  }

  /** How many characters all messages have together. */
  get length(): number {
    return this.#length
  }

  /** Adds the messages of an answer, its reply last. */
  post({ id, isReply, self, src }: ReplyTo, { reply, send }: Answer): void {
    if (send !== undefined) for (const { body, dest } of send) this.#add(self, dest, body, undefined)
    // An effectful handler may fail over a reply as well.
    if (reply === undefined || id === undefined || (isReply && reply.type === "error")) return
    this.#add(self, src, reply, id)
  }

  #add(src: Message.NodeId, dest: Message.NodeId, body: Wire.PrintedBody, in_reply_to: Message.MessageId | undefined) {
    if (dest !== this.#dest || src !== this.#src) {
      this.#head = Wire.printHead(src, dest)
      this.#src = src
      this.#dest = dest
    }
    const text = Wire.printMessage(this.#head, body, in_reply_to, this.nextId)
    this.#length += text.length
    this.frames.push({ src, dest, type: body.type, text })
  }
}
