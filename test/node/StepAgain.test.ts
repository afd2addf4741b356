/**
 * The state of a node is a value: whoever keeps an old one and steps from it again gets the same again.
 *
 * The node of these tests runs gossip and a component of a user. Its inputs are all messages that it knows, right and wrong,
 * ticks, and at last the end.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Digest from "../../src/gossip/Digest.ts"
import * as Gossip from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Sketch from "../../src/gossip/Sketch.ts"
import * as Store from "../../src/gossip/Store.ts"
import * as Slices from "../../src/node/Slices.ts"
import * as Component from "../../src/node/Component.ts"
import * as Output from "../../src/node/Output.ts"
import type { State } from "../../src/node/State.ts"
import type * as Step from "../../src/node/Step.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { body, union } from "../../src/protocol/Message.ts"
import type { RawBody } from "../../src/protocol/Wire.ts"
import { seeded } from "../gossip/Seeded.ts"
import { assemble, init, lines, message, names, printed } from "./Cluster.ts"

const Roll = body("roll", { sides: Schema.Int })
const RollOk = body("roll_ok", { rolled: Schema.Int })
const user = Output.of<typeof RollOk.Type>()

/** Rolls dice, tells a peer the sum every 70 ms after a roll, and throws if dice have no sides. */
const dice: Component.Component<
  { readonly sum: number; readonly due: number | undefined },
  typeof Roll.Type,
  typeof RollOk.Type
> = {
  name: "dice",
  requests: union(Roll),
  sends: union(RollOk),
  initial: { sum: 0, due: undefined },
  step: (state, input, { now, random }) => {
    switch (input._tag) {
      case "Received": {
        const { sides } = input.message
        if (sides === 0) throw new Error("no sides")
        const rolled = 1 + Math.floor(random.nextDoubleUnsafe() * sides)
        return [{ sum: state.sum + rolled, due: state.due ?? now + 70 }, [user.reply({ type: "roll_ok", rolled })]]
      }
      case "Tick":
        return [{ sum: state.sum, due: now + 70 }, [user.send("n2", { type: "roll_ok", rolled: state.sum })]]
      case "Ended":
        return [state, [user.send("n3", { type: "roll_ok", rolled: state.sum })]]
    }
  },
  due: ({ due }) => due
}

/** The profiles of gossip, with everybody or the topology's neighbours as peers. */
const Setup = Schema.Struct({ profile: Schema.Literals(Settings.profileNames), heedsTopology: Schema.Boolean })

const nodeOf = Effect.fnUntraced(function* ({ heedsTopology, profile }: typeof Setup.Type) {
  const selection = yield* Effect.provide(Peers, heedsTopology ? Peers.layerTopology : Peers.layer)
  const gossip = Gossip.component(Settings.profiles[profile], selection)
  const assembled = yield* assemble(Layer.merge(Component.layer(gossip), Component.layer(dice)))

  /** All that is in a state, as data that compares by content. */
  const view = Effect.fnUntraced(function* (state: State) {
    const { slices, ...rest } = state
    const known = Slices.get(slices, gossip)
    const random = yield* seeded(1)
    const env = { self: "n1", nodes: names(4), now: 0, random }
    return {
      ...rest,
      resting: [...state.resting],
      read: print(Store.printed(known.store)),
      digest: Store.digest(known.store),
      unconfirmed: known.unconfirmed,
      settings: known.settings,
      statistics: known.statistics,
      meetings: known.meetings,
      repair: { ...known.repair, strangers: [...known.repair.strangers] },
      peers: [1, 2, 3].map((count) => known.selection.take(count, undefined, env)[0]),
      dice: Slices.get(slices, dice)
    }
  })
  return { ...assembled, view }
})

/** All that a turn leaves to be done, as data that compares by content. */
const told = (turn: Step.Turn) => ({
  sent: printed(turn),
  counts: turn.counts.map(({ by, metric }) => [metric.id, by]),
  tasks: turn.tasks.length,
  defects: turn.defects.map(({ thrown, where }) => [where, String(thrown)]),
  complaints: turn.complaints,
  skipped: turn.skipped,
  refused: turn.refused
})

// Few values, so that a node often hears of what it knows.
const Value = Schema.Literals([0, 1, 2, 3, 4, "a", "b"])
const Values = Schema.Array(Value)
/** When meetings begin. The runs of these tests begin at 1000 ms. */
const Begin = Schema.Literals([900, 1050, 1200, 5000, 200_000_000])
const Wait = Schema.Literals([0, 1, 10, 60, 400])
const Id = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

