/**
 * How the built executable is started: its samples, its flags and variables, and the messages about wrong ones.
 *
 * Nothing but protocol lines is ever written on standard output, unless help or the version was asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { decode, dist, init, live, type Options, request, run, sample } from "./Executable.ts"

const emptyFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

/** To whom a node of four with these options sends a new value. */
const receivers = Effect.fnUntraced(function* (options: Options, neighbours: ReadonlyArray<string> = []) {
  const { lines, stderr } = yield* run(
    [
      init("n1", "n2", "n3", "n4"),
      request("c1", "n1", { type: "topology", msg_id: 2, topology: { n1: neighbours } }),
      request("c1", "n1", { type: "broadcast", msg_id: 3, message: 42 })
    ].join("\n"),
    options
  )
  const messages = yield* Effect.forEach(lines, (line) => decode(line))
  assert.notInclude(stderr, "ERROR")
  return messages
    .filter(({ body }) => body["type"] === "gossip")
    .map(({ dest }) => dest)
    .toSorted()
})

describe("the samples", () => {
  it.live("sample 1 is answered: init_ok first, then the value to both peers, then its acknowledgement", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, lines } = yield* run(yield* sample("1-broadcast.in"))
        assert.strictEqual(exitCode, 0)
        assert.strictEqual(`${lines[0]}\n`, yield* sample("1-broadcast.first-line"))
        const gossip = (dest: string, id: number) =>
          `{"src": "n1", "dest": "${dest}", "body": {"type": "gossip", "messages": [42], "msg_id": ${id}}}`
        const either =
          lines[1] === gossip("n2", 1) ? [gossip("n2", 1), gossip("n3", 2)] : [gossip("n3", 1), gossip("n2", 2)]
        assert.deepStrictEqual(lines.slice(1), [
          ...either,
          '{"src": "n1", "dest": "c1", "body": {"type": "broadcast_ok", "in_reply_to": 2, "msg_id": 3}}'
        ])
      })
    )
  )

  it.live("sample 2 is answered byte for byte", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stdout } = yield* run(yield* sample("2-read.in"))
        assert.strictEqual(stdout, yield* sample("2-read.out"))
        assert.strictEqual(exitCode, 0)
      })
    )
  )

  it.live("a copy of dist alone answers, from another working directory", () =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const folder = path.join(yield* emptyFolder, "copy of dist")
        yield* fs.copy(yield* dist, folder)
        const input = yield* sample("2-read.in")
        const expected = yield* sample("2-read.out")
        const cwd = yield* emptyFolder
        const bare = yield* run(input, { folder, cwd })
        assert.strictEqual(bare.stdout, expected)
        const withFlags = yield* run(input, { folder, cwd, args: ["--fanout", "3"] })
        assert.strictEqual(withFlags.stdout, expected)
      })
    )
  )
})

