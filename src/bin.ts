#!/usr/bin/env node
/**
 * The executable: loads no more than what its start asks for.
 *
 * A cluster starts many processes, nearly all of them nodes without arguments. Such a node is one script, compiled when
 * it was built; the command line, which needs far more, is a module that is loaded only when there are arguments.
 *
 * It is bundled as CommonJS, which Node loads without starting its loader of modules.
 */
import { pathToFileURL } from "node:url"
import * as NodeScript from "./launch/NodeScript.ts"

// oxlint-disable-next-line no-restricted-globals -- Effect is not loaded yet
if (process.argv.length > 2) void import(pathToFileURL(`${__dirname}/command-line.mjs`).href)
else NodeScript.run(NodeScript.load(__dirname), require)
