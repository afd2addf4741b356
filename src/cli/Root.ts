/**
 * The command line: without a subcommand the executable is a node, its flags the node's settings.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Configuration from "../protocol/Configuration.ts"
import * as Serve from "./Serve.ts"
import { version } from "./Version.ts"

const flags = {
  fanout: Flag.Int("fanout").pipe(
    Flag.withSchema(Configuration.Fanout),
    Flag.withFallbackConfig(Serve.config.fanout),
    Flag.withDescription(
      "To how many random peers a new value is forwarded, 1 to 1,000,000 (MAELSTROM_GOSSIP_FANOUT; 2)"
    )
  ),
  gossip_interval_ms: Flag.Int("gossip-interval-ms").pipe(
    Flag.withSchema(Configuration.GossipInterval),
    Flag.withFallbackConfig(Serve.config.gossip_interval_ms),
    Flag.withDescription("Time between gossip rounds in ms, 1 to 3,600,000 (MAELSTROM_GOSSIP_INTERVAL_MS; 250)")
  ),
  peers: Flag.Literals("peers", Serve.peerChoices).pipe(
    Flag.withFallbackConfig(Serve.config.peers),
    Flag.withDescription("Whom to forward to: all nodes, or the topology's neighbours (MAELSTROM_GOSSIP_PEERS; all)")
  )
}

const root = Command.make("maelstrom-gossip", flags, ({ peers, ...settings }) => Serve.serve({ peers, settings })).pipe(
  Command.withDescription(
    "Gossip broadcast for Maelstrom: a node that spreads values by forwarding them to random peers. " +
      "Messages come in on standard input and go out on standard output, one JSON object a line; logs go to standard error."
  )
)

/** Runs the command that these arguments name. */
export const run = (args: ReadonlyArray<string>) =>
  Effect.provide(Command.runWith(root, { version })(args), NodeServices.layer)
