/**
 * Faults: what they cut off, when they come and go, and what each kind does in a whole run.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Result from "effect/Result"
import * as Wire from "../../src/protocol/Wire.ts"
import { seeded } from "../gossip/Seeded.ts"
import * as Faults from "../../src/simulation/Faults.ts"
import { Fault, type FaultPeriod, type History, type Transmission } from "../../src/analysis/History.ts"
import * as Words from "../../src/analysis/Words.ts"
import type { Conditions, Cut } from "../../src/simulation/Network.ts"
import * as Scenario from "../../src/simulation/Scenario.ts"
import * as Simulation from "../../src/simulation/Simulation.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { flood } from "./Programs.ts"

const healthy = (): Conditions => ({ cuts: new Set(), loss: 0, duplication: 0, jitter: 0 })

const unharmed: Faults.Victims = {
  pause: constVoid,
  resume: constVoid,
  crash: constVoid,
  restart: constVoid,
  setClock: constVoid
}

/** What a fault cuts off. */
const cutOf = (fault: Fault): Cut => {
  const conditions = healthy()
  Faults.inflicting(conditions, unharmed)(fault)
  return (src, dest) => [...conditions.cuts].some((cut) => cut(src, dest))
}

/** Whom each node hears, itself included. */
const heard = (cut: Cut, nodes: ReadonlyArray<string>) =>
  nodes.map((dest) => nodes.filter((src) => src === dest || !cut(src, dest)))

const assertMutual = (cut: Cut, nodes: ReadonlyArray<string>) => {
  for (const a of nodes) for (const b of nodes) assert.strictEqual(cut(a, b), cut(b, a), `${a} and ${b}`)
}

