/**
 * The folder that `--out` names: it is looked at before the runs begin, and told of when they are done.
 */
import * as ByteSize from "effect/ByteSize"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"

/** The files of runs cannot be written, or not without writing over others: exit code 3. The message says it all. */
export class NotWritten extends Data.TaggedError("NotWritten")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 3
  override readonly [Runtime.errorReported] = false
}

/** A file that was written. */
export interface Written {
  readonly name: string
  /** In bytes. */
  readonly size: bigint
}

/** The names that the files of a run go by, in the folder; a run that is one of several has a folder of its own. */
const nameOf = (isOnly: boolean, seed: number): string => (isOnly ? "results.json" : `seed-${seed}`)

/** The folder of a run: the given one, or, if the run is one of several, one in there that is named after its seed. */
export const place = (folder: string, isOnly: boolean, seed: number): string =>
  isOnly ? folder : `${folder}/${nameOf(isOnly, seed)}`

/** Says why a folder cannot be written. */
export const refusal = (folder: string, { reason }: PlatformError.PlatformError): NotWritten => {
  const why = Predicate.isError(reason.cause) ? reason.cause.message : reason.message
  return new NotWritten({ message: `--out ${folder}: cannot be written (${why})` })
}

/** Makes the folder if there is none, and sees that the runs with these seeds can be written there. */
export const prepare = Effect.fnUntraced(function* (
  folder: string,
  seeds: { readonly first: number; readonly count: number },
  isForced: boolean
) {
  const fs = yield* FileSystem.FileSystem
  const present = yield* fs.makeDirectory(folder, { recursive: true }).pipe(
    Effect.andThen(fs.access(folder, { writable: true })),
    Effect.andThen(fs.readDirectory(folder)),
    Effect.mapError((error) => refusal(folder, error))
  )
  if (isForced) return
  const names = new Set(present)
  const seed = Array.from({ length: seeds.count }, (_, index) => seeds.first + index).find((one) =>
    names.has(nameOf(seeds.count === 1, one))
  )
  if (seed === undefined) return
  const what = seeds.count === 1 ? "a run" : `the run of seed ${seed}`
  return yield* new NotWritten({ message: `--out ${folder}: holds ${what} already; --force writes over it` })
})

const sizeOf = (files: ReadonlyArray<Written>): string => {
  const bytes = files.reduce((sum, { size }) => sum + size, 0n)
  return ByteSize.format(ByteSize.bytes(bytes), { system: "decimal", precision: 1 })
}

/** What was written: the files of a run, or of each of several. */
export const report = (folder: string, runs: ReadonlyArray<ReadonlyArray<Written>>, isOnly: boolean): string => {
  const files = runs.flat()
  const what = isOnly
    ? files.map((file) => `${file.name} ${sizeOf([file])}`).join(", ")
    : `${runs.length} folders with ${files.length} files, ${sizeOf(files)}, and index.html over all`
  return `written to ${folder}: ${what}`
}
