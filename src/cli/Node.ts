/**
 * One node on standard input and output, until they end: the executable's main job, and all that it does when it is
 * started without arguments.
 */
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as LogLevel from "effect/LogLevel"
import * as Queue from "effect/Queue"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { Gossip } from "../gossip/Gossip.ts"
import { Peers } from "../gossip/Peers.ts"
import * as Settings from "../gossip/Settings.ts"
import * as Metrics from "../node/Metrics.ts"
import * as Node from "../node/Node.ts"
import * as StdioTransport from "../node/StdioTransport.ts"
import * as Process from "./Process.ts"

/** How a node chooses its peers: among all, or among the topology's neighbours. */
export const peerChoices = ["all", "topology"] as const

/** The environment variable that says how a node chooses its peers. */
export const peersVariable = "MAELSTROM_GOSSIP_PEERS"

/** What a node is started with. */
export interface Options {
  readonly profile: Settings.Profile
  /** What replaces the settings of the profile. */
  readonly settings: Settings.Changes
  readonly peers: (typeof peerChoices)[number]
}

/** The options as the environment has them, each read from its variable. */
export const config = {
  settings: Config.all(Settings.config),
  profile: Settings.profileConfig,
  peers: Config.Literals(peerChoices, peersVariable).pipe(Config.withDefault("all"))
}

const layerOf = { all: Peers.layer, topology: Peers.layerTopology }

/** The components of a node with these options. */
export const parts = ({ peers, profile, settings }: Options) =>
  Gossip.layerNoDeps.pipe(Layer.provide([layerOf[peers], Settings.Settings.layer(settings, profile)]))

const reportSettings = ({ peers, profile, settings }: Options) =>
  Effect.annotateLogs(Effect.logInfo("settings"), {
    profile,
    ...Settings.change(Settings.profiles[profile], settings),
    peers
  })

const reportCounters = (level: LogLevel.Severity) =>
  Effect.flatMap(Metrics.report, (counters) => Effect.annotateLogs(Effect.logWithLevel(level)("counters"), counters))

/** How often the counters are logged at level debug. Maelstrom kills its nodes, so these never come to the last report. */
const betweenReports = "5 seconds"

/** Emits once for every SIGUSR2 that the process gets. */
const userSignals = Stream.callback<void>((queue) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const listener = () => Queue.offerUnsafe(queue, undefined)
      // oxlint-disable-next-line no-restricted-globals -- Effect has no service for signals
      process.on("SIGUSR2", listener)
      return listener
    }),
    // oxlint-disable-next-line no-restricted-globals -- see above
    (listener) => Effect.sync(() => process.off("SIGUSR2", listener))
  )
)

const greet = Effect.gen(function* () {
  const { stdinIsTerminal } = yield* Stdio.Stdio
  if (!(yield* stdinIsTerminal)) return
  yield* Console.error(
    "This is a node for Maelstrom. It waits on standard input for messages, one JSON object a line, the first an init:\n" +
      '{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}\n' +
      "Ctrl-D ends it; --help tells more."
  )
})

/** Runs the node. A reader that closes standard output is an orderly end. */
export const serve = Effect.fnUntraced(
  function* (options: Options) {
    yield* greet
    yield* reportSettings(options)
    // Immediately: the signal ends a process that does not listen yet.
    yield* Effect.forkScoped(
      Stream.runForEach(userSignals, () => reportCounters("Info")),
      { startImmediately: true }
    )
    yield* Effect.forkScoped(Effect.forever(Effect.delay(reportCounters("Debug"), betweenReports)))
    yield* Effect.addFinalizer(() => reportCounters("Info"))
    yield* Node.run(parts(options)).pipe(Effect.provide(StdioTransport.layer))
  },
  Effect.catchTag("OutputClosed", () => Effect.logInfo("standard output was closed by its reader")),
  Effect.scoped
)

/** Runs a node as this process, its options read from the environment. */
export const main = (): void =>
  Effect.flatMap(Config.all(config), serve).pipe(
    Effect.catchTag("ConfigError", (error) => new Process.UsageError({ message: Process.wrongVariable(error) })),
    Process.run
  )
