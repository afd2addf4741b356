/**
 * Whoever looks on sees every step of a node: what it was before, what was done, what it is after.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Handler from "../../src/node/Handler.ts"
import { Observer } from "../../src/node/Observer.ts"
import * as State from "../../src/node/State.ts"
import { body } from "../../src/protocol/Message.ts"
import { init, lines, message, runIn } from "./Cluster.ts"

const echo = Handler.layer({
  request: body("echo", { echo: Schema.Int }),
  sends: [body("echo_ok", { echo: Schema.Int })],
  handle: (request, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: request.echo })])
})

describe("Observer", () => {
  it.effect("an observer sees each step follow the one before, down to the end", () =>
    Effect.gen(function* () {
      const seen: Array<{ readonly before: State.State; readonly after: State.State; readonly types: unknown }> = []
      const ref = yield* Ref.make(State.initial)
      const chunks = [lines(init(1)), lines(message({ type: "echo", echo: 1, msg_id: 2 }))]
      const sent = yield* runIn(ref, echo, ...chunks).pipe(
        Effect.provideService(Observer, (before, { messages }, after) => {
          seen.push({ before, after, types: messages.map((one) => one.body.type) })
        })
      )
      assert.lengthOf(sent, 2)
      assert.deepStrictEqual(
        seen.map(({ types }) => types),
        [["init_ok"], [], ["echo_ok"], []]
      )
      for (const [index, { before }] of seen.entries()) {
        assert.strictEqual(before, seen[index - 1]?.after ?? State.initial)
      }
      assert.strictEqual(seen.at(-1)?.after, yield* Ref.get(ref))
    })
  )
})
