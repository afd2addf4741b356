/**
 * The examples as executable files, made by the very commands that their README gives.
 */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as ChildProcess from "effect/process/ChildProcess"
import { root } from "../process/Executable.ts"

const readme = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(`${root}/docs/examples/README.md`))

/** The folder with the bundles, until the scope ends. */
export class Bundles extends Context.Service<Bundles, string>()("maelstrom-gossip/test/Bundles") {
  static readonly layer = Layer.effect(
    Bundles,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const commands = /^npx esbuild .*?(?=^```)/ms.exec(yield* readme)?.[0] ?? ""
      assert.include(commands, "build/examples")
      const shell = yield* ChildProcess.make("sh", ["-ec", commands.replaceAll("build/examples", folder)], {
        cwd: root,
        stdout: "ignore",
        stderr: "ignore"
      })
      assert.strictEqual(Number(yield* shell.exitCode), 0)
      return folder
    })
  )
}
