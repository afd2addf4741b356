/**
 * The documentation quotes code as it stands in its files.
 *
 * A quotation begins with a comment that names its file. Comments with `…` stand for lines that are left out.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { root } from "../process/Executable.ts"

// The formatter takes the comma away from what is last in a quotation.
const withoutCommas = (code: string) => code.replaceAll(",\n", "\n")

const quotations = (text: string) =>
  [...text.matchAll(/^```ts\n\/\/ (?<path>(src|docs)\/\S+)\n(?<code>.*?)^```$/gms)].map(({ groups }) => ({
    path: groups?.["path"] ?? "",
    parts: (groups?.["code"] ?? "").split(/^ *\/\/ …\n/m)
  }))

describe("the documentation", () => {
  it.effect.each(["README.md", "docs/ARCHITECTURE.md", "docs/ALGORITHM.md"])(
    "%s quotes code as it stands in its file",
    (document) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const found = quotations(yield* fs.readFileString(`${root}/${document}`))
        assert.isNotEmpty(found)
        for (const { parts, path } of found) {
          const source = withoutCommas(yield* fs.readFileString(`${root}/${path}`))
          for (const part of parts) assert.include(source, withoutCommas(part), `${document} quotes ${path}`)
        }
      }).pipe(Effect.provide(NodeServices.layer))
  )
})
