/**
 * The example with a transport of its own: processes that talk over TCP.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Socket from "effect/socket/Socket"
import { decode, request, start } from "../process/Executable.ts"
import { Bundles } from "./Bundles.ts"

/** Ports that are free, all different. */
const freePorts = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => NodeSocketServer.make({ host: "127.0.0.1", port: 0 })).pipe(
    Effect.map((servers) =>
      servers.flatMap(({ address }) => (address._tag === "UnixPathAddress" ? [] : [address.port]))
    ),
    Effect.scoped
  )

/** Asks a node over a connection of its own; tries again while the node does not listen yet. */
const ask = (port: number, node: string, body: Schema.JsonObject) =>
  Effect.gen(function* () {
    const socket = yield* NodeSocket.makeNet({ host: "127.0.0.1", port })
    const lines = yield* Stream.toQueue(Stream.splitLines(Stream.decodeText(Socket.toStream(socket))), { capacity: 10 })
    const { write } = yield* socket.writer
    // It waits until the connection is there, which may be never.
    yield* Effect.forkScoped(write(`${request("c1", node, { ...body, msg_id: 1 })}\n`))
    return (yield* Effect.flatMap(Queue.take(lines), decode)).body
  }).pipe(Effect.scoped, Effect.retry(Schedule.spaced("50 millis")))

/** Asks until the node knows so many values. */
const knows = (port: number, node: string, count: number) =>
  ask(port, node, { type: "read" }).pipe(
    Effect.repeat({
      until: ({ messages }) => Array.isArray(messages) && messages.length === count,
      schedule: Schedule.spaced("50 millis")
    })
  )

layer(Layer.provideMerge(Bundles.layer, NodeServices.layer), { excludeTestServices: true })(
  "nodes that talk over TCP",
  (it) => {
    it.effect("bring a value to all, also to one that was killed meanwhile", () =>
      Effect.gen(function* () {
        const folder = yield* Bundles
        const [one = 0, two = 0] = yield* freePorts(2)
        const addresses = [`n1=127.0.0.1:${one}`, `n2=127.0.0.1:${two}`]
        const run = (name: string) => start({ folder, file: "tcp.cjs", args: [name, ...addresses] })
        yield* run("n1")
        const killed = yield* run("n2")
        assert.deepInclude(yield* ask(one, "n1", { type: "broadcast", message: 1 }), { type: "broadcast_ok" })
        yield* knows(two, "n2", 1)

        yield* killed.signal("SIGKILL")
        yield* Effect.exit(killed.exitCode)
        yield* ask(one, "n1", { type: "broadcast", message: 2 })
        yield* run("n2")
        yield* knows(two, "n2", 2)
      })
    )
  }
)
