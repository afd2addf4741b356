/**
 * The public modules of the package, and their doc comments.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import manifest from "../../package.json" with { type: "json" }
import { root } from "../process/Executable.ts"

/** The public modules, as in `maelstrom-gossip/node/Rpc` without the name of the package. */
export const publicModules: ReadonlyArray<string> = Object.keys(manifest.exports)
  .filter((path) => path !== "." && path !== "./package.json")
  .map((path) => path.slice(2))

/** An export of a public module, or the module itself, with the comment before it. */
export interface Documented {
  readonly module: string
  /** As it stands in the code, such as `const call`; undefined for the module itself. */
  readonly name: string | undefined
  /** The text of the comment, without asterisks; empty if there is none. */
  readonly comment: string
}

/** A doc comment, if any, and the line of code that begins an export. */
const exported =
  /(?:^\/\*\*(?<comment>(?:(?!\*\/).)*)\*\/\n)?^export (?:abstract )?(?<name>(?:const|class|interface|type|function\*?) \w+)/gms

const textOf = (comment: string | undefined): string => (comment ?? "").replaceAll(/^ *\* ?/gm, "").trim()

/** All that a public module exports, and the module itself. Of a function with several signatures, those that callers see. */
const documented = Effect.fnUntraced(function* (module: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(`${root}/src/${module}.ts`)
  const own = /^\/\*\*(?<comment>(?:(?!\*\/).)*)\*\//s.exec(text)?.groups?.["comment"]
  const found = [...text.matchAll(exported)].map(({ groups }): Documented => ({
    module,
    name: groups?.["name"],
    comment: textOf(groups?.["comment"])
  }))
  // The last signature of an overloaded function is that of its implementation.
  const signatures = (name: string | undefined) => found.filter((one) => one.name === name).length
  const isImplementation = (one: Documented, at: number) =>
    signatures(one.name) > 1 && !found.slice(at + 1).some(({ name }) => name === one.name)
  return [
    { module, name: undefined, comment: textOf(own) },
    ...found.filter((one, at) => !isImplementation(one, at))
  ] satisfies ReadonlyArray<Documented>
})

/** All that the package exports. */
export const documentation = Effect.map(Effect.forEach(publicModules, documented), (all) => all.flat())

/** The programs in the examples of these comments, by the names of files for them. */
export const examples = (all: ReadonlyArray<Documented>): ReadonlyMap<string, string> => {
  const programs = all.flatMap(({ comment, module }) =>
    [...comment.matchAll(/^@example\n```ts\n(?<code>.*?)^```$/gms)].map(
      ({ groups }) => [module, groups?.["code"] ?? ""] as const
    )
  )
  return new Map(programs.map(([module, code], at) => [`comment-${at}-${module.replaceAll("/", "-")}.ts`, code]))
}
