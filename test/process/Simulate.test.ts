/**
 * `simulate` as a process: what it prints, how it ends, which files it writes, and that its surroundings do not change a run.
 *
 * One seed gives one trace, byte for byte, whatever else the machine does.
 */
import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { live, type Options, run, start } from "./Executable.ts"

const words = (line: string) => line.split(" ").filter((word) => word !== "")

const simulate = (flags: string, options: Options = {}) =>
  run("", { ...options, args: ["simulate", ...words(flags), ...(options.args ?? [])] })

const healthy = "--fanout 100 --rate 30 --time-limit 3 --latency 20"
const faulty =
  "--node-count 7 --rate 60 --time-limit 6 --latency 30 --latency-dist exponential --nemesis-interval 0.7 " +
  "--nemesis partition,one-way,loss,duplicate,reorder,pause,crash,amnesia,clock --seed 3"

const emptyFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const file = Effect.fnUntraced(function* (folder: string, ...names: ReadonlyArray<string>) {
  const path = yield* Path.Path
  return yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(path.join(folder, ...names)))
})

const Traffic = Schema.Struct({ msg_count: Schema.Int, bytes: Schema.Int, msgs_per_op: Schema.Finite })
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What is printed of a run. The schema is strict where scripts rely on it. */
const Outline = Schema.Struct({
  seed: Schema.Int,
  valid: Schema.Union([Schema.Boolean, Schema.Literal("unknown")]),
  complete: Schema.Boolean,
  ops: Count,
  availability: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  net: Schema.Struct({ all: Traffic, clients: Traffic, servers: Traffic }),
  set: Schema.Struct({
    attempt_count: Count,
    stable_count: Count,
    lost_count: Count,
    lost: Schema.Array(Schema.Json),
    never_read_count: Count,
    stale_count: Count,
    duplicated_count: Count,
    incomplete_count: Count,
    forgotten_count: Count,
    forgotten: Schema.Array(
      Schema.Struct({
        value: Schema.Json,
        by: Schema.Array(Schema.Struct({ node: Schema.String, learned: Schema.Finite, forgot: Schema.Finite }))
      })
    ),
    stable_latencies: Schema.NullOr(
      Schema.Struct({ "0": Count, "0.5": Count, "0.95": Count, "0.99": Count, "1": Count })
    )
  }),
  quiet: Schema.Struct({ server_messages: Count }),
  by_type: Schema.Record(Schema.String, Count),
  healing: Schema.Array(
    Schema.Struct({
      fault: Schema.Literals(["partition", "one-way"]),
      at: Schema.Finite,
      after: Schema.NullOr(Schema.Finite),
      undisturbed: Schema.Boolean
    })
  )
})
const decodeOutline = Schema.decodeEffect(Schema.fromJsonString(Outline))

const Figure = Schema.Struct({ mean: Schema.Finite, min: Schema.Finite, max: Schema.Finite })
const decodeSummary = Schema.decodeEffect(
  Schema.fromJsonString(Schema.Struct({ summary: Schema.Record(Schema.String, Figure) }))
)

const decodeJudged = Schema.decodeEffect(
  Schema.fromJsonString(
    Schema.Struct({ workload: Schema.String, figures: Schema.Record(Schema.String, Schema.Finite) })
  )
)

