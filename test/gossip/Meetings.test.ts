/**
 * The rules of meetings, by pure steps on small clusters: messages take 10 ms and meetings begin every second unless a test
 * says otherwise, and nothing is forwarded at once.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { horizon } from "../../src/gossip/MeetingClock.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import type { SettingsShape } from "../../src/gossip/Settings.ts"
import { confirmedAsOf } from "../../src/gossip/State.ts"
import * as Unconfirmed from "../../src/gossip/Unconfirmed.ts"
import { type Crossing, gather, type Gathering, hostOf, start } from "./Gathering.ts"

const second = 1000
const minute = 60_000

const five = ["n1", "n2", "n3", "n4", "n5"]

/** The first meeting after so many seconds whose host is this node. */
const meetingAt = (host: string, after = 1, nodes = five): number => {
  for (let begin = start + after * second; ; begin += second) if (hostOf(nodes, begin) === host) return begin
}

const others = (nodes: ReadonlyArray<string>, ...but: ReadonlyArray<string>) =>
  nodes.filter((node) => !but.includes(node))

const ofKind = (crossings: ReadonlyArray<Crossing>, kind: string) =>
  crossings.filter((crossing) => crossing.kind === kind)

/** Those that carry values. */
const valued = (crossings: ReadonlyArray<Crossing>) => crossings.filter(({ values }) => values.length > 0)

const texts = (...values: ReadonlyArray<string>) => values.map((value) => JSON.stringify(value)).toSorted()

const sortedValues = ({ values }: Crossing) => values.map(String).toSorted()

const assertKnown = (cluster: Gathering, nodes: ReadonlyArray<string>, ...values: ReadonlyArray<string>) => {
  for (const node of nodes) assert.deepStrictEqual(cluster.known(node), texts(...values), node)
}

/** That nobody has anything to bring, and that what is confirmed as of now is the same everywhere. */
const assertConfirmed = (cluster: Gathering, nodes: ReadonlyArray<string>) => {
  const digests = nodes.map((node) => {
    const state = cluster.state(node)
    assert.deepStrictEqual(state.unconfirmed, Unconfirmed.none, node)
    return confirmedAsOf(state, cluster.now())
  })
  for (const digest of digests) assert.deepStrictEqual(digest, digests[0])
}

describe("a meeting", () => {
  it.effect("a node brings what it got from a client to the host of the next meeting, and not before", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3")
      cluster.passUntil(begin - 700)
      cluster.tell("n1", "v", "w")
      cluster.passUntil(begin - 1)
      assert.deepStrictEqual(cluster.sent, [])
      cluster.passUntil(begin)
      assert.deepStrictEqual(
        cluster.sent.map(({ bytes: _bytes, ...crossing }) => crossing),
        [
          {
            at: begin,
            from: "n1",
            to: "n3",
            kind: "arrival",
            values: ["v", "w"],
            meeting: begin,
            body: { type: "gossip", messages: ["v", "w"], meeting: begin }
          }
        ]
      )
    })
  )

  it.effect("the host waits, and then lists all that was brought, and its own, to everybody else, once", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3")
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "a")
      cluster.tell("n2", "b")
      cluster.tell("n3", "c")
      cluster.passUntil(begin + 10)
      assert.deepStrictEqual(
        cluster.sent.map(({ from, kind, to }) => [kind, from, to]),
        [
          ["arrival", "n1", "n3"],
          ["arrival", "n2", "n3"]
        ]
      )
      cluster.passUntil(begin + second)
      const lists = cluster.since(begin + 11)
      assert.deepStrictEqual(lists.map(({ to }) => to).toSorted(), others(five, "n3"))
      for (const list of lists) {
        assert.deepInclude(list, { kind: "list", from: "n3", meeting: begin })
        assert.deepStrictEqual(sortedValues(list), ["a", "b", "c"])
      }
      assertKnown(cluster, five, "a", "b", "c")
      // Nobody is left to be told.
      cluster.pass(minute)
      assert.deepStrictEqual(valued(cluster.since(begin + second)), [])
    })
  )

  it.effect("what a list names is confirmed at everybody, and nobody ever sends it again", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      for (const [index, name] of five.entries()) {
        cluster.tell(name, `v${index}`)
        cluster.pass(30)
      }
      cluster.pass(2 * second)
      assertConfirmed(cluster, five)
      const before = cluster.now()
      for (const name of five) cluster.tell(name, "v0", "v1", "v2", "v3", "v4")
      cluster.pass(minute)
      assert.deepStrictEqual(valued(cluster.since(before)), [])
    })
  )

  it.effect("2(n − 1) messages tell everybody what everybody has, and n − 1 what the host alone has", () =>
    Effect.gen(function* () {
      for (const count of [2, 3, 5, 9]) {
        const cluster = yield* gather({ count, settings: { repair_interval_ms: 0 } })
        for (const name of cluster.names) cluster.tell(name, name)
        cluster.pass(minute)
        assert.lengthOf(cluster.sent, 2 * (count - 1))
        assertKnown(cluster, cluster.names, ...cluster.names)
        const begin = cluster.now() + second
        cluster.tell(hostOf(cluster.names, begin), "more")
        cluster.pass(minute)
        assert.lengthOf(cluster.since(begin - second), count - 1)
        assertKnown(cluster, cluster.names, ...cluster.names, "more")
      }
    })
  )

  it.effect("a node alone meets nobody, and takes what it knows for told", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ count: 1 })
      cluster.tell("n1", "v")
      cluster.pass(minute)
      assert.deepStrictEqual(cluster.sent, [])
      assertConfirmed(cluster, ["n1"])
    })
  )

  it.effect("a value that comes in just as a meeting begins goes to the next one", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3", 2)
      cluster.passUntil(begin - second)
      cluster.tell("n1", "v")
      cluster.pass(second)
      assert.deepStrictEqual(
        cluster.sent.map(({ at, to }) => [at, to]),
        [[begin, "n3"]]
      )
    })
  )

  it.effect("with several hosts every one of them is told, and tells", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { hosts: 2, repair_interval_ms: 0 } })
      cluster.tell("n1", "v")
      cluster.pass(minute)
      const hosts = new Set(ofKind(cluster.sent, "list").map(({ from }) => from))
      assert.lengthOf([...hosts], 2)
      for (const { to } of ofKind(cluster.sent, "arrival")) assert.isTrue(hosts.has(to))
      assert.lengthOf(ofKind(cluster.sent, "list"), 2 * 4)
    })
  )
})

