/**
 * Answers become messages: numbered, in order, what is sent before the reply.
 */
import { assert, describe, it } from "@effect/vitest"
import { Outbox, type ReplyTo } from "../../src/node/Outbox.ts"
import { printBody } from "../../src/protocol/Wire.ts"

const to: ReplyTo = { self: "n1", src: "c1", id: 9, isReply: false }
const send = (dest: string, value: number) => ({ dest, body: printBody({ type: "gossip", messages: [value] }) })
const ok = printBody({ type: "ok" })
const error = printBody({ type: "error", code: 13, text: "no" })

/** The lines of an outbox whose first id is 5, after these answers. */
const linesAfter = (...posts: ReadonlyArray<Parameters<Outbox["post"]>>) => {
  const outbox = new Outbox(5)
  for (const post of posts) outbox.post(...post)
  return outbox.frames.map(({ text }) => text)
}

describe("Outbox", () => {
  it("is empty at first", () => {
    const outbox = new Outbox(5)
    assert.deepStrictEqual([outbox.frames, outbox.nextId, outbox.length], [[], 5, 0])
  })

  it("numbers messages in order, the reply last", () => {
    assert.deepStrictEqual(linesAfter([to, { reply: ok, send: [send("n2", 1), send("n3", 2)] }]), [
      `{"src": "n1", "dest": "n2", "body": {"type": "gossip", "messages": [1], "msg_id": 5}}`,
      `{"src": "n1", "dest": "n3", "body": {"type": "gossip", "messages": [2], "msg_id": 6}}`,
      `{"src": "n1", "dest": "c1", "body": {"type": "ok", "in_reply_to": 9, "msg_id": 7}}`
    ])
  })

  it("tells what comes next, how long all is, and each message's names and type", () => {
    const outbox = new Outbox(5)
    outbox.post(to, { reply: ok, send: [send("n2", 1)] })
    outbox.post({ ...to, src: "c2" }, { reply: ok })
    assert.strictEqual(outbox.nextId, 8)
    assert.strictEqual(
      outbox.length,
      outbox.frames.reduce((sum, { text }) => sum + text.length, 0)
    )
    assert.deepStrictEqual(
      outbox.frames.map(({ dest, src, type }) => [src, dest, type]),
      [
        ["n1", "n2", "gossip"],
        ["n1", "c1", "ok"],
        ["n1", "c2", "ok"]
      ]
    )
  })

  it("sends no reply to what has no id, but all the rest", () => {
    assert.lengthOf(
      linesAfter([
        { ...to, id: undefined },
        { reply: ok, send: [send("n2", 1)] }
      ]),
      1
    )
    assert.deepStrictEqual(linesAfter([{ ...to, id: undefined }, { reply: error }]), [])
  })

  it("sends no error to a reply, but any other answer", () => {
    assert.deepStrictEqual(linesAfter([{ ...to, isReply: true }, { reply: error }]), [])
    assert.lengthOf(linesAfter([to, { reply: error }]), 1)
    assert.lengthOf(linesAfter([{ ...to, isReply: true }, { reply: ok }]), 1)
  })

  it("a message that is not sent takes no id", () => {
    const [line] = linesAfter([{ ...to, id: undefined }, { reply: ok }], [to, { reply: ok }])
    assert.include(line, `"msg_id": 5`)
  })

  it("names the sender as it was when each answer was posted", () => {
    assert.deepStrictEqual(
      linesAfter([{ ...to, self: "x" }, { reply: ok }], [to, { reply: ok }]).map((line) => line.slice(0, 12)),
      [`{"src": "x",`, `{"src": "n1"`]
    )
  })

  it("names are printed as JSON", () => {
    assert.include(linesAfter([{ ...to, src: `"\n` }, { reply: ok }])[0], String.raw`"dest": "\"\n"`)
  })
})
