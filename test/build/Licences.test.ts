/**
 * Nothing is bundled without its licence text.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { Metafile } from "esbuild"
import * as Licences from "../../src/build/Licences.ts"

const metafile = (...files: ReadonlyArray<readonly [path: string, bytesInOutput: number]>): Metafile => ({
  inputs: {},
  outputs: {
    bundle: {
      bytes: 0,
      inputs: Object.fromEntries(files.map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
      imports: [],
      exports: []
    }
  }
})

/** A folder with the package `some` in its `node_modules`, which has these files. */
const withPackage = Effect.fnUntraced(function* (files: Readonly<Record<string, string>>) {
  const fs = yield* FileSystem.FileSystem
  const folder = `${yield* fs.makeTempDirectoryScoped()}/node_modules/some`
  yield* fs.makeDirectory(folder, { recursive: true })
  const all = { ...files, "package.json": '{"name": "some", "version": "1.2.3"}' }
  yield* Effect.forEach(Object.entries(all), ([name, text]) => fs.writeFileString(`${folder}/${name}`, text))
  return folder
})

describe("the licence texts of a bundle", () => {
  it.effect("are those of the packages in it, with the notices in the files that are used", () =>
    Effect.gen(function* () {
      const folder = yield* withPackage({
        LICENSE: "Do as you like.\n",
        "used.js":
          "/* Copyright (c) 2001 Ann */\n// how it works\nlet a = 1\n// Copyright (c) 2002 Bob\n// MIT\nlet b\n",
        "unused.js": "/* Copyright (c) 2003 Cid */\n"
      })
      const texts = yield* Licences.collect(
        metafile([`${folder}/used.js`, 10], [`${folder}/unused.js`, 0], ["src/own.ts", 10])
      )
      assert.strictEqual(
        texts,
        "some 1.2.3\n\nDo as you like.\n\n/* Copyright (c) 2001 Ann */\n\n// Copyright (c) 2002 Bob\n// MIT\n"
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("are an error if a package has none", () =>
    Effect.gen(function* () {
      const folder = yield* withPackage({ "used.js": "let a = 1\n" })
      const error = yield* Effect.flip(Licences.collect(metafile([`${folder}/used.js`, 10])))
      assert.strictEqual(error._tag, "LicenceMissing")
      assert.include(error.message, folder)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
