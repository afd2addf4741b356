/**
 * The step of a node without its loop: what it sends, which components it ticks when, and what a defect leaves behind.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Output from "../../src/node/Output.ts"
import { RequestError } from "../../src/node/RequestError.ts"
import * as State from "../../src/node/State.ts"
import * as Step from "../../src/node/Step.ts"
import { body, ErrorCode, ErrorReply, union } from "../../src/protocol/Message.ts"
import { Unreadable } from "../../src/protocol/Lines.ts"
import { assemble, init, layerLog, lines, message, names, type Parts, printed, runIn } from "./Cluster.ts"

const Do = body("do", { what: Schema.String })
const Ok = body("ok", { n: Schema.Int })
const Hint = body("hint", { text: Schema.String })

const Sent = union(Ok, Hint, ErrorReply)
const { reply, send } = Output.of<typeof Sent.Type>()
type Said = Output.Output<typeof Sent.Type>

/** A node that is awake since 100, whose next message has the id 5. */
const awake = (initial: State.State): State.State =>
  State.update(initial, { identity: { self: "n1", nodes: names(2) }, awake: 100, nextId: 5 })

/** A component that answers `do` by these outputs. */
const doing = (...outputs: ReadonlyArray<Said>) =>
  Component.layer({ name: "doing", requests: union(Do), sends: Sent, initial: 0, step: (state) => [state, outputs] })

const ask = (fields: { readonly [name: string]: unknown } = { msg_id: 9 }, src = "c1") =>
  lines(message({ type: "do", what: "", ...fields }, src))

/** The lines that a node sends which answers by these outputs. */
const answersBy = Effect.fnUntraced(function* (outputs: ReadonlyArray<Said>, input = ask()) {
  const { initial, step } = yield* assemble(doing(...outputs))
  const [turn, state] = yield* step(awake(initial), input)
  assert.strictEqual(state.nextId, 5 + turn.messages.length)
  return printed(turn)
})

const hint = (to: string, text: string) => send(to, { type: "hint", text })
const ok = (n: number) => reply({ type: "ok", n })
const error = reply({ type: "error", code: 1000, text: "no" })

describe("Step: messages", () => {
  it.effect("messages leave in the order of the outputs, each with the next id", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answersBy([hint("n2", "a"), ok(1), hint("n3", "b"), ok(2)]), [
        `{"src": "n1", "dest": "n2", "body": {"type": "hint", "text": "a", "msg_id": 5}}`,
        `{"src": "n1", "dest": "c1", "body": {"type": "ok", "n": 1, "in_reply_to": 9, "msg_id": 6}}`,
        `{"src": "n1", "dest": "n3", "body": {"type": "hint", "text": "b", "msg_id": 7}}`,
        `{"src": "n1", "dest": "c1", "body": {"type": "ok", "n": 2, "in_reply_to": 9, "msg_id": 8}}`
      ])
    })
  )

  it.effect("a message without msg_id gets no reply, and the reply that is not sent takes no id", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answersBy([ok(1), hint("n2", "a")], ask({})), [
        `{"src": "n1", "dest": "n2", "body": {"type": "hint", "text": "a", "msg_id": 5}}`
      ])
    })
  )

  it.effect("a message that is itself a reply is not answered with an error, but with anything else", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* answersBy([error], ask({ msg_id: 9, in_reply_to: 1 })), 0)
      assert.lengthOf(yield* answersBy([error]), 1)
      assert.lengthOf(yield* answersBy([ok(1)], ask({ msg_id: 9, in_reply_to: 1 })), 1)
    })
  )

  it.effect("names of receivers are printed as JSON", () =>
    Effect.gen(function* () {
      assert.include((yield* answersBy([ok(1)], ask({ msg_id: 9 }, `"\n`)))[0], String.raw`"dest": "\"\n"`)
    })
  )

  it.effect("message ids count up over the lines of a chunk, and a metric that is counted takes none", () =>
    Effect.gen(function* () {
      const metric = Metric.counter("step_test", { incremental: true })
      const { initial, step } = yield* assemble(doing(Output.count(metric, 3), ok(1)))
      const [turn, state] = yield* step(
        awake(initial),
        lines(...[1, 2, 3].map((msg_id) => message({ type: "do", what: "", msg_id })))
      )
      assert.deepStrictEqual(
        turn.messages.map(({ in_reply_to, msg_id }) => [in_reply_to, msg_id]),
        [
          [1, 5],
          [2, 6],
          [3, 7]
        ]
      )
      assert.deepStrictEqual(
        turn.counts.map(({ by }) => by),
        [3, 3, 3]
      )
      assert.deepStrictEqual([state.nextId, state.lines], [8, 3])
    })
  )
})

