/**
 * Random runs of the step of gossip: all messages, ticks and the end of input, also from earlier states.
 */
import * as Effect from "effect/Effect"
import * as Digest from "../../src/gossip/Digest.ts"
import * as Gossip from "../../src/gossip/Gossip.ts"
import type { Request, Sent } from "../../src/gossip/Messages.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Reconciliation from "../../src/gossip/Reconciliation.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import { confirmedAsOf, initial, type State } from "../../src/gossip/State.ts"
import * as Sketch from "../../src/gossip/Sketch.ts"
import * as Store from "../../src/gossip/Store.ts"
import type { Env, Input } from "../../src/node/Component.ts"
import type { Output } from "../../src/node/Output.ts"
import { print } from "../../src/protocol/JsonText.ts"
import type { Value } from "../../src/protocol/Value.ts"
import { names } from "../node/Cluster.ts"
import { seeded } from "./Seeded.ts"

/** One step that was taken. */
export interface Taken {
  readonly before: State
  readonly input: Input<Request>
  /** Without `random`, which every step gets anew from the `seed`. */
  readonly env: Omit<Env, "random">
  readonly seed: string
  readonly after: State
  readonly outputs: ReadonlyArray<Output<Sent>>
}

/** The first state of a node with these settings. */
export const first = (settings: Partial<Settings.SettingsShape> = {}) =>
  Effect.gen(function* () {
    return initial(Settings.change(Settings.defaults, settings), yield* Peers)
  }).pipe(Effect.provide(Peers.layer))

/** Takes a step, all chance from this seed. */
export const take = Effect.fnUntraced(function* (
  before: State,
  input: Input<Request>,
  env: Omit<Env, "random">,
  seed: string
) {
  const [after, outputs] = Gossip.step(before, input, { ...env, random: yield* seeded(seed) })
  return { before, input, env, seed, after, outputs } satisfies Taken
})

/** All that can be seen of a state. */
export const look = (state: State) => ({
  ...state,
  store: {
    values: Store.slice(state.store),
    printed: Store.printed(state.store).print(),
    digest: Store.digest(state.store)
  }
})

/** All that can be seen of outputs: bodies as they are printed, metrics by their names. */
export const say = (outputs: ReadonlyArray<Output<Sent>>) =>
  outputs.map((output) =>
    output._tag === "Count"
      ? { count: output.metric.id, by: output.by }
      : output._tag === "Note"
        ? output
        : { ...output, body: print(output.body) }
  )

const inputs = [
  "topology",
  "broadcast",
  "broadcast",
  "broadcast",
  "read",
  "forward",
  "forward",
  "arrival",
  "arrival",
  "arrival",
  "list",
  "list",
  "list",
  "compare",
  "gossip_sketch",
  "gossip_sketch",
  "gossip_repair",
  "gossip_repair",
  "gossip_stats",
  "configure",
  "error",
  "tick",
  "tick",
  "tick",
  "tick",
  "end"
] as const

/** Draws from a random source. */
const dice = (next: () => number) => {
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <A>(choices: readonly [A, ...ReadonlyArray<A>]): A => choices[below(choices.length)] ?? choices[0]
  const value = (): Value => {
    const n = below(40)
    return pick<Value>([n, n, -0, `v${n}`, [n], { a: n, b: -0 }, { b: 0, a: n }])
  }
  const values = (): ReadonlyArray<Value> => Array.from({ length: below(6) }, value)
  return { below, pick, value, values, fraction: next }
}

type Dice = ReturnType<typeof dice>

/** What a node has confirmed up to about now, or something else. */
const asOf = (state: State, now: number, { below, pick, values }: Dice): Digest.AsOf => {
  const up_to = now - below(400) + pick([0, 0, 100_000_000, -1000])
  const { count, sum } = pick([
    confirmedAsOf(state, up_to) ?? Digest.of([]),
    Store.digest(Store.add(Store.empty, values())),
    { count: below(50) - 5, sum: below(2 ** 52) }
  ])
  return { up_to, count, sum }
}

/** The same as a list has it. */
const before = (begin: number, { count, sum, up_to }: Digest.AsOf) => ({ ago: begin - up_to, count, sum })

