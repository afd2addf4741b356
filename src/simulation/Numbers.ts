/**
 * Numbers as people read them, the same in the terminal, on the page and in every locale.
 */

/** With thousands separated and this many decimals. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** A share from 0 to 1 in percent. */
export const percent = (share: number): string => `${number(100 * share, 1)} %`
