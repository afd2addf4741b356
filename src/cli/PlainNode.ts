/**
 * The executable without arguments: a node, its settings from the environment.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Main from "./Main.ts"
import * as Serve from "./Serve.ts"
import * as UsageError from "./UsageError.ts"

Effect.flatMap(Config.all(Serve.config), Serve.serve).pipe(
  Effect.catchTag("ConfigError", (error) => new UsageError.UsageError({ message: UsageError.ofVariable(error) })),
  Main.run
)
