/**
 * How many values nodes lack while partitions come and go.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { profileNames } from "../../src/gossip/Settings.ts"
import type { Result } from "../../src/simulation/Simulation.ts"
import * as Picture from "./Picture.ts"
import * as Sample from "./Sample.ts"

const step = 100

/** How many values all nodes together lack, at regular intervals. */
const missing = ({ courses, history }: Result): ReadonlyArray<Picture.Point> => {
  const changes = [...courses.byKey.values()].flatMap(({ lessons, start }) => [
    ...(lessons.size === 0 ? [] : [{ at: start, by: history.nodes.length }]),
    ...[...lessons.values()].map(({ at }) => ({ at, by: -1 }))
  ])
  const inOrder = changes.toSorted((a, b) => a.at - b.at)
  const points: Array<Picture.Point> = []
  let [lack, next] = [0, 0]
  for (let at = 0; at <= history.lastRequestsAt; at += step) {
    for (; (inOrder[next]?.at ?? Infinity) <= at; next++) lack += inOrder[next]?.by ?? 0
    points.push({ x: at / 1000, y: lack })
  }
  return points
}

/** The same partitions under each profile. */
export const draw = Effect.fnUntraced(function* (folder: string) {
  yield* Console.error("partitions")
  const scenario = { nemesis: ["partition" as const], nemesis_interval: 4000 }
  const results = yield* Effect.forEach(profileNames, (profile) =>
    Effect.map(
      Sample.measure({ profile, scenario, seeds: 1 }, (result) => result),
      ([result]) => ({ profile, result })
    )
  )
  const [first] = results
  yield* Picture.write(`${folder}/partitions.svg`, {
    title: "Partitions (shaded): values that nodes lack, all 25 nodes together",
    x: { name: "s", max: 25 },
    y: { name: "values", min: 0 },
    shaded: (first?.result?.history.faults ?? []).map(({ from, to }) => [from / 1000, to / 1000]),
    series: results.map(({ profile, result }) => ({
      name: profile,
      as: "line",
      points: result === undefined ? [] : missing(result).filter(({ x }) => x <= 25)
    }))
  })
})
