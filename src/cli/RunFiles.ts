/**
 * The files of a run: results as JSON, operations and messages as JSON lines, and a page for the browser.
 */
import * as Zlib from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { byteLength } from "../protocol/JsonText.ts"
import * as RunTable from "../analysis/RunTable.ts"
import { overview } from "../page/Overview.ts"
import { circumstances, page } from "../page/Page.ts"
import { pageData } from "../page/PageData.ts"
import type { Report } from "../analysis/Report.ts"
import { type Outline, outline } from "../analysis/Summary.ts"
import type { Scenario } from "../simulation/Scenario.ts"

/** How many lines are made and written at a time. All lines of a long run would be longer than a string can be. */
const linesAtOnce = 100

const lines = (values: ReadonlyArray<unknown>): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(values, { chunkSize: linesAtOnce }).pipe(
    Stream.mapArray((some) => [some.map((value) => `${JSON.stringify(value)}\n`).join("")]),
    Stream.encodeText
  )

/** From this size on, in bytes, messages are compressed. They are nearly all of what is written of a long run. */
const compressedFrom = 10_000_000

/** Whether these values take so many bytes as lines. It does not look at more of them than it takes to say. */
const isLong = (values: ReadonlyArray<unknown>): boolean => {
  let size = 0
  return values.some((value) => (size += byteLength(JSON.stringify(value)) + 1) >= compressedFrom)
}

const compressed = NodeStream.pipeThroughDuplex({ evaluate: () => Zlib.createGzip() })

/** Writes the files of a run into a folder, and returns them; `command` is the command that repeats the run. */
export const write = Effect.fnUntraced(function* (folder: string, result: Report<Scenario>, command: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(folder, { recursive: true })
  const { faults, operations, transmissions } = result.history
  const written = Effect.fnUntraced(function* (name: string) {
    const { size } = yield* fs.stat(path.join(folder, name))
    return { name, size }
  })
  const save = (name: string, text: string) =>
    Effect.andThen(fs.writeFileString(path.join(folder, name), text), written(name))
  const saveBytes = <E>(name: string, bytes: Stream.Stream<Uint8Array, E>) =>
    Effect.andThen(Stream.run(bytes, fs.sink(path.join(folder, name))), written(name))
  const saveMessages = Effect.fnUntraced(function* () {
    const [plain, zipped] = ["messages.jsonl", "messages.jsonl.gz"]
    const isZipped = isLong(transmissions)
    // A former run may have left the other one.
    yield* fs.remove(path.join(folder, isZipped ? plain : zipped), { force: true })
    return yield* isZipped
      ? saveBytes(zipped, Stream.orDie(compressed(lines(transmissions))))
      : saveBytes(plain, lines(transmissions))
  })
  return yield* Effect.all([
    save("results.json", `${JSON.stringify({ scenario: result.scenario, ...outline(result), faults }, null, 2)}\n`),
    saveBytes("operations.jsonl", lines(operations)),
    saveMessages(),
    save("index.html", page(pageData(result, command)))
  ])
})

/** Writes the page over several runs into the folder that holds theirs; `command` repeats all of them. */
export const writeOverview = Effect.fnUntraced(function* (
  folder: string,
  outlines: ReadonlyArray<Outline>,
  scenario: Scenario,
  command: string
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const columns = RunTable.figures(outlines)
  const html = overview({
    scenario: circumstances(scenario),
    command,
    columns,
    rows: outlines.map(({ complete, seed, valid }, place) => ({
      seed,
      page: `seed-${seed}/index.html`,
      isValid: valid,
      isComplete: complete,
      numbers: columns.map(({ numbers }) => numbers[place])
    }))
  })
  yield* fs.writeFileString(path.join(folder, "index.html"), html)
})
