import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as Node from "../../src/cli/Node.ts"

/** What a node with a third peer to forward to has logged after 11 s, if it logs what is of this level and above. */
const logAt = (level: "Info" | "Debug") =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const logger = Logger.map(Logger.formatLogFmt, (line) =>
      log.push(line.replace(/^timestamp=\S+ (.*) fiber=\S+/, "$1"))
    )
    const stdio = Stdio.layerTest({ stdin: Stream.never, stdout: () => Sink.drain })
    yield* Node.serve({ profile: "default", settings: { fanout: 3 }, peers: "all" }).pipe(
      Effect.provide([stdio, Logger.layer([logger])]),
      Effect.provideService(References.MinimumLogLevel, level),
      Effect.forkScoped
    )
    yield* TestClock.adjust("11 seconds")
    return log
  })

const settings =
  "level=INFO message=settings profile=default fanout=3 meeting_ms=150 hosts=1 attendance=1 rounds=10 " +
  "repair_interval_ms=1000 message_values=10000 message_bytes=1000000 peers=all"

describe("the log of a node", () => {
  it.effect("begins with the settings that hold", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logAt("Info"), [settings])
    })
  )

  it.effect("has the counters every 5 s at level debug", () =>
    Effect.gen(function* () {
      const [first, ...counters] = yield* logAt("Debug")
      assert.strictEqual(first, settings)
      assert.lengthOf(counters, 2)
      for (const line of counters) assert.match(line, /^level=DEBUG message=counters/)
    })
  )
})
