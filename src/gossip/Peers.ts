/**
 * Whom a node sends to.
 *
 * By default any node may talk to any other, and the ring is what makes the choice random. Another service may choose
 * otherwise: replace the layer.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type * as Random from "effect/Random"
import type { NodeId } from "../protocol/Message.ts"
import * as Ring from "./Ring.ts"

/** Who neighbours whom, as a `topology` message says it. */
export type Topology = Readonly<Record<string, ReadonlyArray<NodeId>>>

/** The choices still to come: an immutable value in the node's state. */
export interface Selection {
  /**
   * Chooses `count` different peers, never the node itself and never `except`; fewer only if there are no more. Returns
   * the selection after that.
   */
  readonly take: (
    count: number,
    except: NodeId | undefined,
    random: Random.Random
  ) => readonly [peers: ReadonlyArray<NodeId>, selection: Selection]
  /** The selection once the topology is known. */
  readonly withTopology: (topology: Topology) => Selection
}

/** The next on a ring. A class, because there is one for nearly every message sent. */
class FromRing implements Selection {
  readonly #ring: Ring.Ring
  readonly #heed: Selection["withTopology"] | undefined

  /** Without `heed` the topology is ignored. */
  constructor(ring: Ring.Ring, heed?: Selection["withTopology"]) {
    this.#ring = ring
    this.#heed = heed
  }

  take(count: number, except: NodeId | undefined, random: Random.Random) {
    const [peers, next] = Ring.take(this.#ring, count, except, random)
    return [peers, next === this.#ring ? this : new FromRing(next, this.#heed)] as const
  }

  withTopology(topology: Topology): Selection {
    return this.#heed === undefined ? this : this.#heed(topology)
  }
}

const others = (self: NodeId, nodes: ReadonlyArray<NodeId>) => nodes.filter((node) => node !== self)

/** Makes the selection of a node that has just learned its name and everybody's. */
export class Peers extends Context.Service<
  Peers,
  {
    readonly select: (self: NodeId, nodes: ReadonlyArray<NodeId>) => Selection
  }
>()("maelstrom-gossip/gossip/Peers") {
  /** Everybody, in the order of a shuffled ring; the topology is ignored. */
  static readonly layer = Layer.succeed(Peers, {
    select: (self, nodes) => new FromRing(Ring.make(others(self, nodes)))
  })

  /**
   * The topology's neighbours, in the order of a shuffled ring; everybody until a topology is known. Names that are not
   * nodes of the cluster are left out.
   */
  static readonly layerTopology = Layer.succeed(Peers, {
    select: (self, nodes) => {
      const everybody = others(self, nodes)
      const withTopology = (topology: Topology): Selection => {
        const neighbours = Object.hasOwn(topology, self) ? (topology[self] ?? []) : []
        return new FromRing(Ring.make(everybody.filter((node) => neighbours.includes(node))), withTopology)
      }
      return new FromRing(Ring.make(everybody), withTopology)
    }
  })
}
