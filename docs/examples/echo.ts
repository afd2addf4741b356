/**
 * Echo: a node that answers with what it is told.
 *
 * A handler says which message it handles, which bodies it sends, and what it does. Misspell a type or a field, and this file
 * does not compile.
 *
 * Stands every fault: it remembers nothing.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Handler from "maelstrom-gossip/node/Handler"
import * as Message from "maelstrom-gossip/protocol/Message"

const Echo = Message.body("echo", { echo: Schema.Json })
const EchoOk = Message.body("echo_ok", { echo: Schema.Json })

export const parts = Handler.layer({
  request: Echo,
  sends: [EchoOk],
  handle: ({ echo }, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo })])
})
