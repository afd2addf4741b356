/**
 * The queue of events against a sorted list.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { EventQueue } from "../../src/simulation/EventQueue.ts"

// Few different times, so that many events have the same.
const Step = Schema.Option(Schema.Literals([0, 0.5, 1, 2.25, 3, 7]))

describe("EventQueue", () => {
  it("has nothing at first", () => {
    const queue = new EventQueue()
    assert.deepStrictEqual([queue.size, queue.nextTime, queue.pop()], [0, undefined, undefined])
  })

  it.effect.prop(
    "yields the events of the earliest time in the order in which they came, whenever it is asked",
    { steps: Schema.Array(Step) },
    ({ steps }) =>
      Effect.sync(() => {
        const queue = new EventQueue()
        let model: Array<{ readonly time: number; readonly event: { readonly run: () => void } }> = []
        const pop = () => {
          const first = model.toSorted((a, b) => a.time - b.time)[0]
          model = model.filter((one) => one !== first)
          assert.strictEqual(queue.nextTime, first?.time)
          assert.strictEqual(queue.pop(), first?.event)
          assert.strictEqual(queue.size, model.length)
        }
        for (const step of steps) {
          if (Option.isNone(step)) {
            pop()
          } else {
            const event = { run: constVoid }
            model.push({ time: step.value, event })
            queue.push(step.value, event)
          }
        }
        while (model.length > 0) pop()
      }),
    { arbitrary: { runs: 500, seed: 1 } }
  )
})
