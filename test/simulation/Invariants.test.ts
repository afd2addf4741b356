/**
 * The invariants of every node, on turns written by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Part, Resolved } from "../../src/node/Registry.ts"
import * as State from "../../src/node/State.ts"
import type { Turn } from "../../src/node/Step.ts"
import type { Outgoing } from "../../src/protocol/Wire.ts"
import * as Invariants from "../../src/simulation/Invariants.ts"

const hello = (msg_id: number, rest: Partial<Outgoing> = {}): Outgoing => ({
  src: "n0",
  dest: "n1",
  body: { type: "hello" },
  in_reply_to: undefined,
  msg_id,
  ...rest
})

const turn = (messages: ReadonlyArray<Outgoing>): Turn => ({
  messages,
  counts: [],
  notes: [],
  returned: [],
  tasks: [],
  calling: [],
  defects: [],
  complaints: [],
  skipped: 0,
  refused: 0,
  late: 0
})

const resolved = (parts: ReadonlyArray<Part>): Resolved => ({
  parts,
  byType: new Map(),
  read: () => assert.fail("nothing is decoded")
})

const awake: State.State = {
  ...State.initial,
  identity: { self: "n0", nodes: ["n0", "n1"] },
  awake: 1000,
  nextId: 5
}

/** What is broken by a step of n0, which may write to n1 and c1, that sends these messages. */
const violations = (
  messages: ReadonlyArray<Outgoing>,
  after: Partial<State.State> = {},
  parts: ReadonlyArray<Part> = []
) =>
  Invariants.violations(
    awake,
    turn(messages),
    { ...awake, nextId: awake.nextId + messages.length, ...after },
    resolved(parts),
    (name) => ["n0", "n1", "c1"].includes(name)
  )

describe("the invariants of a step", () => {
  it("hold if it sends nothing, or messages with the next ids to nodes and acquaintances", () => {
    assert.deepStrictEqual(violations([]), [])
    assert.deepStrictEqual(violations([hello(5), hello(6, { dest: "c1" })]), [])
  })

  it("are broken if an id is left out", () => {
    assert.deepStrictEqual(violations([hello(5), hello(7)], { nextId: 7 }), ["hello to n1 has msg_id 7 instead of 6"])
  })

  it("are broken if an id is used twice", () => {
    assert.deepStrictEqual(violations([hello(5), hello(5, { dest: "c1", in_reply_to: 1 })]), [
      "hello to c1 has msg_id 5 instead of 6"
    ])
  })

  it.each([
    { nextId: 5, why: "stays where it was, though a message was sent" },
    { nextId: 7, why: "leaves one out" }
  ])("are broken if the next id $why", ({ nextId }) => {
    assert.deepStrictEqual(violations([hello(5)], { nextId }), [`the node goes on with msg_id ${nextId} instead of 6`])
  })

  it("are broken if a node sends a message to itself", () => {
    assert.deepStrictEqual(violations([hello(5, { dest: "n0" })]), ["hello to n0 was sent to the node itself"])
  })

  it("are broken if a message is sent before the first message other than init, which a reply may be", () => {
    assert.deepStrictEqual(violations([hello(5)], { awake: undefined }), [
      "hello to n1 was sent before the first message other than init"
    ])
    assert.deepStrictEqual(violations([hello(5, { in_reply_to: 1 })], { awake: undefined }), [])
  })

  it("are broken if a message is sent unasked to a stranger, which a reply may be", () => {
    assert.deepStrictEqual(violations([hello(5, { dest: "c7" })]), [
      "hello to c7 was sent unasked, and c7 is no node of the cluster and has never written to this one"
    ])
    assert.deepStrictEqual(violations([hello(5, { dest: "c7", in_reply_to: 1 })]), [])
  })

  it("include those of each part, with its name", () => {
    const part = (name: string, broken: ReadonlyArray<string>): Part => ({
      name,
      requests: {},
      override: false,
      receive: (slices) => ({ _tag: "Stepped", slices, outputs: [] }),
      unasked: undefined,
      violations: (before, after) => {
        assert.deepStrictEqual([before, after], [awake.slices, awake.slices])
        return broken
      }
    })
    assert.deepStrictEqual(violations([], {}, [part("a", []), part("b", ["it shrank", "it forgot"])]), [
      "b: it shrank",
      "b: it forgot"
    ])
  })
})
