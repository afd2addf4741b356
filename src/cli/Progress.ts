/**
 * One line at a terminal that says how far the runs of a command are and how long the rest will take.
 *
 * Most of the time goes by while clients work. After that there is little left to simulate, but all that happened to be
 * judged. The shares below were measured with clusters of 25 to 1,000 nodes.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Words from "../analysis/Words.ts"
import type * as Scenario from "../simulation/Scenario.ts"
import type * as Simulation from "../simulation/Simulation.ts"

/** How far several runs are. */
export interface State {
  readonly done: number
  /** Those that were begun and are not done, by their places from 0 on. */
  readonly active: ReadonlyMap<number, Simulation.Progress>
}

/** What is shown of a scenario: how long clients work and how long they rest, in ms. */
type Times = Pick<Scenario.Scenario, "quiet" | "time_limit">

const shareOfWork = 0.76
const shareOfQuiet = 0.06

/** The share of a run that is done. */
const share = ({ at }: Simulation.Progress, { quiet, time_limit }: Times): number =>
  at < time_limit
    ? (shareOfWork * at) / time_limit
    : shareOfWork + shareOfQuiet * (quiet === 0 ? 1 : Math.min(1, (at - time_limit) / quiet))

/** How much longer something takes of which this share took so many ms. The first steps say little about the others. */
const timeLeft = (elapsed: number, done: number): string => {
  if (done < 0.02) return ""
  const left = (elapsed / done - elapsed) / 1000
  return left < 100 ? `, about ${Words.number(Math.ceil(left))} s left` : `, about ${Words.number(left / 60)} min left`
}

/** The line, `elapsed` ms after the first of so many runs began. It tells of the first run that is not done. */
export const line = ({ active, done }: State, runs: number, times: Times, elapsed: number): string => {
  const shares = [...active.values()].map((progress) => share(progress, times))
  const whole = (done + shares.reduce((sum, one) => sum + one, 0)) / runs
  const [first] = [...active].toSorted(([a], [b]) => a - b)
  if (first === undefined) return ""
  const [place, { at, messages }] = first
  return [
    runs === 1 ? "" : `run ${Words.number(place + 1)} of ${Words.number(runs)}: `,
    `${Words.seconds(at)} of ${Words.seconds(times.time_limit + times.quiet)} s simulated, ${Words.number(messages)} messages, `,
    `${Words.number(100 * whole)} % done${timeLeft(elapsed, whole)}`
  ].join("")
}

/** Shows the line on standard error until the scope closes, if that is a terminal. */
export const make = Effect.fnUntraced(function* (runs: number, times: Times) {
  const { stderr, stderrIsTerminal } = yield* Stdio.Stdio
  const isShown = yield* stderrIsTerminal
  const begun = yield* Clock.currentTimeMillis
  const state = yield* Ref.make<State>({ done: 0, active: new Map() })
  const draw = (text: string) =>
    Effect.ignore(Stream.run(Stream.succeed(`\r\u001b[K${text}`), stderr({ endOnDone: false })))
  const show = Effect.gen(function* () {
    const elapsed = (yield* Clock.currentTimeMillis) - begun
    yield* draw(line(yield* Ref.get(state), runs, times, elapsed))
  })
  const clear = isShown ? draw("") : Effect.void
  if (isShown) {
    yield* Effect.addFinalizer(() => clear)
    yield* Effect.forkScoped(Effect.repeat(show, Schedule.spaced("100 millis")))
  }
  return {
    /** A run is so far now. */
    advance: (place: number, progress: Simulation.Progress) =>
      Ref.update(state, ({ active, done }) => ({ done, active: new Map([...active, [place, progress]]) })),
    /** A run is done. */
    finish: (place: number) =>
      Ref.update(state, ({ active, done }) => ({
        done: done + 1,
        active: new Map([...active].filter(([other]) => other !== place))
      })),
    /** Removes the line for as long as it takes to print others. */
    clear
  }
})
