/**
 * Maelstrom's `lin-tso`: a timestamp oracle. It answers every request with the next integer, from 0 up.
 */
import * as Schema from "effect/Schema"
import { body, union } from "../protocol/Message.ts"
import * as Service from "./Service.ts"

/** Asks for a timestamp. */
export const Ts = body("ts", {})
/** A timestamp that nobody else got, and greater than all before it. */
export const TsOk = body("ts_ok", { ts: Schema.Int })

/** The service. Its state is the next timestamp. */
export const service = Service.make({
  name: "lin-tso",
  requests: union(Ts),
  initial: 0,
  step: (next: number): readonly [number, typeof TsOk.Type] => [next + 1, { type: "ts_ok", ts: next }]
})
