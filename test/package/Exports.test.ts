/**
 * What is public: `package.json` lists it, the index has all of it, and every export of it is documented.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import manifest from "../../package.json" with { type: "json" }
import { root } from "../process/Executable.ts"
import { documentation, examples, publicModules } from "./Reference.ts"

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

describe("the doc comments of public modules", () => {
  it.effect("say of each module and each of its exports what it is, since when, and of which category", () =>
    Effect.gen(function* () {
      const all = yield* documentation
      assert.isAbove(all.length, 5 * publicModules.length)
      const place = ({ module, name }: (typeof all)[number]) => `${module}: ${name ?? "the module"}`
      const lacks = (pattern: RegExp) => all.filter(({ comment }) => !pattern.test(comment)).map(place)
      assert.deepStrictEqual(lacks(/^[^@\s]/), [], "a description")
      assert.deepStrictEqual(lacks(/^@since \d+\.\d+\.\d+$/m), [], "@since")
      assert.deepStrictEqual(lacks(/^@(category [a-z ]+|module)$/m), [], "@category, or @module")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("have programs for examples, which the tests of the package run", () =>
    Effect.gen(function* () {
      const all = yield* documentation
      const written = all.flatMap(({ comment }) => comment.match(/^@example/gm) ?? [])
      assert.lengthOf([...examples(all).keys()], written.length)
      for (const [name, code] of examples(all)) assert.match(code, /assert\.|runMain/, name)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
