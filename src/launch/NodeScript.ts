/**
 * The node as a script that need not be compiled.
 *
 * V8 keeps what it has compiled of a script as bytes, and takes them instead of compiling when the script is loaded
 * again. They lie beside the script in a file, written when the executable is built. They suit but one build of V8: where
 * they do not, or are not there, the script is compiled.
 */
import { readFileSync } from "node:fs"
import { Script } from "node:vm"

/** Where what is compiled of the script in this folder lies. Another Node finds nothing under its own name. */
export const cacheFile = (folder: string): string =>
  // oxlint-disable-next-line no-restricted-globals -- Effect is not loaded yet
  `${folder}/node-${process.version}-${process.arch}.cache`

const readCache = (folder: string): Buffer | undefined => {
  try {
    return readFileSync(cacheFile(folder))
  } catch {
    // Whatever the reason: all that is lost is time.
    return undefined
  }
}

/** The script in this folder. */
export const load = (folder: string): Script =>
  // What was compiled brings its file's name along, so the name has to do wherever the folder is; the bundler escapes
  // all characters but ASCII's.
  new Script(readFileSync(`${folder}/node.cjs`, "latin1"), { filename: "node.cjs", cachedData: readCache(folder) })

/** Runs the script, which gets what it needs of Node by `require`. */
export const run = (script: Script, require: NodeJS.Require): void => {
  const main: (require: NodeJS.Require) => void = script.runInThisContext()
  main(require)
}
