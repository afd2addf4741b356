/**
 * What a run notices of a broken program. Each program breaks one thing.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Node from "../../src/cli/Node.ts"
import * as Gossip from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import type { State } from "../../src/gossip/State.ts"
import * as Store from "../../src/gossip/Store.ts"
import * as Component from "../../src/node/Component.ts"
import * as Handler from "../../src/node/Handler.ts"
import * as Output from "../../src/node/Output.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { sharedSet } from "./Programs.ts"

const quick: Scenario.Scenario = {
  ...Scenario.defaults,
  node_count: 3,
  rate: 20,
  time_limit: 2000,
  latency: 20,
  quiet: 2000
}

const Hello = Message.body("hello", { count: Schema.Int })
const Hellos = Message.union(Hello)
type Hello = typeof Hellos.Type
const { send } = Output.of<Hello>()

/** When a node said hello last, in ms since the epoch, and how often it has. */
interface Greeter {
  readonly last: number | undefined
  readonly count: number
}

type Greeting = Component.Component<Greeter, Hello, Hello>

/** Says hello to these nodes. */
const greet =
  (dests: (env: Component.Env) => ReadonlyArray<string>, count = (hellos: number): number => hellos) =>
  (state: Greeter, env: Component.Env): ReturnType<Greeting["step"]> => {
    const next = { last: env.now, count: state.count + 1 }
    return [next, dests(env).map((dest) => send(dest, { type: "hello", count: count(next.count) }))]
  }

const others = ({ nodes, self }: Component.Env) => nodes.filter((node) => node !== self)

/** A component that says hello to all other nodes five times a second, or whatever it does instead at a tick. */
const greeter = (tick = greet(others)): Greeting => ({
  name: "greeter",
  requests: Hellos,
  sends: Hellos,
  initial: { last: undefined, count: 0 },
  step: (state, input, env) => (input._tag === "Tick" ? tick(state, env) : [state, []]),
  due: ({ last }, awake) => (last ?? awake) + 200
})

const boom = (): never => {
  throw new Error("boom")
}

/** The defects of a run of this program beside a set that all nodes share, whose reads are right. */
const defectsOf = Effect.fnUntraced(function* (program: Layer.Layer<never, never, Layer.Services<typeof layerSet>>) {
  const { history, verdict } = yield* Simulation.simulate({ scenario: quick, parts: Layer.merge(layerSet, program) })
  assert.isAbove(verdict.set.stable_count, 10)
  assert.isTrue(verdict.complete)
  assert.strictEqual(verdict.valid, verdict.defect_count === 0)
  return { defects: verdict.defects, history }
})

const layerSet = Component.layer(sharedSet(500))

describe("a run of a program that breaks nothing", () => {
  it.live("has no defects", () =>
    Effect.gen(function* () {
      const { defects, history } = yield* defectsOf(Component.layer(greeter()))
      assert.deepStrictEqual(defects, [])
      assert.isAbove(history.transmissions.filter(({ type }) => type === "hello").length, 50)
    })
  )
})

