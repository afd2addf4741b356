/**
 * Meetings: every T ms all nodes turn to the same random host, which tells everybody what everybody has brought.
 *
 * A node with unconfirmed values sends them to the host when the meeting begins: it arrives. The host waits until nearly
 * everybody can have arrived, and then sends all values to all nodes: the list. So 2(n − 1) messages tell everybody
 * everything, and no protocol of one-way messages needs fewer (Harary, Schwenk 1974). The next meeting has another host, so
 * nobody is a point of failure: values that no host's list confirms are brought to further meetings.
 *
 * Whoever is sent an arrival is the host, whatever it thinks itself. If it has told everybody already, it brings the values
 * to its own next meeting. So clocks and lists of nodes that disagree cost time and messages, but never a value.
 *
 * Every exported function is a transition: (state, message, env) → (next state, outputs).
 */
import type { Env } from "../node/Component.ts"
import * as Output from "../node/Output.ts"
import type { NodeId } from "../protocol/Message.ts"
import type { Value } from "../protocol/Value.ts"
import * as AntiEntropy from "./AntiEntropy.ts"
import * as Batches from "./Batches.ts"
import * as Confirmed from "./Confirmed.ts"
import * as Forwarding from "./Forwarding.ts"
import * as Learning from "./Learning.ts"
import * as MeetingClock from "./MeetingClock.ts"
import type { Arrival, Gossip, GossipRepair, List } from "./Messages.ts"
import { type Hosting, type State, type Step, update } from "./State.ts"
import * as Store from "./Store.ts"
import * as Unconfirmed from "./Unconfirmed.ts"
import * as Wait from "./Wait.ts"

/** The state after a message that its sender sent at this time or later, in ms of the meeting clock. */
const sentAt = (state: State, sent: number): State => {
  const clock = MeetingClock.notBefore(state.meetings.clock, sent)
  return clock === state.meetings.clock ? state : Learning.withMeetings(state, { clock })
}

/** The state once the node's own clock shows `now`, in ms since the epoch. */
export const at = (state: State, now: number): State =>
  now === state.meetings.clock.seen
    ? state
    : Learning.withMeetings(state, { clock: MeetingClock.read(state.meetings.clock, now) })

/** The state after a change of settings. Without meetings, what was not told is left to comparisons. */
export const configured = (state: State, env: Env): State => {
  if (!Learning.meets(state, env)) {
    const next = Learning.withMeetings(state, { due: undefined, hosting: undefined, confirmed: Confirmed.none })
    return update(next, { unconfirmed: Unconfirmed.none })
  }
  const due = Learning.meetingAfter(Learning.time(state), -Infinity, state.settings.meeting_ms)
  return Learning.withMeetings(state, { due: state.unconfirmed.length === 0 ? undefined : due })
}

/**
 * A host that does not know the latencies hosts nobody who comes so many ms after the beginning, or later: the clock of that
 * guest is behind. Otherwise a clock that shows 1970 would keep its meeting open for years.
 */
const latest = 20 * Wait.guess

/** Opens a meeting that this node hosts. */
const open = (begin: number, wait: number | undefined): Hosting => ({
  begin,
  wait: wait ?? Wait.guess,
  isGuess: wait === undefined,
  guests: [],
  repeats: [],
  needed: []
})

/** Goes to the meeting that begins at `begin`: what is unconfirmed is brought to its hosts. */
const goTo = (before: State, begin: number, env: Env): Step => {
  const { meetings, settings, store } = before
  const { hosted, wait } = meetings
  const { givenUp, unanswered, unconfirmed, values } = Unconfirmed.bring(before.unconfirmed, store, {
    begin,
    most: settings.rounds,
    next: Learning.answerBy(before, begin)
  })
  const due =
    unconfirmed.length === 0
      ? undefined
      : Learning.meetingAfter(begin, Unconfirmed.earliest(unconfirmed), settings.meeting_ms)
  const state = update(Learning.withMeetings(before, { due }), { unconfirmed })
  const told = [
    ...(unanswered === 0
      ? []
      : [`brought again to the meeting of ${begin}: ${unanswered} values that no list confirmed`]),
    ...(givenUp.length === 0
      ? []
      : [`left to comparisons: ${givenUp.length} values that no host of ${settings.rounds} meetings confirmed`])
  ]
  const notes = told.map(Output.note)
  if (values.length === 0) return [state, notes]
  const hosts = before.selection.hosts?.(begin, settings.hosts, env) ?? []
  const others = hosts.filter((host) => host !== env.self)
  const needed = hosted.isNews ? Wait.enough(hosted.latenesses, settings.attendance, wait) : undefined
  const isHost = others.length < hosts.length
  const next = Learning.withMeetings(state, {
    hosted: others.length > 0 && hosted.isNews ? { ...hosted, isNews: false } : hosted,
    hosting: isHost && meetings.hosting === undefined ? open(begin, wait) : meetings.hosting
  })
  const bodies = Batches.deal(values, settings).map((list): Gossip => ({
    type: "gossip",
    kind: "arrival",
    values: list,
    meeting: begin,
    needed: needed === undefined ? undefined : Math.ceil(needed)
  }))
  const [after, arrivals] = Forwarding.sendTo(next, others, bodies)
  return [after, [...arrivals, ...notes]]
}

