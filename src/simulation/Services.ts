/**
 * Maelstrom's services in a run. They are there from the start, they never fail, and they answer at once.
 *
 * Each draws its chance from a source of its own. So a run that does not use a service is the same as if there were none.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Transmission } from "../analysis/History.ts"
import { MessageId, type NodeId } from "../protocol/Message.ts"
import * as Wire from "../protocol/Wire.ts"
import * as LinKv from "../services/LinKv.ts"
import * as LinTso from "../services/LinTso.ts"
import * as LwwKv from "../services/LwwKv.ts"
import * as SeqKv from "../services/SeqKv.ts"
import * as Service from "../services/Service.ts"
import type { Frame } from "./Network.ts"
import { chance, type Scenario } from "./Scenario.ts"

/** The services of a run. */
export interface Services {
  /** Their names, each with the node that it is beside; undefined if no fault of the network affects it. */
  readonly places: ReadonlyMap<NodeId, NodeId | undefined>
  /** Hands a message to a service, which replies unless the message wants no reply. */
  readonly receive: (transmission: Transmission) => void
}

const print = Wire.printer()
const isMessageId = Schema.is(MessageId)

/** Starts the services; `send` takes their replies. */
export const make = Effect.fnUntraced(function* (options: {
  readonly nodes: ReadonlyArray<NodeId>
  readonly scenario: Pick<Scenario, "seed" | "service_faults">
  readonly send: (frame: Frame) => void
}) {
  const { nodes, scenario, send } = options
  const start = <State>(service: Service.Service<State>) =>
    Effect.map(chance(scenario.seed, `service/${service.name}`), (random) => {
      const place = nodes[Math.floor(random.nextDoubleUnsafe() * nodes.length)]
      return {
        name: service.name,
        place: scenario.service_faults ? place : undefined,
        answer: Service.start(service, random),
        nextId: 0
      }
    })
  const started = yield* Effect.all([
    start(SeqKv.service),
    start(LinKv.service),
    start(LwwKv.service),
    start(LinTso.service)
  ])
  const byName = new Map(started.map((service) => [service.name, service]))
  return {
    places: new Map(started.map(({ name, place }) => [name, place])),
    receive: ({ dest: src, src: dest, text }) => {
      const service = byName.get(src)
      const request = Wire.envelope(text)
      if (service === undefined || Result.isFailure(request)) return
      const { in_reply_to: replied, msg_id: id } = request.success.body
      // Nobody answers a reply.
      if (replied !== undefined) return
      const body = service.answer(dest, request.success.body)
      if (!isMessageId(id)) return
      send({ src, dest, type: body.type, text: print({ src, dest, body, in_reply_to: id, msg_id: service.nextId++ }) })
    }
  } satisfies Services
})