describe("what is thrown makes a run invalid and is told once, with its place, time and stack", () => {
  const thrown = [
    {
      what: "a tick that throws every time",
      parts: Component.layer(greeter(boom)),
      where: "greeter, Tick",
      text: "Error: boom"
    },
    {
      what: "a step that throws over a message of a peer",
      parts: Component.layer({
        ...greeter(),
        step: (state, input, env) => (input._tag === "Received" ? boom() : greeter().step(state, input, env))
      }),
      where: "greeter, hello",
      text: "Error: boom"
    },
    {
      what: "a due that throws",
      parts: Component.layer({ ...greeter(), due: boom }),
      where: "greeter, due",
      text: "Error: boom"
    },
    {
      what: "a due that is no number",
      parts: Component.layer({ ...greeter(), due: () => Number.NaN }),
      where: "greeter, due",
      text: "Error: due is not a number"
    },
    {
      what: "a due that asks for a tick at the time of the last one, for ever",
      parts: Component.layer({ ...greeter(), due: (_, awake) => awake }),
      where: "greeter, due",
      text: "Error: after a tick, due is not later than that tick"
    },
    {
      what: "a handler that dies",
      parts: Layer.merge(
        Component.layer(greeter()),
        Handler.layer({ request: Hello, override: true, handle: () => Effect.sync(boom) })
      ),
      where: "handler of hello",
      text: "Error: boom"
    },
    {
      what: "a body of a component that does not fit its schema, with whatever number",
      parts: Component.layer(greeter(greet(others, (count) => count + 0.5))),
      where: "greeter, Tick",
      text: /^SchemaError: Expected an integer/
    },
    {
      what: "a body of a handler that does not fit its schema",
      parts: Layer.merge(
        Component.layer(greeter()),
        Handler.layer({
          request: Hello,
          sends: [Hello],
          override: true,
          handle: (_, context) => Effect.succeed([context.send(context.self, { type: "hello", count: Infinity })])
        })
      ),
      where: "handler of hello",
      text: /^SchemaError: Expected an integer/
    },
    {
      what: "violations that throw",
      parts: Component.layer({ ...greeter(), violations: boom }),
      where: "violations",
      text: "Error: boom"
    }
  ]

  it.live.each(thrown)("$what", ({ parts, text, where }) =>
    Effect.gen(function* () {
      const { defects, history } = yield* defectsOf(parts)
      const [first] = history.defects
      const [defect] = defects
      if (first === undefined || defect === undefined) assert.fail("no defect was noticed")
      assert.deepStrictEqual(defects, [{ ...first, count: history.defects.length }])
      assert.strictEqual(defect.where, where)
      if (typeof text === "string") assert.strictEqual(defect.text, text)
      else assert.match(defect.text, text)
      assert.isNotEmpty(defect.stack)
      for (const line of defect.stack) assert.match(line, /^at /)
      if (text === "Error: boom") assert.match(defect.stack[0] ?? "", /^at boom .*Defects\.test\.ts/)
      const isNode = (name: unknown) => history.nodes.some((node) => node === name)
      const isOverMessage = defect.where === "greeter, hello"
      assert.isTrue(isOverMessage ? isNode(defect.from) && defect.from !== defect.node : defect.from === undefined)
      assert.isAtLeast(defect.count, quick.node_count)
      assert.include(history.nodes, defect.node)
      assert.strictEqual(defect.at, Math.min(...history.defects.map(({ at }) => at)))
      assert.isBelow(defect.at, 500)
    })
  )
})

describe("what was thrown is told", () => {
  const thrownAtTick = (thrown: unknown) =>
    Effect.map(
      defectsOf(
        Component.layer(
          greeter(() => {
            throw thrown
          })
        )
      ),
      ({ defects }) => defects.map(({ stack, text }) => ({ text, stack }))
    )

  it.live("with its cause after its stack", () =>
    Effect.gen(function* () {
      const told = yield* thrownAtTick(new TypeError("boom", { cause: new RangeError("too far") }))
      assert.deepStrictEqual(
        told.map(({ text }) => text),
        ["TypeError: boom"]
      )
      const stack = told[0]?.stack ?? []
      const middle = stack.indexOf("caused by RangeError: too far")
      assert.isAbove(middle, 0)
      assert.match(stack[0] ?? "", /Defects\.test\.ts/)
      assert.match(stack[middle + 1] ?? "", /Defects\.test\.ts/)
    })
  )

  it.live.each([
    { thrown: "boom", text: "Error: boom" },
    { thrown: { code: 7 }, text: 'Error: {"code":7}' },
    { thrown: undefined, text: "Error: Unknown error: undefined" }
  ])("without a stack if it is no error, as $text", ({ text, thrown }) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* thrownAtTick(thrown), [{ text, stack: [] }])
    })
  )
})

/** Gossip whose state is tampered with whenever a client reads, so that reads show what they would show otherwise. */
const tampering = (tamper: (state: State) => Partial<State>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const gossip = Gossip.component(yield* Settings.Settings, yield* Peers)
      return Component.layer({
        ...gossip,
        step: (state, input, env) => {
          const [next, outputs] = gossip.step(state, input, env)
          const isRead = input._tag === "Received" && input.message.type === "read"
          return [isRead ? { ...next, ...tamper(next) } : next, outputs]
        }
      })
    })
  ).pipe(Layer.provide([Peers.layer, Settings.Settings.layer()]))

