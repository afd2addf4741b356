/**
 * How a run is put into words, the same in the terminal, on the page and in every locale.
 */
import { ClockError, type Defect, Fault } from "./History.ts"

/** A number with its thousands separated and this many decimals. */
export const number = (value: number, decimals = 0): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })

/** A share from 0 to 1 in percent, with one decimal. */
export const percent = (share: number): string => `${number(100 * share, 1)} %`

/** A time given in ms, in seconds with one decimal. */
export const seconds = (ms: number): string => number(ms / 1000, 1)

/** The names of nodes; of a long list the first ones, and how many others there are. */
export const nodes = (names: ReadonlyArray<string>): string =>
  names.length > 5 ? `${names.slice(0, 3).join()} and ${number(names.length - 3)} more` : names.join()

/** Whom each node hears; only how many others, if that took more than a line. */
const majorities = (heard: Extract<Fault, { _tag: "MajoritiesRing" }>["heard"]): string => {
  if (heard.length <= 5) return heard.map(([node, others]) => `${node} hears ${others.join()}`).join("; ")
  const counts = heard.map(([, others]) => others.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return `each node hears ${least === most ? least : `${least} to ${most}`} of the ${heard.length - 1} others`
}

/** A difference in ms with its sign. */
const signed = (ms: number): string => `${ms < 0 ? "−" : "+"}${number(Math.abs(ms))} ms`

/** The first of a long list, and how many others there are. */
const several = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.length > 5 ? [...texts.slice(0, 3), `and ${number(texts.length - 3)} more`] : texts

const clockError: (error: ClockError) => string = ClockError.$match({
  Offset: ({ offset }) => `off by ${signed(offset)}`,
  Drift: ({ rate }) => `${percent(Math.abs(rate))} too ${rate < 0 ? "slow" : "fast"}`,
  Jumps: ({ offsets }) => `jumping between ${offsets.map(signed).join(" and ")}`
})

/** The name of a fault, as in a scenario, and what exactly the fault did. */
export const fault: (fault: Fault) => { readonly name: string; readonly detail: string } = Fault.$match({
  Partition: ({ groups }) => ({
    name: "partition",
    detail: groups.length === 1 ? "cuts nobody off" : groups.map(nodes).join(" | ")
  }),
  MajoritiesRing: ({ heard }) => ({ name: "partition", detail: `ring of majorities, ${majorities(heard)}` }),
  OneWay: ({ deaf, others }) => ({ name: "one-way", detail: `nothing from ${nodes(others)} reaches ${nodes(deaf)}` }),
  Loss: ({ share }) => ({ name: "loss", detail: `${percent(share)} lost` }),
  Duplicate: ({ share }) => ({ name: "duplicate", detail: `${percent(share)} twice` }),
  Reorder: ({ jitter }) => ({ name: "reorder", detail: `up to ${number(jitter)} ms late` }),
  Pause: (paused) => ({ name: "pause", detail: nodes(paused.nodes) }),
  Crash: (crashed) => ({ name: "crash", detail: nodes(crashed.nodes) }),
  Amnesia: (crashed) => ({ name: "amnesia", detail: nodes(crashed.nodes) }),
  Clock: ({ errors }) => ({
    name: "clock",
    detail: several(errors.map(([node, error]) => `${node} ${clockError(error)}`)).join("; ")
  })
})

/** Where a defect was noticed. */
export const place = ({ from, where }: Defect): string => (from === undefined ? where : `${where} from ${from}`)

/** How many columns a line may have, so that a terminal does not break it. */
export const terminalWidth = 80

/** Where a line may be broken: not between a number and its unit. */
const betweenWords = / (?!(?:ms|s|kB|%)(?:\W|$))/

/** A text as lines of at most so many characters, broken between words. A longer word has a line of its own. */
export const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(betweenWords)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** A text after a label, as lines that fit into a terminal. */
export const entry = (heading: string, text: string): ReadonlyArray<string> =>
  wrap(text, terminalWidth - heading.length).map((line, at) => (at === 0 ? heading : " ".repeat(heading.length)) + line)

/** The name of a figure: `in_doubt` is "in doubt". */
export const label = (name: string): string => name.replaceAll("_", " ")

/** A figure: without decimals if it is whole. */
export const figure = (value: number): string => number(value, Number.isInteger(value) ? 0 : 2)

/** A list as it is spoken: `a`, `a and b`, `a, b and c`. */
export const list = (words: ReadonlyArray<string>, conjunction = "and"): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`

/** Of a longer list, no more than this is told. */
export const most = 10

/** The first words of a list, and how many others there are. */
export const some = (words: ReadonlyArray<string>): string =>
  words.length > most ? `${words.slice(0, most).join(", ")} and ${number(words.length - most)} more` : list(words)

/** The first of some sentences, and how many others there are. */
export const first = (sentences: ReadonlyArray<string>, what: string): ReadonlyArray<string> =>
  sentences.length > most
    ? [...sentences.slice(0, most), `and ${number(sentences.length - most)} more ${what}`]
    : sentences
