/**
 * Nodes that talk over TCP, without Maelstrom: a `Transport` of one's own. A message is a line of JSON, as everywhere.
 *
 * Start a cluster, each node with its name and then the addresses of all: `tcp.cjs n1 n1=localhost:7001 n2=localhost:7002`.
 * Clients connect to any node and send it requests; replies come on the same connection.
 *
 * Stands what its parts stand. A connection that breaks loses the messages that were on their way. The node connects anew, and
 * gossip brings what was lost. At most 1,000 messages wait for a peer that is down; further ones replace the oldest.
 */
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Socket from "effect/socket/Socket"
import { Gossip } from "maelstrom-gossip/gossip/Gossip"
import * as Node from "maelstrom-gossip/node/Node"
import { Transport } from "maelstrom-gossip/node/Transport"
import * as Wire from "maelstrom-gossip/protocol/Wire"
import { run } from "./run.ts"

interface Address {
  readonly host: string
  readonly port: number
}

/** Writes the lines of a queue to a socket, and hands over the lines that come back, until the connection ends. */
const converse = (
  socket: Socket.Socket,
  outbox: Queue.Dequeue<string>,
  receive: (line: string) => Effect.Effect<void>
) =>
  Effect.gen(function* () {
    const { write } = yield* socket.writer
    const writing = Stream.runForEachArray(Stream.fromQueue(outbox), (lines) => write(lines.join("")))
    const reading = Socket.toStream(socket).pipe(Stream.decodeText, Stream.splitLines, Stream.runForEach(receive))
    yield* Effect.raceFirst(reading, writing)
  }).pipe(Effect.scoped)

const layer = (self: string, addresses: ReadonlyMap<string, Address>) =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const own = addresses.get(self)
      if (own === undefined)
        return yield* Effect.die("Which node? Name it, then the addresses of all: n1 n1=localhost:7001 …")
      // What is to be written, by the name of the one who gets it.
      const outboxes = new Map<string, Queue.Queue<string>>()
      const incoming = yield* Queue.bounded<string>(1000)
      const body = { type: "init", node_id: self, node_ids: [...addresses.keys()] }
      yield* Queue.offer(incoming, JSON.stringify({ src: "tcp", dest: self, body }))

      for (const [peer, address] of addresses) {
        if (peer === self) continue
        const outbox = yield* Queue.sliding<string>(1000)
        outboxes.set(peer, outbox)
        yield* NodeSocket.makeNet(address).pipe(
          Effect.flatMap((socket) => converse(socket, outbox, () => Effect.void)),
          Effect.ignore,
          Effect.repeat(Schedule.spaced("500 millis")),
          Effect.forkScoped
        )
      }

      const server = yield* NodeSocketServer.make(own)
      const serve = Effect.fnUntraced(function* (socket: Socket.Socket) {
        const outbox = yield* Queue.sliding<string>(1000)
        const receive = Effect.fnUntraced(function* (line: string) {
          const sender = Result.map(Wire.envelope(line), ({ src }) => src)
          // A client is whoever has sent something and is no node.
          if (Result.isSuccess(sender) && !addresses.has(sender.success)) outboxes.set(sender.success, outbox)
          yield* Queue.offer(incoming, line)
        })
        yield* Effect.ignore(converse(socket, outbox, receive))
        for (const [name, one] of outboxes) if (one === outbox) outboxes.delete(name)
      })
      yield* Effect.forkScoped(server.run(serve))

      const print = Wire.printer()
      return Transport.of({
        incoming: Stream.fromQueue(incoming),
        send: (messages) =>
          Effect.sync(() => {
            for (const message of messages) {
              const outbox = outboxes.get(message.dest)
              // Nobody has this name, or no longer: the message is lost.
              if (outbox !== undefined) Queue.offerUnsafe(outbox, `${print(message)}\n`)
            }
          })
      })
    })
  )

const address = (text: string): readonly [string, Address] => {
  const [name = "", host = "", port = ""] = text.split(/[=:]/)
  return [name, { host, port: Number(port) }]
}

const node = Effect.gen(function* () {
  const { args } = yield* Stdio.Stdio
  const [self = "", ...texts] = yield* args
  yield* Effect.provide(Node.run(Gossip.layer), layer(self, new Map(texts.map(address))))
})

run(node)
