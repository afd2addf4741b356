/**
 * The clock by which nodes meet never goes back, and is never behind a peer's message.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as MeetingClock from "../../src/gossip/MeetingClock.ts"

const day = 86_400_000
const start = 1_700_000_000_000

const clockAt = (now: number) => MeetingClock.read(MeetingClock.unread, now)

const Event = Schema.Struct({
  what: Schema.Literals(["read", "message"]),
  /** What the node's own clock shows, or when a message was sent, since the start. */
  at: Schema.Int.check(Schema.isBetween({ minimum: -2 * day, maximum: 3 * day }))
})

describe("the meeting clock", () => {
  it("shows the node's own time at first", () => {
    assert.strictEqual(MeetingClock.time(clockAt(start)), start)
    assert.strictEqual(MeetingClock.time(MeetingClock.read(clockAt(start), start + 70)), start + 70)
  })

  it.prop(
    "never goes back, whatever the node's own clock and the messages of peers say",
    { events: Schema.Array(Event) },
    ({ events }) => {
      let clock = clockAt(start)
      for (const { at, what } of events) {
        const next = what === "read" ? MeetingClock.read(clock, start + at) : MeetingClock.notBefore(clock, start + at)
        assert.isAtLeast(MeetingClock.time(next), MeetingClock.time(clock))
        clock = next
      }
    },
    { arbitrary: { runs: 300, seed: 1 } }
  )

  it.prop(
    "is never behind a message that was sent up to a day ahead of it, and follows no further than to that message",
    { lead: Schema.Int.check(Schema.isBetween({ minimum: -day, maximum: day })) },
    ({ lead }) => {
      const clock = MeetingClock.notBefore(clockAt(start), start + lead)
      assert.strictEqual(MeetingClock.time(clock), start + Math.max(0, lead))
    },
    { arbitrary: { runs: 200, seed: 1 } }
  )

  it.prop(
    "counts whole ms, whatever fractions the node's own clock and the messages of peers have",
    { events: Schema.Array(Event), fraction: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })) },
    ({ events, fraction }) => {
      let clock = clockAt(start + fraction)
      for (const { at, what } of events) {
        const time = start + at + fraction
        clock = what === "read" ? MeetingClock.read(clock, time) : MeetingClock.notBefore(clock, time)
        assert.isTrue(Number.isInteger(clock.ahead) && Number.isInteger(MeetingClock.time(clock)))
      }
    },
    { arbitrary: { runs: 100, seed: 1 } }
  )

  it("does not follow a peer whose clock is more than a day ahead", () => {
    const clock = clockAt(start)
    assert.strictEqual(MeetingClock.time(MeetingClock.notBefore(clock, start + day)), start + day)
    assert.strictEqual(MeetingClock.time(MeetingClock.notBefore(clock, start + day + 1)), start)
  })

  it("keeps its lead while the node's own clock goes on", () => {
    const clock = MeetingClock.notBefore(clockAt(start), start + 300)
    assert.strictEqual(MeetingClock.time(MeetingClock.read(clock, start + 1000)), start + 1300)
  })

  it("goes on where it was when the node's own clock is set back", () => {
    const back = MeetingClock.read(clockAt(start), start - 5000)
    assert.strictEqual(MeetingClock.time(back), start)
    assert.strictEqual(MeetingClock.time(MeetingClock.read(back, start - 4900)), start + 100)
  })

  it("goes forward with the node's own clock when that is put forward", () => {
    assert.strictEqual(MeetingClock.time(MeetingClock.read(clockAt(start), start + 2 * day)), start + 2 * day)
  })
})
