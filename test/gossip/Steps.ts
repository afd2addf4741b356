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
import { initial, type State } from "../../src/gossip/State.ts"
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
  }).pipe(Effect.provide(Peers.layerTopology))

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
    output._tag === "Count" ? { count: output.metric.id, by: output.by } : { ...output, body: print(output.body) }
  )

const inputs = [
  "topology",
  "broadcast",
  "broadcast",
  "read",
  "forward",
  "forward",
  "part",
  "pull",
  "pull",
  "gossip_ok",
  "gossip_ok",
  "gossip_sketch",
  "gossip_repair",
  "gossip_stats",
  "configure",
  "error",
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
  return { below, pick, value, values }
}

type Dice = ReturnType<typeof dice>

const digest = (state: State, { below, pick, values }: Dice): Digest.Digest =>
  pick([
    Store.digest(state.store),
    Store.digest(Store.add(Store.empty, values())),
    { count: below(50) - 5, sum: below(2 ** 52) }
  ])

const draw = (kind: (typeof inputs)[number], state: State, random: Dice): Request | "tick" | "end" => {
  const { below, pick, value, values } = random
  switch (kind) {
    case "topology":
      return { type: kind, topology: pick([{ n1: ["n2", "n3"] }, { n1: names(9) }, { n1: [] }, {}]) }
    case "broadcast":
      return { type: kind, message: value() }
    case "forward":
    case "part":
      return { type: "gossip", kind, values: values() }
    case "pull":
      return { type: "gossip", kind, values: values(), digest: pick([undefined, digest(state, random)]) }
    case "gossip_ok":
      return pick<Request>([
        { type: kind },
        { type: kind, messages: values() },
        { type: kind, messages: values(), of: digest(state, random), digest: digest(state, random) }
      ])
    case "gossip_sketch": {
      const theirs = Store.add(pick([Store.empty, state.store]), values())
      return Reconciliation.begin(theirs, below(60), pick([4000, 1_000_000]))
    }
    case "gossip_repair":
      return {
        type: kind,
        messages: values(),
        want: [...Store.slice(state.store, below(20)), ...values()].map(Digest.hash)
      }
    case "configure":
      return pick<Request>([
        { type: kind, fanout: 1 + below(4) },
        { type: kind, window_ms: pick([0, 100]) },
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
    window_ms: pick([0, 0, 100]),
    rounds: 1 + below(4),
    fanout: 1 + below(4),
    repair_interval_ms: pick([0, 1000]),
    message_values: pick([2, 10_000])
  })
  const nodes = names(pick([1, 2, 5]))
  const taken: Array<Taken> = []
  let now = 1000
  for (let index = 0; index < steps; index++) {
    const previous = below(10) === 0 ? taken[below(taken.length)] : taken.at(-1)
    const state = previous?.after ?? start
    const message = draw(pick(inputs), state, random)
    const from = pick(["c1", "c2", "n2", "n3", "n7"])
    const id = pick([undefined, index])
    const input: Input<Request> =
      message === "tick"
        ? { _tag: "Tick" }
        : message === "end"
          ? { _tag: "Ended" }
          : { _tag: "Received", from, to: "n1", id, isReply: false, message }
    const due = message === "tick" ? Gossip.due(state, 1000) : undefined
    now = Math.max(now + below(40), due ?? 0)
    // The node ticks a component only when it is due.
    if (message === "tick" && due === undefined) continue
    taken.push(yield* take(state, input, { self: "n1", nodes, now }, `${seed} ${index}`))
  }
  return taken
})
