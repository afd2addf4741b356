/**
 * Builds the executable in `dist/`, and before it the programs and the style of the pages that it writes; each with the licence
 * texts of what it contains.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as esbuild from "esbuild"
import * as Licences from "./Licences.ts"

const bundle = (options: esbuild.BuildOptions) =>
  // esbuild has printed what is wrong; there is nothing to add.
  Effect.promise(() => esbuild.build({ bundle: true, minify: true, metafile: true, logLevel: "warning", ...options }))

/** The parts of the pages, as text files that `src/page` imports. */
const page = bundle({
  entryPoints: ["src/page/browser/Charts.ts", "src/page/browser/Sorting.ts", "src/page/browser/Style.css"],
  format: "iife",
  target: "es2022",
  outdir: "build/page",
  outExtension: { ".js": ".js.txt", ".css": ".css.txt" }
})

/** Leaves what `src/bin.ts` requires to bundles of their own. */
const apart: esbuild.Plugin = {
  name: "apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/cli\// }, ({ path }) => ({ path: path.replace(".ts", ".cjs"), external: true }))
}

/** The executable, the two bundles that it chooses from, and the one that threads of the command `simulate` run. */
const executable = bundle({
  entryPoints: {
    "maelstrom-gossip": "src/bin.ts",
    "cli/Node": "src/cli/Node.ts",
    "cli/Main": "src/cli/Main.ts",
    "cli/Thread": "src/cli/Thread.ts"
  },
  plugins: [apart],
  format: "cjs",
  platform: "node",
  target: "node20",
  outdir: "dist",
  outExtension: { ".js": ".cjs" }
})

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const { metafile: inPage } = yield* page
  yield* fs.writeFileString("build/page/Licences.txt", yield* Licences.collect(inPage))
  const { metafile: inExecutable } = yield* executable
  yield* fs.writeFileString("dist/LICENSES.txt", yield* Licences.collect(inPage, inExecutable))
  yield* fs.chmod("dist/maelstrom-gossip.cjs", 0o755)
})

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