describe("what is printed", () => {
  it.live("a run that is valid and complete is told to a person, exit code 0", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* simulate(healthy)
        assert.match(stdout, /^5 nodes, latency 20 ms constant, 30 requests\/s for 3 s, seed 1\n/)
        assert.include(stdout, "who had it when")
        assert.match(stdout, /\nverdict {7}valid, complete\n$/)
        assert.strictEqual(stderr, "")
        assert.strictEqual(exitCode, 0)
      })
    )
  )

  it.live("a run without time for clients has no table of values", () =>
    live(
      Effect.gen(function* () {
        const { stdout } = yield* simulate("--time-limit 0")
        assert.notInclude(stdout, "who had it when")
      })
    )
  )

  it.live("of repeated flags the last one counts, and the fault none is none", () =>
    live(
      Effect.gen(function* () {
        const alone = yield* simulate(`${healthy} --json --seed 7`)
        const repeated = yield* simulate(`${healthy} --json --nemesis loss --seed 3 --json --seed 7 --nemesis none`)
        assert.strictEqual(repeated.stdout, alone.stdout)
      })
    )
  )

  it.live("--json prints one object with the fields that scripts rely on, and nothing else", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, lines, stderr, stdout } = yield* simulate(`${healthy} --json --seed 7`)
        assert.strictEqual(stdout, `${lines[0]}\n`)
        const { availability, by_type, complete, net, ops, seed, set, valid } = yield* decodeOutline(lines[0] ?? "")
        assert.strictEqual(seed, 7)
        assert.isTrue(valid)
        assert.isTrue(complete)
        assert.strictEqual(availability, 1)
        assert.strictEqual(net.all.msg_count, net.clients.msg_count + net.servers.msg_count)
        assert.strictEqual(net.servers.msgs_per_op, net.servers.msg_count / ops)
        assert.strictEqual(by_type["broadcast"], set.attempt_count)
        assert.strictEqual(by_type["read"], ops - set.attempt_count)
        assert.strictEqual(stderr, "")
        assert.strictEqual(exitCode, 0)
      })
    )
  )

  it.live("--runs prints a line a run with seeds counted up, then mean, minimum and maximum", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, lines } = yield* simulate(`${healthy} --json --runs 3 --seed 5`)
        assert.lengthOf(lines, 4)
        const outlines = yield* Effect.forEach(lines.slice(0, 3), (line) => decodeOutline(line))
        assert.deepStrictEqual(
          outlines.map(({ seed }) => seed),
          [5, 6, 7]
        )
        const { summary } = yield* decodeSummary(lines[3] ?? "")
        const perOp = outlines.map(({ net }) => net.servers.msgs_per_op)
        assert.strictEqual(summary["net.servers.msgs_per_op"]?.min, Math.min(...perOp))
        assert.strictEqual(summary["net.servers.msgs_per_op"]?.max, Math.max(...perOp))
        const mean = perOp.reduce((sum, figure) => sum + figure, 0) / 3
        assert.approximately(summary["net.servers.msgs_per_op"]?.mean ?? 0, mean, 1e-9)
        assert.deepStrictEqual(summary["complete"], { mean: 1, min: 1, max: 1 })
        assert.notProperty(summary, "seed")
        assert.strictEqual(exitCode, 0)
        const alone = yield* simulate(`${healthy} --json --seed 6`)
        assert.strictEqual(alone.lines[0], lines[1])
      })
    )
  )

  it.live("--jobs simulates side by side and prints the same in the same order", () =>
    live(
      Effect.gen(function* () {
        const alone = yield* simulate(`${healthy} --json --runs 5`)
        const together = yield* simulate(`${healthy} --json --runs 5 --jobs 3`)
        assert.lengthOf(together.lines, 6)
        assert.strictEqual(together.stdout, alone.stdout)
      })
    )
  )

  it.live("Ctrl-C ends several runs with the summary of those that were told, exit code 130", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, next, rest, signal } = yield* start({
          args: ["simulate", ...words(`${healthy} --json --runs 1000000 --jobs 2`)]
        })
        const first = yield* next
        yield* signal("SIGINT")
        const { lines, log } = yield* rest
        const { summary } = yield* decodeSummary(lines.at(-1) ?? "")
        const outlines = yield* Effect.forEach([first, ...lines.slice(0, -1)], (line) => decodeOutline(line))
        assert.strictEqual(summary["ops"]?.max, Math.max(...outlines.map(({ ops }) => ops)))
        assert.deepStrictEqual(log, [])
        assert.strictEqual(yield* exitCode, 130)
      })
    )
  )

  it.live("Ctrl-C ends a single run without a word, exit code 130", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, rest, signal } = yield* start({ args: ["simulate", "--time-limit", "86400"] })
        yield* Effect.sleep(500)
        yield* signal("SIGINT")
        assert.deepStrictEqual(yield* rest, { lines: [], log: [] })
        assert.strictEqual(yield* exitCode, 130)
      })
    )
  )

  it.live("--runs without --json prints a table with a row for each run, and mean, minimum and maximum", () =>
    live(
      Effect.gen(function* () {
        const { stdout } = yield* simulate(`${healthy} --runs 2`)
        assert.match(
          stdout,
          /^.*\nseed .*\n +1 {2}valid, complete .*\n +2 {2}valid, complete .*\n\nmean .*\n min .*\n max .*\n/
        )
        assert.match(stdout, /\n2 runs: valid 2 of 2, complete 2 of 2\n$/)
      })
    )
  )
})

