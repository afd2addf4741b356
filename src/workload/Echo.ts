/**
 * Maelstrom's echo workload: a node is to answer with what it was told.
 *
 * @module
 * @since 0.1.0
 */
import type { Judgement } from "../analysis/Verdict.ts"
import * as Words from "../analysis/Words.ts"
import * as Message from "../protocol/Message.ts"
import { key, Value } from "../protocol/Value.ts"
import * as Workload from "./Workload.ts"

/**
 * Asks a node to repeat something.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Echo = Message.body("echo", { echo: Value })
/**
 * Repeats it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EchoOk = Message.body("echo_ok", { echo: Value })

/** Texts differ by a number below this. */
const texts = 128

/**
 * Maelstrom's `echo`: valid if every answer equals its question, unknown if there is no answer.
 *
 * @category workloads
 * @since 0.1.0
 */
export const echo = Workload.make({
  name: "echo",
  calls: [Workload.query(Echo, EchoOk)],
  requests: function* (random) {
    for (;;) yield { type: "echo", echo: `Please echo ${Math.floor(random.nextDoubleUnsafe() * texts)}` }
  },
  check: ({ operations }): Judgement => {
    const answered = operations.filter((operation) => operation.ending === "ok")
    const wrong = answered.filter(({ reply, request }) => key(reply.echo) !== key(request.echo))
    return {
      valid: wrong.length > 0 ? false : answered.length === 0 ? "unknown" : true,
      complete: true,
      problems: Words.first(
        wrong.map(
          ({ invoked, node, reply, request }) =>
            `${node} was told ${key(request.echo)} at ${Words.number(invoked)} ms and answered ${key(reply.echo)}`
        ),
        "wrong answers"
      ),
      figures: { answered: answered.length, wrong: wrong.length }
    }
  }
})