describe("Step: lines", () => {
  it.effect("lines are numbered over all chunks, and what is wrong with one is told with its number", () =>
    Effect.gen(function* () {
      const { after, initial, step } = yield* assemble(doing())
      const state = yield* after(initial, lines(init(1), "", " "), lines(""))
      const [turn] = yield* step(state, { _tag: "Lines", lines: [new Unreadable("not UTF-8"), "", "["] })
      assert.deepStrictEqual(turn.skipped, 2)
      assert.match(turn.complaints.join("\n"), /^line 5 skipped: not UTF-8\nline 7 skipped: not JSON: [^\n]*$/)
    })
  )

  it.effect("a node is awake from its first message for a component on; init and what is refused do not wake it", () =>
    Effect.gen(function* () {
      const { after, initial, step } = yield* assemble(doing())
      const asleep = yield* after(initial, lines(init(1)), lines(message({ type: "mystery", msg_id: 1 }), "x"))
      assert.isUndefined(asleep.awake)
      const [, woken] = yield* step(asleep, ask(), { now: 70 })
      const [, later] = yield* step(woken, ask(), { now: 90 })
      assert.deepStrictEqual([woken.awake, later.awake], [70, 70])
    })
  )

  it.effect("a message for a handler leaves a task, and what its work leaves gets the next ids when it is done", () =>
    Effect.gen(function* () {
      const work = Handler.layer({
        request: Do,
        sends: [Ok],
        handle: (_, context) => Effect.succeed([context.reply({ type: "ok", n: 1 })])
      })
      const { initial, step } = yield* assemble(work)
      const [turn, state] = yield* step(
        awake(initial),
        lines(message({ type: "do", what: "a", msg_id: 1 }), message({ type: "do", what: "b", msg_id: 2 }))
      )
      assert.deepStrictEqual(turn.messages, [])
      const [first, second] = turn.tasks
      assert.isDefined(first)
      assert.isDefined(second)
      const result = Result.succeed(yield* second.effect)
      const [done, after] = yield* step(state, { _tag: "Done", task: second, result })
      assert.deepStrictEqual(printed(done), [
        `{"src": "n1", "dest": "c1", "body": {"type": "ok", "n": 1, "in_reply_to": 2, "msg_id": 5}}`
      ])
      const failed = Result.fail(new RequestError({ code: 20, text: "no such key" }))
      const [last] = yield* step(after, { _tag: "Done", task: first, result: failed })
      assert.deepStrictEqual(printed(last), [
        `{"src": "n1", "dest": "c1", "body": {"type": "error", "code": 20, "text": "no such key", "in_reply_to": 1, "msg_id": 6}}`
      ])
      assert.strictEqual(last.refused, 1)
    })
  )
})

const boom = () => new Error("boom")

/** A component that waits for a time and says when it came, or dies. */
const waiting = (
  name: string,
  until: number | undefined,
  dies: { readonly due?: boolean; readonly Tick?: boolean; readonly Ended?: boolean } = {}
) =>
  Component.layer<number | undefined, never, typeof Sent.Type>({
    name,
    requests: union(),
    sends: Sent,
    initial: until,
    step: (state, input, { now }) => {
      if (input._tag === "Received") return [state, []]
      if (dies[input._tag] === true) throw boom()
      return [undefined, [send("n2", { type: "hint", text: `${name} ${input._tag} at ${now}` })]]
    },
    due: (at) => {
      if (dies.due === true) throw boom()
      return at
    }
  })

const textsOf = ({ messages }: Step.Turn) => messages.map((one) => one.body["text"])