describe("partitions", () => {
  it("nodes of different groups do not hear one another, and nodes of one group do", () => {
    const cut = cutOf(Fault.Partition({ groups: [["a", "b"], ["c"], ["d", "e"]] }))
    assertMutual(cut, ["a", "b", "c", "d", "e"])
    assert.deepStrictEqual(heard(cut, ["a", "b", "c", "d", "e"]), [
      ["a", "b"],
      ["a", "b"],
      ["c"],
      ["d", "e"],
      ["d", "e"]
    ])
  })

  it("deaf nodes hear one another but none of the others, who hear everybody", () => {
    const cut = cutOf(Fault.OneWay({ deaf: ["a", "b"], others: ["c"] }))
    assert.deepStrictEqual(heard(cut, ["a", "b", "c"]), [
      ["a", "b"],
      ["a", "b"],
      ["a", "b", "c"]
    ])
  })

  /** Rings of majorities of so many nodes, as they are drawn. */
  const rings = Effect.fnUntraced(function* (size: number) {
    const random = yield* seeded(`rings of ${size}`)
    const nodes = Scenario.nodeIds(size)
    const drawn = Array.from({ length: 40 }, () => Faults.draw("partition", random, nodes, Scenario.defaults))
    return drawn.flatMap((fault) => (fault._tag === "MajoritiesRing" ? [fault.heard] : []))
  })

  it.effect.each(Array.from({ length: 22 }, (_, index) => index + 4))(
    "in a ring of %i every node hears a majority, hearing is mutual, and nodes hear about as many",
    (size) =>
      Effect.gen(function* () {
        const nodes = Scenario.nodeIds(size)
        const drawn = yield* rings(size)
        assert.isNotEmpty(drawn)
        for (const graph of drawn) {
          const cut = cutOf(Fault.MajoritiesRing({ heard: graph }))
          assertMutual(cut, nodes)
          const majorities = heard(cut, nodes)
          const least = Math.floor(size / 2) + 1
          for (const majority of majorities) {
            assert.isAtLeast(majority.length, least)
            assert.isAtMost(majority.length, size <= 5 ? least : least + 2)
          }
          assert.deepStrictEqual(
            majorities.map((majority) => majority.length - 1),
            nodes.map((node) => graph.find(([one]) => one === node)?.[1].length)
          )
          // An edge is only added for a node that needs it, so all but a few hear no more than a majority.
          const more = majorities.filter((majority) => majority.length > least)
          assert.isAtMost(more.length, 3)
        }
        assert.isAbove(new Set(drawn.map((graph) => JSON.stringify(graph.toSorted()))).size, 1)
      })
  )

  it.effect("a ring of five is a circle in which every node hears its two neighbours", () =>
    Effect.gen(function* () {
      for (const graph of yield* rings(5)) {
        const circle = graph.map(([node]) => node)
        assert.deepStrictEqual(
          graph,
          circle.map((node, at) => [node, [circle.at(at - 1) ?? "", circle[(at + 1) % 5] ?? ""]])
        )
      }
    })
  )

  it.effect("in a ring of three every node hears one other, and nobody hears the one that it is heard by", () =>
    Effect.gen(function* () {
      const nodes = Scenario.nodeIds(3)
      for (const graph of yield* rings(3)) {
        const cut = cutOf(Fault.MajoritiesRing({ heard: graph }))
        for (const majority of heard(cut, nodes)) assert.lengthOf(majority, 2)
        for (const a of nodes) for (const b of nodes) if (a !== b) assert.notStrictEqual(cut(a, b), cut(b, a))
      }
    })
  )

  it.effect("a minority of a third of three nodes is nobody, so that partition cuts nobody off", () =>
    Effect.gen(function* () {
      const random = yield* seeded("three")
      const nodes = Scenario.nodeIds(3)
      const drawn = Array.from({ length: 400 }, () => Faults.draw("partition", random, nodes, Scenario.defaults))
      const idle = drawn.filter((fault) => fault._tag === "Partition" && fault.groups.length === 1)
      assert.approximately(idle.length / 400, 1 / 4, 3 * Math.sqrt(((1 / 4) * (3 / 4)) / 400))
      for (const fault of idle) {
        for (const majority of heard(cutOf(fault), nodes)) assert.deepStrictEqual(majority, nodes)
        assert.deepStrictEqual(Words.fault(fault), { name: "partition", detail: "cuts nobody off" })
      }
    })
  )

  it.effect.each([
    { size: 5, alone: 1, third: 1, half: 2 },
    { size: 9, alone: 1, third: 2, half: 4 },
    { size: 10, alone: 1, third: 3, half: 5 },
    { size: 25, alone: 1, third: 8, half: 12 }
  ])(
    "a partition of $size nodes cuts off one, a minority of a third or half of them, or makes a ring of majorities",
    (sizes) =>
      Effect.gen(function* () {
        const random = yield* seeded("partitions")
        const nodes = Scenario.nodeIds(sizes.size)
        const draws = 800
        const counts = new Map<string, number>()
        const count = (kind: string) => counts.set(kind, (counts.get(kind) ?? 0) + 1)
        const leftOut = new Set<string>()
        for (let draw = 0; draw < draws; draw++) {
          const fault = Faults.draw("partition", random, nodes, Scenario.defaults)
          assertMutual(cutOf(fault), nodes.slice(0, 3))
          if (fault._tag === "Partition") {
            assert.lengthOf(fault.groups, 2)
            assert.sameMembers(fault.groups.flat(), [...nodes])
            const smaller = fault.groups.toSorted((a, b) => a.length - b.length)[0] ?? []
            smaller.forEach((node) => leftOut.add(node))
            count(String(smaller.length))
          } else if (fault._tag === "MajoritiesRing") {
            assert.sameMembers(
              fault.heard.map(([node]) => node),
              [...nodes]
            )
            count("ring")
          } else assert.fail(fault._tag)
        }
        const kinds = [String(sizes.alone), String(sizes.third), String(sizes.half), "ring"]
        assert.sameMembers([...counts.keys()], [...new Set(kinds)])
        // Each kind is drawn with p = 1/4: three standard errors.
        for (const [kind, drawn] of counts) {
          const share = kinds.filter((other) => other === kind).length / 4
          assert.approximately(drawn / draws, share, 3 * Math.sqrt((share * (1 - share)) / draws))
        }
        assert.strictEqual(leftOut.size, sizes.size)
      })
  )
})

