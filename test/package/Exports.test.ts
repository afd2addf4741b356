/**
 * What is public: `package.json` lists it, the index has all of it, and every export of it is documented.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import manifest from "../../package.json" with { type: "json" }
import { root } from "../process/Executable.ts"
import { publicModules } from "./Reference.ts"

const read = (file: string) => Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(`${root}/${file}`))

describe("the exports of the package", () => {
  it("are one line for each public module, at its own path", () => {
    const { ".": index, "./package.json": own, ...modules } = manifest.exports
    assert.strictEqual(index, "./dist/lib/index.js")
    assert.strictEqual(own, "./package.json")
    assert.deepStrictEqual(
      modules,
      Object.fromEntries(publicModules.map((module) => [`./${module}`, `./dist/lib/${module}.js`]))
    )
  })

  it.effect("are in the index, each module under a name of its own", () =>
    Effect.gen(function* () {
      const lines = [
        ...(yield* read("src/index.ts")).matchAll(/^export \* as (?<name>\w+) from "\.\/(?<module>.+)\.ts"$/gm)
      ]
      const modules = lines.map(({ groups }) => groups?.["module"] ?? "")
      const names = lines.map(({ groups }) => groups?.["name"] ?? "")
      assert.sameMembers(modules, [...publicModules])
      assert.lengthOf(new Set(names), names.length)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("are all that the examples import", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const files = (yield* fs.readDirectory(`${root}/docs/examples`)).filter((name) => name.endsWith(".ts"))
      const texts = yield* Effect.forEach(files, (name) => read(`docs/examples/${name}`))
      const imported = texts.flatMap((text) =>
        [...text.matchAll(/from "maelstrom-gossip\/(?<module>[^"]+)"/g)].map(({ groups }) => groups?.["module"] ?? "")
      )
      assert.isNotEmpty(imported)
      assert.includeMembers([...publicModules], imported)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
