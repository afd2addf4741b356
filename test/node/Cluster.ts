/**
 * Messages for tests, and a node's complaints.
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { Gossip } from "../../src/gossip/Gossip.ts"
import { Peers } from "../../src/gossip/Peers.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import { TestNode } from "../../src/node/TestNode.ts"
import type { Incoming, RawBody } from "../../src/protocol/Wire.ts"

/** n1, n2, … */
export const names = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `n${index + 1}`)

/** A message to n1, from a client if nothing else is said. */
export const message = (body: RawBody, src = "c1", dest = "n1"): Incoming => ({ src, dest, body })

/** Tells n1 that it is one of so many nodes. The reply has `in_reply_to` 1 and `msg_id` 0. */
export const init = (count: number): Incoming =>
  message({ type: "init", msg_id: 1, node_id: "n1", node_ids: names(count) }, "c0")

/** Puts what is logged into `log`, and nowhere else. */
const layerLog = (log: Array<string>): Layer.Layer<never> =>
  Logger.layer([Logger.make((options) => log.push(String(options.message)))])

/** A gossip node under test; its complaints go to `log`. */
export const layerGossip = (
  options: {
    readonly seed?: string | number
    readonly settings?: Partial<Settings.SettingsShape>
    readonly peers?: Layer.Layer<Peers>
    readonly log?: Array<string>
  } = {}
) =>
  TestNode.layer(
    Gossip.layerNoDeps.pipe(Layer.provide([options.peers ?? Peers.layer, Settings.Settings.layer(options.settings)])),
    { seed: options.seed ?? 1 }
  ).pipe(Layer.provide(layerLog(options.log ?? [])))
