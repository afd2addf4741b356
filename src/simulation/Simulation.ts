/**
 * A run: a cluster of real nodes under a scenario, from the first `init` to the last requests.
 *
 * Everything happens in virtual time. So a run takes only as long as it takes to handle its messages, and the same scenario
 * always gives the same run.
 *
 * @module
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import type { Defect, FaultPeriod, History, Operation, Transmission } from "../analysis/History.ts"
import * as Report from "../analysis/Report.ts"
import { print, Printed } from "../protocol/JsonText.ts"
import type * as Message from "../protocol/Message.ts"
import type { Judgement } from "../analysis/Verdict.ts"
import { broadcast } from "../workload/Broadcast.ts"
import * as Workload from "../workload/Workload.ts"
import { Clients } from "./Clients.ts"
import * as Cluster from "./Cluster.ts"
import * as Faults from "./Faults.ts"
import { type Frame, Network } from "./Network.ts"
import * as Scenario from "./Scenario.ts"
import * as Services from "./Services.ts"
import { VirtualTime } from "./VirtualTime.ts"

/**
 * What to run. The workload is broadcast unless another is given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<A, E, R> {
  readonly scenario: Scenario.Scenario
  /** The components and handlers of each node, the same layers as for `Node.run`. Built anew for every node. */
  readonly parts: Layer.Layer<A, E, R>
  /** The nodes' names, if they shall not be n0, n1, …; as many as the scenario says. */
  readonly nodes?: ReadonlyArray<Message.NodeId>
  /** Is told again and again how far the run is. It cannot change the run: it happens outside of virtual time. */
  readonly progress?: (progress: Progress) => Effect.Effect<void>
}

/**
 * How far a run is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** The virtual time in ms since the start. */
  readonly at: number
  /** How many messages were delivered so far. */
  readonly messages: number
}

/**
 * What to run, with any workload.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorkloadOptions<A, E, R, Op extends Operation, Judged extends Judgement> extends Options<A, E, R> {
  readonly workload: Workload.Workload<Op, Judged>
}

// After so many events, other fibers of the process get their turn.
const eventsPerSlice = 1000

const enact = <A, E, R, Op extends Operation>(
  { nodes = [], parts, scenario, workload }: WorkloadOptions<A, E, R, Op, Judgement>,
  time: VirtualTime,
  delivered: (message: Transmission) => void
) =>
  Effect.gen(function* () {
    const names = nodes.length === 0 ? Scenario.nodeIds(scenario.node_count) : nodes
    yield* Faults.validate(scenario.faults, names)
    const isNode = new Set(names)
    const chance = (part: string) => Scenario.chance(scenario.seed, part)
    const ended = yield* Deferred.make<void>()
    const defects: Array<Defect> = []

    const send = (frame: Frame) => network.send(frame)
    const services = yield* Services.make({ nodes: names, scenario, send })
    const cluster = yield* Cluster.make({
      nodes: names,
      isService: (name) => services.places.has(name),
      scenario,
      parts,
      time,
      send,
      report: (defect) => defects.push(defect)
    })
    const network: Network = new Network({
      scenario,
      nodes: names,
      services: services.places,
      time,
      random: yield* chance("network"),
      receive: (transmission) => {
        delivered(transmission)
        if (isNode.has(transmission.dest)) return cluster.receive(transmission)
        if (services.places.has(transmission.dest)) services.receive(transmission)
        else clients.receive(transmission)
        return true
      }
    })
    const clients = new Clients<Op>({ scenario, nodes: names, time, network })
    const arrivals = Workload.arrivals(workload, yield* chance("workload"), scenario.rate)

    // Printed once, because it is the same for every node, and long in a large cluster.
    const namesText = print(names)
    const printedNames = new Printed(() => namesText)
    const init = (node: Message.NodeId) => ({ type: "init", node_id: node, node_ids: printedNames })
    const victims: Faults.Victims = {
      ...cluster,
      restart: (node, remembers) => {
        if (cluster.start(node, remembers)) clients.tell(node, init(node))
      }
    }
    const periods: Array<FaultPeriod> = []
    const nemesis = yield* Effect.forEach(scenario.nemesis, (kind) =>
      Effect.map(chance(`nemesis/${kind}`), (random) => ({ kind, random }))
    )
    let lastRequestsAt = 0

    const stage: Faults.Stage = { time, inflict: Faults.inflicting(network.conditions, victims), periods }

    const begin = () => {
      const until = time.now + scenario.time_limit
      for (const { kind, random } of nemesis) {
        Faults.schedule(stage, { kind, random, scenario, nodes: names, until })
      }
      const noteFaults = Faults.scheduleTimed(stage, scenario.faults)
      clients.work(arrivals, until)
      time.at(until + scenario.quiet, () => {
        lastRequestsAt = time.now
        clients.finish(workload.final, () => {
          noteFaults()
          Deferred.doneUnsafe(ended, Effect.void)
        })
      })
    }
    for (const node of names) cluster.start(node, false)
    const topologyText = print(Scenario.neighbours(scenario.topology, names))
    const topology = new Printed(() => topologyText)
    clients.askAll(init, () =>
      workload.topology ? clients.askAll(() => ({ type: "topology", topology }), begin) : begin()
    )

    yield* Effect.raceFirst(Deferred.await(ended), cluster.failure)
    const history: History<Op> = {
      nodes: names,
      services: [...services.places.keys()],
      operations: clients.operations.toSorted((a, b) => a.invoked - b.invoked),
      transmissions: network.transmissions,
      faults: periods,
      defects,
      lastRequestsAt
    }
    return history
  }).pipe(Effect.scoped)

const play = Effect.fnUntraced(function* <A, E, R, Op extends Operation>(
  options: WorkloadOptions<A, E, R, Op, Judgement>
) {
  const time = new VirtualTime()
  const { progress = () => Effect.void } = options
  let messages = 0
  const fiber = yield* enact(options, time, () => messages++).pipe(
    Effect.provideService(Clock.Clock, time.clock()),
    Effect.provideService(Scheduler.Scheduler, time.scheduler),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.forkDetach({ startImmediately: true })
  )
  const advance = Effect.gen(function* () {
    while (fiber.pollUnsafe() === undefined && !time.isIdle) {
      for (let event = 0; event < eventsPerSlice && fiber.pollUnsafe() === undefined; event++) time.step()
      yield* progress({ at: time.now, messages })
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

type Played<A, E, R, Op extends Operation> = ReturnType<typeof play<A, E, R, Op>>

/**
 * Runs a scenario with the workload broadcast, and returns what happened. Fails only if the nodes cannot start, or if a timed
 * fault of the scenario cannot be done.
 *
 * @category running
 * @since 0.1.0
 */
