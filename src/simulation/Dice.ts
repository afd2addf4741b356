/**
 * Seeded chance. Every part of a simulation draws from a source of its own, so that a change in one part does not shift
 * what the others draw.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** A source of random numbers that its seed repeats. */
export type Dice = Random.Random

/** The source of this part of the simulation with this seed. */
export const make = (seed: string): Effect.Effect<Dice> => Effect.service(Random.Random).pipe(Random.withSeed(seed))

/** A number from 0 up to `bound`, excluded. */
export const below = (dice: Dice, bound: number): number => Math.floor(dice.nextDoubleUnsafe() * bound)

/** Uniform from 0 to 2 · `mean`. */
export const around = (dice: Dice, mean: number): number => dice.nextDoubleUnsafe() * 2 * mean

/** All elements in random order: sorted by a number drawn for each. */
export const shuffle = <A>(dice: Dice, elements: ReadonlyArray<A>): ReadonlyArray<A> => {
  const keyed = elements.map((element) => ({ element, key: dice.nextDoubleUnsafe() }))
  return keyed.toSorted((a, b) => a.key - b.key).map(({ element }) => element)
}
