/**
 * Maelstrom's `lin-kv`: a linearizable key-value store.
 *
 * There is one copy of the store, and every request works on it. So each one sees all that was done before it.
 */
import * as KeyValue from "./KeyValue.ts"
import * as Service from "./Service.ts"

/** The service. Its state is the store. */
export const service = Service.make({
  name: "lin-kv",
  requests: KeyValue.Requests,
  initial: KeyValue.empty,
  step: (store, { body }) => KeyValue.step(store, body)
})
