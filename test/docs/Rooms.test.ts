/**
 * The documentation shows every room of the code.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { root } from "../process/Executable.ts"

describe("the page on the architecture", () => {
  it.effect("lists every folder of src", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const page = yield* fs.readFileString(`${root}/docs/ARCHITECTURE.md`)
      const listed = [...page.matchAll(/\[`src\/(?<room>\w+)`\]/g)].map(({ groups }) => groups?.["room"])
      const folders = (yield* fs.readDirectory(`${root}/src`)).filter((name) => !name.endsWith(".ts"))
      assert.sameMembers(listed, folders)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("has a picture of all rooms but the one that only builds", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const picture = yield* fs.readFileString(`${root}/docs/architecture.svg`)
      const drawn = [...picture.matchAll(/font-size="14"[^>]*>(?<room>\w+)</g)].map(({ groups }) => groups?.["room"])
      const folders = (yield* fs.readDirectory(`${root}/src`)).filter((name) => !name.endsWith(".ts"))
      assert.sameMembers(
        drawn,
        folders.filter((name) => name !== "build")
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
