import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Identity } from "../../src/node/State.ts"
import * as Self from "../../src/node/Self.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import * as Echo from "../../docs/examples/echo.ts"

it.effect("work beside the loop learns who the node is when the node handles its first message", () =>
  Effect.gen(function* () {
    const learned = yield* Deferred.make<Identity>()
    const asking = Layer.effectDiscard(
      Self.identity.pipe(
        Effect.flatMap((identity) => Deferred.succeed(learned, identity)),
        Effect.forkScoped
      )
    )
    yield* Effect.gen(function* () {
      const node = yield* TestNode
      yield* node.send({ src: "c0", dest: "n1", body: { type: "init", node_id: "n1", node_ids: ["n1", "n2"] } })
      assert.isFalse(yield* Deferred.isDone(learned))
      yield* node.send({ src: "c0", dest: "n1", body: { type: "echo", echo: 1 } })
      assert.deepStrictEqual(yield* Deferred.await(learned), { self: "n1", nodes: ["n1", "n2"] })
    }).pipe(Effect.provide(TestNode.layer(Layer.merge(Echo.parts, asking), { seed: 1 })))
  })
)
