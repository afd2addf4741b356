/**
 * The course of one value, told node by node, on histories written by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Explain from "../../src/analysis/Explain.ts"
import { type Fate, Fault } from "../../src/analysis/History.ts"
import type { Value } from "../../src/protocol/Value.ts"
import { assess, broadcast, history, message, read } from "./Histories.ts"

const explain = (course: ReturnType<typeof history>, value: Value) => Explain.explain(assess(course), value)

const nodes = ["n0", "n1", "n2", "n3"]

const transmissions = [
  message("c0", "n0", { type: "broadcast", message: 7 }, 100),
  message("n0", "n1", { type: "gossip", messages: [6, 7] }, 100, { _tag: "Delivered", at: 150 }),
  message("n0", "n2", { type: "gossip", messages: [7] }, 100, { _tag: "Dropped", at: 120, why: "partition" }),
  message("n1", "n2", { type: "gossip", messages: [7] }, 150, { _tag: "InFlight" }),
  message("n1", "n3", { type: "gossip", messages: [8] }, 150),
  message("n0", "c1", { type: "read_ok", messages: [7] }, 200)
]

describe("explain", () => {
  it("first lists the nodes that learned a value, with sender, time and hop, and then those that did not", () => {
    assert.deepStrictEqual(explain(history([], { nodes, transmissions }), 7), [
      "n0 learned it at 100 ms from c0 by broadcast, hop 0",
      "n1 learned it at 150 ms from n0 by gossip, hop 1",
      "n2 never learned it: from n0 at 100 ms was dropped at 120 ms (partition); " +
        "from n1 at 150 ms was still on its way at the end",
      "n3 never learned it: nobody sent it there"
    ])
  })

  it("says so if no client broadcast the value", () => {
    assert.deepStrictEqual(explain(history([], { nodes, transmissions }), "7"), ['"7" was never broadcast in this run'])
  })

  it.each([
    { fate: { _tag: "Dropped", at: 5, why: "loss" } satisfies Fate, told: "was dropped at 5 ms (loss)" },
    { fate: { _tag: "Dropped", at: 5, why: "crash" } satisfies Fate, told: "was dropped at 5 ms (crash)" }
  ])("says that no node learned a value whose broadcast $told", ({ fate, told }) => {
    const dropped = [message("c0", "n0", { type: "broadcast", message: 1 }, 5, fate)]
    assert.deepStrictEqual(explain(history([], { transmissions: dropped }), 1), [
      `n0 never learned it: from c0 at 5 ms ${told}`
    ])
  })

  it("tells of nodes in one line of which the same is to be said", () => {
    const many = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"]
    const told = many
      .slice(2, 9)
      .map((node, place) => message("n1", node, { type: "gossip", messages: [7] }, 1200 + place))
    const lines = explain(
      history([], {
        nodes: [...many, "n10", "n11"],
        transmissions: [
          message("c0", "n0", { type: "broadcast", message: 7 }, 100),
          message("n0", "n1", { type: "gossip", messages: [7] }, 100),
          ...told,
          ...[1, 2, 3].map((sent) =>
            message("n1", "n9", { type: "gossip", messages: [7] }, 1000 * sent, {
              _tag: "Dropped",
              at: 1000 * sent,
              why: "loss"
            })
          )
        ]
      }),
      7
    )
    assert.deepStrictEqual(lines, [
      "n0 learned it at 100 ms from c0 by broadcast, hop 0",
      "n1 learned it at 100 ms from n0 by gossip, hop 1",
      "n2,n3,n4 and 4 more learned it at 1,200 ms to 1,206 ms from n1 by gossip, hop 2",
      "n9 never learned it: from n1 at 1,000 ms was dropped at 1,000 ms (loss), and so 2 more times until 3,000 ms",
      "n10,n11 never learned it: nobody sent it there"
    ])
  })

  it("says that a node learned a value but its last read misses it", () => {
    const operations = [
      read([7], 900, { node: "n0", final: true }),
      read([], 900, { node: "n1", final: true }),
      read([], 120, { node: "n0" })
    ]
    const [first, second] = explain(history(operations, { nodes, transmissions }), 7)
    assert.strictEqual(first, "n0 learned it at 100 ms from c0 by broadcast, hop 0")
    assert.strictEqual(second, "n1 learned it at 150 ms from n0 by gossip, hop 1, but its last read misses it")
  })

  it("says why nobody has a value that every node that had it forgot", () => {
    const operations = [broadcast(7, [100, 100]), read([], 900, { final: true })]
    const faults = [{ fault: Fault.Amnesia({ nodes: ["n0"] }), from: 1231, to: 2000 }]
    const told = [message("c0", "n0", { type: "broadcast", message: 7 }, 100)]
    assert.deepStrictEqual(explain(history(operations, { faults, transmissions: told }), 7), [
      "n0 learned it at 100 ms from c0 by broadcast, hop 0, but its last read misses it",
      "nobody has it: only n0 had it, and forgot it at 1,231 ms before any other node had learned it"
    ])
  })

  it("says that a node did not learn a value from a message that it answered with an error", () => {
    const told = (msg_id: number, from: number) => ({
      ...message("n0", "n1", { type: "gossip", messages: [7] }, from, { _tag: "Delivered", at: from + 50 }),
      text: JSON.stringify({ src: "n0", dest: "n1", body: { type: "gossip", messages: [msg_id < 3 ? 7 : 8], msg_id } })
    })
    const error = {
      ...message("n1", "n0", { type: "error" }, 150),
      text: JSON.stringify({ src: "n1", dest: "n0", body: { type: "error", code: 11, text: "", in_reply_to: 2 } })
    }
    const sent = [message("c0", "n0", { type: "broadcast", message: 7 }, 100), told(2, 100), told(3, 100), error]
    const course = history([], { nodes: ["n0", "n1"], transmissions: sent })
    assert.deepStrictEqual(explain(course, 7), [
      "n0 learned it at 100 ms from c0 by broadcast, hop 0",
      "n1 never learned it: from n0 at 100 ms was refused at 150 ms"
    ])
    assert.include(explain(course, 8)[0], "n1 learned it at 150 ms")
    // A node with amnesia counts from 0 again: this is another message with the same id.
    const again = history([], { nodes: ["n0", "n1"], transmissions: [...sent, told(2, 900)] })
    assert.strictEqual(explain(again, 7)[1], "n1 learned it at 950 ms from n0 by gossip, hop 1")
  })
})
