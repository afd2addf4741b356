/**
 * The verdict on a run: what the checker of its workload says, and what holds whatever the workload is.
 *
 * @module
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import { betweenServers, type Defect, type History, type Operation, type Transmission } from "./History.ts"
import { number, percent } from "./Words.ts"

/**
 * What the checker of a workload says of a run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Judgement {
  /** Whether the workload's rules were kept; unknown if nothing happened by which that could be told. */
  readonly valid: boolean | "unknown"
  /** Whether the last request to every node succeeded and its answer lacks nothing; true where there are no last requests. */
  readonly complete: boolean
  /** What was wrong, one sentence each: which value, which node, what to look at. */
  readonly problems: ReadonlyArray<string>
  /** What was counted and measured, by name. */
  readonly figures: Readonly<Record<string, number>>
}

/**
 * A workload's rules.
 *
 * @category models
 * @since 0.1.0
 */
export interface Checker<Op extends Operation, Judged extends Judgement> {
  readonly name: string
  readonly check: (history: History<Op>) => Judged
}

/**
 * Messages of one kind of traffic.
 *
 * @category models
 * @since 0.1.0
 */
export interface Traffic {
  readonly msg_count: number
  /** The bytes of their lines, line feeds included. */
  readonly bytes: number
  /** Messages per request of a client. All requests count, the last ones as well. */
  readonly msgs_per_op: number
}

/**
 * A defect, told once however often it was noticed: over whichever message, at whichever node.
 *
 * @category models
 * @since 0.1.0
 */
export interface DistinctDefect extends Defect {
  /** How often it was noticed. */
  readonly count: number
}

/**
 * What a verdict says whatever the workload is.
 *
 * @category models
 * @since 0.1.0
 */
export interface General {
  /** Whether the workload's rules were kept, no defect was noticed, and enough requests succeeded. */
  readonly valid: boolean | "unknown"
  /** What was wrong by the workload's rules, and whether too few requests succeeded. */
  readonly problems: ReadonlyArray<string>
  /** How many defects were noticed. */
  readonly defect_count: number
  /** Each defect once, as it was noticed first. */
  readonly defects: ReadonlyArray<DistinctDefect>
  /** The number of requests that clients made. */
  readonly ops: number
  /** The share of requests that succeeded; 1 if there were none. */
  readonly availability: number
  /** Messages among nodes and services are those of servers; the others are from and to clients. */
  readonly net: { readonly all: Traffic; readonly clients: Traffic; readonly servers: Traffic }
  /** Messages among nodes and services from 3 s after the last request that was no query until the last requests. */
  readonly quiet: { readonly server_messages: number }
  /** The number of messages of each type that were sent, by whomever. */
  readonly by_type: Readonly<Record<string, number>>
}

/**
 * The verdict on a run.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict<Judged extends Judgement = Judgement> = Judged & General

/** How soon after the last change a cluster should be silent, in ms. */
const silenceAfter = 3000

const traffic = (transmissions: ReadonlyArray<Transmission>, ops: number): Traffic => {
  let bytes = 0
  for (const transmission of transmissions) bytes += transmission.bytes
  return { msg_count: transmissions.length, bytes, msgs_per_op: ops === 0 ? 0 : transmissions.length / ops }
}

/** The same for two defects that happened in the same place and differ in nothing but numbers and what is in brackets. */
const likeness = ({ stack, text, where }: Defect): string =>
  JSON.stringify([where, stack[0], text.replaceAll(/\[.*\]|\{.*\}|\d+/g, "…")])

/** Each defect once, as it was noticed first. */
const distinct = (defects: ReadonlyArray<Defect>): ReadonlyArray<DistinctDefect> =>
  Object.values(Arr.groupBy(defects, likeness)).map((same) => ({ ...same[0], count: same.length }))

/**
 * What is wrong if fewer requests succeeded than must.
 *
 * @category validation
 * @since 0.1.0
 */
export const unavailability = (
  { availability, ops }: Pick<General, "availability" | "ops">,
  demanded: number
): ReadonlyArray<string> =>
  availability >= demanded
    ? []
    : [
        `${number(availability * ops)} of ${number(ops)} requests succeeded, ${percent(availability)}, ` +
          `but ${percent(demanded)} must`
      ]

/**
 * The verdict on a run by the rules of its workload. `demanded` is the share of requests that must succeed, or the run is
 * not valid.
 *
 * @category validation
 * @since 0.1.0
 */
export const judge = <Op extends Operation, Judged extends Judgement>(
  { check }: Checker<Op, Judged>,
  history: History<Op>,
  demanded: number
): Verdict<Judged> => {
  const { defects, lastRequestsAt, operations, transmissions } = history
  const judgement = check(history)
  const isBetweenServers = betweenServers(history)
  const servers = transmissions.filter(isBetweenServers)
  const clients = transmissions.filter((transmission) => !isBetweenServers(transmission))
  const ops = operations.length
  const availability = ops === 0 ? 1 : operations.filter(({ ending }) => ending === "ok").length / ops
  const tooFew = unavailability({ ops, availability }, demanded)
  const lastChange = operations.reduce((last, { invoked, isQuery }) => (isQuery ? last : Math.max(last, invoked)), 0)
  const byType: Record<string, number> = {}
  for (const { type } of transmissions) byType[type] = (byType[type] ?? 0) + 1
  return {
    ...judgement,
    valid: defects.length > 0 || tooFew.length > 0 ? false : judgement.valid,
    problems: [...judgement.problems, ...tooFew],
    defect_count: defects.length,
    defects: distinct(defects),
    ops,
    availability,
    net: { all: traffic(transmissions, ops), clients: traffic(clients, ops), servers: traffic(servers, ops) },
    quiet: {
      server_messages: servers.filter(({ sent }) => sent >= lastChange + silenceAfter && sent < lastRequestsAt).length
    },
    by_type: byType
  }
}
