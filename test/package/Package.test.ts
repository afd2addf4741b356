/**
 * The package as a user gets it: packed, installed in an empty project, and used as its documentation says.
 *
 * `effect` is installed from this project's folder and the tools are linked from there, so that the test needs no network.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as ChildProcess from "effect/process/ChildProcess"
import { decode, dist, init, request, root, text, writes } from "../process/Executable.ts"
import { documentation, examples as examplesOf, publicModules } from "./Reference.ts"

/** Runs a command to its end. */
const run = Effect.fnUntraced(function* (
  cwd: string,
  [command, ...args]: readonly [string, ...ReadonlyArray<string>],
  input = ""
) {
  const child = yield* ChildProcess.make(command, args, {
    cwd,
    // Not the variables of the test runner and of npm, which would reach the tools that are run here.
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    stdin: writes(input),
    forceKillAfter: "1 second"
  })
  const [stdout, stderr, exitCode] = yield* Effect.all([text(child.stdout), text(child.stderr), child.exitCode], {
    concurrency: "unbounded"
  })
  return { stdout, stderr, exitCode: Number(exitCode) }
}, Effect.scoped)

/** Runs a command that must succeed. */
const succeed = Effect.fnUntraced(function* (
  cwd: string,
  command: readonly [string, ...ReadonlyArray<string>],
  input?: string
) {
  const result = yield* run(cwd, command, input)
  assert.strictEqual(result.exitCode, 0, `${command.join(" ")}\n${result.stdout}${result.stderr}`)
  return result
})

/** What the examples need besides the package and `effect`, and the tools for them. */
const linked = ["@effect/platform-node", "@effect/vitest", "@types/node", ".bin/esbuild", "typescript", "vitest"]

const Packed = Schema.fromJsonString(
  Schema.Tuple([
    Schema.Struct({ filename: Schema.String, files: Schema.Array(Schema.Struct({ path: Schema.String })) })
  ])
)

const tsconfig = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    // The files in docs/examples import each other by their names in the source.
    rewriteRelativeImportExtensions: true,
    outDir: "out"
  },
  include: ["*.ts", "examples/*.ts"]
}

/** The TypeScript blocks of the documentation, by the file names in their first lines. A file may have several. */
const examples = (page: string): ReadonlyMap<string, string> => {
  const blocks = [...page.matchAll(/^```ts\n(?<code>.*?)^```$/gms)].map(({ groups }) => groups?.["code"] ?? "")
  const files = new Map<string, string>()
  for (const code of blocks) {
    const { more, name } = /^\/\/ (?<name>\S+\.ts)(?<more>, continued)?\n/.exec(code)?.groups ?? {}
    assert.isDefined(name, `this example does not begin with the name of its file:\n${code}`)
    assert.strictEqual(
      files.has(name),
      more !== undefined,
      `${name} must be continued after it has begun, and not begin twice`
    )
    files.set(name, `${files.get(name) ?? ""}${code}`)
  }
  return files
}

/** A user's project: the package is installed, and each example of the documentation and of a doc comment is a file. */
class Project extends Context.Service<
  Project,
  {
    readonly folder: string
    readonly packed: ReadonlyArray<string>
    readonly examples: ReadonlyArray<string>
    /** The files with the examples in doc comments. */
    readonly inComments: ReadonlyArray<string>
    /** What npm said while it installed the package. */
    readonly installation: string
  }