describe("a failed run", () => {
  const lossy =
    "--node-count 7 --rate 20 --time-limit 2.5 --latency 33.3 --nemesis loss,crash --nemesis-interval 0.3 " +
    "--loss-rate 0.85 --latency-dist uniform --topology line --peers topology --network ideal --meeting-ms 0 --repair-interval-ms 0"

  it.live("prints a command on standard error that repeats it exactly, exit code 1", () =>
    live(
      Effect.gen(function* () {
        const [first, second] = [yield* emptyFolder, yield* emptyFolder]
        const { exitCode, stderr, stdout } = yield* simulate(`${lossy} --seed 3 --out ${first}`, {
          env: { MAELSTROM_GOSSIP_FANOUT: "3" }
        })
        assert.strictEqual(exitCode, 1)
        assert.include(stdout, "NOT COMPLETE")
        const command = /\n {2}maelstrom-gossip simulate (.*)\n$/.exec(stderr)?.[1] ?? ""
        assert.include(command, "--fanout 3")
        const again = yield* simulate(`${command} --out ${second}`)
        assert.strictEqual(again.stdout, stdout)
        assert.strictEqual(again.stderr.replace(second, first), stderr)
        for (const name of ["messages.jsonl", "operations.jsonl", "results.json"]) {
          assert.strictEqual(yield* file(second, name), yield* file(first, name), name)
        }
      })
    )
  )

  it.live("among several is told with the command for the first of them", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, lines, stderr } = yield* simulate(`${lossy} --fanout 1 --json --runs 3`)
        const outlines = yield* Effect.forEach(lines.slice(0, 3), (line) => decodeOutline(line))
        const failed = outlines.filter(({ complete, valid }) => valid !== true || !complete)
        assert.match(stderr, new RegExp(`^${failed.length} of 3 runs are not valid and complete`))
        assert.match(stderr, new RegExp(` --seed ${failed[0]?.seed}\n$`))
        assert.strictEqual(exitCode, 1)
      })
    )
  )
})