describe("a host that does not answer", () => {
  it.effect("a value is brought to the hosts of further meetings until one of them lists it", () =>
    Effect.gen(function* () {
      const dead = new Set(["n3", "n5"])
      const cluster = yield* gather({ carry: ({ from, to }) => (dead.has(from) || dead.has(to) ? [] : [10]) })
      const living = others(five, ...dead)
      const begin = meetingAt("n3")
      cluster.passUntil(begin - 10)
      cluster.tell("n1", "v")
      cluster.pass(minute)
      const arrivals = ofKind(cluster.sent, "arrival")
      for (const { at, meeting, to } of arrivals) {
        assert.strictEqual(meeting, at)
        assert.strictEqual(to, hostOf(five, at))
      }
      assert.strictEqual(arrivals[0]?.to, "n3")
      assert.isFalse(arrivals.slice(0, -1).some(({ to }) => living.includes(to)))
      assertKnown(cluster, living, "v")
      assertConfirmed(cluster, living)
    })
  )

  it.effect("a value is brought to R meetings and then left to comparisons, which tell everybody later", () =>
    Effect.gen(function* () {
      for (const rounds of [1, 3]) {
        let isCut = true
        const cluster = yield* gather({
          settings: { rounds },
          carry: ({ from, to }) => (isCut && [from, to].includes("n1") ? [] : [10])
        })
        cluster.tell("n1", "v")
        cluster.pass(minute)
        assert.isAtMost(ofKind(cluster.sent, "arrival").length, rounds)
        assert.deepStrictEqual(valued(cluster.since(start + 20 * second)), [])
        isCut = false
        cluster.pass(2 * minute)
        assertKnown(cluster, five, "v")
        assertConfirmed(cluster, five)
      }
    })
  )

  it.effect("to how many meetings a value is brought does not depend on what else is brought", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { rounds: 2, repair_interval_ms: 0 }, carry: () => [] })
      const brought = new Map<string, number>()
      for (let turn = 0; turn < 20; turn++) {
        cluster.tell("n1", `v${turn}`)
        cluster.pass(second)
      }
      cluster.pass(minute)
      for (const { values } of ofKind(cluster.sent, "arrival"))
        for (const value of values) brought.set(String(value), (brought.get(String(value)) ?? 0) + 1)
      assert.isAtLeast(brought.size, 10)
      for (const [value, meetings] of brought) assert.isAtMost(meetings, 2, value)
      assert.isTrue([...brought.values()].includes(2))
    })
  )
})

describe("the log of a node", () => {
  it.effect("the log tells how many values no list confirmed, and how many are left to comparisons", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { rounds: 2, repair_interval_ms: 0 }, carry: () => [] })
      let begin = start + second
      // n1 is the host of none of these meetings.
      while ([0, 1, 2].some((later) => hostOf(five, begin + later * second) === "n1")) begin += second
      cluster.passUntil(begin - 10)
      cluster.tell("n1", "a", "b")
      cluster.passUntil(begin + 100)
      cluster.tell("n1", "c")
      assert.deepStrictEqual(cluster.notes, [])
      cluster.passUntil(begin + 2 * second)
      assert.deepStrictEqual(cluster.notes, [
        `n1: brought again to the meeting of ${begin + second}: 2 values that no list confirmed`,
        `n1: brought again to the meeting of ${begin + 2 * second}: 1 values that no list confirmed`,
        "n1: left to comparisons: 2 values that no host of 2 meetings confirmed"
      ])
    })
  )

  it.effect("the log tells which settings were changed, and by whom", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      cluster.hand("c1", "n1", { type: "configure", fanout: 3 })
      cluster.hand("c2", "n1", { type: "configure", hosts: 2, fanout: 3, meeting_ms: 200 })
      cluster.hand("c2", "n1", { type: "configure", fanout: 3 })
      assert.deepStrictEqual(cluster.notes, [
        "n1: settings changed by c1: fanout 3",
        "n1: settings changed by c2: meeting_ms 200, hosts 2"
      ])
    })
  )
})

