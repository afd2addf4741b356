/**
 * The tables of flags in the documentation, made from the descriptions that the flags themselves are made from.
 *
 * Each stands between two comments, `<!-- name: npm run tables -->` and `<!-- /name -->`.
 */
import * as Flags from "../../src/cli/Flags.ts"
import * as Plan from "../../src/cli/Plan.ts"
import * as Simulate from "../../src/cli/Simulate.ts"
import * as Settings from "../../src/gossip/Settings.ts"
import * as Range from "../../src/protocol/Range.ts"
import * as Sections from "./Sections.ts"

type Row = ReadonlyArray<string>

/** What the profiles other than the default one set differently. */
const others = ({ values }: Settings.Description): Row =>
  Settings.profileNames
    .slice(1)
    .map((profile) => (values[profile] === values.default ? "" : Range.format(values[profile])))

const optionRow = ({ flag, meaning, takes, usual, variable }: Flags.NodeFlag<unknown>, profiles: Row): Row => [
  Flags.code(flag),
  Flags.code(variable),
  usual,
  ...profiles,
  takes,
  meaning
]

const node: ReadonlyArray<Row> = [
  ["flag", "environment variable", ...Settings.profileNames, "takes", "meaning"],
  optionRow(Flags.profile, ["", ""]),
  ...Settings.names.map((name) => optionRow(Flags.settings[name], others(Settings.descriptions[name]))),
  optionRow(Flags.peers, ["", ""])
]

const flagTable = (described: Readonly<Record<string, Flags.Description>>): ReadonlyArray<Row> => [
  ["flag", "default", "takes", "meaning"],
  ...Object.values(described).map(({ flag, meaning, takes, usual }) => [Flags.code(flag), usual, takes, meaning])
]

const markdown = ([head = [], ...rows]: ReadonlyArray<Row>): string => {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (cells: Row) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n")
}

const tables = {
  node: markdown(node),
  simulate: markdown(flagTable(Simulate.described)),
  plan: markdown(flagTable(Plan.described))
}

/** The documents that have such tables. */
export const documents = ["docs/SETTINGS.md", "docs/SIMULATOR.md", "docs/PLAN.md"]

/** A document with its tables as they should be. */
export const renew = (document: string): string => Sections.renew(document, "npm run tables", tables)