const tick: Step.Input = { _tag: "Tick" }
const ended: Step.Input = { _tag: "Ended" }

/** What a node that is awake does on an input at 50. */
const stepAt50 = Effect.fnUntraced(function* (
  input: Step.Input,
  ...components: readonly [Parts, ...ReadonlyArray<Parts>]
) {
  const { initial, step } = yield* assemble(Layer.mergeAll(...components))
  return yield* step(awake(initial), input, { now: 50 })
})

describe("Step: time", () => {
  it.effect("the alarm is set for the component that wants to be ticked first", () =>
    Effect.gen(function* () {
      const [, state] = yield* stepAt50(lines(""), waiting("a", 30), waiting("b", undefined), waiting("c", 20))
      assert.strictEqual(state.alarm, 20)
    })
  )

  it.effect("no alarm is set if no component wants to be ticked", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* stepAt50(lines(""), doing()))[1].alarm, Infinity)
      assert.strictEqual((yield* stepAt50(lines(""), waiting("a", undefined)))[1].alarm, Infinity)
    })
  )

  it.effect("no alarm is set before the first message other than init", () =>
    Effect.gen(function* () {
      const { initial, step } = yield* assemble(Layer.merge(doing(), waiting("a", 1)))
      const [, asleep] = yield* step(initial, lines(init(2)))
      assert.strictEqual(asleep.alarm, Infinity)
      const [, woken] = yield* step(asleep, ask())
      assert.strictEqual(woken.alarm, 1)
    })
  )

  it.effect("a component that says when it is due is told when the node woke up", () =>
    Effect.gen(function* () {
      const later = Component.layer({
        name: "later",
        requests: union(),
        sends: union(),
        initial: 7,
        step: (state) => [state, []],
        due: (wait, since) => since + wait
      })
      assert.strictEqual((yield* stepAt50(lines(""), later))[1].alarm, 107)
    })
  )

  it.effect("components that are due are ticked in their order, and the alarm is set for the others", () =>
    Effect.gen(function* () {
      const components = [waiting("b", 51), waiting("c", 10), waiting("d", undefined)]
      const [turn, state] = yield* stepAt50(tick, waiting("a", 50), ...components)
      assert.deepStrictEqual(textsOf(turn), ["a Tick at 50", "c Tick at 50"])
      assert.deepStrictEqual(
        turn.messages.map(({ in_reply_to, msg_id }) => [in_reply_to, msg_id]),
        [
          [undefined, 5],
          [undefined, 6]
        ]
      )
      assert.deepStrictEqual([state.nextId, state.alarm], [7, 51])
    })
  )

  it.effect("all components are told of the end, due or not, and no alarm is set any more", () =>
    Effect.gen(function* () {
      const [turn, state] = yield* stepAt50(ended, waiting("a", 500), waiting("b", undefined), waiting("c", 1))
      assert.deepStrictEqual(textsOf(turn), ["a Ended at 50", "b Ended at 50", "c Ended at 50"])
      assert.deepStrictEqual([state.nextId, state.alarm], [8, Infinity])
    })
  )

  it.effect("no component is told of a tick or the end before the node is awake", () =>
    Effect.gen(function* () {
      const { after, initial, step } = yield* assemble(waiting("a", 1))
      for (const asleep of [initial, yield* after(initial, lines(init(2)))]) {
        for (const input of [tick, ended]) {
          const [turn, state] = yield* step(asleep, input)
          assert.deepStrictEqual([turn.messages, state.slices], [[], asleep.slices])
        }
      }
    })
  )
})

/** Adds up what it is sent. It throws over "die", and cannot reply with half a number. */
const fragile = Component.layer({
  name: "fragile",
  requests: union(Do),
  sends: Sent,
  initial: 0,
  step: (sum: number, input) => {
    if (input._tag !== "Received") return [sum, []]
    const { what } = input.message
    if (what === "die") throw boom()
    return [sum + 1, [hint("n2", "before"), reply({ type: "ok", n: what === "half" ? 0.5 : sum + 1 })]]
  }
})

const say = (what: string, msg_id?: number) => message({ type: "do", what, msg_id })

