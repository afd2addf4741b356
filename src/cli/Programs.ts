/**
 * The nodes that `simulate` runs, one program for each workload.
 *
 * The executable's own node answers the broadcast workload. The others are small and show how little it takes: a set is
 * gossip under other names, and a counter is a set of additions, each with a number drawn by its node so that no two are
 * the same.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import type * as Report from "../analysis/Report.ts"
import * as GossipComponent from "../gossip/Gossip.ts"
import * as Messages from "../gossip/Messages.ts"
import { Peers } from "../gossip/Peers.ts"
import { Settings } from "../gossip/Settings.ts"
import * as Store from "../gossip/Store.ts"
import * as Component from "../node/Component.ts"
import * as Output from "../node/Output.ts"
import { Topology, TopologyOk } from "../protocol/Broadcast.ts"
import * as Message from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as Counter from "../workload/Counter.ts"
import * as EchoWorkload from "../workload/Echo.ts"
import * as GSet from "../workload/GSet.ts"
import * as UniqueIds from "../workload/UniqueIds.ts"
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

// What a program on gossip leaves to gossip, in either direction.
const handed = [Topology, Messages.Gossip, Messages.GossipSketch, Messages.GossipRepair, Message.ErrorReply] as const
const passed = [TopologyOk, Messages.Gossip, Messages.GossipSketch, Messages.GossipRepair] as const
const Handed = Message.union(...handed)
type Handed = typeof Handed.Type
const Passed = Message.union(...passed)
type Passed = typeof Passed.Type
const isHanded = (body: Message.Tagged): body is Handed => body.type in Handed.cases
const isPassed = (body: Message.Tagged): body is Passed => body.type in Passed.cases

/** What a program on gossip makes of a request: its reply, and a value to be spread if it adds one. */
interface Answer<Reply> {
  readonly reply: Reply
  readonly value?: Value
}

/** A component that keeps its values by gossip. */
const onGossip = <Request extends Message.Tagged, Reply extends Message.Tagged>(options: {
  readonly name: string
  readonly requests: Message.Bodies<Request | Handed>
  readonly sends: Message.Bodies<Reply | Passed>
  readonly answer: (request: Request, known: () => ReadonlyArray<Value>, env: Component.Env) => Answer<Reply>
}) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { answer, name, requests, sends } = options
      const gossip = GossipComponent.component(yield* Settings, yield* Peers)
      type State = typeof gossip.initial
      type Step = Component.Step<State, Reply | Passed>
      const { reply, send } = Output.of<Reply | Passed>()
      const run = (state: State, input: Component.Input<Messages.Request>, env: Component.Env): Step => {
        const [next, outputs] = gossip.step(state, input, env)
        return [
          next,
          outputs.flatMap((output): ReadonlyArray<Output.Output<Reply | Passed>> => {
            if (output._tag === "Count" || output._tag === "Note") return [output]
            const { body } = output
            // The acknowledgement of a broadcast, in whose place the program's own reply goes.
            if (!isPassed(body)) return []
            return [output._tag === "Reply" ? reply(body) : send(output.to, body)]
          })
        ]
      }
      yield* Component.register<State, Request | Handed, Reply | Passed>({
        ...gossip,
        name,
        requests,
        sends,
        step: (state, input, env): Step => {
          if (input._tag !== "Received") return run(state, input, env)
          const { message } = input
          if (isHanded(message)) return run(state, { ...input, message }, env)
          const { reply: body, value } = answer(message, () => Store.slice(state.store), env)
          if (value === undefined) return [state, [reply(body)]]
          const [next, outputs] = run(state, { ...input, message: { type: "broadcast", message: value } }, env)
          return [next, [...outputs, reply(body)]]
        }
      })
    })
  )

/** A set that only grows. */
export const gSet = onGossip<
  typeof GSet.Add.Type | typeof GSet.Read.Type,
  typeof GSet.AddOk.Type | typeof GSet.ReadOk.Type
>({
  name: "g-set",
  requests: Message.union(GSet.Add, GSet.Read, ...handed),
  sends: Message.union(GSet.AddOk, GSet.ReadOk, ...passed),
  answer: (request, known) =>
    request.type === "add"
      ? { reply: { type: "add_ok" }, value: request.element }
      : { reply: { type: "read_ok", value: known() } }
})

/** An addition as it is spread: who made it, a number that is drawn for it, and what is added. */
const deltaOf = (addition: Value): number => (Array.isArray(addition) ? Number(addition[2]) : 0)

/** A counter, for numbers of either sign. */
export const counter = onGossip<
  typeof Counter.Add.Type | typeof Counter.Read.Type,
  typeof Counter.AddOk.Type | typeof Counter.ReadOk.Type
>({
  name: "counter",
  requests: Message.union(Counter.Add, Counter.Read, ...handed),
  sends: Message.union(Counter.AddOk, Counter.ReadOk, ...passed),
  answer: (request, known, { random, self }) =>
    request.type === "add"
      ? { reply: { type: "add_ok" }, value: [self, random.nextIntUnsafe(), request.delta] }
      : { reply: { type: "read_ok", value: known().reduce<number>((sum, value) => sum + deltaOf(value), 0) } }
})

/** Each workload on the nodes that answer it, by its name. */
const simulations = {
  broadcast: (scenario: Scenario.Scenario, node: Node.Options) =>
    Simulation.simulate({ scenario, parts: Node.parts(node) }),
  echo: (scenario: Scenario.Scenario) => Simulation.simulate({ scenario, parts: echo, workload: EchoWorkload.echo }),
  "unique-ids": (scenario: Scenario.Scenario) =>
    Simulation.simulate({ scenario, parts: uniqueIds, workload: UniqueIds.uniqueIds }),
  "g-set": (scenario: Scenario.Scenario, node: Node.Options) =>
    Simulation.simulate({ scenario, parts: Layer.provide(gSet, Node.services(node)), workload: GSet.gSet }),
  "g-counter": (scenario: Scenario.Scenario, node: Node.Options) =>
    Simulation.simulate({ scenario, parts: Layer.provide(counter, Node.services(node)), workload: Counter.gCounter }),
  "pn-counter": (scenario: Scenario.Scenario, node: Node.Options) =>
    Simulation.simulate({ scenario, parts: Layer.provide(counter, Node.services(node)), workload: Counter.pnCounter })
}

/** The name of a workload. */
export type WorkloadName = keyof typeof simulations

/** The names of the workloads for which there is a program. */
export const workloads = Record.keys(simulations)

/** Runs a workload on the nodes that answer it; those that gossip do so with these options. */
export const simulate = (
  workload: WorkloadName,
  scenario: Scenario.Scenario,
  node: Node.Options
): Effect.Effect<Report.Report<Scenario.Scenario>, Effect.Error<ReturnType<(typeof simulations)[WorkloadName]>>> =>
  simulations[workload](scenario, node)