>()("maelstrom-gossip/test/Project") {
  static readonly layer = Layer.effect(
    Project,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      yield* dist
      const folder = yield* fs.makeTempDirectoryScoped()
      const { stdout } = yield* succeed(root, [
        "npm",
        "pack",
        "--json",
        "--ignore-scripts",
        "--pack-destination",
        folder
      ])
      const [{ filename, files }] = yield* Schema.decodeEffect(Packed)(stdout)

      const write = (name: string, content: string) => fs.writeFileString(path.join(folder, name), content)
      yield* write("package.json", JSON.stringify({ name: "project", type: "module", private: true }))
      const modules = path.join(folder, "node_modules")
      const installed = yield* succeed(folder, [
        "npm",
        "install",
        "--offline",
        "--no-audit",
        "--no-fund",
        // npm would run `prepare` for a tarball, though not for the same package from a registry.
        "--ignore-scripts",
        `./${filename}`,
        path.join(root, "node_modules/effect")
      ])
      yield* Effect.forEach(
        linked,
        Effect.fnUntraced(function* (name) {
          const link = path.join(modules, name)
          yield* fs.makeDirectory(path.dirname(link), { recursive: true })
          yield* fs.symlink(path.join(root, "node_modules", name), link)
        }),
        { discard: true }
      )

      yield* write("tsconfig.json", JSON.stringify(tsconfig))
      const pages = yield* Effect.forEach(["docs/LIBRARY.md", "AGENTS.md"], (page) =>
        fs.readFileString(path.join(root, page))
      )
      const all = examples(pages.join("\n"))
      for (const [name, code] of all) yield* write(name, code)
      yield* fs.copy(path.join(modules, "maelstrom-gossip/docs/examples"), path.join(folder, "examples"))
      const more = examples(yield* fs.readFileString(path.join(folder, "examples/README.md")))
      for (const [name, code] of more) yield* write(path.join("examples", name), code)
      const inComments = examplesOf(yield* documentation)
      for (const [name, code] of inComments) yield* write(name, code)
      yield* write("serve-forget.ts", serve("parts", "forget"))
      yield* write("serve-counter.ts", serve("Counter", "counter"))
      yield* write("rejected.ts", rejected)
      return {
        folder,
        packed: files.map((file) => file.path),
        examples: [...all.keys()],
        inComments: [...inComments.keys()],
        installation: `${installed.stdout}${installed.stderr}`
      }
    })
  )
}

/** A program that runs a node of these parts, as the example `echo.ts` does. */
const serve = (parts: string, file: string) => `
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as Effect from "effect/Effect"
import { Node, StdioTransport } from "maelstrom-gossip"
import { ${parts} } from "./${file}.js"

Node.run(${parts}).pipe(Effect.provide(StdioTransport.layer), Effect.provide(NodeStdio.layer), NodeRuntime.runMain)
`

/** What the compiler must reject. Where it accepts one of these, it complains that it expected an error. */
const rejected = `
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Component, Handler, Message, Node, Output } from "maelstrom-gossip"
import { Counter } from "./counter.js"
// @ts-expect-error -- this module is internal
import "maelstrom-gossip/node/Step"

const Echo = Message.body("echo", { echo: Schema.Json })
const EchoOk = Message.body("echo_ok", { echo: Schema.Json })

Handler.layer({
  request: Echo,
  sends: [EchoOk],
  // @ts-expect-error -- the reply lacks its field
  handle: (_, { reply }) => Effect.succeed([reply({ type: "echo_ok" })])
})

Handler.layer({
  request: Echo,
  sends: [EchoOk],
  // @ts-expect-error -- the type of the reply is misspelt
  handle: ({ echo }, { reply }) => Effect.succeed([reply({ type: "ecko_ok", echo })])
})

Handler.layer({
  request: Echo,
  sends: [EchoOk],
  // @ts-expect-error -- a field of the request is misspelt
  handle: ({ ecko }, { reply }) => Effect.succeed([reply({ type: "echo_ok", echo: ecko })])
})

Component.layer({
  name: "echo",
  requests: Message.union(Echo),
  sends: Message.union(EchoOk),
  initial: null,
  // @ts-expect-error -- the component does not declare that it sends this
  step: (state) => [state, [Output.of<{ readonly type: "pong" }>().send("n1", { type: "pong" })]]
})

// @ts-expect-error -- nobody provides the transport
Effect.runPromise(Node.run(Counter))
`

