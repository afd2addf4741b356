#!/usr/bin/env node
/**
 * The executable. It loads only what its start needs.
 *
 * A cluster starts many nodes, most of them without arguments, and such a node needs half of the code. So the build makes
 * a bundle of its own of each file that is required here. They are CommonJS, because Node 20 takes longer to load ES
 * modules.
 */
import * as Module from "node:module"

// Node can keep compiled code for the next start from 22.1 on.
Module.enableCompileCache?.()
// oxlint-disable-next-line no-restricted-globals -- Effect is not loaded yet
const hasArguments = process.argv.length > 2
const { main }: { readonly main: () => void } = hasArguments ? require("./cli/Main.ts") : require("./cli/Node.ts")
main()
// Node would keep it when the process ends, but Maelstrom ends its nodes by SIGKILL.
Module.flushCompileCache?.()
