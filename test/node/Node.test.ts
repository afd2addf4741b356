/**
 * A node whose host hands it its lines itself.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Node from "../../src/node/Node.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { Frame } from "../../src/protocol/Wire.ts"
import { init, message } from "./Cluster.ts"

/** The handlers of a node that forwards to one peer, at once or after a window. */
const handlers = (window_ms: number) =>
  Gossip.layerNoDeps.pipe(Layer.provide([Peers.layer, Settings.Settings.layer({ window_ms, fanout: 1 })]))

const broadcast = (value: string, msg_id: number) => print(message({ type: "broadcast", message: value, msg_id }))

/** Runs a node under such a host; what it has sent, and what of it was sent after the host was done. */
const hosted = Effect.fnUntraced(function* (window_ms: number, host: (receive: Node.Receive) => Effect.Effect<void>) {
  const sent: Array<Frame> = []
  let before = 0
  yield* Node.host(
    handlers(window_ms),
    (frames) => Effect.sync(() => void sent.push(...frames)),
    (receive) =>
      Effect.andThen(
        host(receive),
        Effect.sync(() => {
          before = sent.length
        })
      )
  )
  const types = sent.map(({ type }) => type)
  return [types.slice(0, before), types.slice(before)]
})

describe("a host", () => {
  it.effect("has its lines handled in the order of its calls, all answers sent when a call completes", () =>
    Effect.gen(function* () {
      const [during] = yield* hosted(0, (receive) =>
        Effect.gen(function* () {
          yield* receive([print(init(3))])
          yield* receive([broadcast("a", 2), print(message({ type: "read", msg_id: 3 }))])
        })
      )
      assert.deepStrictEqual(during, ["init_ok", "gossip", "broadcast_ok", "read_ok"])
    })
  )

  it.effect("has nothing handled before it runs what a call returns", () =>
    Effect.gen(function* () {
      const [during] = yield* hosted(0, (receive) =>
        Effect.gen(function* () {
          const second = receive([broadcast("a", 2)])
          yield* receive([print(init(3))])
          yield* second
        })
      )
      assert.deepStrictEqual(during, ["init_ok", "gossip", "broadcast_ok"])
    })
  )

  it.effect("that is done ends the node, which first sends what it never sent", () =>
    Effect.gen(function* () {
      const sent = yield* hosted(1000, (receive) =>
        Effect.gen(function* () {
          yield* receive([print(init(3)), broadcast("a", 2)])
          yield* TestClock.adjust(500)
          yield* receive([broadcast("b", 3)])
        })
      )
      assert.deepStrictEqual(sent, [["init_ok", "broadcast_ok", "gossip", "broadcast_ok"], ["gossip"]])
    })
  )
})
