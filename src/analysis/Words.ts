/**
 * How a run is put into words, the same in the terminal, on the page and in every locale.
 */

/** A number with its thousands separated and this many decimals. */
export const number = (value: number, decimals = 0): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })

/** A share from 0 to 1 in percent, with one decimal. */
export const percent = (share: number): string => `${number(100 * share, 1)} %`

/** A time given in ms, in seconds with one decimal. */
export const seconds = (ms: number): string => number(ms / 1000, 1)

/** A list as it is spoken: `a`, `a and b`, `a, b and c`. */
export const list = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`