/** The meeting that is due: the node goes there, unless it would come too late, as after a pause. */
const meet = (state: State, env: Env): Step => {
  const { due, wait } = state.meetings
  const { meeting_ms } = state.settings
  const now = Learning.time(state)
  if (due === undefined || due > now) return [state, []]
  const begin = Math.floor(now / meeting_ms) * meeting_ms
  if (begin >= due && now - begin <= Wait.slack(wait ?? Wait.guess)) return goTo(state, begin, env)
  return [Learning.withMeetings(state, { due: Learning.meetingAfter(now, -Infinity, meeting_ms) }), []]
}

/** `gossip` of kind `arrival`: a peer brings values to a meeting of which this node is a host. */
export const arrival = (received: State, message: Arrival, from: NodeId, env: Env): Step => {
  const { meeting: begin, needed, values } = message
  if (!Learning.meets(received, env)) return Forwarding.relay(received, values, from, env)
  const before = sentAt(AntiEntropy.heard(received), begin)
  const { hosted, hosting, wait } = before.meetings
  const lateness = Learning.time(before) - begin
  const isLate = begin === hosted.begin
  const latenesses = isLate ? [...hosted.latenesses, lateness] : []
  const isTold = isLate && hosted.inTime >= (before.settings.attendance / 2) * latenesses.length
  const meeting = hosting ?? open(begin, isLate ? undefined : wait)
  const isTooLate = begin < hosted.begin || isTold || (meeting.isGuess && lateness >= latest)
  // A peer whose clock is so far ahead that it is not followed comes to no meeting.
  if (lateness < 0 || isTooLate) {
    const state = Learning.learn(before, values, -Infinity, env)
    const late = { begin, inTime: hosted.inTime, latenesses, isNews: true }
    const next = isLate ? Learning.withMeetings(state, { hosted: late }) : state
    return [next, Learning.duplicates(values, before, state)]
  }
  const state = Learning.learn(before, values, Learning.answerBy(before, begin), env)
  const isNew = state.store.size - before.store.size === values.length
  const next = Learning.withMeetings(state, {
    hosting: {
      begin: meeting.begin,
      wait: meeting.isGuess ? Wait.beyond(lateness) : meeting.wait,
      isGuess: meeting.isGuess,
      guests: [...meeting.guests, { name: from, lateness }],
      repeats: isNew ? meeting.repeats : withConfirmed(meeting.repeats, state, values),
      needed: needed === undefined ? meeting.needed : [...meeting.needed, needed]
    }
  })
  return [next, Learning.duplicates(values, before, state)]
}

/** With those of these values, all known, that are confirmed at this node; each once. */
const withConfirmed = (
  repeats: ReadonlyArray<Value>,
  { store, unconfirmed }: State,
  values: ReadonlyArray<Value>
): ReadonlyArray<Value> => {
  const others = Store.ValueSet.of([...repeats, ...Unconfirmed.values(unconfirmed, store)])
  return [...repeats, ...values.filter((value) => others.add(value))]
}

/** The host tells everybody what was brought. If all of that is confirmed already, only those who brought it are told. */
const tell = (before: State, { begin, guests, isGuess, needed, repeats, wait }: Hosting, env: Env): Step => {
  const { meetings, settings, store } = before
  const news = Unconfirmed.values(before.unconfirmed, store)
  // Guests are told even if this node does not know them.
  const names = new Set([...(news.length > 0 ? env.nodes : []), ...guests.map(({ name }) => name)])
  const latenesses = guests.map(({ lateness }) => lateness)
  // At the end of input a host tells everybody before its wait is over.
  const waited = Math.min(wait, Learning.time(before) - begin)
  // A host that was held up itself cannot tell how long its guests took.
  const isHeldUp = Learning.time(before) > begin + wait + Wait.slack(wait)
  const enough = isHeldUp ? undefined : Wait.enough(latenesses, settings.attendance, isGuess ? undefined : wait)
  const measures = enough === undefined ? needed : [...needed, enough]
  const measured = Wait.measured(measures, settings.attendance)
  const state = update(
    Learning.withMeetings(before, {
      due: undefined,
      hosting: undefined,
      hosted: { begin, inTime: guests.length, latenesses, isNews: false },
      wait: measured === undefined ? meetings.wait : Wait.after(isGuess ? undefined : meetings.wait, measured),
      confirmed: Confirmed.add(meetings.confirmed, begin, news, repeats)
    }),
    { unconfirmed: Unconfirmed.none }
  )
  const confirmed = AntiEntropy.digest(state, begin + waited)
  const lists = Batches.deal([...news, ...repeats], settings)
  const bodies = lists.map((values, index): Gossip => ({
    type: "gossip",
    kind: "list",
    values,
    meeting: begin,
    wait: Math.floor(waited),
    needed: measured,
    earlier:
      confirmed === undefined || index < lists.length - 1
        ? undefined
        : { ago: begin - confirmed.up_to, count: confirmed.count, sum: confirmed.sum }
  }))
  const [next, sent] = Forwarding.sendTo(
    state,
    [...names].filter((name) => name !== env.self),
    bodies
  )
  const told = `hosted the meeting of ${begin}: waited ${Math.round(waited)} ms, ${guests.length} came, ${news.length} new values`
  const lesson = measured === undefined ? "" : `; ${measured} ms would have been enough`
  return [next, [...sent, Output.note(`${told}${lesson}`)]]
}