describe("late arrivals", () => {
  /** A cluster in which what these nodes bring to the first meeting takes longer than the others. */
  const withLate = (late: ReadonlyArray<string>, delay: number) => {
    const begin = meetingAt("n3", 2)
    const carry = ({ at, from, kind }: Crossing) =>
      kind === "arrival" && at === begin && late.includes(from) ? [delay + late.indexOf(from)] : [10]
    return Effect.map(gather({ carry, settings: { repair_interval_ms: 0 } }), (cluster) => ({ begin, cluster }))
  }

  it.effect("what comes after the host has told everybody goes to the next meeting that it can bring it to", () =>
    Effect.gen(function* () {
      const { begin, cluster } = yield* withLate(["n1"], 700)
      cluster.passUntil(begin - 100)
      for (const name of ["n1", "n2", "n4", "n5"]) cluster.tell(name, name)
      cluster.passUntil(begin + second - 1)
      const lists = ofKind(cluster.sent, "list")
      assert.lengthOf(lists, 4)
      for (const list of lists) assert.deepStrictEqual(sortedValues(list), ["n2", "n4", "n5"])
      assertKnown(cluster, ["n3"], "n1", "n2", "n4", "n5")
      cluster.passUntil(begin + second)
      const again = ofKind(cluster.since(begin + second), "arrival")
      assert.isTrue(again.every(({ values }) => values.length === 1 && values[0] === "n1"))
      // If n3 hosts the next meeting as well, it has nobody to bring it to.
      assert.strictEqual(
        again.some(({ from }) => from === "n3"),
        hostOf(five, begin + second) !== "n3"
      )
      cluster.pass(2 * second)
      assertKnown(cluster, five, "n1", "n2", "n4", "n5")
      assertConfirmed(cluster, five)
    })
  )

  it.effect("if more come too late than in time, the host tells everybody a second time in the same meeting", () =>
    Effect.gen(function* () {
      const { begin, cluster } = yield* withLate(["n2", "n4", "n5"], 400)
      cluster.passUntil(begin - 100)
      for (const name of ["n1", "n2", "n4", "n5"]) cluster.tell(name, name)
      cluster.passUntil(begin + 399)
      assert.deepStrictEqual(
        ofKind(cluster.sent, "list").map(({ values }) => values),
        [["n1"], ["n1"], ["n1"], ["n1"]]
      )
      cluster.passUntil(begin + second - 1)
      const lists = ofKind(cluster.since(begin + 399), "list")
      assert.lengthOf(lists, 4)
      for (const { from, meeting } of lists) assert.deepStrictEqual([from, meeting], ["n3", begin])
      cluster.pass(3 * second)
      assertKnown(cluster, five, "n1", "n2", "n4", "n5")
      assertConfirmed(cluster, five)
    })
  )

  it.effect("hosts learn how late guests come, and wait for them from then on", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ carry: () => [180], settings: { repair_interval_ms: 0 } })
      for (let turn = 0; turn < 30; turn++) {
        for (const name of five) cluster.tell(name, `${name} ${turn}`)
        cluster.pass(second)
      }
      cluster.pass(2 * second)
      const settled = cluster.since(start + 15 * second)
      for (const name of five) {
        const { wait } = cluster.state(name).meetings
        assert.isDefined(wait)
        assert.isAtLeast(wait, 180)
        assert.isAtMost(wait, 260)
      }
      // Nobody comes too late any more, so there are no more than 2(n − 1) messages a meeting.
      assert.isAtMost(valued(settled).length, 16 * 8)
      for (const name of five)
        assertKnown(
          cluster,
          [name],
          ...five.flatMap((other) => Array.from({ length: 30 }, (_, turn) => `${other} ${turn}`))
        )
    })
  )

  it.effect("a host that waits for a share of the guests tells the others' values later, and loses none", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({
        settings: { attendance: 0.5, repair_interval_ms: 0 },
        carry: ({ from }) => [from === "n1" ? 600 : 20]
      })
      for (let turn = 0; turn < 20; turn++) {
        for (const name of five) cluster.tell(name, `${name} ${turn}`)
        cluster.pass(second)
      }
      cluster.pass(5 * second)
      for (const name of others(five, "n1")) assert.isBelow(cluster.state(name).meetings.wait ?? Infinity, 300)
      for (const name of five) assert.lengthOf(cluster.known(name), 100)
      assertConfirmed(cluster, five)
    })
  )

  it.effect("a host that learns too late how long its guests took tells the next host, once", () =>
    Effect.gen(function* () {
      let begin = meetingAt("n3")
      while (hostOf(five, begin) !== "n3" || hostOf(five, begin + second) === "n3") begin += second
      const cluster = yield* gather({
        carry: ({ from, kind }) => [kind === "arrival" && from === "n1" ? 45 : 10],
        settings: { repair_interval_ms: 0 }
      })
      cluster.passUntil(begin - 100)
      for (const name of ["n1", "n2", "n4", "n5"]) cluster.tell(name, name)
      cluster.passUntil(begin + second)
      const [arrival, ...more] = cluster.since(begin + second).filter(({ from }) => from === "n3")
      assert.deepStrictEqual(more, [])
      assert.deepInclude(arrival, { kind: "arrival", values: ["n1"] })
      assert.strictEqual(arrival?.body["needed"], 45)
      cluster.pass(second)
      cluster.tell("n3", "more")
      cluster.pass(10 * second)
      const later = ofKind(cluster.since(begin + second + 1), "arrival").filter(({ from }) => from === "n3")
      for (const { body } of later) assert.notProperty(body, "needed")
      // That host tells everybody, so that all of them wait longer from then on.
      for (const name of five) assert.isAtLeast(cluster.state(name).meetings.wait ?? 0, 20, name)
    })
  )
})

