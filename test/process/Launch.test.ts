/**
 * What the executable keeps of its own compilation: used where it suits, never missed where it does not.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { cacheFile, load } from "../../src/launch/NodeScript.ts"
import { dist, live, run, sample } from "./Executable.ts"

/** A copy of the executable's folder, to be tampered with. */
const copy = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(yield* fs.makeTempDirectoryScoped(), "dist")
  yield* fs.copy(yield* dist, folder)
  return folder
})

/** Has the executable in this folder answer a sample. */
const answer = Effect.fnUntraced(function* (folder: string) {
  const { exitCode, stderr, stdout } = yield* run(yield* sample("2-read.in"), { folder })
  assert.strictEqual(stdout, yield* sample("2-read.out"))
  assert.match(stderr, /^[^\n]* message=counters [^\n]*\n$/)
  assert.strictEqual(exitCode, 0)
})

describe("the node's script", () => {
  it.live("is not compiled where what was kept suits this Node", () =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* copy
        assert.isFalse(load(folder).cachedDataRejected)
        const script = `${folder}/node.cjs`
        // V8 knows a script by its length; only what it never compiled before would need the text.
        yield* fs.writeFileString(script, " ".repeat(Number((yield* fs.stat(script)).size)))
        assert.isFalse(load(folder).cachedDataRejected)
        yield* fs.writeFileString(script, " ")
        assert.isTrue(load(folder).cachedDataRejected)
      })
    )
  )

  const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)
  it.live.each([
    { state: "cut off", tamper: half },
    { state: "for another script", tamper: (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff) },
    { state: "empty", tamper: () => new Uint8Array() }
  ])("is compiled if what was kept is $state", ({ tamper }) =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* copy
        const file = cacheFile(folder)
        yield* fs.writeFile(file, tamper(yield* fs.readFile(file)))
        yield* answer(folder)
      })
    )
  )

  it.live("is compiled if nothing was kept for this Node", () =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* copy
        yield* fs.remove(cacheFile(folder))
        yield* answer(folder)
      })
    )
  )
})
