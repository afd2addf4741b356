/**
 * Measures everything that the documentation shows, writes the tables and pictures in `docs/`, and the tables of the README
 * that show some of it.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Sections from "../docs/Sections.ts"
import * as Absence from "./Absence.ts"
import * as FixedWait from "./FixedWait.ts"
import * as Frontier from "./Frontier.ts"
import * as Glomers from "./Glomers.ts"
import * as Laws from "./Laws.ts"
import * as Partitions from "./Partitions.ts"
import * as Profiles from "./Profiles.ts"

const folder = "docs"

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const { rows, text: profiles } = yield* Profiles.standard
  const sizes = yield* Profiles.bySize(rows)
  const exponential = yield* Profiles.exponential
  const sections = [
    "# Measurements",
    "`npm run figures` writes this page. The standard run has 25 nodes, a constant latency of 100 ms, 100 requests a second (half\n" +
      "of them broadcasts) for 20 s, then 10 s of quiet, and Maelstrom's network and judge. Unless a section says otherwise,\n" +
      "tables show means over the seeds 1 to 20, with the worst seed in parentheses.",
    "- **msgs/op**: messages between nodes per request of a client, all of them counted.\n" +
      "- **median** and **max**: of the stable latencies of a run.\n" +
      "- **quiet messages**: messages between nodes from 3 s after the last broadcast.\n" +
      "- **bytes/op**: bytes between nodes per request.\n" +
      "- **of the least**: the bytes as a multiple of what n copies of every value would take in the same number of messages with\n" +
      "  values, if these messages had nothing else in them.\n" +
      "- **RMR**: relative message redundancy, how many copies of a value a node gets beyond the first.",
    "## Profiles",
    profiles,
    "## Profiles by the size of the cluster",
    "The request rate is the same. With 100 nodes there are 5 seeds, with 500 nodes 2.",
    sizes,
    "## Exponential latency",
    "The latency has a mean of 100 ms. Two hosts make it unlikely that a value comes too late everywhere.",
    exponential,
    "## Latency unknown",
    "The profile `fast` at four latencies. Its hosts measure how long they must wait. Beside it is the fixed wait with the lowest\n" +
      "median, of those that are 0 to 20 ms longer than the latency, and the fewest messages that any of these takes. Seeds 1 to 5.",
    yield* FixedWait.table,
    "## Clocks that are off",
    "Each clock is off by a random part of this throughout the run.",
    yield* Profiles.clocks(rows),
    "## One node absent",
    "One node is down or paused from the first request to the last, and then catches up. The profile is `fast`, with one host\n" +
      "and with two. The seeds are the first 20 under which the fault strikes one node only. The latencies are what the clients\n" +
      "of the other nodes see. All nodes count for validity and completeness.",
    yield* Absence.table,
    "## Time between meetings",
    "The profile `fast` with another T in ms, seeds 1 to 5.",
    yield* Frontier.draw(folder, rows),
    "![Messages per request against the median stable latency](frontier-median.svg)\n" +
      "![Messages per request against the maximum stable latency](frontier-slowest.svg)",
    "## Meetings and their formulas",
    "The profile `fast`; [PLAN.md](PLAN.md) has the formulas. Means over 5 seeds, or over 2 from 100 nodes on.",
    yield* Laws.meetings(folder),
    "![Messages per request against the number of nodes](meetings.svg)",
    "## Coverage of forwarding once, at once",
    "Without meetings and repair, a value reaches the share z = 1 − e^(−Kz) of a large cluster.",
    yield* Laws.coverage(folder),
    "![Coverage of forwarding once against its fixed point](coverage.svg)",
    "## Partitions",
    "![Values that nodes lack while partitions come and go](partitions.svg)"
  ]
  yield* Partitions.draw(folder)
  yield* fs.writeFileString(`${folder}/MEASUREMENTS.md`, `${sections.join("\n\n")}\n`)
  yield* fs.writeFileString(
    "README.md",
    Sections.renew(yield* fs.readFileString("README.md"), "npm run figures", {
      profiles,
      glomers: yield* Glomers.table
    })
  )
})

NodeRuntime.runMain(Effect.provide(main, NodeServices.layer))