describe("a node that was paused", () => {
  /** A cluster that has learned to wait 12 ms, and the beginning of a meeting of n3 to which n1 brings a value. */
  const settled = Effect.gen(function* () {
    const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
    for (let turn = 0; turn < 5; turn++) {
      for (const name of five) cluster.tell(name, `${name} ${turn}`)
      cluster.pass(second)
    }
    const begin = meetingAt("n3", 10)
    cluster.passUntil(begin - 100)
    cluster.tell("n1", "v")
    for (const name of five) assert.strictEqual(cluster.state(name).meetings.wait, 12, name)
    return { begin, cluster }
  })

  it.effect("a guest that was paused when a meeting began does not come late, but to the next meeting", () =>
    Effect.gen(function* () {
      const { begin, cluster } = yield* settled
      // Nothing happens at n1 while its clock goes on by half a second.
      cluster.setClock("n1", 500)
      cluster.pass(5 * second)
      const [arrival] = ofKind(cluster.since(begin - 100), "arrival")
      assert.deepInclude(arrival, { from: "n1", at: begin + 500, meeting: begin + second })
    })
  )

  it.effect("a host that was paused tells everybody, and does not take its own delay for that of its guests", () =>
    Effect.gen(function* () {
      const { begin, cluster } = yield* settled
      cluster.passUntil(begin + 1)
      cluster.setClock("n3", 28)
      cluster.passUntil(begin + 500)
      const lists = ofKind(cluster.since(begin), "list")
      assert.lengthOf(lists, 4)
      for (const { body } of lists) assert.notProperty(body, "needed")
      for (const name of five) assert.strictEqual(cluster.state(name).meetings.wait, 12, name)
      assertKnown(cluster, five, "v", ...five.flatMap((name) => [0, 1, 2, 3, 4].map((turn) => `${name} ${turn}`)))
    })
  )
})

describe("a host of guests who bring what is confirmed", () => {
  it.effect("a host whose guests' values are all confirmed answers those guests alone", () =>
    Effect.gen(function* () {
      const begin = meetingAt("n3", 2)
      const cluster = yield* gather({
        settings: { repair_interval_ms: 0 },
        carry: ({ kind, meeting, to }) => (kind === "list" && meeting === begin && to === "n1" ? [] : [10])
      })
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "v")
      cluster.passUntil(begin + 900)
      assertConfirmed(cluster, others(five, "n1"))
      cluster.pass(minute)
      const later = valued(cluster.since(begin + 900))
      const arrivals = ofKind(later, "arrival")
      const lists = ofKind(later, "list")
      // A meeting that n1 hosts itself would tell everybody.
      if (arrivals.length > 0) {
        assert.lengthOf(arrivals, 1)
        assert.deepStrictEqual(
          lists.map(({ from, to }) => [from, to]),
          [[arrivals[0]?.to, "n1"]]
        )
      } else assert.lengthOf(lists, 4)
      assertConfirmed(cluster, five)
    })
  )

  it.effect("what is new goes to everybody even if others bring what is confirmed to the same meeting", () =>
    Effect.gen(function* () {
      const begin = meetingAt("n3", 2)
      const next = begin + second
      const cluster = yield* gather({
        settings: { repair_interval_ms: 0 },
        carry: ({ kind, meeting, to }) => (kind === "list" && meeting === begin && to === "n1" ? [] : [10])
      })
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "old")
      cluster.passUntil(next - 100)
      cluster.tell("n2", "new")
      cluster.passUntil(next + 999)
      const host = hostOf(five, next)
      assert.deepStrictEqual(
        ofKind(cluster.since(next), "list")
          .map(({ to }) => to)
          .toSorted(),
        others(five, host)
      )
      cluster.pass(minute)
      assertKnown(cluster, five, "new", "old")
      assertConfirmed(cluster, five)
    })
  )
})

describe("whoever is sent an arrival", () => {
  it.effect("a host lists what is confirmed once, however many guests bring it, and however often", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      cluster.tell("n1", "v", { a: 1 })
      cluster.pass(5 * second)
      const begin = meetingAt("n3", 10)
      cluster.passUntil(begin)
      const before = cluster.sent.length
      cluster.hand("n1", "n3", { type: "gossip", messages: ["v", { a: 1 }, "v"], meeting: begin })
      cluster.hand("n2", "n3", { type: "gossip", messages: [{ a: 1 }, "v"], meeting: begin })
      cluster.passUntil(begin + second)
      assert.deepStrictEqual(
        cluster.sent.slice(before).map(({ kind, to, values }) => [kind, to, values]),
        [
          ["list", "n1", ["v", { a: 1 }]],
          ["list", "n2", ["v", { a: 1 }]]
        ]
      )
    })
  )

  it.effect("whoever is sent an arrival is the host, even if it and everybody else think that another one is", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3")
      cluster.passUntil(begin + 10)
      cluster.hand("n1", "n5", { type: "gossip", messages: ["v"], meeting: begin })
      cluster.passUntil(begin + second)
      assert.deepStrictEqual(
        ofKind(cluster.sent, "list").map(({ from, to }) => [from, to]),
        others(five, "n5").map((to) => ["n5", to])
      )
      assertKnown(cluster, five, "v")
      assertConfirmed(cluster, five)
    })
  )

  it.effect("a host of two meetings in a row tells each of them", () =>
    Effect.gen(function* () {
      let begin = start + second
      while (hostOf(five, begin) !== hostOf(five, begin + second)) begin += second
      const host = hostOf(five, begin)
      const [guest = ""] = others(five, host)
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      cluster.passUntil(begin - 100)
      cluster.tell(guest, "a")
      cluster.pass(second)
      cluster.tell(guest, "b")
      cluster.pass(minute)
      const lists = ofKind(cluster.sent, "list")
      assert.deepStrictEqual(
        lists.map(({ from, meeting, values }) => [from, meeting, values]),
        [
          ...Array.from({ length: 4 }, () => [host, begin, ["a"]]),
          ...Array.from({ length: 4 }, () => [host, begin + second, ["b"]])
        ]
      )
      assertKnown(cluster, five, "a", "b")
    })
  )

  it.effect("an arrival to a meeting long ago is not lost: the host brings it to the next one", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      const begin = meetingAt("n3", 2)
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "new")
      cluster.passUntil(begin + 900)
      cluster.hand("n2", "n3", { type: "gossip", messages: ["old"], meeting: begin - second })
      cluster.pass(minute)
      assertKnown(cluster, five, "new", "old")
      assertConfirmed(cluster, five)
    })
  )

  it.effect("an arrival to a meeting a little ahead of the host's clock puts that clock forward, and is hosted", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      const begin = meetingAt("n3", 8)
      cluster.passUntil(begin - 5 * second)
      cluster.hand("n1", "n3", { type: "gossip", messages: ["v"], meeting: begin })
      cluster.pass(500)
      assert.lengthOf(ofKind(cluster.sent, "list"), 4)
      assertKnown(cluster, five, "v")
      for (const name of five) assert.isAtLeast(cluster.state(name).meetings.clock.ahead, 4900, name)
      cluster.pass(2 * second)
      assertConfirmed(cluster, five)
    })
  )

  it.effect(
    "an arrival to a meeting more than a day ahead is not lost: the host brings it to the next one of its own",
    () =>
      Effect.gen(function* () {
        const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
        cluster.pass(500)
        cluster.hand("n1", "n3", { type: "gossip", messages: ["v"], meeting: start + 30 * 60 * minute })
        cluster.pass(5 * second)
        assertKnown(cluster, others(five, "n3"), "v")
        for (const name of five) assert.strictEqual(cluster.state(name).meetings.clock.ahead, 0, name)
      })
  )

  it.effect("an arrival of nothing is nothing", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      cluster.hand("n1", "n3", { type: "gossip", messages: [], meeting: start })
      cluster.pass(minute)
      assert.deepStrictEqual(valued(cluster.sent), [])
      assert.isAtMost(cluster.sent.length, 1)
      assertConfirmed(cluster, five)
    })
  )
})

