/**
 * Writes the tables of flags in the documentation.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Tables from "./Tables.ts"

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  for (const document of Tables.documents) {
    yield* fs.writeFileString(document, Tables.renew(yield* fs.readFileString(document)))
  }
})

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