/** The stack of what was thrown. */
const stackOf = ({ thrown }: Step.Defect) => (thrown instanceof Error ? String(thrown.stack) : "")

describe("Step: defects", () => {
  for (const [kind, what, stack] of [
    ["throws", "die", /^Error: boom\n.*Step\.test\.ts/],
    ["sends a body that does not fit its schema", "half", /integer.*\n[^]*at /i]
  ] as const) {
    it.effect(`a component that ${kind} changes nothing, the sender gets error 13, and the stack is kept`, () =>
      Effect.gen(function* () {
        const { after, initial, step } = yield* assemble(fragile)
        const before = yield* after(awake(initial), lines(say("one", 1)))
        const [turn, state] = yield* step(before, lines(say(what, 2)))
        assert.strictEqual(state.slices, before.slices)
        assert.strictEqual(state.awake, before.awake)
        assert.deepStrictEqual(
          turn.messages.map(({ body: { code, type }, dest, in_reply_to, msg_id }) => [
            type,
            code,
            dest,
            in_reply_to,
            msg_id
          ]),
          [["error", ErrorCode.crash, "c1", 2, 7]]
        )
        assert.deepStrictEqual([state.nextId, turn.refused, turn.counts, turn.tasks], [8, 1, [], []])
        assert.deepStrictEqual(
          turn.defects.map(({ where }) => where),
          ["fragile, do from c1"]
        )
        assert.match(turn.defects.map(stackOf).join("\n"), stack)
        const [next] = yield* step(state, lines(say("two", 3)))
        assert.strictEqual(next.messages.at(-1)?.body["n"], 2)
      })
    )
  }

  it.effect("a component that throws over a message that wants no error sends none, and the defect is kept", () =>
    Effect.gen(function* () {
      const { initial, step } = yield* assemble(fragile)
      const before = awake(initial)
      const unanswered = lines(say("die"), message({ type: "do", what: "die", msg_id: 2, in_reply_to: 1 }))
      const [turn, state] = yield* step(before, unanswered)
      assert.deepStrictEqual([turn.messages, turn.refused, turn.defects.length], [[], 0, 2])
      assert.deepStrictEqual([state.slices, state.nextId], [before.slices, before.nextId])
    })
  )

  it.effect("a component that throws at a tick leaves the others alone, and rests until the next lines", () =>
    Effect.gen(function* () {
      const { initial, step } = yield* assemble(
        Layer.mergeAll(waiting("a", 1, { Tick: true }), waiting("b", 20), waiting("c", 70))
      )
      const before = awake(initial)
      const [turn, state] = yield* step(before, tick, { now: 50 })
      assert.deepStrictEqual(textsOf(turn), ["b Tick at 50"])
      assert.deepStrictEqual(
        turn.defects.map(({ where }) => where),
        ["a, Tick"]
      )
      assert.match(turn.defects.map(stackOf).join("\n"), /^Error: boom\n.*Step\.test\.ts/)
      assert.deepStrictEqual([[...state.resting], state.alarm], [["a"], 70])
      const [again, rested] = yield* step(state, tick, { now: 60 })
      assert.deepStrictEqual([again.defects, again.messages, rested.alarm], [[], [], 70])
      const [, up] = yield* step(rested, lines(""), { now: 60 })
      assert.deepStrictEqual([[...up.resting], up.alarm], [[], 1])
      const [third] = yield* step(up, tick, { now: 60 })
      assert.lengthOf(third.defects, 1)
    })
  )

  it.effect("a component that throws at a tick keeps its state and sends nothing", () =>
    Effect.gen(function* () {
      const { initial, step } = yield* assemble(waiting("a", 1, { Tick: true }))
      const before = awake(initial)
      const [turn, state] = yield* step(before, tick, { now: 50 })
      assert.strictEqual(state.slices, before.slices)
      assert.deepStrictEqual([turn.messages, state.nextId], [[], before.nextId])
    })
  )

  it.effect("a component whose due throws is reported once for each chunk of lines, and the others are ticked", () =>
    Effect.gen(function* () {
      const { initial, step } = yield* assemble(Layer.mergeAll(waiting("a", 1, { due: true }), waiting("b", 70)))
      const before = awake(initial)
      const [turn, state] = yield* step(before, lines(""))
      assert.deepStrictEqual(
        turn.defects.map(({ where }) => where),
        ["a, due"]
      )
      assert.match(turn.defects.map(stackOf).join("\n"), /^Error: boom\n.*Step\.test\.ts/)
      assert.deepStrictEqual([state.slices, state.alarm, [...state.resting]], [before.slices, 70, ["a"]])
      const [quiet, after] = yield* step(state, tick, { now: 80 })
      assert.deepStrictEqual([quiet.defects, textsOf(quiet)], [[], ["b Tick at 80"]])
      assert.lengthOf((yield* step(after, lines("")))[0].defects, 1)
    })
  )

  it.effect("a component whose due throws is told of the end all the same", () =>
    Effect.gen(function* () {
      const [turn] = yield* stepAt50(ended, waiting("a", 1, { due: true }))
      assert.deepStrictEqual(textsOf(turn), ["a Ended at 50"])
    })
  )

  it.effect("a component that throws at the end leaves the others alone and keeps its state", () =>
    Effect.gen(function* () {
      const { initial, step } = yield* assemble(Layer.mergeAll(waiting("a", 1, { Ended: true }), waiting("b", 20)))
      const before = awake(initial)
      const [turn] = yield* step(before, ended, { now: 50 })
      assert.deepStrictEqual(textsOf(turn), ["b Ended at 50"])
      assert.deepStrictEqual(
        turn.defects.map(({ where }) => where),
        ["a, Ended"]
      )
      assert.match(turn.defects.map(stackOf).join("\n"), /^Error: boom\n.*Step\.test\.ts/)
      const { initial: alone, step: stepAlone } = yield* assemble(waiting("a", 1, { Ended: true }))
      const [, state] = yield* stepAlone(awake(alone), ended)
      assert.strictEqual(state.slices, alone.slices)
    })
  )

  it.effect("a handler that dies at work changes nothing, and the sender gets error 13", () =>
    Effect.gen(function* () {
      const dying = Handler.layer({ request: Do, handle: () => Effect.die(boom()) })
      const { initial, step } = yield* assemble(Layer.merge(dying, waiting("a", undefined)))
      const [begun, before] = yield* step(awake(initial), ask())
      const [task] = begun.tasks
      assert.isDefined(task)
      const defect = new Step.Defect("handler of do", boom())
      const [turn, state] = yield* step(before, { _tag: "Done", task, result: Result.fail(defect) })
      assert.strictEqual(state.slices, before.slices)
      assert.deepStrictEqual(
        [turn.defects, turn.messages[0]?.body["code"], turn.refused],
        [[defect], ErrorCode.crash, 1]
      )
    })
  )

  const inLog: ReadonlyArray<readonly [where: string, parts: Parts, told: RegExp]> = [
    ["a message", fragile, /^a defect in fragile, do from c1\n.*boom\n.*Step\.test\.ts/],
    ["due", Layer.merge(doing(), waiting("a", 1, { due: true })), /^a defect in a, due\n.*boom\n.*Step\.test\.ts/],
    [
      "a tick",
      Layer.merge(doing(), waiting("a", -1, { Tick: true })),
      /^a defect in a, Tick\n.*boom\n.*Step\.test\.ts/
    ],
    [
      "the end",
      Layer.merge(doing(), waiting("a", 1, { Ended: true })),
      /^a defect in a, Ended\n.*boom\n.*Step\.test\.ts/
    ]
  ]
  for (const [where, parts, told] of inLog) {
    it.effect(`a defect over ${where} is logged with its stack, and the node goes on`, () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const state = yield* Ref.make(State.initial)
        const sent = yield* runIn(state, parts, lines(init(2)), lines(say("die", 2)), lines(init(2))).pipe(
          Effect.provide(layerLog(log))
        )
        assert.lengthOf(
          sent.filter((line) => line.includes("init_ok")),
          2
        )
        assert.isNotEmpty(log)
        for (const text of log) assert.match(text, told)
      })
    )
  }
})