describe("the largest numbers that messages may have", () => {
  const span = 2 * horizon

  it.effect("however long guests say that hosts should have waited, the host tells, and waits a little longer", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      const begin = meetingAt("n3")
      cluster.passUntil(begin)
      for (const guest of ["n1", "n2"])
        cluster.hand(guest, "n3", { type: "gossip", messages: [guest], meeting: begin, needed: span })
      cluster.passUntil(begin + second - 1)
      assertKnown(cluster, five, "n1", "n2")
      for (const name of five) assert.isAtMost(cluster.state(name).meetings.wait ?? Infinity, 250, name)
    })
  )

  it.effect("a list of a meeting at either end of time is taken, and its digest compared if it is of the past", () =>
    Effect.gen(function* () {
      for (const meeting of [-horizon, horizon])
        for (const ago of [-span, 0, span]) {
          const cluster = yield* gather()
          const list = { type: "gossip", messages: ["v"], meeting, wait: span, needed: span, ago, count: 3, sum: 5 }
          cluster.hand("n3", "n1", list)
          assertKnown(cluster, ["n1"], "v")
          assert.strictEqual(cluster.state("n1").meetings.clock.ahead, 0)
          assert.lengthOf(ofKind(cluster.sent, "gossip_sketch"), meeting - ago < cluster.now() ? 1 : 0)
          cluster.pass(minute)
        }
    })
  )

  it.effect("a group that compares as of either end of time is served like any other", () =>
    Effect.gen(function* () {
      for (const up_to of [-horizon, horizon]) {
        const cluster = yield* gather()
        const confirmed = { up_to, count: 0, sum: 0 }
        cluster.hand("n2", "n1", { type: "gossip_sketch", part: 0, parts: 1, hashes: [], confirmed })
        cluster.hand("n2", "n1", { type: "gossip_repair", messages: ["v"], want: [] })
        assert.deepStrictEqual(
          ofKind(cluster.sent, "list").map(({ meeting, to }) => [meeting, to]),
          others(five, "n1", "n2").map((to) => [up_to, to])
        )
        cluster.pass(minute)
        assertKnown(cluster, others(five, "n2"), "v")
      }
    })
  )
})

describe("quiet", () => {
  it.effect("while nothing is unconfirmed, no meeting is held, and comparisons are all that is sent", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      for (const name of five) cluster.tell(name, name)
      cluster.pass(5 * second)
      const quiet = cluster.now()
      cluster.pass(10 * minute)
      assert.deepStrictEqual([...new Set(cluster.since(quiet).map(({ kind }) => kind))], ["compare"])
      // At the slowest pace every node begins one in 32 intervals of 1.25 s.
      const slow = cluster.now() - 5 * minute
      for (const name of five) assert.isAtMost(cluster.since(slow).filter(({ from }) => from === name).length, 9, name)
    })
  )

  it.effect("a node whose repair is off is silent altogether once everything is confirmed", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      for (const name of five) cluster.tell(name, name)
      cluster.pass(5 * second)
      const quiet = cluster.now()
      cluster.pass(60 * minute)
      assert.deepStrictEqual(cluster.since(quiet), [])
    })
  )
})

