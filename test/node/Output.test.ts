/**
 * Outputs as data: what their constructors make, what does not compile, and how bodies become what the wire has.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Gossip from "../../src/gossip/Messages.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Output from "../../src/node/Output.ts"
import * as State from "../../src/node/State.ts"
import { body, union } from "../../src/protocol/Message.ts"
import { encoder } from "../../src/protocol/Wire.ts"
import { init, layerLog, lines, message, runIn } from "./Cluster.ts"

const Ok = body("ok", { n: Schema.Int })
const Hint = body("hint", { text: Schema.String })
const Sent = union(Ok, Hint)
type Sent = typeof Sent.Type

const { reply, send } = Output.of<Sent>()
const metric = Metric.counter("output_test", { incremental: true })

const encodeAll = (outputs: ReadonlyArray<Output.Output<Sent>>) =>
  outputs.map(Output.encoder(encoder<Sent>(Sent.cases)))

describe("Output", () => {
  it("replies, messages to others and counts are data", () => {
    assert.deepStrictEqual(reply({ type: "ok", n: 1 }), { _tag: "Reply", body: { type: "ok", n: 1 } })
    assert.deepStrictEqual(send("n2", { type: "hint", text: "a" }), {
      _tag: "Send",
      to: "n2",
      body: { type: "hint", text: "a" }
    })
    assert.deepStrictEqual(Output.count(metric, 2), { _tag: "Count", metric, by: 2 })
  })

  it("bodies are encoded where they are, and counts stay as they are", () => {
    const outputs = [send("n2", { type: "hint", text: "a" }), Output.count(metric, 1), reply({ type: "ok", n: 1 })]
    assert.deepStrictEqual(encodeAll(outputs), outputs)
  })

  it("one body to many is encoded once", () => {
    const hint: Sent = { type: "hint", text: "a" }
    const encoded = encodeAll([send("n2", hint), send("n3", hint)])
    const bodies = encoded.map((output) => ("body" in output ? output.body : undefined))
    assert.strictEqual(bodies[0], bodies[1])
  })

  it("a body that does not fit its schema throws when it is encoded", () => {
    assert.throws(() => encodeAll([reply({ type: "ok", n: 0.5 })]))
  })

  it("an output with a misspelt type or field, or with an id, does not compile", () => {
    const outputs = [
      // @ts-expect-error -- the type is misspelt
      reply({ type: "okay", n: 1 }),
      // @ts-expect-error -- the field is misspelt
      reply({ type: "ok", m: 1 }),
      // @ts-expect-error -- the field is of another type
      reply({ type: "ok", text: "a" }),
      // @ts-expect-error -- a field is missing
      reply({ type: "ok" }),
      // @ts-expect-error -- there is a field too many
      reply({ type: "ok", n: 1, m: 1 }),
      // @ts-expect-error -- the node adds the ids
      reply({ type: "ok", n: 1, in_reply_to: 1 }),
      // @ts-expect-error -- the node adds the ids
      send("n2", { type: "hint", text: "a", msg_id: 1 }),
      // @ts-expect-error -- the type is misspelt
      send("n2", { type: "hnt", text: "a" }),
      // @ts-expect-error -- the receiver is missing
      send({ type: "hint", text: "a" })
    ]
    assert.lengthOf(outputs, 9)
  })

  it("a gossip message with a misspelt type or field, or with an id, does not compile", () => {
    const outputs = [
      Gossip.send("n2", { type: "gossip", kind: "forward", values: [1] }),
      // @ts-expect-error -- the type is misspelt
      Gossip.send("n2", { type: "gosip", kind: "forward", values: [1] }),
      // @ts-expect-error -- the field is misspelt
      Gossip.send("n2", { type: "gossip", kind: "forward", vals: [1] }),
      // @ts-expect-error -- `messages` is what the wire says
      Gossip.send("n2", { type: "gossip", kind: "forward", messages: [1] }),
      // @ts-expect-error -- the kind is misspelt
      Gossip.send("n2", { type: "gossip", kind: "forwards", values: [1] }),
      // @ts-expect-error -- a forward has no digest
      Gossip.send("n2", { type: "gossip", kind: "forward", values: [1], digest: { count: 1, sum: 1 } }),
      // @ts-expect-error -- the node adds the ids
      Gossip.send("n2", { type: "gossip", kind: "forward", values: [1], in_reply_to: 1 }),
      // @ts-expect-error -- the node adds the ids
      Gossip.send("n2", { type: "gossip_repair", messages: [1], want: [], in_reply_to: 1 }),
      // @ts-expect-error -- the type is misspelt
      Gossip.reply({ type: "broadcastok" }),
      // @ts-expect-error -- the field is misspelt
      Gossip.send("n2", { type: "gossip_repair", mesages: [1], want: [] })
    ]
    assert.lengthOf(outputs, 10)
  })

  it("a handling of gossip requests that forgets a type or a kind does not compile", () => {
    assert.throws(() =>
      // @ts-expect-error -- `error` and others are missing
      Gossip.Request.match({ type: "error", code: 10, text: "" }, { read: () => 1, topology: () => 2 })
    )
    assert.throws(() =>
      Gossip.matchGossip(
        { type: "gossip", kind: "arrival", values: [], meeting: 0 },
        // @ts-expect-error -- `arrival` and another one are missing
        { forward: () => 1, list: () => 2 }
      )
    )
  })
})

describe("a note", () => {
  const noting = Handler.layer({
    request: body("look", {}),
    sends: [body("look_ok", {})],
    handle: (_, looked) => Effect.succeed([looked.reply({ type: "look_ok" }), Output.note("somebody looks")])
  })
  const logged = (level: "Debug" | "Info") =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const ref = yield* Ref.make(State.initial)
      const sent = yield* runIn(ref, noting, lines(init(2)), lines(message({ type: "look", msg_id: 2 }))).pipe(
        Effect.provide(layerLog(log)),
        Effect.provideService(References.MinimumLogLevel, level)
      )
      assert.lengthOf(sent, 2)
      return log
    })

  it.effect("is in the log at level debug, and nowhere above", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged("Debug"), ["somebody looks"])
      assert.deepStrictEqual(yield* logged("Info"), [])
    })
  )
})