describe("--explain", () => {
  it.live("tells from whom, when and how nodes learned a value, and what became of it on the way to the others", () =>
    live(
      Effect.gen(function* () {
        const flags =
          "--node-count 9 --rate 20 --time-limit 2 --latency 40 --fanout 1 --peers topology --topology line " +
          "--meeting-ms 0 --repair-interval-ms 0"
        const { exitCode, stdout } = yield* simulate(
          `${flags} --nemesis loss --nemesis-interval 0.001 --loss-rate 1 --explain 0`
        )
        const lines = stdout.split("\n")
        assert.isTrue(lines.some((line) => /^n\d learned it at [\d,]+ ms from c\d by broadcast, hop 0/.test(line)))
        /** How many nodes the lines tell that begin like this: some by name, of some only how many they are. */
        const count = (verb: string) =>
          lines
            .map((line) => new RegExp(`^(n[\\dn,]*)(?: and (\\d+) more)? ${verb} it`).exec(line) ?? [])
            .filter(({ length }) => length > 0)
            .reduce((sum, [, names, more]) => sum + (names ?? "").split(",").length + Number(more ?? 0), 0)
        assert.isAbove(count("never learned"), 0)
        assert.strictEqual(count("learned") + count("never learned"), 9)
        assert.strictEqual(exitCode, 1)
      })
    )
  )

  it.live("goes to standard error beside --json", () =>
    live(
      Effect.gen(function* () {
        const { lines, stderr } = yield* simulate(`${healthy} --json --explain 0`)
        assert.lengthOf(lines, 1)
        assert.match(stderr, /n\d learned it at [\d,]+ ms from n\d by gossip, hop 1/)
      })
    )
  )

  it.live("says so if the value was never broadcast", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stdout } = yield* simulate(healthy, { args: ["--explain", '"x"'] })
        assert.match(stdout, /\n"x" was never broadcast in this run\n$/)
        assert.strictEqual(exitCode, 0)
      })
    )
  )
})

describe("--workload", () => {
  const lossy = "--nemesis crash,partition --nemesis-interval 1 --latency 20"

  it.live.each(["echo", "unique-ids", "g-set", "g-counter", "pn-counter"])(
    "%s runs on nodes that answer it and keep its rules, exit code 0",
    (name) =>
      live(
        Effect.gen(function* () {
          const { exitCode, stdout } = yield* simulate(`-w ${name} ${lossy}`)
          assert.match(stdout, new RegExp(`^${name}: 5 nodes, `))
          assert.match(stdout, /\nverdict {7}valid, complete\n$/)
          assert.strictEqual(exitCode, 0)
        })
      )
  )

  it.live("prints with --json and writes with --out what the checker says", () =>
    live(
      Effect.gen(function* () {
        const folder = yield* emptyFolder
        const { lines } = yield* simulate(`-w pn-counter --json --out ${folder}`)
        const { figures, workload } = yield* decodeJudged(lines[0] ?? "")
        assert.strictEqual(workload, "pn-counter")
        assert.hasAllKeys(figures, ["additions", "acknowledged", "in_doubt", "sum"])
        const results = yield* decodeJudged(yield* file(folder, "results.json"))
        assert.deepStrictEqual(results, { figures, workload })
        assert.include(yield* file(folder, "index.html"), "<h1>pn-counter, simulated")
      })
    )
  )

  it.live("is in the command that repeats a failed run, as is --availability", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* simulate(`--workload g-set ${lossy} --availability total`)
        assert.include(stdout, " requests succeeded, ")
        assert.strictEqual(exitCode, 1)
        const command = /\n {2}maelstrom-gossip simulate (.*)\n$/.exec(stderr)?.[1] ?? ""
        assert.match(command, /^--workload g-set .*--availability 1 /)
        assert.strictEqual((yield* simulate(command)).stdout, stdout)
      })
    )
  )

  it.live("does not go with --explain unless it is broadcast, exit code 2", () =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* simulate("-w echo --explain 3")
        assert.strictEqual(
          stderr,
          "maelstrom-gossip: --explain: follows values of the workload broadcast, and echo has none that it could follow\n"
        )
        assert.strictEqual(stdout, "")
        assert.strictEqual(exitCode, 2)
      })
    )
  )
})

