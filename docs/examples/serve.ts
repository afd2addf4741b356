/**
 * Runs one of the examples as a process, on standard input and output: `serve.cjs NAME`.
 *
 * For a node of your own there is nothing to choose: `run(Node.run(parts).pipe(Effect.provide(StdioTransport.layer)))`.
 */
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Node from "maelstrom-gossip/node/Node"
import * as StdioTransport from "maelstrom-gossip/node/StdioTransport"
import * as Broadcast from "./broadcast.ts"
import * as Echo from "./echo.ts"
import * as GCounter from "./g-counter.ts"
import * as GSet from "./g-set.ts"
import * as KvCounter from "./kv-counter.ts"
import * as Membership from "./membership.ts"
import * as Peers from "./peers.ts"
import { run } from "./run.ts"
import * as UniqueIds from "./unique-ids.ts"

const nodes = {
  broadcast: Node.run(Broadcast.parts),
  echo: Node.run(Echo.parts),
  "g-counter": Node.run(GCounter.parts),
  "g-set": Node.run(GSet.parts),
  "kv-counter": Node.run(KvCounter.parts),
  membership: Node.run(Membership.parts),
  peers: Node.run(Peers.parts),
  "unique-ids": Node.run(UniqueIds.parts)
}
const isName = (name: string): name is keyof typeof nodes => Object.hasOwn(nodes, name)

const serve = Effect.gen(function* () {
  const { args } = yield* Stdio.Stdio
  const [name = ""] = yield* args
  if (!isName(name)) return yield* Effect.die(`Which node? Name one of these: ${Object.keys(nodes).join(", ")}`)
  yield* nodes[name]
})

run(Effect.provide(serve, StdioTransport.layer))