describe("with forwarding at once", () => {
  const both = { fanout: 2, repair_interval_ms: 0 }

  it.effect("a client's value is forwarded at once and brought to the next meeting as well", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: both, carry: () => [] })
      const begin = meetingAt("n3", 2)
      cluster.passUntil(begin - 500)
      cluster.tell("n1", "v")
      assert.deepStrictEqual(
        cluster.sent.map(({ at, kind }) => [at, kind]),
        [
          [begin - 500, "forward"],
          [begin - 500, "forward"]
        ]
      )
      cluster.passUntil(begin)
      assert.deepStrictEqual(
        ofKind(cluster.sent, "arrival").map(({ at, from, to }) => [at, from, to]),
        [[begin, "n1", "n3"]]
      )
    })
  )

  it.effect("what a peer forwarded is brought to a meeting only by whoever was told it first", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: both })
      cluster.pass(500)
      for (const name of five) {
        cluster.tell(name, name)
        cluster.pass(2 * second)
      }
      cluster.pass(minute)
      // A host does not bring its own.
      for (const { from, values } of ofKind(cluster.sent, "arrival")) assert.deepStrictEqual(values, [from])
      assertConfirmed(cluster, five)
    })
  )

  it.effect("what a peer forwarded is brought to a later meeting if whoever was told it first has died", () =>
    Effect.gen(function* () {
      const everybody = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"]
      let isDead = false
      const cluster = yield* gather({
        count: 9,
        settings: { ...both, fanout: 1 },
        // Of all forwards only those to n2 arrive.
        carry: ({ from, kind, to }) =>
          (isDead && from === "n1") || (kind === "forward" && to !== "n2") || to === "n1" ? [] : [10]
      })
      cluster.pass(500)
      while (cluster.known("n2").length === 0) {
        cluster.tell("n1", `v${cluster.sent.length}`)
        cluster.pass(20)
      }
      isDead = true
      cluster.pass(5 * second)
      const known = cluster.known("n2")
      assert.isNotEmpty(known)
      for (const name of others(everybody, "n1")) assert.deepStrictEqual(cluster.known(name), known)
    })
  )
})

describe("without meetings", () => {
  it.effect("a node that does not meet forwards to one peer at least, and compares", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { meeting_ms: 0 } })
      cluster.tell("n1", "v")
      assert.deepStrictEqual(
        cluster.sent.map(({ kind }) => kind),
        ["forward"]
      )
      cluster.pass(5 * minute)
      assertKnown(cluster, five, "v")
      assertConfirmed(cluster, five)
      const kinds = new Set(cluster.sent.map(({ kind }) => kind))
      assert.isFalse(kinds.has("arrival") || kinds.has("list"))
    })
  )

  it.effect("without meetings a node forwards to K peers, and to all of its neighbours if there is a topology", () =>
    Effect.gen(function* () {
      for (const [peers, settings, count] of [
        [Peers.layer, { meeting_ms: 0, fanout: 3 }, 3],
        [Peers.layerTopology, { fanout: 1 }, 4]
      ] as const) {
        const cluster = yield* gather({ peers, settings })
        cluster.tell("n1", "v")
        assert.lengthOf(ofKind(cluster.sent, "forward"), count)
      }
    })
  )

  it.effect("nodes whose peers are bound by a topology forward and compare along its edges, and hold no meetings", () =>
    Effect.gen(function* () {
      const line: Readonly<Record<string, ReadonlyArray<string>>> = {
        n1: ["n2"],
        n2: ["n1", "n3"],
        n3: ["n2", "n4"],
        n4: ["n3", "n5"],
        n5: ["n4"]
      }
      let loses = false
      const cluster = yield* gather({ peers: Peers.layerTopology, carry: () => (loses ? [] : [10]) })
      for (const name of five) cluster.hand("c1", name, { type: "topology", topology: line })
      cluster.tell("n1", "a")
      cluster.tell("n3", "b")
      cluster.pass(second)
      loses = true
      cluster.tell("n5", "lost")
      loses = false
      cluster.pass(10 * minute)
      assertKnown(cluster, five, "a", "b", "lost")
      for (const { from, kind, to } of cluster.sent) {
        assert.include(line[from] ?? [], to)
        assert.include(["forward", "compare", "gossip_sketch", "gossip_repair"], kind)
      }
    })
  )

  it.effect(
    "a node that does not meet stores and forwards what others bring to it as a host, and what hosts list",
    () =>
      Effect.gen(function* () {
        const cluster = yield* gather({ settings: { meeting_ms: 0, fanout: 4 } })
        cluster.hand("n2", "n1", { type: "gossip", messages: ["v"], meeting: start })
        assert.deepStrictEqual(cluster.sent.map(({ kind, to }) => `${kind} ${to}`).toSorted(), [
          "forward n3",
          "forward n4",
          "forward n5"
        ])
        cluster.hand("n2", "n1", { type: "gossip", messages: ["w"], meeting: start, wait: 10 })
        assertKnown(cluster, ["n1"], "v", "w")
      })
  )
})

describe("peers written by others", () => {
  for (const [what, foreign] of [
    ["one of five", ["n3"]],
    ["two of five", ["n1", "n5"]]
  ] as const) {
    for (const settings of [{}, { fanout: 2, meeting_ms: 150 }])
      it.effect(
        `${what} that know only gossip with messages learn everything, and everybody learns what they forward: ${JSON.stringify(settings)}`,
        () =>
          Effect.gen(function* () {
            const cluster = yield* gather({ foreign, settings })
            for (const [turn, name] of [...five, ...five].entries()) {
              cluster.tell(name, `${name} ${turn}`)
              cluster.pass(130)
            }
            cluster.pass(minute)
            const all = [...five, ...five].map((name, turn) => `${name} ${turn}`)
            assertKnown(cluster, five, ...all)
            const quiet = cluster.now()
            cluster.pass(10 * minute)
            assert.deepStrictEqual(valued(cluster.since(quiet)), [])
            assert.deepStrictEqual(ofKind(cluster.since(quiet), "error"), [])
          })
      )
  }

  it.effect("a node among peers written by others tells them everything at the next meeting that it hosts itself", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ foreign: others(five, "n2"), settings: { rounds: 100 } })
      for (const name of five) cluster.tell(name, name)
      cluster.passUntil(meetingAt("n2") + second)
      assertKnown(cluster, five, ...five)
    })
  )

  it.effect("a pair of which one was written by others tells each other everything", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ count: 2, foreign: ["n2"] })
      cluster.tell("n1", "a")
      cluster.tell("n2", "b")
      cluster.pass(minute)
      assertKnown(cluster, ["n1", "n2"], "a", "b")
      assert.isAtMost(valued(cluster.sent).length, 7)
    })
  )
})

