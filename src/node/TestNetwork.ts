/**
 * The messages under way between the nodes of a test, and the rules about them, as a value.
 *
 * A message is in flight from when it is sent until it is delivered or lost. It arrives after its delay, and is delivered as
 * soon as its turn comes; while messages are held, that is never. A rule delays messages that fit a predicate, or loses them,
 * which is a delay without end.
 */
import type { Predicate } from "effect/Predicate"
import type { NodeId } from "../protocol/Message.ts"
import type { Envelope } from "../protocol/Wire.ts"

/** A message on its way. */
export interface Parcel {
  readonly message: Envelope
  /** The message as its sender has printed it. */
  readonly line: string
}

/** A rule about messages. */
export interface Rule {
  readonly fits: Predicate<Envelope>
  /** How much longer a message that fits takes, in ms; infinite if it is lost. */
  readonly delay: number
  /** How many messages the rule is still for; infinite for no limit. */
  readonly times: number
}

interface ActiveRule extends Rule {
  /** The messages that the rule has met, in order. */
  readonly met: ReadonlyArray<Envelope>
}

/** What is under way, and the rules. */
export interface TestNetwork {
  /** A rule's id is its place here. Those that have ended stay. */
  readonly rules: ReadonlyArray<ActiveRule>
  /** In the order sent. */
  readonly inFlight: ReadonlyArray<Parcel>
  /** Which of them can be delivered, in the order in which they arrived. */
  readonly arrived: ReadonlyArray<Parcel>
  /** Whether messages are kept back until they are delivered by hand. */
  readonly isHeld: boolean
}

/** Nothing is under way, and there are no rules. */
export const empty: TestNetwork = { rules: [], inFlight: [], arrived: [], isHeld: false }

/** Applies the rules to a message: how much longer it takes, in ms. */
const judge = (
  rules: ReadonlyArray<ActiveRule>,
  message: Envelope
): readonly [delay: number, rules: ReadonlyArray<ActiveRule>] => {
  let delay = 0
  const next = rules.map((rule) => {
    if (delay === Infinity || rule.times === 0 || !rule.fits(message)) return rule
    delay += rule.delay
    return { ...rule, times: rule.times - 1, met: [...rule.met, message] }
  })
  return [delay, next]
}

const without = (network: TestNetwork, isGone: Predicate<Parcel>): TestNetwork => ({
  ...network,
  inFlight: network.inFlight.filter((parcel) => !isGone(parcel)),
  arrived: network.arrived.filter((parcel) => !isGone(parcel))
})

/** Sends a message that takes `latency` ms if no rule is about it. It arrives after `delay` ms; never if that is infinite. */
export const send = (
  network: TestNetwork,
  message: Envelope,
  line: string,
  latency: number
): readonly [sent: { readonly parcel: Parcel; readonly delay: number }, network: TestNetwork] => {
  const parcel = { message, line }
  const [more, rules] = judge(network.rules, message)
  const delay = latency + more
  const next = { ...network, rules }
  return [{ parcel, delay }, delay === Infinity ? next : { ...next, inFlight: [...network.inFlight, parcel] }]
}

/** A message has arrived, unless it was lost or delivered before. */
export const arrive = (network: TestNetwork, parcel: Parcel): TestNetwork =>
  network.inFlight.includes(parcel) ? { ...network, arrived: [...network.arrived, parcel] } : network

/** Takes the first message in flight that fits, whether it has arrived or not. */
export const take = (
  network: TestNetwork,
  fits: Predicate<Envelope>
): readonly [parcel: Parcel | undefined, network: TestNetwork] => {
  const parcel = network.inFlight.find(({ message }) => fits(message))
  return [parcel, without(network, (other) => other === parcel)]
}

/** Takes the message that arrived first, unless messages are held. */
export const next = (network: TestNetwork): readonly [parcel: Parcel | undefined, network: TestNetwork] => {
  const [parcel] = network.isHeld ? [] : network.arrived
  return [parcel, without(network, (other) => other === parcel)]
}

/** Keeps messages back, or lets go of them. */
export const hold = (network: TestNetwork, isHeld: boolean): TestNetwork => ({ ...network, isHeld })

/** Whether a message goes from one of these groups to another. A name in no group is not cut off from anybody. */
export const between =
  (groups: ReadonlyArray<ReadonlyArray<NodeId>>): Predicate<Envelope> =>
  ({ dest, src }) => {
    const groupOf = (name: NodeId) => groups.findIndex((group) => group.includes(name))
    const [from, to] = [groupOf(src), groupOf(dest)]
    return from !== -1 && to !== -1 && from !== to
  }

/** Adds a rule. It is about messages sent from now on; if it loses messages, about those in flight as well. */
export const addRule = (network: TestNetwork, rule: Rule): readonly [id: number, network: TestNetwork] => {
  const fitting = network.inFlight.filter(({ message }) => rule.delay === Infinity && rule.fits(message))
  const lost = fitting.slice(0, rule.times)
  const active = { ...rule, times: rule.times - lost.length, met: lost.map(({ message }) => message) }
  const left = without(network, (parcel) => lost.includes(parcel))
  return [network.rules.length, { ...left, rules: [...network.rules, active] }]
}

/** The messages that a rule has met, in order, also when it has ended. */
export const met = ({ rules }: TestNetwork, id: number): ReadonlyArray<Envelope> => rules[id]?.met ?? []

/** Ends a rule. */
export const endRule = (network: TestNetwork, id: number): TestNetwork => ({
  ...network,
  rules: network.rules.map((rule, index) => (index === id ? { ...rule, times: 0 } : rule))
})
