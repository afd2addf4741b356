/**
 * The licence texts of the packages that a bundle contains, which whoever passes the bundle on has to pass on too.
 *
 * No option of the bundler collects them, but its metafile names every file that went in. A package's text is in its
 * folder; notices on code that a package took over from elsewhere are comments in its files.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import type { Metafile } from "esbuild"

/** A package is in the bundle, and its folder has no licence text. */
export class LicenceMissing extends Data.TaggedError("LicenceMissing")<{ readonly message: string }> {}

const Manifest = Schema.fromJsonString(Schema.Struct({ name: Schema.String, version: Schema.String }))

/** The files of packages in a bundle, by the folder of their package. */
const packagesOf = ({ outputs }: Metafile): ReadonlyMap<string, ReadonlyArray<string>> => {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
  )
  const packages = new Map<string, Array<string>>()
  for (const file of new Set(files)) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
    if (folder !== undefined) packages.set(folder, [...(packages.get(folder) ?? []), file])
  }
  return packages
}

const comment = /\/\*.*?\*\/|(?:^[ \t]*\/\/[^\n]*\n)+/gms

/** The comments of a file that say whose code it is and how it may be used. */
const notices = (source: string): ReadonlyArray<string> =>
  (source.match(comment) ?? []).filter((text) => /copyright|\blicen[cs]e\b/i.test(text))

const ofPackage = Effect.fnUntraced(function* (folder: string, files: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const manifest = yield* fs.readFileString(`${folder}/package.json`)
  const { name, version } = yield* Schema.decodeEffect(Manifest)(manifest)
  const names = (yield* fs.readDirectory(folder)).filter((file) => /^licen[cs]e/i.test(file))
  if (names.length === 0) return yield* new LicenceMissing({ message: `${folder} has no licence text` })
  const texts = yield* Effect.forEach(names, (file) => fs.readFileString(`${folder}/${file}`))
  const inline = yield* Effect.forEach(files, (file) => Effect.map(fs.readFileString(file), notices))
  return [`${name} ${version}`, ...texts, ...inline.flat()].map((text) => text.trim()).join("\n\n")
})

/** The licence texts of all packages in these bundles. */
export const collect = Effect.fnUntraced(function* (...metafiles: ReadonlyArray<Metafile>) {
  const packages = new Map(metafiles.flatMap((metafile) => [...packagesOf(metafile)]))
  const texts = yield* Effect.forEach(packages, ([folder, files]) => ofPackage(folder, files))
  return `${texts.toSorted().join(`\n\n${"=".repeat(80)}\n\n`)}\n`
})
