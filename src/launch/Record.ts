/**
 * Runs the node to its end, then writes what V8 has compiled of it.
 *
 * Only then, because V8 compiles a function when it is first called.
 */
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as NodeScript from "./NodeScript.ts"

const folder = "dist"
const script = NodeScript.load(folder)

// oxlint-disable-next-line no-restricted-globals -- the node leaves no other moment after its end
process.once("exit", () => writeFileSync(NodeScript.cacheFile(folder), script.createCachedData()))

NodeScript.run(script, createRequire(import.meta.url))