describe("the nemesis", () => {
  const until = 500_000

  /** Runs the schedule of one kind of fault, without a cluster. */
  const scheduled = Effect.fnUntraced(function* (kind: Scenario.FaultKind, nemesis_interval = 1000, seed = 1) {
    const scenario = { ...Scenario.defaults, latency: 50, nemesis_interval }
    const time = new VirtualTime()
    const conditions = healthy()
    const struck: Array<string> = []
    const afflicted = new Set<string>()
    const most = { afflicted: 0, remembering: 0, forgetting: 0 }
    const strike = (node: string) => {
      struck.push(node)
      afflicted.add(node)
      most.afflicted = Math.max(most.afflicted, afflicted.size)
    }
    const victims: Faults.Victims = {
      pause: strike,
      crash: strike,
      resume: (node) => afflicted.delete(node),
      restart: (node, remembers) => {
        afflicted.delete(node)
        if (remembers) most.remembering++
        else most.forgetting++
      },
      setClock: (node, error) => (error === undefined ? afflicted.delete(node) : strike(node))
    }
    const periods: Array<FaultPeriod> = []
    const random = yield* seeded(`${seed}/${kind}`)
    const changes: Array<number> = []
    const note = () =>
      changes.push(conditions.cuts.size + conditions.loss + conditions.duplication + conditions.jitter + afflicted.size)
    const stage: Faults.Stage = { time, inflict: Faults.inflicting(conditions, victims), periods }
    Faults.schedule(stage, { kind, random, scenario, nodes: Scenario.nodeIds(10), until })
    note()
    while (!time.isIdle) {
      time.step()
      note()
    }
    return { afflicted, changes, conditions, most, periods, struck }
  })

  it.effect.each(Scenario.faults)(
    "%s is on from the start, comes and goes at intervals uniform around their mean, and ends with the workload",
    (fault) =>
      Effect.gen(function* () {
        const { afflicted, changes, conditions, periods } = yield* scheduled(fault)
        const { cuts, ...numbers } = conditions
        assert.strictEqual(cuts.size, 0)
        assert.deepStrictEqual(numbers, { loss: 0, duplication: 0, jitter: 0 })
        assert.strictEqual(afflicted.size, 0)
        // The start and every other step switch the fault on, and that always has an effect.
        assert.strictEqual(periods[0]?.from, 0)
        changes.forEach((change, step) => assert.strictEqual(change > 0, step % 2 === 0))
        assert.lengthOf(changes, 2 * periods.length)
        for (const { from, to } of periods) {
          assert.isBelow(to - from, 2000)
          assert.isAtMost(to, until)
        }
        // Uniform in 0..2000, so σ = 2000/√12: three standard errors.
        const mean = periods.reduce((sum, { from, to }) => sum + to - from, 0) / periods.length
        assert.approximately(mean, 1000, (3 * 2000) / Math.sqrt(12 * periods.length))
        assert.approximately(periods.length, until / 2000, 3 * Math.sqrt(until / 2000 / 3))
      })
  )

  it.effect.each(Scenario.faults)("%s that would outlast the workload ends with it", (fault) =>
    Effect.gen(function* () {
      const seeds = Array.from({ length: 20 }, (_, seed) => seed)
      const runs = yield* Effect.forEach(seeds, (seed) => scheduled(fault, 200_000, seed))
      const last = runs.map(({ periods }) => periods.at(-1)?.to ?? 0)
      assert.isAtMost(Math.max(...last), until)
      assert.isAbove(last.filter((to) => to === until).length, 2)
    })
  )

  it.effect("clock strikes up to half of the nodes at a time, and in the end each of them", () =>
    Effect.gen(function* () {
      const { most, struck } = yield* scheduled("clock")
      assert.strictEqual(most.afflicted, 5)
      assert.sameMembers([...new Set(struck)], [...Scenario.nodeIds(10)])
    })
  )

  it.effect("a clock is off by an offset, drifts as far in a mean interval, or jumps ten times in one", () =>
    Effect.gen(function* () {
      const random = yield* seeded("clocks")
      const draws = 5000
      const scenario = { ...Scenario.defaults, clock_offset: 300, nemesis_interval: 2000 }
      const errors = Array.from({ length: draws }, () => Faults.draw("clock", random, ["n0"], scenario)).flatMap(
        (fault) => (fault._tag === "Clock" ? fault.errors.map(([, error]) => error) : [])
      )
      assert.lengthOf(errors, draws)
      const { Drift = [], Jumps = [], Offset = [] } = Arr.groupBy(errors, ({ _tag }) => _tag)
      for (const { length } of [Offset, Drift, Jumps]) {
        assert.approximately(length / draws, 1 / 3, 3 * Math.sqrt(2 / 9 / draws))
      }
      const offsets = errors.flatMap((error) => {
        if (error._tag === "Offset") return [error.offset]
        if (error._tag === "Drift") return [error.rate * 2000]
        assert.strictEqual(error.every, 200)
        return error.offsets
      })
      for (const offset of offsets) assert.isAtMost(Math.abs(offset), 300)
      const mean = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length
      assert.approximately(mean, 0, (3 * 600) / Math.sqrt(12 * offsets.length))
      assert.isBelow(Math.min(...offsets), -290)
      assert.isAbove(Math.max(...offsets), 290)
    })
  )

  it.effect("no clock runs backwards, however far off it may be", () =>
    Effect.gen(function* () {
      const random = yield* seeded("clocks")
      const scenario = { ...Scenario.defaults, clock_offset: 100_000, nemesis_interval: 1000 }
      const rates = Array.from({ length: 100 }, () => Faults.draw("clock", random, ["n0"], scenario)).flatMap((fault) =>
        fault._tag === "Clock" ? fault.errors.flatMap(([, error]) => (error._tag === "Drift" ? [error.rate] : [])) : []
      )
      assert.deepStrictEqual([Math.min(...rates), Math.max(...rates)], [-0.5, 0.5])
    })
  )

  it.effect.each(["pause", "crash", "amnesia"] as const)(
    "%s strikes up to a third of the nodes at a time, and in the end each of them",
    (fault) =>
      Effect.gen(function* () {
        const { most, struck } = yield* scheduled(fault)
        assert.strictEqual(most.afflicted, 3)
        assert.sameMembers([...new Set(struck)], [...Scenario.nodeIds(10)])
        assert.strictEqual(most.remembering, fault === "crash" ? struck.length : 0)
        assert.strictEqual(most.forgetting, fault === "amnesia" ? struck.length : 0)
      })
  )
})

