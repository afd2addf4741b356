/**
 * The nodes that `simulate` runs, one program for each workload.
 *
 * The executable's own node answers the broadcast workload. The others are small, and show how little it takes: a set is
 * gossip under other names, and a counter is a set of additions, each with a number that its node has drawn so that no two
 * are the same.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import type { Operation } from "../analysis/History.ts"
import type * as Report from "../analysis/Report.ts"
import type { Judgement } from "../analysis/Verdict.ts"
import { Gossip } from "../gossip/Gossip.ts"
import * as Component from "../node/Component.ts"
import * as Handler from "../node/Handler.ts"
import type { Provided } from "../node/Node.ts"
import * as Output from "../node/Output.ts"
import * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Counter from "../workload/Counter.ts"
import * as EchoWorkload from "../workload/Echo.ts"
import * as GSet from "../workload/GSet.ts"
import * as UniqueIds from "../workload/UniqueIds.ts"
import type { Workload } from "../workload/Workload.ts"
import type * as Scenario from "../simulation/Scenario.ts"
import * as Simulation from "../simulation/Simulation.ts"
import * as Node from "./Node.ts"

const echoing = Output.of<typeof EchoWorkload.EchoOk.Type>()

/** Answers with what it is told. */
export const echo = Component.layer({
  name: "echo",
  requests: Message.union(EchoWorkload.Echo),
  sends: Message.union(EchoWorkload.EchoOk),
  initial: null,
  step: (state, input) => [
    state,
    input._tag === "Received" ? [echoing.reply({ type: "echo_ok", echo: input.message.echo })] : []
  ]
})

const generating = Output.of<typeof UniqueIds.GenerateOk.Type>()

/**
 * Makes ids of the node's name, how many ids it has made, and a random number. The last is for a node that has lost its
 * memory and counts from 0 again.
 */
export const uniqueIds = Component.layer({
  name: "unique-ids",
  requests: Message.union(UniqueIds.Generate),
  sends: Message.union(UniqueIds.GenerateOk),
  initial: 0,
  step: (made, input, { random, self }) =>
    input._tag === "Received"
      ? [made + 1, [generating.reply({ type: "generate_ok", id: `${self}/${made}/${random.nextIntUnsafe()}` })]]
      : [made, []]
})

/** Adds a value to gossip. Its schema has found it to be one that can be carried. */
const spread = (value: Value) => Gossip.use(({ add }) => Effect.orDie(add(value)))

const known = Gossip.use((gossip) => gossip.known)

/** A set that only grows, beside gossip, whose `read` it replaces. */
export const gSet = Layer.merge(
  Handler.layer({
    request: GSet.Add,
    sends: [GSet.AddOk],
    handle: ({ element }, { reply }) => Effect.as(spread(element), [reply({ type: "add_ok" })])
  }),
  Handler.layer({
    request: GSet.Read,
    sends: [GSet.ReadOk],
    override: true,
    handle: (_, { reply }) => Effect.map(known, (value) => [reply({ type: "read_ok", value })])
  })
)

/** What an addition adds: `[node, a number drawn for it, delta]`. */
const deltaOf = (addition: Value): number => (Array.isArray(addition) ? Number(addition[2]) : 0)

/** A counter for numbers of either sign, beside gossip, whose `read` it replaces. */
export const counter = Layer.merge(
  Handler.layer({
    request: Counter.Add,
    sends: [Counter.AddOk],
    handle: ({ delta }, { random, reply, self }) =>
      Effect.as(spread([self, random.nextIntUnsafe(), delta]), [reply({ type: "add_ok" })])
  }),
  Handler.layer({
    request: Counter.Read,
    sends: [Counter.ReadOk],
    override: true,
    handle: (_, { reply }) =>
      Effect.map(known, (additions) => [
        reply({ type: "read_ok", value: additions.reduce<number>((sum, addition) => sum + deltaOf(addition), 0) })
      ])
  })
)

/** How a simulation says how far it is. */
type Watcher = Pick<Simulation.Options<never, never, never>, "progress">

/** Runs a workload on nodes that do nothing else. */
const alone =
  <Op extends Operation, Judged extends Judgement>(
    parts: Layer.Layer<never, never, Provided>,
    workload: Workload<Op, Judged>
  ) =>
  (scenario: Scenario.Scenario, _: Node.Options, watcher: Watcher) =>
    Simulation.simulate({ ...watcher, scenario, parts, workload })

/** Runs a workload on nodes that gossip besides. */
const onGossip =
  <Op extends Operation, Judged extends Judgement>(
    parts: Layer.Layer<never, never, Provided | Gossip>,
    workload: Workload<Op, Judged>
  ) =>
  (scenario: Scenario.Scenario, node: Node.Options, watcher: Watcher) =>
    Simulation.simulate({ ...watcher, scenario, parts: Layer.provideMerge(parts, Node.parts(node)), workload })

/** Each workload on the nodes that answer it, by its name. */
const simulations = {
  broadcast: (scenario: Scenario.Scenario, node: Node.Options, watcher: Watcher) =>
    Simulation.simulate({ ...watcher, scenario, parts: Node.parts(node) }),
  echo: alone(echo, EchoWorkload.echo),
  "unique-ids": alone(uniqueIds, UniqueIds.uniqueIds),
  "g-set": onGossip(gSet, GSet.gSet),
  "g-counter": onGossip(counter, Counter.gCounter),
  "pn-counter": onGossip(counter, Counter.pnCounter)
}

/** The name of a workload. */
export type WorkloadName = keyof typeof simulations

/** The names of the workloads for which there is a program. */
export const workloads = Record.keys(simulations)

/** Runs a workload on the nodes that answer it; those that gossip do so with these options. */
export const simulate = (
  workload: WorkloadName,
  scenario: Scenario.Scenario,
  node: Node.Options,
  watcher: Watcher = {}
): Effect.Effect<Report.Report<Scenario.Scenario>, Effect.Error<ReturnType<(typeof simulations)[WorkloadName]>>> =>
  simulations[workload](scenario, node, watcher)
