/**
 * Measures everything that the documentation shows, and writes the tables and pictures in `docs/`.
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
    "`npm run figures` writes this page. The standard run has 25 nodes, a constant latency of 100 ms, 100 requests a second (half\n" +
      "of them broadcasts) for 20 s, then 10 s of quiet, and Maelstrom's network and judge. The tables show means over seeds, with\n" +
      "the worst seed in parentheses. They show messages between nodes per request, each seed's median and maximum stable latency,\n" +
      "messages between nodes from 3 s after the last broadcast, and bytes per request.",
    "## Profiles, seeds 1 to 20",
    text,
    "## Profiles by the size of the cluster",
    "The request rate is the same. Clients work for 20 s, but for 10 s with 100 nodes and for 5 s with 500 nodes.",
    yield* Frontier.sizeTable,
    "## Settings tried, seeds 1 to 5",
    "K is the fanout, W the window in ms, I the timer interval in ms, R the number of rounds.",
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