const Request = Schema.Union([
  Schema.Struct({ type: Schema.tag("init") }),
  Schema.Struct({ type: Schema.tag("topology"), neighbours: Schema.Array(Schema.Literals(["n2", "n3", "n9"])) }),
  Schema.Struct({ type: Schema.tag("broadcast"), message: Schema.Union([Value, Values]) }),
  Schema.Struct({ type: Schema.tag("read") }),
  Schema.Struct({
    type: Schema.tag("gossip"),
    messages: Values,
    meeting: Schema.optionalKey(Begin),
    wait: Schema.optionalKey(Wait),
    needed: Schema.optionalKey(Wait),
    known: Schema.optionalKey(Values)
  }),
  Schema.Struct({
    type: Schema.tag("gossip_sketch"),
    known: Values,
    isListed: Schema.Boolean,
    parts: Schema.Literals([1, 2]),
    confirmed: Schema.optionalKey(Values)
  }),
  Schema.Struct({ type: Schema.tag("gossip_repair"), messages: Values, wanted: Values }),
  Schema.Struct({ type: Schema.tag("gossip_stats") }),
  Schema.Struct({
    type: Schema.tag("configure"),
    change: Schema.Literals([0, 1, 2, 3, 4])
  }),
  Schema.Struct({ type: Schema.tag("error"), code: Schema.Literals([10, 12, 13]) }),
  Schema.Struct({ type: Schema.tag("roll"), sides: Schema.Literals([0, 6, 20]) }),
  Schema.Struct({ type: Schema.tag("mystery") })
]).pipe(Schema.toTaggedUnion("type"))

/** What `configure` asks for; the last asks for nothing, which is refused. */
const changes: ReadonlyArray<RawBody> = [
  { fanout: 1 },
  { fanout: 3, meeting_ms: 40 },
  { repair_interval_ms: 0 },
  { rounds: 1 },
  {}
]

const digestOf = (values: ReadonlyArray<typeof Value.Type> | undefined) =>
  values === undefined ? undefined : { up_to: 1150, ...Store.digest(Store.add(Store.empty, values)) }

const hashesOf = (values: ReadonlyArray<typeof Value.Type>) => [...new Set(values.map(Digest.hash))]

/** A request as the wire has it. */
const bodyOf = (request: typeof Request.Type): RawBody =>
  Request.match(request, {
    init: () => ({ ...init(4).body }),
    topology: ({ neighbours, type }) => ({ type, topology: { n1: neighbours, n2: [] } }),
    broadcast: (broadcast) => broadcast,
    read: (read) => read,
    gossip: ({ known, ...gossip }) => {
      const confirmed = digestOf(known)
      if (confirmed === undefined || gossip.meeting === undefined) return { ...gossip, confirmed }
      const { count, sum, up_to } = confirmed
      return { ...gossip, ago: gossip.meeting - up_to, count, sum }
    },
    gossip_sketch: ({ confirmed, isListed, known, parts, type }) => {
      const hashes = hashesOf(known).filter((hash) => hash % parts === 0)
      const asOf = digestOf(confirmed)
      return { type, part: 0, parts, confirmed: asOf, ...(isListed ? { hashes } : { cells: Sketch.make(hashes, 6) }) }
    },
    gossip_repair: ({ messages, type, wanted }) => ({ type, messages, want: hashesOf(wanted) }),
    gossip_stats: (stats) => stats,
    configure: ({ change, type }) => ({ type, ...changes[change] }),
    error: ({ code, type }) => ({ type, code, text: "no" }),
    roll: (roll) => roll,
    mystery: (mystery) => mystery
  })

const Line = Schema.Struct({
  from: Schema.Literals(["n2", "n3", "n4", "c1", "c2"]),
  request: Request,
  id: Schema.optionalKey(Id),
  in_reply_to: Schema.optionalKey(Id),
  /** 1: the line is cut short; 2: it is blank; 3: it is for another node; 4: its fields are wrong; else it is right. */
  flaw: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 11 }))
})

const write = ({ flaw, from, id, in_reply_to, request }: typeof Line.Type) => {
  const fields = { ...bodyOf(request), msg_id: id, in_reply_to }
  switch (flaw) {
    case 1:
      return print(message(fields, from)).slice(0, -3)
    case 2:
      return " "
    case 3:
      return print(message(fields, from, "n2"))
    case 4:
      return print(message({ type: request.type, messages: 1, topology: 1, part: "x", sides: "x", msg_id: id }, from))
    default:
      return print(message(fields, from))
  }
}

const Input = Schema.Union([
  Schema.Struct({
    kind: Schema.tag("lines"),
    lines: Schema.Array(Line).check(Schema.isMinLength(1), Schema.isMaxLength(4))
  }),
  Schema.Struct({ kind: Schema.tag("tick") })
])
const Inputs = Schema.Array(Schema.Struct({ input: Input, wait: Wait })).check(
  Schema.isMinLength(12),
  Schema.isMaxLength(30)
)

