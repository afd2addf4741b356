/**
 * The executable with arguments.
 */
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Main from "./Main.ts"
import * as Root from "./Root.ts"

Stdio.Stdio.use(({ args }) => Effect.flatMap(args, Root.run)).pipe(Main.run)