/** When this node wants to be told that time has passed, in ms of the meeting clock. */
export const due = ({ meetings: { due: begin = Infinity, hosting } }: State): number =>
  Math.min(begin, hosting === undefined ? Infinity : hosting.begin + hosting.wait)

/** The host tells everybody once its wait is over. */
const tellInTime = (state: State, env: Env): Step => {
  const { hosting } = state.meetings
  const isOver = hosting !== undefined && hosting.begin + hosting.wait <= Learning.time(state)
  return isOver ? tell(state, hosting, env) : [state, []]
}

/** Time has passed: the host tells everybody, and the next meeting begins. */
export const pass = (state: State, env: Env): Step => {
  const [told, lists] = tellInTime(state, env)
  const [met, arrivals] = meet(told, env)
  // A node that comes late to a meeting of its own, whose wait is short, tells everybody at once.
  const [next, others] = tellInTime(met, env)
  return [next, [...lists, ...arrivals, ...others]]
}

/** The end of input: what was brought to this host is told, and what was never sent is brought to the present hosts. */
export const lastWords = (state: State, env: Env): Step => {
  const { hosting } = state.meetings
  if (hosting !== undefined) return tell(state, hosting, env)
  const { fanout, meeting_ms } = state.settings
  if (fanout > 0 || Unconfirmed.neverBrought(state.unconfirmed, state.store).length === 0) return [state, []]
  const [next, arrivals] = goTo(state, Math.floor(Learning.time(state) / meeting_ms) * meeting_ms, env)
  if (next.meetings.hosting === undefined) return [next, arrivals]
  // This node is a host itself, and nobody will wake it once the wait is over.
  const [told, lists] = tell(next, next.meetings.hosting, env)
  return [told, [...arrivals, ...lists]]
}

/** `gossip` of kind `list`: a host tells what was brought to its meeting, and what was confirmed at it before. */
export const list = (received: State, message: List, host: NodeId): Step => {
  const { earlier, meeting, needed, values, wait } = message
  const before = sentAt(AntiEntropy.heard(received), meeting + wait)
  // A meeting whose time has not come is that of a clock that nobody follows.
  const told = Learning.confirm(before, values, Math.min(meeting, Learning.time(before)))
  const state =
    needed === undefined ? told : Learning.withMeetings(told, { wait: Wait.after(told.meetings.wait, needed) })
  if (earlier === undefined) return [state, Learning.duplicates(values, before, state)]
  const { ago, count, sum } = earlier
  const up_to = Math.max(-MeetingClock.horizon, meeting - ago)
  const [next, outputs] = AntiEntropy.compareWithHost(state, host, { up_to, count, sum })
  return [next, [...outputs, ...Learning.duplicates(values, before, state)]]
}

/**
 * `gossip_repair`: values are stored, and the peer is sent what it wants. What a host gives was told to everybody. What
 * the first of a group gives to a host is told to everybody else at once. Everything else is brought to the next meeting, or
 * forwarded if this node does not meet others.
 */
export const repair = (received: State, message: typeof GossipRepair.Type, from: NodeId, env: Env): Step => {
  const { messages, want } = message
  const before = AntiEntropy.heard(received)
  if (!Learning.meets(before, env)) {
    const [relayed, forwards] = Forwarding.relay(before, messages, from, env)
    const [granted, grants] = AntiEntropy.grant(relayed, want, from)
    return [granted, [...forwards, ...grants]]
  }
  const group = AntiEntropy.groupOf(before, from)
  const isTold = group !== undefined || from === before.repair.host
  const state = isTold
    ? Learning.confirm(before, messages, undefined)
    : Learning.learn(before, messages, -Infinity, env)
  const [granted, grants] = AntiEntropy.grant(messages.length > 0 ? AntiEntropy.given(state, from) : state, want, from)
  const [heard] = Unconfirmed.confirm(before.unconfirmed, state.store, Store.ValueSet.of(messages))
  const fresh = [...heard, ...Learning.learned(before, state)]
  const counts = Learning.duplicates(messages, before, state)
  if (group === undefined || fresh.length === 0) return [granted, [...grants, ...counts]]
  const informed = new Set([env.self, group.first, ...group.others])
  const bodies = Batches.deal(fresh, state.settings).map((values): Gossip => ({
    type: "gossip",
    kind: "list",
    values,
    meeting: group.confirmed.up_to,
    wait: 0,
    needed: undefined,
    earlier: undefined
  }))
  const [next, lists] = Forwarding.sendTo(
    granted,
    env.nodes.filter((node) => !informed.has(node)),
    bodies
  )
  return [next, [...grants, ...lists, ...counts]]
}
