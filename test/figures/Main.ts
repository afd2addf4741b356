/**
 * Measures everything that the documentation shows, and writes it there: tables and pictures in `docs/`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Frontier from "./Frontier.ts"
import * as Laws from "./Laws.ts"
import * as Partitions from "./Partitions.ts"

const folder = "docs"

const main = Effect.gen(function* () {
  const { rows, text } = yield* Frontier.profileTable
  const sections = [
    "# Measurements",
    "Written by `npm run figures`. The standard run: 25 nodes, latency 100 ms constant, 100 requests a second (half of them\n" +
      "broadcasts) for 20 s, 10 s of quiet, Maelstrom's network and judge. Means over seeds of the messages between nodes per\n" +
      "request, of each seed's median and maximum stable latency, of the messages between nodes from 3 s after the last\n" +
      "broadcast, and of the bytes per request; the worst seed in parentheses.",
    "## Profiles, seeds 1 to 20",
    text,
    "## Profiles by the size of the cluster",
    "The same rate; 100 nodes for 10 s, 500 nodes for 5 s.",
    yield* Frontier.sizeTable,
    "## Settings tried, seeds 1 to 5",
    "K fanout, W window in ms, I timer interval in ms, R rounds.",
    yield* Frontier.draw(folder, rows),
    "## Coverage of forwarding once, at once",
    yield* Laws.coverage(folder),
    "## Rounds until everybody knows, K = 1 with pull",
    yield* Laws.rounds(folder),
    "## Residue of rumors alone, 100 nodes",
    yield* Laws.residue(folder)
  ]
  yield* Partitions.draw(folder)
  yield* FileSystem.FileSystem.use((fs) =>
    fs.writeFileString(`${folder}/MEASUREMENTS.md`, `${sections.join("\n\n")}\n`)
  )
})

NodeRuntime.runMain(Effect.provide(main, NodeServices.layer))
