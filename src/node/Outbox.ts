/**
 * Answers on their way to become messages: each gets the next id, and a receiver's name is printed once.
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
  // Most messages of a turn go to few receivers.
  readonly #heads = new Map<Message.NodeId, string>()
  #self: Message.NodeId | undefined

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
    if (self !== this.#self) this.#heads.clear()
    this.#self = self
    if (send !== undefined) for (const { body, dest } of send) this.#add(self, dest, body, undefined)
    // An effectful handler may fail over a reply as well.
    if (reply === undefined || id === undefined || (isReply && reply.type === "error")) return
    this.#add(self, src, reply, id)
  }

  #add(src: Message.NodeId, dest: Message.NodeId, body: Wire.PrintedBody, in_reply_to: Message.MessageId | undefined) {
    let head = this.#heads.get(dest)
    if (head === undefined) {
      head = Wire.printHead(src, dest)
      this.#heads.set(dest, head)
    }
    const text = Wire.printMessage(head, body, in_reply_to, this.nextId)
    this.#length += text.length
    this.frames.push({ src, dest, type: body.type, text })
  }
}
