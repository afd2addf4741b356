/**
 * The README says of each flag what the program says.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Tables from "./Tables.ts"

describe("the README", () => {
  it.effect("has the tables of flags that `npm run tables` writes", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const readme = yield* fs.readFileString(new URL("../../README.md", import.meta.url).pathname)
      for (const name of ["node", "simulate"]) assert.include(readme, `<!-- ${name}: npm run tables -->`)
      assert.strictEqual(readme, Tables.renew(readme))
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