const toInput = ({ input }: (typeof Inputs.Type)[number]): Step.Input =>
  input.kind === "tick" ? { _tag: "Tick" } : lines(...input.lines.map(write))

/** A step that was taken: what went in, what came out, and what the states said then. */
interface Taken {
  readonly before: State
  readonly input: Step.Input
  readonly env: { readonly now: number; readonly seed: string }
  readonly after: State
  readonly seen: unknown
  readonly told: ReturnType<typeof told>
  readonly seenAfter: unknown
}

/** The same elements in an order that chance decides. */
const shuffled = <A>(elements: ReadonlyArray<A>, seed: number) =>
  Effect.map(seeded(seed), (random) =>
    elements
      .map((element) => [random.nextDoubleUnsafe(), element] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, element]) => element)
  )

describe("a step that is taken again", () => {
  it.effect.prop(
    "stepping again from any kept state, in any order, gives the same outputs and states, and no kept state has changed",
    { setup: Setup, inputs: Inputs, seed: Schema.Int },
    Effect.fnUntraced(function* ({ inputs, seed, setup }) {
      const { initial, step, view } = yield* nodeOf(setup)
      let state = initial
      let now = 1000
      const kept: Array<Taken> = []
      const go = Effect.fnUntraced(function* (input: Step.Input) {
        if (input._tag === "Tick" && state.alarm < Infinity) now = Math.max(now, state.alarm)
        const env = { now, seed: `${seed}/${kept.length}` }
        const seen = yield* view(state)
        const [turn, after] = yield* step(state, input, env)
        kept.push({ before: state, input, env, after, seen, told: told(turn), seenAfter: yield* view(after) })
        state = after
      })

      yield* go(lines(init(4)))
      for (const next of inputs) {
        now += next.wait
        yield* go(toInput(next))
      }
      yield* go({ _tag: "Ended" })

      const order = [...(yield* shuffled(kept, seed)), ...(yield* shuffled(kept, seed + 1))]
      for (const { before, env, input, ...first } of order) {
        const [turn, after] = yield* step(before, input, env)
        assert.deepStrictEqual(told(turn), first.told)
        assert.deepStrictEqual(yield* view(after), first.seenAfter)
      }
      for (const { after, before, seen, seenAfter } of kept) {
        assert.deepStrictEqual([yield* view(before), yield* view(after)], [seen, seenAfter])
      }
    }),
    { arbitrary: { runs: 120, seed: 1 } }
  )

  const started = Effect.gen(function* () {
    const node = yield* nodeOf({ profile: "default", heedsTopology: false })
    return { ...node, state: yield* node.after(node.initial, lines(init(4))) }
  })

  const broadcast = (value: string) => lines(message({ type: "broadcast", message: value, msg_id: 1 }))
  const read = lines(message({ type: "read", msg_id: 2 }))

  it.effect("a broadcast that is stepped on twice is forwarded twice, by the same messages", () =>
    Effect.gen(function* () {
      const { state, step } = yield* started
      const [first] = yield* step(state, broadcast("a"))
      const [second] = yield* step(state, broadcast("a"))
      assert.deepStrictEqual(
        first.messages.map((one) => one.body.type),
        ["gossip", "gossip", "broadcast_ok"]
      )
      assert.deepStrictEqual(printed(second), printed(first))
    })
  )

  it.effect("two futures of one state know nothing of each other", () =>
    Effect.gen(function* () {
      const { after, state, step } = yield* started
      const [left, right] = [yield* after(state, broadcast("a"), broadcast("c")), yield* after(state, broadcast("b"))]
      for (const [of, values] of [
        [state, []],
        [left, ["a", "c"]],
        [right, ["b"]]
      ] as const) {
        const [turn] = yield* step(of, read)
        assert.include(printed(turn)[0], `"messages": ${print(values)}`)
      }
    })
  )

  it.effect("another source of chance gives other peers, and the same values", () =>
    Effect.gen(function* () {
      const { state, step, view } = yield* started
      const futures = yield* Effect.forEach([1, 2, 3, 4, 5, 6], (seed) => step(state, broadcast("a"), { seed }))
      const receivers = futures.map(([{ messages }]) => print(messages.map(({ dest }) => dest)))
      assert.isAbove(new Set(receivers).size, 1)
      const reads = yield* Effect.forEach(futures, ([, after]) => Effect.map(view(after), ({ read: text }) => text))
      assert.deepStrictEqual(new Set(reads), new Set([`["a"]`]))
    })
  )
})