describe("flags and variables", () => {
  it.live("--version prints the package's version", () =>
    live(
      Effect.gen(function* () {
        const { stderr, stdout, exitCode } = yield* run("", { args: ["--version"] })
        assert.match(stdout, /^maelstrom-gossip v\d+\.\d+\.\d+\n$/)
        assert.strictEqual(stderr, "")
        assert.strictEqual(exitCode, 0)
      })
    )
  )

  it.live("--help tells every flag with its variable, range and default", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stdout } = yield* run("", { args: ["--help"] })
        const text = stdout.replaceAll(/\s+/g, " ")
        assert.match(text, /--fanout .*0 to 1,000,000 \(MAELSTROM_GOSSIP_FANOUT; 2\)/)
        assert.match(text, /--meeting-ms .*0 to 3,600,000 \(MAELSTROM_GOSSIP_MEETING_MS; 150\)/)
        assert.match(text, /--peers .*\(MAELSTROM_GOSSIP_PEERS; all\)/)
        assert.strictEqual(exitCode, 0)
      })
    )
  )

  it.live.each([{ command: [] }, { command: ["simulate"] }, { command: ["plan"] }])(
    "the help of $command has no line of more than 80 columns",
    ({ command }) =>
      live(
        Effect.gen(function* () {
          const { lines } = yield* run("", { args: [...command, "--help"] })
          assert.isNotEmpty(lines)
          assert.deepStrictEqual(
            lines.filter((line) => line.length > 80),
            []
          )
        })
      )
  )

  it.live("of a flag that is given several times the last one counts", () =>
    live(
      Effect.gen(function* () {
        assert.lengthOf(yield* receivers({ args: ["--fanout", "3", "--fanout", "1"] }), 1)
        assert.lengthOf(yield* receivers({ args: ["--fanout", "many", "--fanout", "1"] }), 1)
      })
    )
  )

  it.live("a new value goes to two of three peers by default", () =>
    live(Effect.map(receivers({}), (peers) => assert.lengthOf(peers, 2)))
  )

  it.live("--fanout 1 sends a new value to one peer", () =>
    live(Effect.map(receivers({ args: ["--fanout", "1"] }), (peers) => assert.lengthOf(peers, 1)))
  )

  it.live("MAELSTROM_GOSSIP_FANOUT sets the fanout, with other flags and without", () =>
    live(
      Effect.gen(function* () {
        const env = { MAELSTROM_GOSSIP_FANOUT: "3" }
        assert.deepStrictEqual(yield* receivers({ env }), ["n2", "n3", "n4"])
        assert.deepStrictEqual(yield* receivers({ env, args: ["--log-level", "warn"] }), ["n2", "n3", "n4"])
      })
    )
  )

  it.live("a flag wins over its variable, even over a wrong one", () =>
    live(
      Effect.gen(function* () {
        const args = ["--fanout", "3"]
        assert.lengthOf(yield* receivers({ args, env: { MAELSTROM_GOSSIP_FANOUT: "1" } }), 3)
        assert.lengthOf(yield* receivers({ args, env: { MAELSTROM_GOSSIP_FANOUT: "none" } }), 3)
      })
    )
  )

  it.live("an empty variable is as good as none", () =>
    live(
      Effect.map(receivers({ env: { MAELSTROM_GOSSIP_FANOUT: "", MAELSTROM_GOSSIP_PEERS: "" } }), (peers) =>
        assert.lengthOf(peers, 2)
      )
    )
  )

  it.live("--peers topology and MAELSTROM_GOSSIP_PEERS send to the topology's neighbours only", () =>
    live(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* receivers({ args: ["--peers", "topology"] }, ["n3"]), ["n3"])
        assert.deepStrictEqual(yield* receivers({ env: { MAELSTROM_GOSSIP_PEERS: "topology" } }, ["n4"]), ["n4"])
        assert.lengthOf(yield* receivers({ args: ["--peers", "all"] }, ["n3"]), 2)
      })
    )
  )

  it.live("--log-level decides what is logged", () =>
    live(
      Effect.gen(function* () {
        const quiet = yield* run("no JSON\n", { args: ["--log-level", "none"] })
        assert.strictEqual(quiet.stderr, "")
        const warnings = yield* run("no JSON\n", { args: ["--log-level", "warn"] })
        assert.match(warnings.stderr, /^[^\n]* level=WARN [^\n]*\n$/)
      })
    )
  )
})

describe("a wrong start", () => {
  const range = "must be an integer from 0 to 1000000"

  it.live.each([
    { start: "--fanout=-1", says: [`--fanout: ${range}`] },
    { start: "--fanout 1000001", says: [`--fanout: ${range}`] },
    { start: "--fanout 1.5", says: [`--fanout: ${range}`] },
    { start: "--fanout many", says: [`--fanout: ${range}`] },
    { start: "--fanout=", says: ["--fanout"] },
    { start: "--fanout", says: ["--fanout"] },
    { start: "--meeting-ms 3600001", says: ["--meeting-ms: must be an integer from 0 to 3600000"] },
    { start: "--peers some", says: ["--peers", '"some"', '"all" | "topology"'] },
    { start: "--log-level loud", says: ["--log-level", '"loud"', '"debug"'] },
    { start: "--fan-in 2", says: ["--fan-in", " (--help tells more)"] },
    {
      start: "--fan-out 2",
      says: ["--fan-out in command maelstrom-gossip; did you mean --fanout? (--help tells more)"]
    },
    { start: "serve", says: ['"serve"'] },
    { start: "simulat", says: ['"simulat" for "maelstrom-gossip"; did you mean simulate? (--help tells more)'] },
    { start: "MAELSTROM_GOSSIP_FANOUT=-1", says: [`MAELSTROM_GOSSIP_FANOUT: ${range}`] },
    { start: "MAELSTROM_GOSSIP_FANOUT=many", says: [`MAELSTROM_GOSSIP_FANOUT: ${range}`] },
    {
      start: "MAELSTROM_GOSSIP_MEETING_MS=-1",
      says: ["MAELSTROM_GOSSIP_MEETING_MS: must be an integer from 0 to 3600000"]
    },
    { start: "MAELSTROM_GOSSIP_PEERS=some", says: ["MAELSTROM_GOSSIP_PEERS", '"all" | "topology"'] },
    { start: "MAELSTROM_GOSSIP_FANOUT=many --peers all", says: [`MAELSTROM_GOSSIP_FANOUT: ${range}`] }
  ])("$start is told in one line on standard error, exit code 2", ({ says, start }) =>
    live(
      Effect.gen(function* () {
        const words = start.split(" ")
        const isVariable = (word: string) => word.startsWith("MAELSTROM")
        const { exitCode, stderr, stdout } = yield* run("", {
          args: words.filter((word) => !isVariable(word)),
          env: Object.fromEntries(words.filter(isVariable).map((word) => word.split("=")))
        })
        assert.match(stderr, /^maelstrom-gossip: [^\n]+\n$/)
        for (const part of says) assert.include(stderr, part)
        assert.strictEqual(stdout, "")
        assert.strictEqual(exitCode, 2)
      })
    )
  )
})