describe("a wrong flag", () => {
  const seconds = "must be a number from 0 to 86400"

  it.live.each([
    { flags: "--node-count 0", says: "--node-count: must be an integer from 1 to 10000" },
    { flags: "--node-count 2.5", says: "--node-count: must be an integer from 1 to 10000" },
    { flags: "--rate 0", says: "--rate: must be a number from 0.001 to 100000" },
    { flags: "--time-limit 86401", says: `--time-limit: ${seconds}` },
    { flags: "--time-limit soon", says: `--time-limit: ${seconds}` },
    { flags: "--latency 1e99", says: "--latency: must be a number from 0 to 86400000" },
    { flags: "--latency-dist normal", says: '"constant" | "uniform" | "exponential"' },
    { flags: "--topology ring", says: "--topology" },
    {
      flags: "--nemesis fire",
      says: "--nemesis: must be none, or some of partition,one-way,loss,duplicate,reorder,pause"
    },
    { flags: "--nemesis-interval 0", says: "--nemesis-interval: must be a number from 0.001 to 86400" },
    { flags: "--loss-rate 1.1", says: "--loss-rate: must be a number from 0 to 1" },
    { flags: "--duplicate-rate -1", says: "--duplicate-rate" },
    { flags: "--network real", says: '"maelstrom" | "ideal"' },
    { flags: "--seed 9007199254740992", says: "--seed: must be an integer from 0 to 9007199254740991" },
    { flags: "--workload kafka", says: '"broadcast" | "echo" | "unique-ids"' },
    { flags: "--availability most", says: "--availability: must be total or a number from 0 to 1" },
    { flags: "--runs 0", says: "--runs: must be an integer from 1 to 1000000" },
    { flags: "--explain x", says: "--explain: x is not JSON" },
    { flags: "--fanout=-1", says: "--fanout: must be an integer from 0 to 1000000" },
    { flags: "--nodes 5", says: "--nodes" }
  ])("$flags is told with what it takes, exit code 2", ({ flags, says }) =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* simulate(flags)
        assert.match(stderr, /^maelstrom-gossip: [^\n]+\n$/)
        assert.include(stderr, says)
        assert.strictEqual(stdout, "")
        assert.strictEqual(exitCode, 2)
      })
    )
  )
})

describe("--out", () => {
  const brief = "--rate 50 --time-limit 0.5"

  it.live("writes the files of a run and says how long they are", () =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = `${yield* emptyFolder}/a/b`
        const { exitCode, stderr } = yield* simulate(`${brief} --out ${folder}`)
        assert.deepStrictEqual((yield* fs.readDirectory(folder)).toSorted(), [
          "index.html",
          "messages.jsonl",
          "operations.jsonl",
          "results.json"
        ])
        const { length } = yield* file(folder, "operations.jsonl")
        assert.include(stderr, `written to ${folder}: results.json `)
        assert.include(
          stderr,
          `, operations.jsonl ${length < 1000 ? `${length} B` : `${(length / 1000).toFixed(1)} kB`},`
        )
        assert.strictEqual(exitCode, 0)
      })
    )
  )

  it.live("compresses messages of more than 10 MB", () =>
    live(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* emptyFolder
        const flags = `--rate 1500 --time-limit 3 --out ${folder}`
        yield* simulate(`${brief} --out ${folder}`)
        const { exitCode, stderr } = yield* simulate(`${flags} --force`)
        assert.strictEqual(exitCode, 0)
        assert.match(stderr, /, messages\.jsonl\.gz [\d.]+ [kM]B, /)
        assert.notInclude(yield* fs.readDirectory(folder), "messages.jsonl")
        const text = Zlib.gunzipSync(yield* fs.readFile(`${folder}/messages.jsonl.gz`)).toString()
        assert.isAbove(text.length, 10_000_000)
        const lines = text.split("\n").slice(0, -1)
        const ids = lines.map((line) => Number(/^\{"id":(\d+),/.exec(line)?.[1]))
        assert.deepStrictEqual(
          ids,
          ids.map((_, place) => place)
        )
      })
    )
  )

  it.live.each([
    { out: "/dev/null/x", why: "ENOTDIR: not a directory, mkdir '/dev/null/x'" },
    { out: "/dev/null", why: "EEXIST: file already exists, mkdir '/dev/null'" }
  ])("is refused before the run if $out cannot be written, in one line, exit code 3", ({ out, why }) =>
    live(
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* simulate(`--time-limit 86400 --out ${out}`)
        assert.strictEqual(stderr, `maelstrom-gossip: --out ${out}: cannot be written (${why})\n`)
        assert.strictEqual(stdout, "")
        assert.strictEqual(exitCode, 3)
      })
    )
  )

  it.live("does not write over a run without --force, exit code 3", () =>
    live(
      Effect.gen(function* () {
        const folder = yield* emptyFolder
        const flags = `${brief} --out ${folder}`
        yield* simulate(flags)
        const before = yield* file(folder, "results.json")
        const { exitCode, stderr, stdout } = yield* simulate(`${flags} --seed 2`)
        assert.strictEqual(stderr, `maelstrom-gossip: --out ${folder}: holds a run already; --force writes over it\n`)
        assert.strictEqual(stdout, "")
        assert.strictEqual(exitCode, 3)
        assert.strictEqual(yield* file(folder, "results.json"), before)
        yield* simulate(`${flags} --seed 2 --force`)
        assert.notStrictEqual(yield* file(folder, "results.json"), before)
      })
    )
  )

  it.live("adds to a folder the runs of seeds that it does not hold yet", () =>
    live(
      Effect.gen(function* () {
        const folder = yield* emptyFolder
        const flags = `${brief} --out ${folder} --runs 2`
        const { stderr } = yield* simulate(flags)
        assert.match(stderr, /^written to .*: 2 folders with 8 files, [\d.]+ kB, and index.html over all\n$/)
        const overview = yield* file(folder, "index.html")
        for (const seed of [1, 2]) assert.include(overview, `<a href="seed-${seed}/index.html">${seed}</a>`)
        assert.match(overview, /<pre>maelstrom-gossip simulate .* --runs 2<\/pre>/)
        assert.strictEqual((yield* simulate(`${flags} --seed 3`)).exitCode, 0)
        const again = yield* simulate(`${flags} --seed 4`)
        assert.include(again.stderr, "holds the run of seed 4 already")
        assert.strictEqual(again.exitCode, 3)
        assert.include(yield* file(folder, "seed-3", "results.json"), '"seed": 3')
      })
    )
  )
})