const nodeCount = 5
const latency = 20
const isNode = new Set(Scenario.nodeIds(nodeCount))

/** A run under one kind of fault, on the ideal network. */
const run = (kind: Scenario.FaultKind, scenario: Partial<Scenario.Scenario> = {}) =>
  Simulation.run({
    scenario: {
      ...Scenario.defaults,
      node_count: nodeCount,
      rate: 50,
      latency,
      time_limit: 20_000,
      nemesis: [kind],
      nemesis_interval: 1000,
      network: "ideal",
      ...scenario
    },
    parts: flood
  })

const peerMessages = ({ transmissions }: History) =>
  transmissions.filter(({ dest, src }) => isNode.has(src) && isNode.has(dest))

const isDuring = (periods: ReadonlyArray<FaultPeriod>, at: number) =>
  periods.some(({ from, to }) => from <= at && at < to)

/** The messages between nodes that were delivered or dropped during this period. */
const dueDuring = (history: History, { from, to }: FaultPeriod) =>
  peerMessages(history).filter(({ fate }) => fate._tag !== "InFlight" && from <= fate.at && fate.at < to)

const deliveredAt = ({ fate }: Transmission) => (fate._tag === "Delivered" ? fate.at : undefined)

const bodyOf = ({ text }: Transmission) => Result.getOrThrow(Wire.envelope(text)).body

/** The nodes that a fault strikes. */
const struckBy = (fault: Fault) => ("nodes" in fault ? fault.nodes : [])

