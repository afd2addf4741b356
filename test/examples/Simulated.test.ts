/**
 * The examples under simulation: each stands the faults that it says it stands.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Broadcast from "../../docs/examples/broadcast.ts"
import * as Echo from "../../docs/examples/echo.ts"
import * as GCounter from "../../docs/examples/g-counter.ts"
import * as GSet from "../../docs/examples/g-set.ts"
import * as KvCounter from "../../docs/examples/kv-counter.ts"
import * as Membership from "../../docs/examples/membership.ts"
import * as Peers from "../../docs/examples/peers.ts"
import * as UniqueIds from "../../docs/examples/unique-ids.ts"
import type { Operation } from "../../src/analysis/History.ts"
import type { Judgement } from "../../src/analysis/Verdict.ts"
import type { Provided } from "../../src/node/Node.ts"
import * as Message from "../../src/protocol/Message.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { broadcast } from "../../src/workload/Broadcast.ts"
import { gCounter } from "../../src/workload/Counter.ts"
import { echo } from "../../src/workload/Echo.ts"
import { gSet } from "../../src/workload/GSet.ts"
import { uniqueIds } from "../../src/workload/UniqueIds.ts"
import * as Workload from "../../src/workload/Workload.ts"

const Members = Message.body("members", {})
const MembersOk = Message.body("members_ok", { up: Schema.Array(Schema.String) })

/** Clients ask who is up. At the end everybody must be. */
const membership = Workload.make({
  name: "membership",
  calls: [Workload.query(Members, MembersOk)],
  requests: function* () {
    for (;;) yield { type: "members" }
  },
  final: { type: "members" },
  check: ({ nodes, operations }): Judgement => {
    const wrong = operations.filter(
      (operation) => operation.final && (operation.ending !== "ok" || operation.reply.up.length < nodes.length)
    )
    return {
      valid: wrong.length === 0,
      complete: true,
      problems: wrong.map(({ node }) => `${node} takes some nodes for down`),
      figures: {}
    }
  }
})

const network: ReadonlyArray<Scenario.FaultKind> = ["partition", "loss", "duplicate", "reorder"]
const oneWay: ReadonlyArray<Scenario.FaultKind> = [...network, "one-way", "pause"]

const simulate = <A, E, Op extends Operation>(
  parts: Layer.Layer<A, E, Provided>,
  workload: Workload.Workload<Op>,
  nemesis: ReadonlyArray<Scenario.FaultKind>,
  seed: number
) =>
  Simulation.simulate({
    scenario: {
      ...Scenario.defaults,
      seed,
      rate: 20,
      latency: 20,
      latency_dist: "exponential",
      nemesis,
      nemesis_interval: 1000
    },
    parts,
    workload
  })

/** Runs a cluster under these faults, with two seeds, and asserts that each run is right. */
const stands = <A, E, Op extends Operation>(
  parts: Layer.Layer<A, E, Provided>,
  workload: Workload.Workload<Op>,
  nemesis: ReadonlyArray<Scenario.FaultKind>
) =>
  Effect.forEach(
    [1, 2],
    Effect.fnUntraced(function* (seed) {
      const { history, verdict } = yield* simulate(parts, workload, nemesis, seed)
      assert.deepStrictEqual([verdict.defects, verdict.problems], [[], []])
      assert.isTrue(verdict.valid)
      assert.isTrue(verdict.complete)
      // A ring of majorities is one of the kinds of partition.
      const kinds = history.faults.map(({ fault }) => (fault._tag === "MajoritiesRing" ? "Partition" : fault._tag))
      assert.strictEqual(new Set(kinds).size, nemesis.length)
    }),
    { discard: true }
  )

describe("the examples stand the faults that they name", () => {
  it.effect("echo: every fault", () => stands(Echo.parts, echo, Scenario.faults))
  it.effect("unique-ids: every fault", () => stands(UniqueIds.parts, uniqueIds, Scenario.faults))
  it.effect("broadcast: faults of the network and pauses", () => stands(Broadcast.parts, broadcast, oneWay))
  it.effect("g-set: every fault but amnesia", () => stands(GSet.parts, gSet, [...oneWay, "crash", "clock"]))
  it.effect("g-counter: every fault but amnesia", () => stands(GCounter.parts, gCounter, [...oneWay, "crash", "clock"]))
  it.effect("kv-counter: faults of the network, pauses, crashes and amnesia", () =>
    stands(KvCounter.parts, gCounter, [...oneWay, "crash", "amnesia"])
  )
  it.effect("peers: every fault but amnesia", () => stands(Peers.parts, broadcast, [...oneWay, "crash", "clock"]))
  it.effect("membership: faults of the network, pauses and crashes", () =>
    stands(Membership.parts, membership, [...oneWay, "crash"])
  )
})

describe("the examples do not stand the faults of which they say so", () => {
  it.effect("broadcast: crashes, when messages get lost as well", () =>
    Effect.gen(function* () {
      const { verdict } = yield* simulate(Broadcast.parts, broadcast, ["partition", "loss", "crash"], 1)
      assert.isFalse(verdict.complete)
    })
  )

  it.effect("g-counter: amnesia", () =>
    Effect.gen(function* () {
      const { verdict } = yield* simulate(GCounter.parts, gCounter, ["partition", "amnesia"], 1)
      assert.isFalse(verdict.valid)
    })
  )
})