/** The trace of a run of the faulty scenario in these surroundings. */
const trace = Effect.fnUntraced(function* (options: Options = {}) {
  const folder = yield* emptyFolder
  const { stderr } = yield* simulate(`${faulty} --out ${folder}`, options)
  assert.include(stderr, "this repeats it")
  return yield* file(folder, "messages.jsonl")
})

/** Keeps a processor busy until the test ends. */
const layBurden = Effect.forkScoped(simulate(`${faulty} --runs 1000000`))

describe("the surroundings of a run", () => {
  it.live("time zones and a busy machine change nothing", () =>
    live(
      Effect.gen(function* () {
        const expected = yield* trace({ env: { TZ: "UTC" } })
        assert.isAbove(expected.split("\n").length, 1000)
        assert.strictEqual(yield* trace({ env: { TZ: "Pacific/Kiritimati", LANG: "ar_EG.UTF-8" } }), expected)
        yield* layBurden
        yield* layBurden
        assert.strictEqual(yield* trace({ env: { TZ: "America/St_Johns" } }), expected)
      })
    )
  )

  it.live("a process that is stopped midway and continued goes on as if nothing had been", () =>
    live(
      Effect.gen(function* () {
        const flags = `${faulty} --json --runs 4`
        const expected = yield* simulate(flags)
        const stopped = yield* start({ args: ["simulate", ...words(flags)] })
        // Each line comes when the next run has begun.
        const begun = yield* Effect.forEach([1, 2], () =>
          Effect.gen(function* () {
            const line = yield* stopped.next
            yield* stopped.signal("SIGSTOP")
            yield* Effect.sleep(1200)
            yield* stopped.signal("SIGCONT")
            return line
          })
        )
        const { lines } = yield* stopped.rest
        assert.deepStrictEqual([...begun, ...lines], expected.lines)
      })
    )
  )
})
