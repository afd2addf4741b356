#!/usr/bin/env node
/**
 * The executable: loads no more than what its start asks for.
 *
 * A cluster starts many processes, nearly all of them nodes without arguments. Such a node is one script, compiled when
 * it was built; the command line, which needs far more, is a module that is loaded only when there are arguments.
 */
import * as NodeScript from "./launch/NodeScript.ts"

// oxlint-disable-next-line no-restricted-globals -- Effect is not loaded yet
if (process.argv.length > 2) void import(new URL("command-line.mjs", import.meta.url).href)
else NodeScript.run(NodeScript.load(import.meta.dirname))
