/**
 * What clients do, and when: Maelstrom's broadcast workload.
 *
 * Requests come at intervals uniform in 0..2/rate, half of them broadcasts of 0, 1, 2, … and half reads, to the nodes in
 * turn, those with a request under way skipped. After the time limit nobody works for a while, then every node is read
 * once more.
 */
import type { NodeId } from "../protocol/Message.ts"
import type { Clients } from "./Clients.ts"
import * as Dice from "./Dice.ts"
import type { Scenario } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** What the workload needs. */
export interface Setting {
  readonly scenario: Scenario
  readonly nodes: ReadonlyArray<NodeId>
  readonly clients: Clients
  readonly dice: Dice.Dice
  readonly time: VirtualTime
}

// Requests of one moment are still made one after the other, and the judge asks which was later.
const betweenReads = 0.001

// How soon a request that found all clients busy is tried again.
const retryAfter = 1

/** Asks every node the same kind of question; calls `done` when all have answered or failed to. */
export const askAll = (
  { clients, nodes }: Setting,
  body: (node: NodeId) => { readonly type: string },
  done: () => void
): void => {
  let open = nodes.length
  for (const node of nodes) {
    clients.ask(node, body(node), () => {
      if (--open === 0) done()
    })
  }
}

/** Lets clients work from now until the time limit. */
export const work = ({ clients, dice, nodes, scenario, time }: Setting): void => {
  const until = time.now + scenario.time_limit
  let turn = 0
  let nextValue = 0
  const request = (isRead: boolean) => {
    const free = nodes
      .map((_, offset) => (turn + offset) % nodes.length)
      .find((place) => !clients.isBusy(nodes[place] ?? ""))
    const node = free === undefined ? undefined : nodes[free]
    if (free === undefined || node === undefined) {
      if (time.now < until) time.after(retryAfter, () => request(isRead))
      return
    }
    turn = (free + 1) % nodes.length
    if (isRead) clients.read(node, false)
    else clients.broadcast(node, nextValue++)
  }
  const schedule = (at: number) => {
    if (at >= until) return
    time.at(at, () => {
      // Drawn before it is known whether anybody is free, so that chance does not depend on the nodes.
      request(dice.nextDoubleUnsafe() >= 0.5)
      schedule(at + Dice.around(dice, 1000 / scenario.rate))
    })
  }
  schedule(time.now + Dice.around(dice, 1000 / scenario.rate))
}

/** Reads every node once more; calls `done` when all have answered or failed to. */
export const lastReads = ({ clients, nodes, time }: Setting, done: () => void): void => {
  let open = nodes.length
  nodes.forEach((node, place) => {
    const read = () => {
      if (clients.isBusy(node)) return time.after(retryAfter, read)
      clients.read(node, true)
      const wait = () => {
        if (clients.isBusy(node)) return time.after(retryAfter, wait)
        if (--open === 0) done()
      }
      time.after(retryAfter, wait)
    }
    time.after(place * betweenReads, read)
  })
}