describe("a broken invariant makes a run invalid and is told once, in a sentence", () => {
  const broken = [
    {
      what: "a component that sends to its own node",
      parts: Component.layer(greeter(greet(({ self }) => [self]))),
      text: /^hello to n\d was sent to the node itself$/
    },
    {
      what: "a component that writes unasked to a name outside the cluster",
      parts: Component.layer(greeter(greet(() => ["stranger"]))),
      text: /^hello to stranger was sent unasked, and stranger is no node of the cluster/
    },
    {
      what: "a component that breaks an invariant of its own",
      parts: Component.layer({
        ...greeter(),
        violations: (before: Greeter, after: Greeter) =>
          after.count > before.count ? [`the count rose to ${after.count}`] : []
      }),
      text: /^greeter: the count rose to 1$/
    }
  ]

  it.live.each(broken)("$what", ({ parts, text }) =>
    Effect.gen(function* () {
      const { defects, history } = yield* defectsOf(parts)
      const [first] = history.defects
      const [defect] = defects
      if (first === undefined || defect === undefined) assert.fail("no defect was noticed")
      assert.deepStrictEqual(defects, [{ ...first, count: history.defects.length }])
      assert.match(defect.text, text)
      assert.deepStrictEqual([defect.where, defect.from, defect.stack], ["an invariant is broken", undefined, []])
      assert.isAtLeast(defect.count, quick.node_count)
      assert.include(history.nodes, defect.node)
      assert.strictEqual(defect.at, Math.min(...history.defects.map(({ at }) => at)))
      assert.isBelow(defect.at, 500)
    })
  )

  const tampered: ReadonlyArray<readonly [what: string, tamper: (state: State) => Partial<State>, text: RegExp]> = [
    [
      "a set that shrinks",
      ({ store }) => ({ store: Store.add(Store.empty, Store.slice(store, 0, store.size - 1)) }),
      /^gossip: the set shrank from \d+ to \d+ values$/
    ],
    ["a digest that does not fit", ({ store }) => ({ store: { ...store, sum: store.sum + 1 } }), /^gossip: the digest/],
    [
      "an unconfirmed value that is not known",
      ({ store: { size } }) => ({ unconfirmed: [{ from: size, to: size + 1, meetings: 1, next: 0 }] }),
      /^gossip: unconfirmed values that are not known/
    ]
  ]

  it.live.each(tampered)("%s", ([, tamper, text]) =>
    Effect.gen(function* () {
      const { history, verdict } = yield* Simulation.simulate({ scenario: quick, parts: tampering(tamper) })
      assert.strictEqual(verdict.valid, false)
      const told = verdict.defects.filter((defect) => text.test(defect.text))
      assert.lengthOf(told, 1)
      const reads = history.operations.filter(({ ending, f }) => f === "read" && ending === "ok")
      const at = new Set(history.defects.filter((defect) => text.test(defect.text)).map((defect) => defect.at))
      assert.isTrue(reads.some(({ completed, node }) => completed === told[0]?.at && node === told[0].node))
      assert.isAbove(at.size, 5)
      assert.strictEqual(told[0]?.count, history.defects.filter((defect) => text.test(defect.text)).length)
    })
  )
})

describe("a run of the real program under all faults", () => {
  const runs = Settings.profileNames.flatMap((profile) => [1, 2, 3].map((seed) => ({ profile, seed })))

  it.live.each(runs)("has no defects with profile $profile and seed $seed", ({ profile, seed }) =>
    Effect.gen(function* () {
      const { verdict } = yield* Simulation.simulate({
        scenario: {
          ...quick,
          node_count: 7,
          rate: 60,
          time_limit: 6000,
          latency_dist: "exponential",
          nemesis: Scenario.faults,
          nemesis_interval: 500,
          seed
        },
        parts: Node.parts({ profile, settings: {}, peers: "all" })
      })
      assert.deepStrictEqual(verdict.defects, [])
      assert.isAbove(verdict.set.stable_count, 10)
    })
  )
})
