/**
 * Whom a node sends to: a service.
 *
 * By default any node may send to any other, and a shuffled ring makes the choice random. To choose otherwise, provide
 * another layer. A selection is a value in the node's state, so it must not change.
 *
 * @module
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Env } from "../node/Component.ts"
import type { NodeId } from "../protocol/Message.ts"
import * as Hosts from "./Hosts.ts"
import * as Ring from "./Ring.ts"

/**
 * Who neighbours whom, as a `topology` message says it.
 *
 * @category models
 * @since 0.1.0
 */
export type Topology = Readonly<Record<string, ReadonlyArray<NodeId>>>

/**
 * The choices still to come. Immutable.
 *
 * @category models
 * @since 0.1.0
 */
export interface Selection {
  /**
   * Chooses `count` different peers, never the node itself and never `except`; fewer only if there are no more. Also
   * returns the selection after that. All chance comes from `env.random`.
   */
  readonly take: (
    count: number,
    except: NodeId | undefined,
    env: Env
  ) => readonly [peers: ReadonlyArray<NodeId>, selection: Selection]
  /** The selection once the topology is known. */
  readonly withTopology: (topology: Topology, env: Env) => Selection
  /**
   * Who hosts the meeting that begins at `begin`: `count` nodes, the node itself perhaps among them, and the same at every
   * node. Undefined: this node takes no part in meetings.
   */
  readonly hosts?: ((begin: number, count: number, env: Env) => ReadonlyArray<NodeId>) | undefined
}

const others = ({ nodes, self }: Env) => nodes.filter((node) => node !== self)

// A node that may send to its neighbours alone cannot meet all others.
const everybodysHosts: Selection["hosts"] = (begin, count, { nodes }) => Hosts.of(nodes, begin, count)

/** Chooses the next on a ring. A class, because a new one is made for nearly every message sent. */
class FromRing implements Selection {
  /** Undefined until the first choice, which is among everybody: a node does not know its peers when it is made. */
  readonly ring: Ring.Ring | undefined
  readonly heedsTopology: boolean
  readonly hosts: Selection["hosts"]

  constructor(ring: Ring.Ring | undefined, heedsTopology: boolean) {
    this.ring = ring
    this.heedsTopology = heedsTopology
    this.hosts = heedsTopology ? undefined : everybodysHosts
  }

  take(count: number, except: NodeId | undefined, env: Env) {
    const [peers, next] = Ring.take(this.ring ?? Ring.make(others(env)), count, except, env.random)
    return [peers, next === this.ring ? this : new FromRing(next, this.heedsTopology)] as const
  }

  withTopology(topology: Topology, env: Env): Selection {
    if (!this.heedsTopology) return this
    const neighbours = new Set(Object.hasOwn(topology, env.self) ? topology[env.self] : [])
    return new FromRing(Ring.make(others(env).filter((node) => neighbours.has(node))), true)
  }
}

/**
 * The selection that a node starts with, before it knows who it is.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert/strict"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import { Gossip, Hosts, Peers, Scenario, Settings, Simulation } from "maelstrom-gossip"
 *
 * // Forwards to the next nodes in the list of all nodes. Every node hosts meetings in its turn.
 * const successors: Peers.Selection = {
 *   take: (count, except, { nodes, self }) => {
 *     const at = nodes.indexOf(self)
 *     const others = [...nodes.slice(at + 1), ...nodes.slice(0, at)].filter((node) => node !== except)
 *     return [others.slice(0, count), successors]
 *   },
 *   hosts: (begin, count, { nodes }) => Hosts.of(nodes, begin, count),
 *   withTopology: () => successors
 * }
 *
 * const parts = Gossip.Gossip.layerNoDeps.pipe(
 *   Layer.provide([Layer.succeed(Peers.Peers, successors), Settings.Settings.layer({ fanout: 1 })])
 * )
 *
 * const program = Effect.gen(function* () {
 *   const { verdict } = yield* Simulation.simulate({ scenario: Scenario.defaults, parts })
 *   assert.equal(verdict.valid, true)
 * })
 *
 * await Effect.runPromise(program)
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Peers extends Context.Service<Peers, Selection>()("maelstrom-gossip/gossip/Peers") {
  /** Everybody, in the order of a shuffled ring; the topology is ignored. */
  static readonly layer = Layer.succeed(Peers, new FromRing(undefined, false))

  /**
   * The topology's neighbours, in the order of a shuffled ring; everybody until a topology is known. Names that are not
   * nodes of the cluster are left out.
   */
  static readonly layerTopology = Layer.succeed(Peers, new FromRing(undefined, true))
}