describe("messages of a meeting", () => {
  it.effect(
    "no arrival and no list has more values than its bound, and only the last list of a meeting has a digest",
    () =>
      Effect.gen(function* () {
        const cluster = yield* gather({ settings: { message_values: 3 } })
        const begin = meetingAt("n3", 30)
        cluster.passUntil(begin - 100)
        cluster.tell("n1", ...Array.from({ length: 10 }, (_, index) => `a${index}`))
        cluster.tell("n2", ...Array.from({ length: 4 }, (_, index) => `b${index}`))
        cluster.passUntil(begin + second)
        const [arrivals, lists] = [ofKind(cluster.sent, "arrival"), ofKind(cluster.sent, "list")]
        assert.deepStrictEqual(
          arrivals.map(({ from, values }) => [from, values.length]),
          [
            ["n1", 3],
            ["n1", 3],
            ["n1", 3],
            ["n1", 1],
            ["n2", 3],
            ["n2", 1]
          ]
        )
        for (const name of others(five, "n3")) {
          const told = lists.filter(({ to }) => to === name)
          assert.deepStrictEqual(
            told.map(({ values }) => values.length),
            [3, 3, 3, 3, 2]
          )
          assert.deepStrictEqual(
            told.map(({ body }) => body["ago"] !== undefined),
            [false, false, false, false, true]
          )
        }
        assertConfirmed(cluster, five)
      })
  )

  it.effect("no message has more bytes than its bound", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { message_bytes: 4000, fanout: 2 } })
      for (const name of five)
        cluster.tell(name, ...Array.from({ length: 20 }, (_, index) => `${name} ${index} ${"é".repeat(200)}`))
      cluster.pass(minute)
      assert.isAbove(ofKind(cluster.sent, "list").length, 40)
      for (const { bytes, kind } of cluster.sent) assert.isAtMost(bytes, 4000, kind)
      for (const name of five) assert.lengthOf(cluster.known(name), 100)
    })
  )
})

describe("the end of input", () => {
  it.effect("at the end of input, a host tells everybody what was brought to it", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3")
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "v")
      cluster.passUntil(begin + 15)
      cluster.end("n3")
      const lists = ofKind(cluster.sent, "list")
      assert.deepStrictEqual(lists.map(({ to }) => to).toSorted(), others(five, "n3"))
      for (const { values } of lists) assert.deepStrictEqual(values, ["v"])
    })
  )

  it.effect("at the end of input, a host that tells everybody early puts nobody's clock forward", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ carry: () => [0] })
      const begin = meetingAt("n3")
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "v")
      cluster.passUntil(begin + 5)
      cluster.end("n3")
      cluster.passUntil(begin + 5)
      const lists = ofKind(cluster.sent, "list")
      assert.lengthOf(lists, 4)
      for (const { body } of lists) {
        assert.strictEqual(body["wait"], 5)
        // Nor is there a digest of a time to come.
        assert.isAtLeast(Number(body["ago"]), -5)
      }
      assertKnown(cluster, five, "v")
      for (const name of others(five, "n3")) assert.strictEqual(cluster.state(name).meetings.clock.ahead, 0, name)
    })
  )

  it.effect("at the end of input, what was never brought to a meeting is sent to the hosts of the present one", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3")
      cluster.passUntil(begin + 300)
      cluster.tell("n1", "v", "w")
      cluster.end("n1")
      assert.deepStrictEqual(
        cluster.sent.map(({ from, kind, to, values }) => [kind, from, to, values]),
        [["arrival", "n1", "n3", ["v", "w"]]]
      )
      cluster.pass(2 * second)
      assertKnown(cluster, five, "v", "w")
    })
  )

  it.effect("at the end of input, the host of the present meeting tells everybody its own values", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      const begin = meetingAt("n3")
      cluster.passUntil(begin + 300)
      cluster.tell("n3", "v")
      cluster.end("n3")
      cluster.pass(20)
      assertKnown(cluster, five, "v")
    })
  )

  it.effect("at the end of input, what was brought or forwarded already is not sent again", () =>
    Effect.gen(function* () {
      for (const settings of [{}, { fanout: 2 }]) {
        const cluster = yield* gather({ settings, carry: () => [] })
        const begin = meetingAt("n3")
        cluster.passUntil(begin - 100)
        cluster.tell("n1", "v")
        cluster.passUntil(settings.fanout === undefined ? begin : begin - 50)
        const before = cluster.sent.length
        assert.isAbove(before, 0)
        cluster.end("n1")
        assert.lengthOf(cluster.sent, before)
      }
    })
  )
})

