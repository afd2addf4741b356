/**
 * Several nodes under test, and the network between them.
 *
 * The nodes are the real ones, on a transport in memory. One message is delivered at a time. The next one waits until
 * everything has happened that follows from it without time. Time is the test's own (`TestClock`), and one seed gives one run. A test
 * loses, delays or keeps back messages, splits the network, and crashes nodes. It is itself a client without latency: the
 * rules are about messages between nodes, and about those to and from `others`.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Predicate } from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { print } from "../protocol/JsonText.ts"
import { type BodySchema, type NodeId, type Tagged } from "../protocol/Message.ts"
import { type Envelope, envelope, type RawBody } from "../protocol/Wire.ts"
import { NoReply, NotInFlight, routeOf, WrongReply } from "./ClusterError.ts"
import * as Quiet from "./Quiet.ts"
import type { RequestError } from "./RequestError.ts"
import * as Network from "./TestNetwork.ts"
import { replyTo } from "./TestNode.ts"
import * as Process from "./TestProcess.ts"

/** The client that a test is. */
const client = "c0"

/**
 * A request that was sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pending {
  /** Lets happen what can happen without time, and returns the reply; fails if there is none then. */
  readonly reply: Effect.Effect<RawBody, NoReply>
}

/**
 * A rule about messages that is in force.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  /** The messages that the rule has dropped or delayed so far, in order. */
  readonly met: Effect.Effect<ReadonlyArray<Envelope>>
  /** Ends the rule. What it has delayed stays delayed. */
  readonly end: Effect.Effect<void>
}

/**
 * How many messages a rule is for.
 *
 * @category models
 * @since 0.1.0
 */
export interface RuleOptions {
  /** The rule is for so many messages, and no more. Left out: for all, until it is ended. */
  readonly times?: number
}

/**
 * What a test cluster is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<R = never> {
  /** How many nodes, then called n0, n1, …; or their names. */
  readonly nodes: number | ReadonlyArray<NodeId>
  /** Gives every node a source of randomness of its own. */
  readonly seed: string | number
  /** How long a message takes from node to node, in time of the `Clock`. Left out: it arrives at once. */
  readonly latency?: Duration.Input
  /**
   * Who answers messages that are not for nodes, by name, for example `"seq-kv"`. What the function returns is the body of the
   * reply; a failure becomes an `error`.
   */
  readonly others?: { readonly [name: string]: (message: Envelope) => Effect.Effect<RawBody, RequestError, R> }
}

