/**
 * The command line that repeats a run, so that whoever is told of a failure can look at it.
 */
import * as Scenario from "../simulation/Scenario.ts"
import type * as Serve from "./Serve.ts"

/** The command that runs this scenario on nodes with these options. */
export const repeat = (scenario: Scenario.Scenario, { peers, profile, settings }: Serve.Options): string => {
  const inSeconds = new Set(["time_limit", "nemesis_interval"])
  const given = { ...scenario, nemesis: scenario.nemesis.join() }
  const usual: Record<string, unknown> = { ...Scenario.defaults, nemesis: "" }
  const words = Object.entries(given)
    .filter(([name, value]) => name !== "seed" && usual[name] !== value)
    .map(([name, value]) => [name, inSeconds.has(name) ? Number(value) / 1000 : value])
  const nodeWords = Object.entries({ profile, ...settings, peers }).filter(([, value]) => value !== undefined)
  return [...words, ...nodeWords, ["seed", scenario.seed]].reduce(
    (command, [name, value]) => `${command} --${String(name).replaceAll("_", "-")} ${String(value)}`,
    "maelstrom-gossip simulate"
  )
}
