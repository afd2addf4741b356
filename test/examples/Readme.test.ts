import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { root } from "../process/Executable.ts"

const folder = `${root}/docs/examples`

/** How many lines of a program are neither empty nor comments. */
const linesOf = (code: string) =>
  code
    .replaceAll(/\/\*.*?\*\//gs, "")
    .replaceAll(/^ *\/\/.*$/gm, "")
    .split("\n")
    .filter((line) => line.trim() !== "").length

it.effect("the table of the examples has them all, and says how long they are", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const readme = yield* fs.readFileString(`${folder}/README.md`)
    const rows = [...readme.matchAll(/^\| \[`(?<file>\S+\.ts)`\]\(\k<file>\) +\| (?<lines>\d+) /gm)]
    const table = Object.fromEntries(rows.map(({ groups }) => [groups?.["file"] ?? "", Number(groups?.["lines"])]))
    const files = (yield* fs.readDirectory(folder)).filter((name) => name.endsWith(".ts"))
    const found = yield* Effect.forEach(files, (name) =>
      Effect.map(fs.readFileString(`${folder}/${name}`), (code) => [name, linesOf(code)] as const)
    )
    assert.deepStrictEqual(table, Object.fromEntries(found))
  }).pipe(Effect.provide(NodeServices.layer))
)