export function run<A, E, R>(
  options: Options<A, E, R> & { readonly workload?: never }
): Played<A, E, R, Report.BroadcastOperation>
/**
 * Runs a scenario with this workload, and returns what happened. Fails only if the nodes cannot start, or if a timed fault of
 * the scenario cannot be done.
 *
 * @category running
 * @since 0.1.0
 */
export function run<A, E, R, Op extends Operation>(
  options: WorkloadOptions<A, E, R, Op, Judgement>
): Played<A, E, R, Op>
export function run<A, E, R, Op extends Operation>(
  options: Options<A, E, R> & { readonly workload?: Workload.Workload<Op> }
) {
  const { workload } = options
  return workload === undefined ? play({ ...options, workload: broadcast }) : play({ ...options, workload })
}

/**
 * A simulated run of the broadcast workload and what there is to say of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Result = Report.BroadcastReport<Scenario.Scenario>

const assessed = Effect.fnUntraced(function* <A, E, R, Op extends Operation, Judged extends Judgement>(
  options: WorkloadOptions<A, E, R, Op, Judged>
) {
  return Report.assess(options.scenario, options.workload, yield* play(options))
})

const assessedBroadcast = Effect.fnUntraced(function* <A, E, R>(options: Options<A, E, R>) {
  return Report.assessBroadcast(options.scenario, broadcast, yield* play({ ...options, workload: broadcast }))
})

/**
 * Runs a scenario with the workload broadcast as {@link run} does, and judges what happened. The result also tells how values
 * spread, and how the cluster recovered from partitions.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import { Gossip, Scenario, Simulation } from "maelstrom-gossip"
 *
 * const scenario: Scenario.Scenario = { ...Scenario.defaults, latency: 50, nemesis: ["partition"], nemesis_interval: 3000 }
 *
 * const program = Effect.gen(function* () {
 *   const { spread, verdict } = yield* Simulation.simulate({ scenario, parts: Gossip.Gossip.layer })
 *   assert.equal(verdict.valid, true)
 *   assert.equal(spread.coverage, 1)
 * })
 *
 * await Effect.runPromise(program)
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export function simulate<A, E, R>(
  options: Options<A, E, R> & { readonly workload?: never }
): ReturnType<typeof assessedBroadcast<A, E, R>>
/**
 * Runs a scenario with this workload as {@link run} does, and judges what happened by the rules of the workload.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import { Echo, Handler, Scenario, Simulation } from "maelstrom-gossip"
 *
 * const parts = Handler.layer({
 *   request: Echo.Echo,
 *   sends: [Echo.EchoOk],
 *   handle: ({ echo }, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo })])
 * })
 *
 * const program = Effect.gen(function* () {
 *   const { verdict } = yield* Simulation.simulate({ scenario: Scenario.defaults, parts, workload: Echo.echo })
 *   assert.equal(verdict.valid, true)
 * })
 *
 * await Effect.runPromise(program)
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export function simulate<A, E, R, Op extends Operation, Judged extends Judgement>(
  options: WorkloadOptions<A, E, R, Op, Judged>
): ReturnType<typeof assessed<A, E, R, Op, Judged>>
export function simulate<A, E, R, Op extends Operation, Judged extends Judgement>(
  options: Options<A, E, R> & { readonly workload?: Workload.Workload<Op, Judged> }
) {
  const { workload } = options
  return workload === undefined ? assessedBroadcast(options) : assessed({ ...options, workload })
}