const draw = (kind: (typeof inputs)[number], state: State, now: number, random: Dice): Request | "tick" | "end" => {
  const { below, pick, value, values } = random
  // Beginnings of meetings in the past, the next one, and some that nobody goes to.
  const meeting = () => pick([100 * Math.floor((now - below(500)) / 100), now + 50, now + 200_000_000, -7])
  const needed = () => pick([undefined, below(300)])
  switch (kind) {
    case "topology":
      return { type: kind, topology: pick([{ n1: ["n2", "n3"] }, { n1: names(9) }, { n1: [] }, {}]) }
    case "broadcast":
      return { type: kind, message: value() }
    case "forward":
      return { type: "gossip", kind, values: values() }
    case "arrival":
      return { type: "gossip", kind, values: values(), meeting: meeting(), needed: needed() }
    case "list": {
      const list = values()
      const begin = meeting()
      return {
        type: "gossip",
        kind,
        values: list,
        meeting: begin,
        wait: below(300) + pick([0, random.fraction()]),
        needed: needed(),
        earlier: pick([undefined, before(begin, asOf(state, now, random))])
      }
    }
    case "compare":
      return { type: "gossip", kind, confirmed: asOf(state, now, random) }
    case "gossip_sketch": {
      const theirs = Store.slice(Store.add(pick([Store.empty, state.store]), values()))
      // A sketch of three cells seldom tells enough.
      const cells = Sketch.make(theirs.map(Digest.hash), 3)
      const summary = pick([
        Reconciliation.begin(theirs, below(60), pick([4000, 1_000_000])),
        { type: kind, kind: "sketch" as const, part: 0, parts: 1, cells }
      ])
      // Several peers find the same difference now and then.
      const known = state.repair.groups.map(({ confirmed }) => confirmed)
      return { ...summary, confirmed: pick([undefined, asOf(state, now, random), ...known]) }
    }
    case "gossip_repair":
      return {
        type: kind,
        messages: values(),
        want: [...Store.slice(state.store, below(20)), ...values()].map(Digest.hash)
      }
    case "configure":
      return pick<Request>([
        { type: kind, fanout: below(4) },
        { type: kind, meeting_ms: pick([0, 100]) },
        { type: kind, hosts: 1 + below(2) },
        { type: kind, attendance: pick([0.5, 1]) },
        { type: kind, rounds: 1 + below(4) },
        { type: kind, repair_interval_ms: pick([0, 1000]) },
        { type: kind, message_values: pick([2, 10_000]) }
      ])
    case "error":
      return { type: kind, code: pick([10, 11, 13]), text: "what?" }
    case "read":
    case "gossip_stats":
      return { type: kind }
    case "tick":
    case "end":
      return kind
  }
}

/**
 * Takes this many steps. Most of them go on from the last state, some from any earlier one.
 */
export const walk = Effect.fnUntraced(function* (seed: number, steps: number) {
  const source = yield* seeded(`walk ${seed}`)
  const random = dice(() => source.nextDoubleUnsafe())
  const { below, pick } = random
  const start = yield* first({
    meeting_ms: pick([0, 100, 100, 100]),
    hosts: 1 + below(2),
    attendance: pick([0.5, 1, 1]),
    rounds: 1 + below(4),
    fanout: below(4),
    repair_interval_ms: pick([0, 1000]),
    message_values: pick([2, 10_000])
  })
  const nodes = names(pick([1, 2, 5]))
  const taken: Array<Taken> = []
  let now = 1000
  for (let index = 0; index < steps; index++) {
    const previous = below(10) === 0 ? taken[below(taken.length)] : taken.at(-1)
    const state = previous?.after ?? start
    const message = draw(pick(inputs), state, now, random)
    const from = pick(["c1", "n2", "n2", "n3", "n7"])
    const id = pick([undefined, index])
    const input: Input<Request> =
      message === "tick"
        ? { _tag: "Tick" }
        : message === "end"
          ? { _tag: "Ended" }
          : { _tag: "Received", from, to: "n1", id, isReply: false, message }
    const due = message === "tick" ? Gossip.due(state, 1000) : undefined
    // Now and then the node's clock is set back.
    now = below(40) === 0 ? now - below(300) : now + below(40) + pick([0, 0, random.fraction()])
    if (due !== undefined) now = Math.max(now, due)
    // The node ticks a component only when it is due.
    if (message === "tick" && due === undefined) continue
    taken.push(yield* take(state, input, { self: "n1", nodes, now }, `${seed} ${index}`))
  }
  return taken
})
