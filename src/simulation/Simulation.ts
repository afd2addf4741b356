/**
 * A run: a cluster of real nodes under a scenario, from the first `init` to the last reads.
 *
 * Everything happens in virtual time. So a run takes only as long as it takes to handle its messages, and the same scenario
 * always gives the same run.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import type { Defect, FaultPeriod, History } from "../analysis/History.ts"
import * as Report from "../analysis/Report.ts"
import { print, Printed } from "../protocol/JsonText.ts"
import type * as Message from "../protocol/Message.ts"
import * as Broadcast from "../workload/Broadcast.ts"
import { Clients } from "./Clients.ts"
import * as Cluster from "./Cluster.ts"
import * as Faults from "./Faults.ts"
import { Network } from "./Network.ts"
import * as Scenario from "./Scenario.ts"
import { VirtualTime } from "./VirtualTime.ts"

/** What to run. */
export interface Options<A, E, R> {
  readonly scenario: Scenario.Scenario
  /** The components and handlers of each node, the same layers as for `Node.run`. Built anew for every node. */
  readonly parts: Layer.Layer<A, E, R>
  /** The nodes' names, if they shall not be n0, n1, …; as many as the scenario says. */
  readonly nodes?: ReadonlyArray<Message.NodeId>
}

// After so many events, other fibers of the process get their turn.
const eventsPerSlice = 1000

const enact = <A, E, R>({ nodes = [], parts, scenario }: Options<A, E, R>, time: VirtualTime) =>
  Effect.gen(function* () {
    const names = nodes.length === 0 ? Scenario.nodeIds(scenario.node_count) : nodes
    const isNode = new Set(names)
    const chance = (part: string) => Scenario.chance(scenario.seed, part)
    const ended = yield* Deferred.make<void>()
    const defects: Array<Defect> = []

    const cluster = yield* Cluster.make({
      nodes: names,
      scenario,
      parts,
      time,
      send: (frame) => network.send(frame),
      report: (defect) => defects.push(defect)
    })
    const network: Network = new Network({
      scenario,
      nodes: names,
      time,
      random: yield* chance("network"),
      receive: (transmission) => {
        if (isNode.has(transmission.dest)) return cluster.receive(transmission)
        clients.receive(transmission)
        return true
      }
    })
    const clients = new Clients({ scenario, nodes: names, time, network })
    const arrivals = Broadcast.arrivals(yield* chance("workload"), scenario.rate)

    // Printed once, because it is the same for every node, and long in a large cluster.
    const namesText = print(names)
    const printedNames = new Printed(() => namesText)
    const init = (node: Message.NodeId) => ({ type: "init", node_id: node, node_ids: printedNames })
    const victims: Faults.Victims = {
      ...cluster,
      nodes: names,
      restart: (node, remembers) => {
        if (cluster.start(node, remembers)) clients.tell(node, init(node))
      }
    }
    const periods: Array<FaultPeriod> = []
    const nemesis = yield* Effect.forEach(scenario.nemesis, (kind) =>
      Effect.map(chance(`nemesis/${kind}`), (random) => ({ kind, random }))
    )
    let lastReadsAt = 0

    const begin = () => {
      const until = time.now + scenario.time_limit
      const { conditions } = network
      for (const { kind, random } of nemesis) {
        Faults.schedule({ kind, random, scenario, conditions, victims, time, until, periods })
      }
      clients.work(arrivals, until)
      time.at(until + scenario.quiet, () => {
        lastReadsAt = time.now
        clients.readAll(() => Deferred.doneUnsafe(ended, Effect.void))
      })
    }
    for (const node of names) cluster.start(node, false)
    const topologyText = print(Scenario.neighbours(scenario.topology, names))
    const topology = new Printed(() => topologyText)
    clients.askAll(init, () => clients.askAll(() => ({ type: "topology", topology }), begin))

    yield* Effect.raceFirst(Deferred.await(ended), cluster.failure)
    const history: History = {
      nodes: names,
      operations: clients.operations.toSorted((a, b) => a.invoked - b.invoked),
      transmissions: network.transmissions,
      faults: periods,
      defects,
      lastReadsAt
    }
    return history
  }).pipe(Effect.scoped)

/** Runs a scenario. Fails only if the nodes cannot start. */
export const run = Effect.fnUntraced(function* <A, E, R>(options: Options<A, E, R>) {
  const time = new VirtualTime()
  const fiber = yield* enact(options, time).pipe(
    Effect.provideService(Clock.Clock, time.clock()),
    Effect.provideService(Scheduler.Scheduler, time.scheduler),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.forkDetach({ startImmediately: true })
  )
  const advance = Effect.gen(function* () {
    while (fiber.pollUnsafe() === undefined && !time.isIdle) {
      for (let event = 0; event < eventsPerSlice && fiber.pollUnsafe() === undefined; event++) time.step()
      yield* Effect.yieldNow
    }
  })
  // The fibers of the run move only when virtual time does, also in order to end.
  const abandon = Effect.sync(() => {
    fiber.interruptUnsafe()
    time.settle()
  })
  yield* Effect.onInterrupt(advance, () => abandon)
  return yield* Fiber.join(fiber)
})

/** A simulated run and what there is to say of it. */
export type Result = Report.Report<Scenario.Scenario>

/** Runs a scenario and analyses it. Fails only if the nodes cannot start. */
export const simulate = Effect.fnUntraced(function* <A, E, R>(options: Options<A, E, R>) {
  return Report.assess(options.scenario, yield* run(options))
})
