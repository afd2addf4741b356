/**
 * Help that fits into a terminal of 80 columns. Effect's own formatter prints each description as one line, which
 * terminals break inside words; so the descriptions are broken into lines before it gets them.
 */
import * as Option from "effect/Option"
import * as CliOutput from "effect/cli/CliOutput"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Words from "../analysis/Words.ts"

/** Where the formatter begins its lines. */
const margin = 2

/** A text as lines that fit beside what stands before `column`. */
const fit = (text: string, column: number): string =>
  Words.wrap(text, Words.terminalWidth - column).join(`\n${" ".repeat(column)}`)

/** The types of some flags list all choices, which their descriptions do as well. */
const short = (flag: HelpDoc.FlagDoc): HelpDoc.FlagDoc =>
  flag.type.startsWith("<") ? { ...flag, type: "choice" } : flag

const labelOf = ({ aliases, name, type }: HelpDoc.FlagDoc): string =>
  [`--${name}`, ...aliases].join(", ") + (type === "boolean" ? "" : ` ${type}`)

const fitFlags = (flags: ReadonlyArray<HelpDoc.FlagDoc>): ReadonlyArray<HelpDoc.FlagDoc> => {
  const shortened = flags.map(short)
  // The formatter leaves four columns between the longest label and the descriptions.
  const column = margin + Math.max(...shortened.map((flag) => labelOf(flag).length)) + 4
  return shortened.map((flag) => ({ ...flag, description: Option.map(flag.description, (text) => fit(text, column)) }))
}

const fitSubcommands = ({ commands, group }: HelpDoc.SubcommandGroupDoc): HelpDoc.SubcommandGroupDoc => {
  const column = margin + Math.max(...commands.map(({ name }) => name.length)) + 4
  const [first, ...others] = commands
  const fitOne = (command: HelpDoc.SubcommandDoc) => ({ ...command, description: fit(command.description, column) })
  return { group, commands: [fitOne(first), ...others.map(fitOne)] }
}

/** Effect's formatter, with lines of at most 80 columns in help. */
export const formatter = (): CliOutput.Formatter => {
  const base = CliOutput.defaultFormatter()
  return {
    ...base,
    formatHelpDoc: (doc) =>
      base.formatHelpDoc({
        ...doc,
        description: fit(doc.description, margin),
        flags: fitFlags(doc.flags),
        globalFlags: fitFlags(doc.globalFlags ?? []),
        subcommands: (doc.subcommands ?? []).map(fitSubcommands)
      })
  }
}
