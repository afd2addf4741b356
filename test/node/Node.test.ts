/**
 * What a node does with good and bad lines, whatever it serves: identity, ids, the order of checks, the error codes.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Metrics from "../../src/node/Metrics.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import { print } from "../../src/protocol/JsonText.ts"
import { Topology } from "../../src/protocol/Broadcast.ts"
import type { Envelope } from "../../src/protocol/Wire.ts"
import { nested } from "../protocol/Json.ts"
import { init, layerGossip, message, names } from "./Cluster.ts"

/** What a lone node answers after its init, with every complaint. */
const answersOf = Effect.fnUntraced(
  function* (...lines: readonly [Envelope | string, ...ReadonlyArray<Envelope | string>]) {
    const test = yield* TestNode
    yield* test.lines(init(1))
    return yield* test.send(...lines)
  },
  (effect) => {
    const log: Array<string> = []
    return effect.pipe(
      Effect.provide(layerGossip({ log })),
      Effect.map((sent) => ({ sent: sent.map(({ body }) => body), log }))
    )
  }
)

const read = (msg_id: number) => message({ type: "read", msg_id })

const values = (count: number) => `[${"1, ".repeat(count)}1]`

describe("Node", () => {
  describe("the init message", () => {
    it.effect("init is answered by the node that it names, with msg_id 0", () =>
      Effect.gen(function* () {
        const test = yield* TestNode
        assert.deepStrictEqual(yield* test.lines(init(3)), [
          `{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}`
        ])
      }).pipe(Effect.provide(layerGossip()))
    )

    it.effect("init takes effect without an answer when it has no msg_id", () =>
      Effect.gen(function* () {
        const test = yield* TestNode
        assert.deepStrictEqual(yield* test.lines(message({ type: "init", node_id: "n1", node_ids: ["n1"] })), [])
        const [answer] = yield* test.send(read(2))
        assert.strictEqual(answer?.body["type"], "read_ok")
      }).pipe(Effect.provide(layerGossip()))
    )

    it.effect("init is acknowledged again for the same id and the same set of nodes", () =>
      Effect.gen(function* () {
        const test = yield* TestNode
        const again = (node_ids: ReadonlyArray<string>) =>
          test.send(message({ type: "init", msg_id: 2, node_id: "n1", node_ids }))
        yield* test.lines(init(3))
        for (const nodes of [
          ["n1", "n2", "n3"],
          ["n3", "n1", "n2"],
          ["n2", "n2", "n3", "n1"]
        ]) {
          const [answer] = yield* again(nodes)
          assert.strictEqual(answer?.body["type"], "init_ok")
        }
      }).pipe(Effect.provide(layerGossip()))
    )

    it.effect("a second init for another id or other nodes is refused with error 12 and changes nothing", () =>
      Effect.gen(function* () {
        const test = yield* TestNode
        yield* test.lines(init(2))
        for (const [index, [node_id, node_ids]] of [
          ["n1", names(3)] as const,
          ["n1", names(1)] as const,
          ["n1", ["n1", "n3"]] as const
        ].entries()) {
          const [answer] = yield* test.send(message({ type: "init", msg_id: 9, node_id, node_ids }))
          assert.deepStrictEqual(answer, {
            src: "n1",
            dest: "c1",
            body: {
              type: "error",
              code: 12,
              text: "init: this node is n1 of n1,n2 already and stays so",
              in_reply_to: 9,
              msg_id: 1 + index
            }
          })
        }
        const [other] = yield* test.send(message({ type: "init", msg_id: 9, node_id: "n2", node_ids: names(2) }))
        assert.deepStrictEqual([other?.src, other?.body["code"]], ["n1", 12])
        const sent = yield* test.send(message({ type: "broadcast", message: 1, msg_id: 3 }))
        assert.deepStrictEqual(
          sent.map(({ dest, src }) => [src, dest]),
          [
            ["n1", "n2"],
            ["n1", "c1"]
          ]
        )
      }).pipe(Effect.provide(layerGossip()))
    )

    it.effect.each([
      [{ node_ids: ["n1"] }, /^init: node_id: /],
      [{ node_id: "n1" }, /^init: node_ids: /],
      [{ node_id: 1, node_ids: ["n1"] }, /^init: node_id: /],
      [{ node_id: "", node_ids: ["n1"] }, /^init: node_id: /],
      [{ node_id: "n1", node_ids: ["n1", 2] }, /^init: node_ids\.1: /],
      [{ node_id: "n1", node_ids: "n1" }, /^init: node_ids: /]
    ] as const)(
      "a malformed init is refused with error 12 naming the field, and may then be sent right: %j",
      ([fields, text]) =>
        Effect.gen(function* () {
          const test = yield* TestNode
          const [refused] = yield* test.send(message({ type: "init", msg_id: 5, ...fields }))
          assert.deepStrictEqual([refused?.src, refused?.body["code"]], ["n1", 12])
          assert.match(String(refused?.body["text"]), text)
          const [accepted] = yield* test.send(init(1))
          assert.deepStrictEqual([accepted?.body["type"], accepted?.body["msg_id"]], ["init_ok", 1])
        }).pipe(Effect.provide(layerGossip()))
    )
  })

  it.effect("a request before init is refused with error 11 by whom it was sent to, msg_id counting from 0", () =>
    Effect.gen(function* () {
      const test = yield* TestNode
      const sent = yield* test.send(
        message({ type: "read", msg_id: 7 }, "c1", "n5"),
        message({ type: "nonsense", msg_id: 8 }, "c1", "n6"),
        message({ type: "broadcast", msg_id: 9 }, "c1", "n6"),
        message({ type: "read" }, "c1", "n6"),
        init(1)
      )
      assert.deepStrictEqual(
        sent.map(({ body, dest, src }) => [src, dest, body["code"], body["in_reply_to"], body["msg_id"]]),
        [
          ["n5", "c1", 11, 7, 0],
          ["n6", "c1", 11, 8, 1],
          ["n6", "c1", 11, 9, 2],
          ["n1", "c0", undefined, 1, 3]
        ]
      )
      assert.match(String(sent[0]?.body["text"]), /^read: .*init/)
    }).pipe(Effect.provide(layerGossip()))
  )

  it.effect("message ids count up over all replies", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(read(5), message({ type: "x", msg_id: 6 }), read(5))
      assert.deepStrictEqual(
        sent.map((body) => [body["msg_id"], body["in_reply_to"]]),
        [
          [1, 5],
          [2, 6],
          [3, 5]
        ]
      )
    })
  )

  it.effect("an unknown type is refused with error 10 naming it", () =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(
        message({ type: "mystery", msg_id: 2 }),
        message({ type: "", msg_id: 3 }),
        message({ type: "toString", msg_id: 4 }),
        message({ type: "__proto__", msg_id: 5 }),
        read(6)
      )
      assert.deepStrictEqual(
        sent.map((body) => body["code"]),
        [10, 10, 10, 10, undefined]
      )
      assert.match(String(sent[0]?.["text"]), /^mystery: /)
      assert.deepStrictEqual(log, [])
    })
  )

  it.effect.each([
    [{ type: "broadcast" }, /^broadcast: message: /],
    [{ type: "topology", topology: { n1: "n2" } }, /^topology: topology\.n1: /],
    [{ type: "topology" }, /^topology: topology: /],
    [{ type: "topology", topology: [] }, /^topology: topology: /],
    [{ type: "gossip", messages: 1 }, /^gossip: messages: /],
    [{ type: "gossip" }, /^gossip: messages: /],
    [{ type: "configure", fanout: "2" }, /^configure: fanout: /],
    [{}, /^type: /],
    [{ type: 3 }, /^type: /],
    [{ type: null }, /^type: /],
    [{ type: ["read"] }, /^type: /]
  ] as const)("the body %j is refused with error 12 naming the field", ([body, text]) =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(message({ ...body, msg_id: 2 }))
      assert.deepStrictEqual([sent.length, sent[0]?.["code"], sent[0]?.["in_reply_to"]], [1, 12, 2])
      assert.match(String(sent[0]?.["text"]), text)
      assert.deepStrictEqual(log, [])
    })
  )

  it.effect.each([
    { type: "broadcast" },
    {},
    { type: 3 },
    { type: "mystery" },
    { type: "broadcast", msg_id: 1.5, message: 1 },
    { type: "read", msg_id: "1" },
    { type: "read", msg_id: null },
    { type: "mystery", msg_id: {} }
  ])("the body %j, which cannot be answered, is logged with its line and skipped", (body) =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(message(body), read(2))
      assert.deepStrictEqual(
        sent.map((answer) => [answer["type"], answer["in_reply_to"]]),
        [["read_ok", 2]]
      )
      assert.lengthOf(log, 1)
      assert.match(String(log[0]), /^line 2 skipped: /)
    })
  )

  it.effect.each([
    ["not json", /^line 2 skipped: not JSON: /],
    [`{"src": "c1", "dest": "n1", "body": {"type": "read", "msg_id": 2}`, /^line 2 skipped: not JSON: /],
    ["[1]", /^line 2 skipped: not an envelope: /],
    [`{"src": "", "dest": "n1", "body": {"type": "read", "msg_id": 2}}`, /^line 2 skipped: not an envelope: src: /],
    [`{"src": 5, "dest": "n1", "body": {"type": "read", "msg_id": 2}}`, /^line 2 skipped: not an envelope: src: /],
    [`{"dest": "n1", "body": {"type": "read", "msg_id": 2}}`, /^line 2 skipped: not an envelope: src: /],
    [`{"src": "c1", "dest": "n1", "body": [{"type": "read"}]}`, /^line 2 skipped: not an envelope: body: /],
    [`{"src": "c1", "dest": "n2", "body": {"type": "read", "msg_id": 2}}`, /^line 2 skipped: it is for n2.* n1/],
    [`{"src": "c1", "dest": "n2", "body": {"type": "mystery", "msg_id": 2}}`, /^line 2 skipped: it is for n2.* n1/]
  ] as const)("the line %s is logged with its number and reason, and skipped", ([line, reason]) =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(line, read(3))
      assert.deepStrictEqual(
        sent.map((body) => [body["type"], body["in_reply_to"], body["msg_id"]]),
        [["read_ok", 3, 1]]
      )
      assert.lengthOf(log, 1)
      assert.match(String(log[0]), reason)
    })
  )

  it.effect.each(["", "   ", "\r", "\t"])("the empty line %j is skipped in silence", (line) =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(line)
      assert.deepStrictEqual([sent, log], [[], []])
    })
  )

  it.effect("a line that ends in a carriage return is a line like any other", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(`${print(read(2))}\r`)
      assert.strictEqual(sent[0]?.["type"], "read_ok")
    })
  )

  it.effect("a flood of bad lines is summed up", () => {
    const log: Array<string> = []
    return Effect.gen(function* () {
      const test = yield* TestNode
      yield* test.lines("x", ...Array.from({ length: 99 }, () => "x"))
      assert.deepStrictEqual(
        log.map((text) => text.slice(0, text.indexOf(":"))),
        Array.from({ length: 10 }, (_, index) => `line ${index + 1} skipped`)
      )
      yield* TestClock.adjust("1 second")
      yield* test.lines("x")
      assert.match(String(log[10]), /^90 more lines were skipped/)
      assert.match(String(log[11]), /^line 101 skipped: /)
    }).pipe(Effect.provide(layerGossip({ log })))
  })

  it.effect("skipped lines and refused requests are counted", () =>
    Effect.gen(function* () {
      yield* answersOf("x", "", message({ type: "mystery" }), message({ type: "mystery", msg_id: 1 }), read(2))
      const report = yield* Metrics.report
      assert.deepStrictEqual(report, { node_lines_skipped: 2, node_errors_replied: 1 })
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect.each([
    { type: "error", code: 10, text: "no", in_reply_to: 3, msg_id: 2 },
    { type: "configure_ok", in_reply_to: 3, msg_id: 2 },
    { type: "broadcast_ok", in_reply_to: 3 },
    { type: "mystery_ok", in_reply_to: null, msg_id: 2 }
  ])("the body %j, an answer that nobody waits for, is ignored in silence", (body) =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(message(body, "n2"))
      assert.deepStrictEqual([sent, log], [[], []])
    })
  )

  it.effect.each([
    { type: "broadcast", in_reply_to: 3, msg_id: 2 },
    { type: "configure", fanout: -1, in_reply_to: 3, msg_id: 2 },
    { in_reply_to: 3, msg_id: 2 },
    { type: "init", node_id: "n9", node_ids: [], in_reply_to: 3, msg_id: 2 },
    { type: "broadcast", message: 2 ** 53, in_reply_to: 3, msg_id: 2 }
  ])("the body %j, a malformed answer, is never answered with an error", (body) =>
    Effect.gen(function* () {
      const line = `{"src": "n2", "dest": "n1", "body": ${JSON.stringify(body)}}`
      const { log, sent } = yield* answersOf(line)
      assert.deepStrictEqual(sent, [])
      assert.lengthOf(log, 1)
    })
  )

  it.effect("a request whose in_reply_to is null, as some libraries write it, is answered", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(message({ type: "read", msg_id: 2, in_reply_to: null }))
      assert.strictEqual(sent[0]?.["type"], "read_ok")
    })
  )

  it.effect("a request without msg_id gets no reply but has its effect", () =>
    Effect.gen(function* () {
      const { log, sent } = yield* answersOf(
        message({ type: "read" }),
        message({ type: "broadcast", message: "x" }),
        message({ type: "topology", topology: {} }),
        message({ type: "gossip_stats" }),
        read(2)
      )
      assert.deepStrictEqual(
        sent.map((body) => body["messages"]),
        [["x"]]
      )
      assert.deepStrictEqual(log, [])
    })
  )

  it.effect("fields that nobody knows do no harm", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(
        `{"id": 12345678901234567890, "src": "c1", "dest": "n1", "body": {"type": "read", "msg_id": 2, "extra": [1]}}`
      )
      assert.strictEqual(sent[0]?.["type"], "read_ok")
    })
  )

  it.effect.each([
    ["9007199254740992", /^broadcast: message: .*2\^53/],
    ["-9007199254740992", /^broadcast: message: .*2\^53/],
    ['[0, {"a": 12345678901234567890}]', /^broadcast: message\.1\.a: .*2\^53/],
    ["1e999", /^broadcast: message: .*64-bit/],
    ["[-1e999]", /^broadcast: message\.0: .*64-bit/],
    [print(nested(1001)), /^broadcast: message: .*1000/],
    ["[".repeat(200_000) + "]".repeat(200_000), /^broadcast: message: .*1000/],
    [`${`{"a":`.repeat(50_000)}1${"}".repeat(50_000)}`, /^broadcast: message: .*1000/]
  ] as const)("the value %.20s is refused with error 12 and not stored", ([value, text]) =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(
        `{"src": "c1", "dest": "n1", "body": {"type": "broadcast", "message": ${value}, "msg_id": 2}}`,
        read(3)
      )
      assert.deepStrictEqual([sent[0]?.["code"], sent[0]?.["in_reply_to"]], [12, 2])
      assert.match(String(sent[0]?.["text"]), text)
      assert.deepStrictEqual(sent[1]?.["messages"], [])
    })
  )

  it.effect("a lossy integer is refused even if another stands beside the body", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(
        `{"id": 9007199254740993, "src": "c1", "dest": "n1",
          "body": {"type": "broadcast", "message": 9007199254740993, "msg_id": 2}}`,
        read(3)
      )
      assert.deepStrictEqual([sent[0]?.["code"], sent[1]?.["messages"]], [12, []])
    })
  )

  it.effect("of several values, none is stored if one cannot be", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(
        `{"src": "n2", "dest": "n1", "body": {"type": "gossip", "messages": [1, 9007199254740993, 2], "msg_id": 2}}`,
        read(3)
      )
      assert.match(String(sent[0]?.["text"]), /^gossip: messages\.1: /)
      assert.deepStrictEqual(sent[1]?.["messages"], [])
    })
  )

  it.effect.each([
    `"\\u0000\\ud800 日本語 🦄 \\"\\\\ \\u2028"`,
    `{"__proto__": {"type": "x"}, "constructor": 1, "toString": null}`,
    "9007199254740991",
    "[1e20, 5e-324, 0.1, -1.5e300]",
    print(nested(1000)),
    values(100_000)
  ])("the value %.30s comes back as it was sent", (value) =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(
        `{"src": "c1", "dest": "n1", "body": {"type": "broadcast", "message": ${value}, "msg_id": 2}}`,
        read(3)
      )
      assert.strictEqual(sent[0]?.["type"], "broadcast_ok")
      // As text, because a comparison of values may overlook keys named __proto__ or exhaust the stack.
      assert.strictEqual(JSON.stringify(sent[1]?.["messages"]), JSON.stringify([JSON.parse(value)]))
    })
  )

  it.effect("a topology with a node named __proto__ is acknowledged", () =>
    Effect.gen(function* () {
      const { sent } = yield* answersOf(
        `{"src": "c1", "dest": "n1", "body": {"type": "topology", "topology": {"__proto__": ["n1"]}, "msg_id": 2}}`,
        read(3)
      )
      assert.deepStrictEqual(
        sent.map((body) => body["type"]),
        ["topology_ok", "read_ok"]
      )
    })
  )

  describe("any lines", () => {
    const Id = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
    const Index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 }))
    const Request = Schema.Union([
      Schema.Struct({ type: Schema.tag("broadcast"), message: Schema.Json }),
      Schema.Struct({ type: Schema.tag("read") }),
      Schema.Struct({ type: Schema.tag("gossip_stats") }),
      Schema.Struct({ type: Schema.tag("topology"), topology: Topology.fields.topology }),
      Schema.Struct({ type: Schema.tag("configure"), fanout: Schema.Literals([1, 5, 1_000_000]) }),
      Schema.Struct({ type: Schema.tag("init"), node_id: Schema.tag("n1"), node_ids: Schema.Tuple([Schema.tag("n1")]) })
    ])
    const Line = Schema.Union([
      Schema.Struct({ kind: Schema.tag("text"), text: Schema.String }),
      Schema.Struct({ kind: Schema.tag("json"), value: Schema.Json }),
      Schema.Struct({ kind: Schema.tag("body"), body: Schema.Record(Schema.String, Schema.Json) }),
      Schema.Struct({
        kind: Schema.tag("mutated"),
        request: Request,
        id: Id,
        at: Index,
        remove: Id,
        insert: Schema.String
      }),
      Schema.Struct({ kind: Schema.tag("request"), request: Request })
    ])

    /** No mutation of a small id makes one of these. */
    const firstId = 1_000_000_000

    const write = (line: typeof Line.Type, index: number): Envelope | string => {
      switch (line.kind) {
        case "text":
          return line.text
        case "json":
          return print(line.value)
        case "body":
          return message(line.body)
        case "mutated": {
          const text = print(message({ ...line.request, msg_id: line.id }))
          const at = line.at % text.length
          return text.slice(0, at) + line.insert.slice(0, 3) + text.slice(at + line.remove)
        }
        case "request":
          return message({ ...line.request, msg_id: firstId + index })
      }
    }

    it.effect.prop(
      "no lines end the node, and every well-formed request among them is answered once, in order, without an error",
      { lines: Schema.Array(Line) },
      ({ lines }) =>
        Effect.gen(function* () {
          const test = yield* TestNode
          const sent = yield* test.send(init(1), ...lines.map(write))
          const answers = sent.map(({ body }) => body).filter((body) => Number(body["in_reply_to"]) >= firstId)
          assert.deepStrictEqual(
            answers.map((body) => [body["type"], body["in_reply_to"]]),
            lines.flatMap((line, index) =>
              line.kind === "request" ? [[`${line.request.type}_ok`, firstId + index]] : []
            )
          )
          assert.deepStrictEqual(
            sent.map(({ body }) => body["msg_id"]),
            sent.map((_, index) => index)
          )
        }).pipe(Effect.provide(layerGossip())),
      { arbitrary: { runs: 300, seed: 1 } }
    )
  })
})