/**
 * A running cluster, and what a test does with it. A name that is not in the cluster is a defect of the test.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as TestClock from "effect/testing/TestClock"
 * import { Broadcast, Gossip, TestCluster } from "maelstrom-gossip"
 *
 * const cluster = TestCluster.TestCluster.layer(Gossip.Gossip.layer, { nodes: 3, seed: 1 })
 *
 * const program = Effect.gen(function* () {
 *   const { ask, heal, partition } = yield* TestCluster.TestCluster
 *   yield* partition([["n0"], ["n1", "n2"]])
 *   yield* ask("n0", { type: "broadcast", message: "a" })
 *   yield* heal
 *   yield* TestClock.adjust("10 seconds")
 *   const { messages } = yield* ask("n2", { type: "read" }, Broadcast.ReadOk)
 *   assert.deepEqual(messages, ["a"])
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Layer.provideMerge(cluster, TestClock.layer())))
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export class TestCluster extends Context.Service<
  TestCluster,
  {
    /** The names of the nodes. */
    readonly nodes: ReadonlyArray<NodeId>
    /**
     * Sends a request and returns the body of the reply. First everything happens that can happen without time: messages
     * arrive, and handlers work until they wait. If there is no reply then, it fails. It does not wait for real input, such as
     * a promise that takes a while. With a schema, the reply is decoded; without one it is returned as it is, even an `error`.
     */
    readonly ask: {
      (node: NodeId, request: RawBody): Effect.Effect<RawBody, NoReply>
      <Reply extends Tagged>(
        node: NodeId,
        request: RawBody,
        reply: BodySchema<Reply>
      ): Effect.Effect<Reply, NoReply | WrongReply>
    }
    /** Sends a request, and lets happen what can happen without time. The reply can be asked for later, or never. */
    readonly request: (node: NodeId, request: RawBody) => Effect.Effect<Pending>
    /** What the nodes and `others` have sent since this was last asked, replies to the test included, in order. */
    readonly sent: Effect.Effect<ReadonlyArray<Envelope>>
    /** The messages that have been neither delivered nor lost, in the order sent. */
    readonly inFlight: Effect.Effect<ReadonlyArray<Envelope>>
    /** Keeps messages back from now on: each stays in flight until it is delivered by hand. */
    readonly hold: Effect.Effect<void>
    /** Delivers what was kept back, in the order in which it arrived, and keeps nothing back any more. */
    readonly release: Effect.Effect<void>
    /** Delivers the first message in flight, or the first that fits, and returns it. It need not have arrived. */
    readonly deliver: (fits?: Predicate<Envelope>) => Effect.Effect<Envelope, NotInFlight>
    /** Delivers what is in flight, and what is sent meanwhile, until nothing is. Returns what it has delivered. */
    readonly deliverAll: Effect.Effect<ReadonlyArray<Envelope>>
    /** Loses messages that fit: those in flight, and those sent until the rule is ended. */
    readonly drop: (fits: Predicate<Envelope>, options?: RuleOptions) => Effect.Effect<Rule>
    /** Delays messages that fit and are sent until the rule is ended. The delay is added to the latency. */
    readonly delay: (fits: Predicate<Envelope>, by: Duration.Input, options?: RuleOptions) => Effect.Effect<Rule>
    /**
     * Splits the network: messages from group to group are lost, those in flight included. Nodes that are in no group are a
     * further group. It ends the partition before it, and tells what it has lost.
     */
    readonly partition: (groups: ReadonlyArray<ReadonlyArray<NodeId>>) => Effect.Effect<Rule>
    /** Ends the partition. */
    readonly heal: Effect.Effect<void>
    /** Ends a node as a process is killed. It does not finish what it does, and messages to it are lost. */
    readonly crash: (node: NodeId) => Effect.Effect<void>
    /** Starts a node again, with what its components keep through a crash, and sends its `init`. Crashes it if it is running. */
    readonly restart: (node: NodeId) => Effect.Effect<void>
  }
>()("maelstrom-gossip/node/TestCluster") {
  /** A cluster of nodes of these parts. Each has had its `init`. It fails as `Node.run` does, when parts do not fit together. */
  static readonly layer = <A, E, R, R2 = never>(parts: Layer.Layer<A, E, R>, options: Options<R2>) =>
    Layer.effect(
      TestCluster,
      Effect.flatMap(Quiet.make, (quiet) =>
        Effect.provideService(make(parts, options, quiet), Scheduler.Scheduler, quiet.scheduler)
      )
    )
}

const namesOf = (nodes: number | ReadonlyArray<NodeId>): ReadonlyArray<NodeId> =>
  typeof nodes === "number" ? Array.from({ length: nodes }, (_, index) => `n${index}`) : nodes

