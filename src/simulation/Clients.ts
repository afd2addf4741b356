/**
 * The clients: one a node, who ask their node one thing at a time and wait for the answer.
 *
 * A request that is not answered in time has failed if it was a read, and nobody knows if it was a broadcast; its client
 * goes and comes back under a new name, so a late answer reaches nobody.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Wire from "../protocol/Wire.ts"
import type { Operation, Transmission } from "./History.ts"
import type { Network } from "./Network.ts"
import type { Scenario } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

interface Request {
  readonly client: Message.NodeId
  readonly id: Message.MessageId
  readonly settle: (reply: Wire.RawBody | undefined) => void
}

// Half of what clients get are lists of all there is.
SchemaJITCompiler.enable(Message.ReadOk.ast)
const isReadOk = Schema.is(Message.ReadOk)

// These errors say that the request was not carried out; the others, those of the nodes' own making too, leave it open.
const { crash: _crash, timeout: _timeout, ...definiteCodes } = Message.ErrorCode
const definite: ReadonlySet<unknown> = new Set(Object.values(definiteCodes))

/** All clients of a run. */
export class Clients {
  /** What they did, in the order in which it ended. */
  readonly operations: Array<Operation> = []
  readonly #scenario: Scenario
  readonly #time: VirtualTime
  readonly #network: Network
  /** The request under way at each node. */
  readonly #pending = new Map<Message.NodeId, Request>()
  /** The client at each node. */
  readonly #names = new Map<Message.NodeId, Message.NodeId>()
  #clientCount = 0
  #nextId = 0

  constructor(scenario: Scenario, time: VirtualTime, network: Network) {
    this.#scenario = scenario
    this.#time = time
    this.#network = network
  }

  /** Whether a node's client waits for an answer. */
  isBusy(node: Message.NodeId): boolean {
    return this.#pending.has(node)
  }

  /** Sends a request of any kind; `done` gets the reply's body, or nothing if none comes in time. */
  ask(
    node: Message.NodeId,
    body: Wire.OutgoingBody,
    done: (reply: Wire.RawBody | undefined, client: Message.NodeId) => void
  ): void {
    const client = this.#names.get(node) ?? this.#newClient(node)
    const request: Request = {
      client,
      id: this.#nextId++,
      settle: (reply) => {
        if (this.#pending.get(node) !== request) return
        this.#pending.delete(node)
        if (reply === undefined) this.#names.delete(node)
        done(reply, client)
      }
    }
    this.#pending.set(node, request)
    this.#time.after(this.#scenario.request_timeout, () => request.settle(undefined))
    this.#send(client, node, body, request.id)
  }

  /** Broadcasts a value. */
  broadcast(node: Message.NodeId, value: Value): void {
    this.#perform(node, { type: "broadcast", message: value }, { f: "broadcast", value, final: false })
  }

  /** Reads all values. `final` marks the last reads of a run. */
  read(node: Message.NodeId, final: boolean): void {
    this.#perform(node, { type: "read" }, { f: "read", value: undefined, final })
  }

  /** Sends a request whose answer nobody waits for. */
  tell(node: Message.NodeId, body: Wire.OutgoingBody): void {
    this.#send(`c${this.#clientCount++}`, node, body, this.#nextId++)
  }

  /** Takes a message that is addressed to a client. What comes too late or answers nothing asked reaches nobody. */
  receive({ dest, src, text }: Transmission): void {
    const request = this.#pending.get(src)
    if (request?.client !== dest) return
    const reply = Wire.decode(text)
    if (Result.isFailure(reply) || reply.success.body["in_reply_to"] !== request.id) return
    request.settle(reply.success.body)
  }

  #send(src: Message.NodeId, dest: Message.NodeId, body: Wire.OutgoingBody, id: Message.MessageId): void {
    const text = Wire.printMessage(Wire.printHead(src, dest), Wire.printBody(body), undefined, id)
    this.#network.send({ src, dest, type: body.type, text })
  }

  #newClient(node: Message.NodeId): Message.NodeId {
    const name = `c${this.#clientCount++}`
    this.#names.set(node, name)
    return name
  }

  #perform(node: Message.NodeId, body: Wire.OutgoingBody, what: Pick<Operation, "f" | "value" | "final">): void {
    const { f, final, value } = what
    const invoked = this.#time.now
    this.ask(node, body, (reply, client) => {
      const { ending, reason, values } = outcome(f, reply)
      const completed = this.#time.now
      // Spelled out, because V8 copies by spread ten times slower.
      this.operations.push({ f, value, final, ending, reason, values, node, client, invoked, completed })
    })
  }
}

const outcome = (
  f: Operation["f"],
  reply: Wire.RawBody | undefined
): Pick<Operation, "ending" | "reason" | "values"> => {
  const unsuccessful = f === "read" ? "fail" : "info"
  if (reply === undefined) return { ending: unsuccessful, reason: "no answer in time", values: undefined }
  if (reply["type"] === "error") {
    const reason = Predicate.isString(reply["text"]) ? reply["text"] : "error"
    return { ending: definite.has(reply["code"]) ? "fail" : unsuccessful, reason, values: undefined }
  }
  if (f === "broadcast") {
    return reply["type"] === "broadcast_ok"
      ? { ending: "ok", reason: undefined, values: undefined }
      : { ending: "info", reason: `answered with ${String(reply["type"])}`, values: undefined }
  }
  return isReadOk(reply)
    ? { ending: "ok", reason: undefined, values: reply.messages }
    : { ending: "fail", reason: "the answer is not a read_ok", values: undefined }
}
