/**
 * A random source that a seed repeats, and a test of whether draws are even.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** The source of this seed. */
export const seeded = (seed: string | number): Effect.Effect<Random.Random> =>
  Effect.service(Random.Random).pipe(Random.withSeed(seed))

/** The sum of (observed − expected)² ÷ expected over all outcomes, which all are equally likely. */
export const chiSquare = (outcomes: ReadonlyArray<string>, draws: ReadonlyArray<string>): number => {
  const expected = draws.length / outcomes.length
  const counts = new Map(outcomes.map((outcome) => [outcome, 0]))
  for (const draw of draws) counts.set(draw, (counts.get(draw) ?? Number.NaN) + 1)
  return [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** The 99.9 % quantile of χ² by degrees of freedom: an even source exceeds it in one run of a thousand. */
export const quantile = { 5: 20.515, 6: 22.458, 7: 24.322, 23: 49.728, 29: 58.301 } as const
