/**
 * Writes the tables of the README.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Tables from "./Tables.ts"

const main = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString("README.md", Tables.renew(yield* fs.readFileString("README.md")))
})

main.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
