/**
 * Has a node do a little of everything that nodes do, so that what it compiles on the way can be kept.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"

/** The node did not come to its end. */
class WarmUpFailed extends Data.TaggedError("WarmUpFailed")<{ readonly message: string }> {}

const nodes = ["n1", "n2", "n3", "n4", "n5"]

const line = (src: string, body: object) => JSON.stringify({ src, dest: "n1", body })

const round = (id: number) => [
  line("c1", { type: "broadcast", msg_id: id, message: id }),
  line("n2", { type: "gossip", messages: [id + 0.5, `${id}`, { id: [id] }] }),
  line("n3", { type: "gossip", msg_id: id, messages: [`from ${id}`], pull: true, digest: { count: id, sum: id } }),
  line("c2", { type: "read", msg_id: id })
]

const lines = [
  line("c0", { type: "init", msg_id: 1, node_id: "n1", node_ids: nodes }),
  line("c0", { type: "topology", msg_id: 1, topology: { n1: nodes } }),
  ...Array.from({ length: 100 }, (_, id) => round(id)).flat(),
  line("c0", { type: "gossip_stats", msg_id: 1 })
]

const program = Effect.gen(function* () {
  // oxlint-disable-next-line no-restricted-globals -- Effect does not tell which Node this is
  const child = yield* ChildProcess.make(process.execPath, [`${import.meta.dirname}/Record.mjs`], {
    // The pause is for what a node does unasked.
    stdin: Stream.encodeText(
      Stream.concat(
        Stream.make(`${lines.join("\n")}\n`),
        Stream.fromEffect(Effect.delay(Effect.succeed(lines[1] ?? ""), 300))
      )
    ),
    stdout: "ignore",
    // Settings, and options of Node that V8 does not take the cache under, are none of the build's.
    env: { MAELSTROM_GOSSIP_INTERVAL_MS: "20", MAELSTROM_GOSSIP_REPAIR_INTERVAL_MS: "20" },
    extendEnv: false
  })
  const log = yield* Stream.mkString(Stream.decodeText(child.stderr))
  if ((yield* child.exitCode) !== 0) return yield* new WarmUpFailed({ message: log })
}).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

NodeRuntime.runMain(program)
