/**
 * What the node tells a person who started it by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as TestConsole from "effect/testing/TestConsole"
import { serve } from "../../src/cli/Node.ts"

/** What a node with an empty input writes on standard error. */
const errorsOf = (stdinIsTerminal: boolean) =>
  Effect.gen(function* () {
    yield* serve({ profile: "default", settings: {}, peers: "all" })
    return (yield* TestConsole.errorLines).join("\n")
  }).pipe(
    Effect.provide(
      Stdio.layerTest({
        stdin: Stream.empty,
        stdout: () => Sink.drain,
        stdinIsTerminal: Effect.succeed(stdinIsTerminal)
      })
    )
  )

describe("the greeting", () => {
  it.effect("tells on a terminal what the node waits for, with a message to begin with", () =>
    Effect.map(errorsOf(true), (errors) => {
      assert.include(errors, "waits on standard input for messages, one JSON object a line")
      assert.match(errors, /^\{.*"type":"init".*\}$/m)
      assert.include(errors, "--help")
    })
  )

  it.effect("is not told where standard input is no terminal", () =>
    Effect.map(errorsOf(false), (errors) => assert.notInclude(errors, "waits on standard input"))
  )
})
