/**
 * The files of a run: results as JSON, operations and messages as JSON lines, and a page for the browser.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { page } from "../page/Page.ts"
import { pageData } from "../page/PageData.ts"
import type { Report } from "../analysis/Report.ts"
import { outline } from "../analysis/Summary.ts"
import type { Scenario } from "../simulation/Scenario.ts"

/** How many lines are made and written at a time. All lines of a long run would be longer than a string can be. */
const linesAtOnce = 100

const lines = (values: ReadonlyArray<unknown>): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(values, { chunkSize: linesAtOnce }).pipe(
    Stream.mapArray((some) => [some.map((value) => `${JSON.stringify(value)}\n`).join("")]),
    Stream.encodeText
  )

/** Writes the files of a run into `folder`, or, if it is one of several, into a folder of its own in there. */
export const write = Effect.fnUntraced(function* (
  folder: string,
  result: Report<Scenario>,
  isOnly: boolean,
  /** The command that repeats the run. */
  command: string
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const place = isOnly ? folder : path.join(folder, `seed-${result.scenario.seed}`)
  yield* fs.makeDirectory(place, { recursive: true })
  const save = (name: string, text: string) => fs.writeFileString(path.join(place, name), text)
  yield* save("results.json", `${JSON.stringify({ scenario: result.scenario, ...outline(result) }, null, 2)}\n`)
  const saveLines = (name: string, values: ReadonlyArray<unknown>) =>
    Stream.run(lines(values), fs.sink(path.join(place, name)))
  yield* saveLines("operations.jsonl", result.history.operations)
  yield* saveLines("messages.jsonl", result.history.transmissions)
  yield* save("index.html", page(pageData(result, command)))
})
