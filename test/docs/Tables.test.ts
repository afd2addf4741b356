/**
 * The documentation says of each flag what the program says.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { root } from "../process/Executable.ts"
import * as Tables from "./Tables.ts"

describe("the documentation", () => {
  it.effect.each(Tables.documents)("%s has the table of flags that `npm run tables` writes", (document) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const text = yield* fs.readFileString(`${root}/${document}`)
      assert.match(text, /<!-- \w+: npm run tables -->/)
      assert.strictEqual(text, Tables.renew(text))
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