const make = Effect.fnUntraced(function* <A, E, R, R2>(
  parts: Layer.Layer<A, E, R>,
  options: Options<R2>,
  quiet: Quiet.Quiet
) {
  const nodes = namesOf(options.nodes)
  const others = new Map(Object.entries(options.others ?? {}))
  const latency = Duration.toMillis(options.latency ?? 0)
  const network = yield* Ref.make(Network.empty)
  const sent = yield* Ref.make<ReadonlyArray<Envelope>>([])
  const requests = yield* Ref.make<ReadonlyArray<Deferred.Deferred<RawBody>>>([])
  const split = yield* Ref.make<Pick<Rule, "end">>({ end: Effect.void })
  const arrivals = yield* Queue.sliding<void>(1)
  const lock = yield* Semaphore.make(1)
  const background = yield* FiberSet.make<void, never>()
  const inBackground = yield* FiberSet.runtime(background)<R2>()

  /** Sends a message of a node or of one of the others. */
  const send = Effect.fnUntraced(function* (line: string) {
    const message = Result.getOrThrow(envelope(line))
    const { body, dest } = message
    yield* Ref.update(sent, (all) => [...all, message])
    if (dest === client) {
      const reply = (yield* Ref.get(requests))[Number(body["in_reply_to"])]
      if (reply !== undefined) yield* Deferred.succeed(reply, body)
      return
    }
    if (!places.has(dest) && !others.has(dest)) {
      yield* Effect.logWarning(`${routeOf(message)} is lost: nobody has this name; name who answers it in \`others\``)
      return
    }
    const { delay, parcel } = yield* Ref.modify(network, (before) => Network.send(before, message, line, latency))
    if (delay === Infinity) return
    const arrive = Ref.update(network, (before) => Network.arrive(before, parcel)).pipe(
      Effect.andThen(Queue.offer(arrivals, undefined))
    )
    if (delay === 0) yield* arrive
    else inBackground(Effect.delay(arrive, delay))
  })

  const places = new Map(
    yield* Effect.forEach(nodes, (name) =>
      Effect.map(Process.make({ parts, seed: `${options.seed}/${name}`, send }), (process) => [name, process] as const)
    )
  )
  const placeOf = (node: NodeId) =>
    Effect.catch(Effect.fromNullishOr(places.get(node)), () =>
      Effect.die(new Error(`${node} is no node of this cluster, whose nodes are ${nodes.join(", ")}`))
    )

  type Run = Effect.Success<ReturnType<typeof Process.make<A, E, R>>>["run"]
  const processes = yield* FiberMap.make<NodeId, void, Effect.Error<Run>>()
  const fork = yield* FiberMap.runtime(processes)<Effect.Services<Run>>()

  const deliverParcel = Effect.fnUntraced(function* ({ line, message }: Network.Parcel) {
    const { dest } = message
    const node = places.get(dest)
    const answer = others.get(dest)
    if (node !== undefined) yield* node.receive(line)
    else if (answer !== undefined) {
      const reply = answer(message).pipe(
        Effect.catch(({ code, text }) => Effect.succeed<RawBody>({ type: "error", code, text })),
        Effect.flatMap((fields) => send(print(replyTo(message, fields))))
      )
      inBackground(reply)
    }
  })

  /** Delivers what has arrived, one message after the other, until nothing is left. */
  const deliverArrived: Effect.Effect<void> = Effect.gen(function* () {
    for (;;) {
      yield* quiet.await
      const parcel = yield* Ref.modify(network, Network.next)
      if (parcel === undefined) return
      yield* deliverParcel(parcel)
    }
  })
  yield* Queue.take(arrivals).pipe(
    Effect.andThen(lock.withPermits(1)(deliverArrived)),
    Effect.forever,
    Effect.forkScoped
  )

  /** Dies when a node dies, or a function of `others`. */
  const failure = Effect.raceFirst(FiberMap.join(processes), FiberSet.join(background)).pipe(
    Effect.orDie,
    Effect.andThen(Effect.never)
  )

  /** Runs an action, and lets everything happen that follows from it without time. */
  const act = <B, E2>(action: Effect.Effect<B, E2>): Effect.Effect<B, E2> =>
    Effect.tap(action, deliverArrived).pipe(
      lock.withPermits(1),
      Effect.raceFirst(failure),
      Effect.provideService(Scheduler.Scheduler, quiet.scheduler)
    )

  /** Hands a request to a node, and returns what its reply completes. */
  const tell = Effect.fnUntraced(function* (node: NodeId, request: RawBody) {
    const { receive } = yield* placeOf(node)
    const reply = yield* Deferred.make<RawBody>()
    const msg_id = yield* Ref.modify(requests, (all) => [all.length, [...all, reply]])
    yield* receive(print({ src: client, dest: node, body: { ...request, msg_id } }))
    return reply
  })

  const start = Effect.fnUntraced(function* (node: NodeId) {
    const { run } = yield* placeOf(node)
    const fiber = fork(node, run)
    const reply = yield* tell(node, { type: "init", node_id: node, node_ids: nodes })
    const body = yield* Effect.raceFirst(Deferred.await(reply), Effect.andThen(Fiber.join(fiber), Effect.never))
    if (body["type"] !== "init_ok")
      return yield* Effect.die(new Error(`${node} has answered its init with ${print(body)}`))
  })

  const inFlight = Effect.map(Ref.get(network), (now) => now.inFlight.map(({ message }) => message))

  const outcome = Effect.fnUntraced(function* (node: NodeId, body: RawBody, reply: Deferred.Deferred<RawBody>) {
    yield* act(Effect.void)
    if (yield* Deferred.isDone(reply)) return yield* Deferred.await(reply)
    const down = yield* Effect.filter(nodes, (name) => Effect.map(FiberMap.has(processes, name), (isUp) => !isUp))
    return yield* new NoReply({ node, request: body, inFlight: yield* inFlight, down })
  })
  const request = (node: NodeId, body: RawBody) =>
    Effect.map(act(tell(node, body)), (reply): Pending => ({ reply: outcome(node, body, reply) }))

  function ask(node: NodeId, body: RawBody): Effect.Effect<RawBody, NoReply>
  function ask<Reply extends Tagged>(
    node: NodeId,
    body: RawBody,
    reply: BodySchema<Reply>
  ): Effect.Effect<Reply, NoReply | WrongReply>
  function ask(node: NodeId, body: RawBody, reply?: BodySchema): Effect.Effect<unknown, NoReply | WrongReply> {
    const answer = Effect.flatMap(request(node, body), (pending) => pending.reply)
    if (reply === undefined) return answer
    const decode = Schema.decodeUnknownEffect(reply)
    return Effect.flatMap(answer, (raw) =>
      Effect.mapError(decode(raw), (cause) => new WrongReply({ node, reply: raw, cause }))
    )
  }

  const deliver = (fits: Predicate<Envelope> = () => true) =>
    Effect.gen(function* () {
      const parcel = yield* Ref.modify(network, (before) => Network.take(before, fits))
      if (parcel === undefined) return yield* new NotInFlight({ inFlight: yield* inFlight })
      yield* deliverParcel(parcel)
      return parcel.message
    }).pipe(act)

  const deliverAll = Effect.gen(function* () {
    const delivered: Array<Envelope> = []
    for (;;) {
      const message = yield* Effect.option(deliver())
      if (Option.isNone(message)) return delivered
      delivered.push(message.value)
    }
  })

  const rule = Effect.fnUntraced(function* (
    fits: Predicate<Envelope>,
    delay: number,
    { times = Infinity }: RuleOptions
  ) {
    const id = yield* Ref.modify(network, (before) => Network.addRule(before, { fits, delay, times }))
    return {
      met: Effect.map(Ref.get(network), (now) => Network.met(now, id)),
      end: Ref.update(network, (before) => Network.endRule(before, id))
    } satisfies Rule
  })

  const heal = Effect.flatMap(Ref.get(split), ({ end }) => end)
  const partition = Effect.fnUntraced(function* (groups: ReadonlyArray<ReadonlyArray<NodeId>>) {
    const named = groups.flat()
    yield* Effect.forEach(named, (name) => (others.has(name) ? Effect.void : placeOf(name)), { discard: true })
    yield* heal
    const rest = nodes.filter((name) => !named.includes(name))
    const cut = yield* rule(Network.between([...groups, rest]), Infinity, {})
    yield* Ref.set(split, cut)
    return cut
  })

  const crash = (node: NodeId) => Effect.andThen(placeOf(node), FiberMap.remove(processes, node))

  yield* Effect.forEach(nodes, start, { discard: true })
  return TestCluster.of({
    nodes,
    ask,
    request,
    sent: Ref.getAndSet(sent, []),
    inFlight,
    hold: Ref.update(network, (before) => Network.hold(before, true)),
    release: act(Ref.update(network, (before) => Network.hold(before, false))),
    deliver,
    deliverAll,
    drop: (fits, limits = {}) => rule(fits, Infinity, limits),
    delay: (fits, by, limits = {}) => rule(fits, Duration.toMillis(by), limits),
    partition,
    heal,
    crash: (node) => act(crash(node)),
    restart: (node) => act(Effect.orDie(Effect.andThen(crash(node), start(node))))
  })
})
