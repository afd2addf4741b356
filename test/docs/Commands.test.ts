/**
 * The README shows what its commands print.
 *
 * A block of output follows a block with one command, or a sentence about the command that was given last. `…` on a line of
 * its own stands for lines that are left out.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import manifest from "../../package.json" with { type: "json" }
import { live, root, run } from "../process/Executable.ts"

interface Shown {
  readonly args: ReadonlyArray<string>
  readonly output: string
}

/** The arguments of the executable in a command; undefined if the command is another program's. */
const argumentsOf = (command: string): ReadonlyArray<string> | undefined => {
  const written = command.trim() === "npm start" ? manifest.scripts.start : command.trim()
  const [program, ...args] = written.split(" ")
  return program === "dist/maelstrom-gossip.cjs" && args[0] === "simulate" ? args : undefined
}

/** Each block of output with the arguments of the command that prints it. */
const shown = (text: string): ReadonlyArray<Shown> => {
  const blocks = [...text.matchAll(/^```(?<kind>\w*)\n(?<content>.*?)^```$/gms)].map(({ groups }) => ({
    kind: groups?.["kind"] ?? "",
    content: groups?.["content"] ?? ""
  }))
  const found: Array<Shown> = []
  let last: ReadonlyArray<string> | undefined
  for (const { content, kind } of blocks) {
    // `npm ci && npm test` says what to do, not what is shown.
    if (kind === "sh" && !content.startsWith("npm ci")) last = argumentsOf(content)
    if (kind === "" && last !== undefined) found.push({ args: last, output: content })
  }
  return found
}

describe("the README", () => {
  it.live("shows what its commands print", () =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const all = shown(yield* fs.readFileString(`${root}/README.md`))
        assert.lengthOf(all, 2)
        for (const { args, output } of all) {
          const { stdout } = yield* run("", { args })
          for (const part of output.split(/^…\n/m)) assert.include(stdout, part, `simulate ${args.join(" ")}`)
        }
      })
    ).pipe(Effect.provide(NodeServices.layer))
  )
})
