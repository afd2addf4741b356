/**
 * The documentation links to what there is, and its pictures are part of the package.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import manifest from "../../package.json" with { type: "json" }
import { root } from "../process/Executable.ts"

const documents = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const names = yield* fs.readDirectory(`${root}/docs`, { recursive: true })
  return ["README.md", "AGENTS.md", ...names.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)]
})

const withoutCode = (text: string) => text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "code")

/** The targets of links and pictures to files of the project. */
const targets = (text: string) =>
  [...withoutCode(text).matchAll(/(?<mark>!?)\[[^\]]*\]\((?<target>[^)\s]+)\)/g)]
    .map(({ groups }) => ({ isPicture: groups?.["mark"] === "!", target: groups?.["target"] ?? "" }))
    .filter(({ target }) => !/^https?:/.test(target))

/** The anchors that GitHub gives to the headings of a document, numbered where titles are the same, and those in tables. */
const anchors = (text: string) => {
  const written = text.replaceAll(/^```.*?^```$/gms, "")
  const titles = [...written.matchAll(/^#+ (?<title>.*)$/gm)].map(({ groups }) =>
    (groups?.["title"] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-")
  )
  const counts = new Map<string, number>()
  const numbered = titles.map((title) => {
    const count = counts.get(title) ?? 0
    counts.set(title, count + 1)
    return count === 0 ? title : `${title}-${count}`
  })
  const named = [...written.matchAll(/<a id="(?<id>[^"]*)">/g)].map(({ groups }) => groups?.["id"] ?? "")
  return [...numbered, ...named]
}

describe("the documentation", () => {
  it.effect("links to files and headings that exist", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      for (const document of yield* documents) {
        const text = yield* fs.readFileString(`${root}/${document}`)
        for (const { target } of targets(text)) {
          const [file = "", anchor] = target.split("#")
          const linked = file === "" ? `${root}/${document}` : path.join(root, path.dirname(document), file)
          assert.isTrue(yield* fs.exists(linked), `${document} links to ${target}`)
          if (anchor === undefined) continue
          assert.include(anchors(yield* fs.readFileString(linked)), anchor, `${document} links to ${target}`)
        }
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("shows pictures that are part of the package", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const shown = yield* Effect.forEach(yield* documents, (document) =>
        Effect.map(fs.readFileString(`${root}/${document}`), (text) =>
          targets(text)
            .filter(({ isPicture }) => isPicture)
            .map(({ target }) => path.join(path.dirname(document), target))
        )
      )
      assert.isNotEmpty(shown.flat())
      for (const picture of shown.flat()) {
        assert.isTrue(
          manifest.files.some((folder) => picture.startsWith(`${folder}/`)),
          picture
        )
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("is linked from the README, every page of it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const readme = yield* fs.readFileString(`${root}/README.md`)
      const pages = (yield* documents).filter((document) => /^docs\/[^/]+\.md$/.test(document))
      assert.includeMembers(
        targets(readme).map(({ target }) => target.replace(/#.*/, "")),
        pages
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