describe("configure", () => {
  const configure = (cluster: Gathering, name: string, settings: Partial<SettingsShape>) =>
    cluster.hand("c1", name, { type: "configure", ...settings })

  it.effect("configure without meetings leaves what is unconfirmed to comparisons", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      cluster.tell("n1", "v")
      for (const name of five) configure(cluster, name, { meeting_ms: 0 })
      assertConfirmed(cluster, ["n1"])
      cluster.pass(minute)
      assertKnown(cluster, five, "v")
      assert.deepStrictEqual(ofKind(cluster.sent, "arrival"), [])
    })
  )

  it.effect("configure with another time between meetings holds for what is unconfirmed already", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      cluster.pass(50)
      cluster.tell("n1", "v")
      for (const name of five) configure(cluster, name, { meeting_ms: 100 })
      cluster.pass(700)
      assertKnown(cluster, five, "v")
    })
  )

  it.effect("nodes with different times between meetings still tell each other everything", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      for (const [index, name] of five.entries()) configure(cluster, name, { meeting_ms: 300 + 170 * index })
      for (const name of five) cluster.tell(name, name)
      cluster.pass(minute)
      assertKnown(cluster, five, ...five)
      assertConfirmed(cluster, five)
    })
  )
})

describe("clocks that disagree", () => {
  for (const skew of [50, 5000, 3_600_000])
    it.effect(`clocks that are off by up to ${skew} ms lose no value, and are soon no reason for more messages`, () =>
      Effect.gen(function* () {
        const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
        for (const [index, name] of five.entries()) cluster.setClock(name, (skew * (index - 2)) / 2)
        const turns = 40
        for (let turn = 0; turn < turns; turn++) {
          for (const name of five) cluster.tell(name, `${name} ${turn}`)
          cluster.pass(second)
        }
        const settled = valued(cluster.since(start + 20 * second))
        assert.isAtMost(settled.length, 20 * 2 * 4 * 1.1)
        cluster.pass(5 * second)
        for (const name of five) assert.lengthOf(cluster.known(name), 5 * turns)
        assertConfirmed(cluster, five)
      })
    )

  it.effect("a node whose clock is two days ahead neither moves the others' clocks nor loses what it knows", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      cluster.setClock("n2", 2 * 24 * 60 * minute)
      for (let turn = 0; turn < 20; turn++) {
        for (const name of five) cluster.tell(name, `${name} ${turn}`)
        cluster.pass(second)
      }
      cluster.pass(minute)
      for (const name of five) assert.lengthOf(cluster.known(name), 100)
      for (const name of others(five, "n2")) assert.isBelow(cluster.state(name).meetings.clock.ahead, second)
    })
  )

  it.effect("a guest whose clock shows 1970 does not hold up the meetings of its host", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      let past = second
      while (hostOf(five, past) !== "n3") past += second
      cluster.setClock("n2", past - 100 - start)
      cluster.tell("n2", "old")
      const begin = meetingAt("n3", 2)
      cluster.passUntil(begin - 100)
      assertKnown(cluster, ["n3"], "old")
      cluster.tell("n3", "new")
      cluster.passUntil(begin + second - 1)
      assertKnown(cluster, five, "new", "old")
      assertConfirmed(cluster, five)
    })
  )

  it.effect("what is listed for a meeting two days ahead counts as told at once", () =>
    Effect.gen(function* () {
      const cluster = yield* gather()
      cluster.hand("n2", "n1", { type: "gossip", messages: ["v"], meeting: start + 48 * 60 * minute, wait: 10 })
      assert.strictEqual(confirmedAsOf(cluster.state("n1"), cluster.now())?.count, 1)
    })
  )

  it.effect("a clock that is set back by an hour keeps nobody from meeting", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({ settings: { repair_interval_ms: 0 } })
      cluster.tell("n1", "a")
      cluster.pass(5 * second)
      cluster.setClock("n1", -60 * minute)
      cluster.tell("n1", "b")
      cluster.pass(3 * second)
      assertKnown(cluster, five, "a", "b")
      assertConfirmed(cluster, five)
    })
  )
})

describe("lists of nodes that differ", () => {
  it.effect("a host answers a guest that it does not know, with what is new and with what is not", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({
        settings: { repair_interval_ms: 0 },
        nodes: (name) => (name === "n3" ? others(five, "n1") : five)
      })
      const begin = meetingAt("n3", 2)
      cluster.passUntil(begin - 100)
      cluster.tell("n1", "v")
      cluster.tell("n2", "w")
      cluster.passUntil(begin + second - 1)
      assert.deepStrictEqual(
        ofKind(cluster.sent, "list")
          .map(({ to }) => to)
          .toSorted(),
        others(five, "n3")
      )
      assertKnown(cluster, five, "v", "w")
      assertConfirmed(cluster, five)
    })
  )

  it.effect("nodes that know different peers still tell each other everything", () =>
    Effect.gen(function* () {
      const cluster = yield* gather({
        count: 7,
        settings: { repair_interval_ms: 0 },
        // Every node misses another one.
        nodes: (name) => others(["n1", "n2", "n3", "n4", "n5", "n6", "n7"], `n${(Number(name.slice(1)) % 7) + 1}`)
      })
      for (let turn = 0; turn < 10; turn++) {
        for (const name of cluster.names) cluster.tell(name, `${name} ${turn}`)
        cluster.pass(second)
      }
      cluster.pass(10 * second)
      const most = Math.max(...cluster.names.map((name) => cluster.known(name).length))
      assert.strictEqual(most, 70)
      // Whoever a host does not know is not told by it, and only comparisons can find that.
      for (const name of cluster.names) assert.isAtLeast(cluster.known(name).length, 40, name)
    })
  )
})