/** The bodies of what a program answers to these lines after its node's `init`. */
const converse = Effect.fnUntraced(function* (folder: string, program: string, ...lines: ReadonlyArray<string>) {
  const input = [init("n1"), ...lines].join("\n")
  const { stdout } = yield* succeed(folder, [process.execPath, program], input)
  const messages = yield* Effect.forEach(stdout.split("\n").slice(0, -1), (line) => decode(line))
  return messages.slice(1).map(({ body }) => body)
})

const ask = (id: number, type: string, fields: Schema.JsonObject) =>
  request("c1", "n1", { type, msg_id: id, ...fields })

layer(Layer.provideMerge(Project.layer, NodeServices.layer), { excludeTestServices: true, timeout: "60 seconds" })(
  "the package",
  (it) => {
    it.effect("holds what is built, the documentation and the licences, and nothing else", () =>
      Effect.gen(function* () {
        const { packed } = yield* Project
        assert.includeMembers(
          [...packed],
          [
            "dist/maelstrom-gossip.cjs",
            "dist/cli/Node.cjs",
            "dist/cli/Main.cjs",
            "dist/LICENSES.txt",
            "dist/lib/index.js",
            "dist/lib/index.d.ts",
            "docs/ALGORITHM.md",
            "docs/reference/node/Rpc.md",
            "AGENTS.md",
            "package.json",
            "README.md",
            "LICENSE"
          ]
        )
        assert.isEmpty(
          packed.filter(
            (path) =>
              !/^(dist\/.*\.(cjs|js|d\.ts)|dist\/LICENSES\.txt|docs\/.*\.(md|svg|png)|docs\/examples\/.*\.ts|package\.json|AGENTS\.md|README\.md|LICENSE)$/.test(
                path
              )
          )
        )
      })
    )

    it.effect("is installed beside one `effect`, without a warning and without packages of its own", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { folder, installation } = yield* Project
        assert.match(installation, /^\s*added 2 packages in \d+m?s\s*$/)
        assert.isTrue(yield* fs.exists(`${folder}/node_modules/effect`))
        assert.isFalse(yield* fs.exists(`${folder}/node_modules/maelstrom-gossip/node_modules`))
      })
    )

    it.effect("brings the licence texts of all that its executable and the page of a run contain", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { folder } = yield* Project
        const own = `${folder}/node_modules/maelstrom-gossip/dist`
        const texts = yield* fs.readFileString(`${own}/LICENSES.txt`)
        for (const name of ["effect", "@effect/platform-node", "@effect/platform-node-shared", "uplot"]) {
          assert.match(texts, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\n\n.*?\n\nPermission is hereby granted`, "ms"))
        }
        assert.include(texts, "Yves-Marie K. Rinquin")
        yield* succeed(folder, [`${own}/maelstrom-gossip.cjs`, "simulate", "--out", `${folder}/run`])
        const page = yield* fs.readFileString(`${folder}/run/index.html`)
        assert.include(page, "Copyright (c) 2022 Leon Sorokin")
        assert.include(page, "Permission is hereby granted")
      })
    )

    it.effect("runs by its name", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const { stdout } = yield* succeed(folder, ["node_modules/.bin/maelstrom-gossip", "--version"])
        assert.match(stdout, /^maelstrom-gossip v\d+\.\d+\.\d+\n$/)
      })
    )

    it.effect("exports its public modules, and no others", () =>
      Effect.gen(function* () {
        const { folder } = yield* Project
        const load = (module: string) => run(folder, [process.execPath, "--input-type=module"], `import "${module}"`)
        const own = publicModules.map((module) => `import "maelstrom-gossip/${module}"`)
        yield* succeed(folder, [process.execPath, "--input-type=module"], own.join("\n"))
        assert.strictEqual((yield* load("maelstrom-gossip")).exitCode, 0)
        for (const internal of ["node/Step", "gossip/State", "dist/lib/node/Step.js"]) {
          assert.include((yield* load(`maelstrom-gossip/${internal}`)).stderr, "ERR_PACKAGE_PATH_NOT_EXPORTED")
        }
      })
    )

    it.effect(
      "type-checks with the examples of docs/LIBRARY.md, AGENTS.md and doc comments, and they run",
      () =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const alone = yield* fs.makeTempDirectoryScoped()
          const { examples: names, folder, inComments } = yield* Project
          assert.sameMembers(
            [...names],
            [
              "echo.ts",
              "forget.ts",
              "counter.ts",
              "get.ts",
              "visits.ts",
              "successors.ts",
              "gossip.test.ts",
              "cluster.test.ts",
              "simulation.test.ts",
              "counter.test.ts",
              "get.test.ts",
              "monotonic.ts",
              "monotonic.test.ts",
              "visits.test.ts",
              "shout.ts",
              "shout.test.ts"
            ]
          )
          yield* succeed(folder, ["node_modules/typescript/bin/tsc", "-p", "."])

          assert.isNotEmpty(inComments)
          const programs = inComments.map((name) => `await import("./out/${name.replace(/\.ts$/, ".js")}")`)
          const all = [...programs, 'console.log("all ran")'].join("\n")
          const ran = yield* succeed(folder, [process.execPath, "--input-type=module", "--eval", all])
          assert.strictEqual(ran.stdout, "all ran\n")

          // A line that is skipped is logged, which must leave standard output to the messages.
          const echoed = yield* converse(folder, "out/echo.js", "no message", ask(2, "echo", { echo: { a: [1] } }))
          assert.deepStrictEqual(echoed, [{ type: "echo_ok", echo: { a: [1] }, in_reply_to: 2, msg_id: 1 }])

          const answers = yield* converse(
            folder,
            "out/serve-forget.js",
            ask(2, "broadcast", { message: 1 }),
            ask(3, "broadcast", { message: 2 }),
            ask(4, "forget", { message: 1 }),
            ask(5, "forget", { message: 1 }),
            ask(6, "read", {})
          )
          const answerTo = (id: number) => answers.find((body) => body["in_reply_to"] === id)
          assert.deepInclude(answerTo(4), { type: "forget_ok" })
          assert.deepInclude(answerTo(5), { type: "error", code: 20 })
          assert.deepInclude(answerTo(6), { type: "read_ok", messages: [2] })

          const counted = yield* converse(
            folder,
            "out/serve-counter.js",
            ask(2, "add", { delta: 2 }),
            ask(3, "add", { delta: 3 }),
            ask(4, "read", {})
          )
          assert.deepStrictEqual(counted, [
            { type: "add_ok", in_reply_to: 2, msg_id: 1 },
            { type: "add_ok", in_reply_to: 3, msg_id: 2 },
            { type: "read_ok", value: 5, in_reply_to: 4, msg_id: 3 }
          ])

          // The examples in docs/examples, and what their README says of a node of one's own.
          const simulated = yield* succeed(folder, [process.execPath, "out/examples/simulate.js"])
          assert.strictEqual(simulated.stdout, "true []\n")
          const guide = yield* fs.readFileString(`${folder}/examples/README.md`)
          const command = /^npx esbuild main\.ts .*$/m.exec(guide)?.[0] ?? ""
          yield* succeed(`${folder}/examples`, ["sh", "-ec", command])
          yield* fs.rename(`${folder}/examples/node.cjs`, `${alone}/node.cjs`)
          const { stdout } = yield* succeed(alone, ["./node.cjs"], `${init("n1")}\n${ask(2, "echo", { echo: 1 })}\n`)
          assert.include(stdout, `"type": "echo_ok", "echo": 1`)

          const tests = names.filter((name) => name.endsWith(".test.ts"))
          yield* succeed(folder, ["node_modules/vitest/vitest.mjs", "run", "--root", folder, "--dir", folder, ...tests])
        }),
      60_000
    )
  }
)