describe("a run with faults", () => {
  it.live("a partition lets no message through between its groups, and every message once it has ended", () =>
    Effect.gen(function* () {
      const history = yield* run("partition")
      const periods = history.faults.filter(({ fault }) => fault._tag === "Partition")
      assert.isAtLeast(periods.length, 3)
      const ways = { out: 0, in: 0 }
      for (const period of periods) {
        const [small = []] = period.fault._tag === "Partition" ? period.fault.groups : []
        for (const message of dueDuring(history, period)) {
          const [isFrom, isTo] = [small.includes(message.src), small.includes(message.dest)]
          if (isFrom === isTo) assert.isDefined(deliveredAt(message))
          else assert.include(message.fate, { _tag: "Dropped", why: "partition" })
          if (isFrom && !isTo) ways.out++
          if (isTo && !isFrom) ways.in++
        }
      }
      assert.isAbove(ways.out, 10)
      assert.isAbove(ways.in, 10)
      const whole = peerMessages(history).filter(({ sent }) => !isDuring(history.faults, sent + latency))
      assert.isNotEmpty(whole)
      for (const message of whole) assert.strictEqual(deliveredAt(message), message.sent + latency)
    })
  )

  it.live("a one-way cut lets no message through one way, and every message the other way", () =>
    Effect.gen(function* () {
      const history = yield* run("one-way")
      assert.isAtLeast(history.faults.length, 3)
      const ways = { cut: 0, opposite: 0 }
      for (const period of history.faults) {
        if (period.fault._tag !== "OneWay") assert.fail(period.fault._tag)
        const { deaf, others } = period.fault
        assert.sameMembers([...deaf, ...others], [...history.nodes])
        for (const message of dueDuring(history, period)) {
          const isCut = deaf.includes(message.dest) && others.includes(message.src)
          if (isCut) assert.include(message.fate, { _tag: "Dropped", why: "partition" })
          else assert.isDefined(deliveredAt(message))
          if (isCut) ways.cut++
          if (others.includes(message.dest) && deaf.includes(message.src)) ways.opposite++
        }
      }
      assert.isAbove(ways.cut, 10)
      assert.isAbove(ways.opposite, 10)
    })
  )

  it.live("loss loses its share of the messages that are sent while it is on, and no others", () =>
    Effect.gen(function* () {
      const history = yield* run("loss", { loss_rate: 0.2 })
      const [during, otherwise] = [true, false].map((isOn) =>
        peerMessages(history).filter(({ sent }) => isDuring(history.faults, sent) === isOn)
      )
      const lost = (during ?? []).filter(({ fate }) => fate._tag === "Dropped" && fate.why === "loss").length
      const count = during?.length ?? 0
      assert.approximately(lost / count, 0.2, 3 * Math.sqrt((0.2 * 0.8) / count))
      assert.isNotEmpty(otherwise ?? [])
      for (const message of otherwise ?? []) assert.isDefined(deliveredAt(message))
    })
  )

  it.live("duplication delivers its share of the messages that are sent while it is on twice, and no others", () =>
    Effect.gen(function* () {
      const history = yield* run("duplicate", { duplicate_rate: 0.2 })
      const copies = Arr.groupBy(peerMessages(history), ({ text }) => text)
      const originals = Object.values(copies).map(([first, ...others]) => ({
        sent: first?.sent ?? 0,
        twice: others.length
      }))
      const during = originals.filter(({ sent }) => isDuring(history.faults, sent))
      const twice = during.filter((message) => message.twice === 1).length
      assert.approximately(twice / during.length, 0.2, 3 * Math.sqrt((0.2 * 0.8) / during.length))
      assert.isTrue(during.every((message) => message.twice <= 1))
      const otherwise = originals.filter((message) => !during.includes(message))
      assert.isNotEmpty(otherwise)
      assert.isTrue(otherwise.every((message) => message.twice === 0))
    })
  )

  it.live("messages between two nodes overtake one another while reordering is on, and not otherwise", () =>
    Effect.gen(function* () {
      const history = yield* run("reorder")
      const links = Arr.groupBy(peerMessages(history), ({ dest, src }) => `${src} ${dest}`)
      const overtaken = Object.values(links).flatMap((messages) =>
        messages.filter((message, place) => {
          const next = messages[place + 1]
          return next !== undefined && (deliveredAt(next) ?? 0) < (deliveredAt(message) ?? 0)
        })
      )
      assert.isAbove(overtaken.length, 20)
      for (const { sent } of overtaken) assert.isTrue(isDuring(history.faults, sent))
      const jitter = 4 * latency
      for (const message of peerMessages(history)) {
        const took = (deliveredAt(message) ?? Number.NaN) - message.sent
        assert.isAtLeast(took, latency - 1e-6)
        assert.isAtMost(took, latency + (isDuring(history.faults, message.sent) ? jitter : 0) + 1e-6)
      }
    })
  )

  it.live("a paused node sends nothing, and answers every request once it resumes", () =>
    Effect.gen(function* () {
      const history = yield* run("pause")
      assert.isAtLeast(history.faults.length, 3)
      const { transmissions } = history
      let held = 0
      for (const { fault, from, to } of history.faults) {
        for (const node of struckBy(fault)) {
          assert.isFalse(transmissions.some(({ sent, src }) => src === node && from < sent && sent < to))
          const requests = transmissions.filter((message) => {
            const at = deliveredAt(message) ?? -1
            return message.dest === node && !isNode.has(message.src) && from < at && at < to
          })
          held += requests.length
          for (const request of requests) {
            const { msg_id } = bodyOf(request)
            const answer = transmissions.find(
              (message) =>
                message.src === node && message.dest === request.src && bodyOf(message)["in_reply_to"] === msg_id
            )
            assert.strictEqual(answer?.sent, to)
          }
        }
      }
      assert.isAbove(held, 0)
    })
  )

  it.live(
    "a crashed node neither receives nor sends; after its second init it continues its ids and shows what it knew",
    () =>
      Effect.gen(function* () {
        const history = yield* run("crash")
        assert.isAtLeast(history.faults.length, 3)
        const { operations, transmissions } = history
        for (const { fault, from, to } of history.faults) {
          for (const node of struckBy(fault)) {
            const due = transmissions.filter(
              ({ dest, fate }) => dest === node && fate._tag !== "InFlight" && from < fate.at && fate.at < to
            )
            for (const { fate } of due) assert.include(fate, { _tag: "Dropped", why: "crash" })
            assert.isFalse(transmissions.some(({ sent, src }) => src === node && from < sent && sent < to))
            const init = transmissions.find(({ dest, sent, type }) => dest === node && type === "init" && sent === to)
            assert.strictEqual(init?.fate._tag, "Delivered")
            const reads = operations
              .filter((operation) => operation.f === "read" && operation.ending === "ok")
              .filter((read) => read.node === node)
            const before = reads.findLast(({ completed }) => completed < from)?.reply.messages ?? []
            const after = reads.find(({ invoked }) => invoked > to)?.reply.messages ?? []
            assert.includeMembers([...after], [...before])
          }
        }
        for (const node of history.nodes) {
          const ids = transmissions.filter(({ src }) => src === node).map((message) => bodyOf(message)["msg_id"])
          assert.deepStrictEqual(
            ids,
            ids.map((_, index) => index)
          )
        }
      })
  )

  it.live("a node with amnesia starts its ids from 0 again and shows nothing of what it knew", () =>
    Effect.gen(function* () {
      const { faults, nodes, operations, transmissions } = yield* run("amnesia")
      const starts = faults.flatMap(({ fault, to }) => struckBy(fault).map((node) => ({ node, to })))
      assert.isAtLeast(starts.length, 3)
      for (const node of nodes) {
        const sent = transmissions.filter(({ src }) => src === node)
        const zeros = sent.filter((message) => bodyOf(message)["msg_id"] === 0)
        assert.lengthOf(zeros, 1 + starts.filter((start) => start.node === node).length)
      }
      for (const { node, to } of starts) {
        const told = transmissions.filter((message) => message.dest === node && (deliveredAt(message) ?? -1) >= to)
        const values = told.flatMap((message) => bodyOf(message)["message"] ?? bodyOf(message)["messages"] ?? []).flat()
        const next = operations
          .filter((operation) => operation.f === "read")
          .find((read) => read.node === node && read.invoked > to)
        assert.includeMembers(values, [...(next?.reply?.messages ?? [])])
      }
    })
  )

  it.live.each(Scenario.networks)("all kinds of faults together end with the workload on the %s network", (network) =>
    Effect.gen(function* () {
      const scenario = {
        ...Scenario.defaults,
        rate: 50,
        latency,
        nemesis: Scenario.faults,
        nemesis_interval: 500,
        network
      }
      const { history, verdict } = yield* Simulation.simulate({ scenario, parts: flood })
      const end = Math.max(...history.faults.map(({ to }) => to))
      assert.strictEqual(end, history.lastRequestsAt - scenario.quiet)
      const kinds = history.faults.map(({ fault }) => Words.fault(fault).name)
      assert.sameMembers([...new Set(kinds)], [...Scenario.faults])
      const late = history.transmissions.filter(({ sent }) => sent > end)
      assert.isNotEmpty(late)
      for (const message of late) assert.isDefined(deliveredAt(message))
      const last = history.operations.filter(({ final }) => final)
      assert.lengthOf(last, scenario.node_count)
      for (const { ending } of last) assert.strictEqual(ending, "ok")
      assert.isBelow(verdict.availability, 1)
    })
  )
})
