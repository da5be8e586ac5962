/**
 * What questions to mirrored logs cost: whole processes of the built command, 20 archives and an active file of JSON lines, by default 1 GiB in all. First of short
 * lines with the same five keys, then of those of a service, which have different ones, and of those of a server, which have objects in objects.
 *
 * Beside it DuckDB alone, in a process of its own, which reads the files of the host and checks nothing. The first question parses everything and keeps
 * it; the next ones read what was kept; after 1 MiB was appended, that is parsed. Then searches: for a text that is seldom, and for an expression whose text
 * is frequent; beside them ripgrep, or else grep, on the files of the host. `--quick` takes 64 MiB. Of each process the time that passes, the time of
 * processors and the peak of its memory.
 */
import { Effect, Stream } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { logLines, logOf, objectLines, serviceLines } from "./support/logs.ts"
import { type Measure, report } from "./support/report.ts"

const MiB = 1024 ** 2
const ARCHIVES = 20
const TOTAL_BYTES = process.argv.includes("--quick") ? 64 * MiB : 1024 * MiB
const FILE_BYTES = TOTAL_BYTES / (ARCHIVES + 1)
const REPEATS = 5

const home = fs.mkdtempSync(join(tmpdir(), "pond-bench-query-"))
const logs = join(home, "logs")
const POND = join(import.meta.dirname, "../bin/pond")

/** What DuckDB does by itself, in the way of its documentation. */
const ALONE = `
import { DuckDBInstance } from ${JSON.stringify(import.meta.resolve("@duckdb/node-api"))}
const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect()
const rows = (await connection.runAndReadAll(process.argv[1])).getRowsJson()
process.stdout.write(rows.map((row) => row.join(",") + "\\n").join(""))
`

/** Tells the peak of the memory of a process at its end. */
const PEAK = `
const { readFileSync, writeFileSync } = require("node:fs")
process.on("exit", () => {
  const [, peak] = /VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))
  writeFileSync(process.env.PEAK_FILE, peak)
})
`

const SHORT = {
  what: "short lines",
  lines: logLines,
  last: (at: number) => `{"time":${at},"level":"info","user":1,"id":"${at}","took":1}\n`,
  columns: "g,n,slowest",
  question: (table: string): string =>
    `SELECT "user" % 10 AS g, count(*) AS n, max(took) AS slowest FROM ${table} GROUP BY g ORDER BY g`
}

const SERVICE: typeof SHORT = {
  what: "lines of a service",
  lines: serviceLines,
  last: (at: number) => `{"time":"2026-01-01T00:00:00.000Z","level":"info","host":"host-${at}","message":"end"}\n`,
  columns: "level,n,slowest,latest",
  question: (table: string): string =>
    `SELECT level, count(*) AS n, max(duration) AS slowest, max(time)::VARCHAR AS latest FROM ${table} GROUP BY level ORDER BY level`
}

const OBJECTS: typeof SHORT = {
  what: "lines with objects",
  lines: objectLines,
  last: (at: number) => `{"time":"2026-01-01T00:00:00.000Z","level":"info","req":{"id":"${at}"}}\n`,
  columns: "status,n,slowest,users",
  question: (table: string): string =>
    `SELECT res.status AS status, count(*) AS n, max(took) AS slowest, max(req.user.id) AS users FROM ${table} GROUP BY status ORDER BY status`
}

/** What a process gave, and what it took. */
interface Run {
  readonly text: string
  readonly seconds: number
  readonly cpu: number
  readonly peakMb: number
}

/** Runs a program, and tells what that took. */
const measured = (command: ReadonlyArray<string>): Omit<Run, "peakMb"> => {
  // Bash tells the processor time of what it ran.
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" 2>/dev/null'
  const { status, stderr, stdout } = spawnSync("bash", ["-c", script, "bash", ...command], {
    cwd: home,
    env: { ...process.env, PEAK_FILE: join(home, "peak") },
    stdio: ["ignore", "pipe", "pipe"]
  })
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr.toString()}`)
  const [wall, user, system] = stderr.toString().trim().split("\n").at(-1)!.split(" ").map(Number)
  return { text: stdout.toString(), seconds: wall!, cpu: user! + system! }
}

/** Runs Node, and tells what that took. */
const run = (args: ReadonlyArray<string>): Run => {
  const taken = measured([process.execPath, "--require", join(home, "peak.cjs"), ...args])
  return { ...taken, peakMb: Number(fs.readFileSync(join(home, "peak"), "utf8")) / 1024 }
}

const pond = (...args: ReadonlyArray<string>) => run([POND, "--pond", join(home, "pond"), ...args])
const asked = ({ question }: typeof SHORT) => pond("sql", question("'/logs/*'"), "--format", "csv")
const alone = ({ question }: typeof SHORT) =>
  run(["--input-type=module", "-e", ALONE, question(`read_json('${logs}/*', format = 'newline_delimited')`)])

const write = (name: string, sizeBytes: number, lines: typeof logLines): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const descriptor = fs.openSync(join(logs, name), "a")
      yield* Stream.runForEach(logOf(sizeBytes, lines), (chunk) =>
        // Whole lines only.
        Effect.sync(() => fs.writeSync(descriptor, chunk.subarray(0, chunk.lastIndexOf(10) + 1)))
      )
      fs.closeSync(descriptor)
    })
  )

/** A text that four lines of each file hold, and an expression that matches every twentieth line. */
const SELDOM = "9e3779b1"
const FREQUENT = 'took":9[0-9][0-9]'

const searched = (pattern: string) => pond("grep", "-c", pattern, "/logs/*")

/** What searches the files of the host: ripgrep, where it is there. */
const SEARCHER = spawnSync("rg", ["--version"]).status === 0 ? ["rg"] : ["grep", "-r"]
const searchedAlone = (pattern: string): Run => ({
  ...measured([...SEARCHER, "-c", pattern, logs]),
  peakMb: 0
})

/** How many lines of all files were found. */
const total = (text: string): string =>
  String(text.split("\n").reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(":") + 1)), 0))

const best = (make: () => ReturnType<typeof run>) => {
  const all = Array.from({ length: REPEATS }, make)
  return {
    ...all[0]!,
    seconds: Math.min(...all.map(({ seconds }) => seconds)),
    cpu: Math.min(...all.map(({ cpu }) => cpu)),
    peakMb: Math.max(...all.map(({ peakMb }) => peakMb))
  }
}

const same = (what: string, left: string, right: string): void => {
  if (left !== right) throw new Error(`${what}: the answers differ:\n${left}\n${right}`)
}

const timed = (what: string, measured: Run, budget?: string): ReadonlyArray<Measure> => [
  { what, value: measured.seconds, unit: "s", ...(budget === undefined ? {} : { budget }) },
  { what: `${what}, processor`, value: measured.cpu, unit: "s" },
  { what: `${what}, memory`, value: measured.peakMb, unit: "MB" }
]

/** Makes logs of some kind, and a pond that has them. */
const mirrored = async ({ last, lines }: typeof SHORT): Promise<void> => {
  for (const folder of ["logs", "pond"]) fs.rmSync(join(home, folder), { recursive: true, force: true })
  fs.mkdirSync(logs)
  for (let at = 1; at <= ARCHIVES; at += 1) {
    const name = `app.log-2026-01-${String(at).padStart(2, "0")}`
    await write(name, FILE_BYTES, lines)
    // No two files hold the same.
    fs.appendFileSync(join(logs, name), last(at))
  }
  await write("app.log", FILE_BYTES, lines)
  pond("init")
  const paths = ["--active", `${logs}/app.log`, "--archived", `${logs}/app.log-*`, "--pond-path", "/logs"]
  pond("add", "logfile", "logs", ...paths)
  pond("run", "logs", "sync")
}

/** Asks for the first time, again, and after something was appended. */
const questions = async (kind: typeof SHORT): Promise<ReadonlyArray<Measure>> => {
  const { columns, lines, what } = kind
  await mirrored(kind)
  const plain = best(() => alone(kind))
  // What is parsed is forgotten before each: a first question is asked more than once, to find out what it takes on a machine that does other things.
  const first = best(() => {
    fs.rmSync(join(home, "pond", "control", "query"), { recursive: true, force: true })
    return asked(kind)
  })
  const repeated = best(() => asked(kind))
  same("first", first.text, `${columns}\n${plain.text}`)
  same("repeated", repeated.text, `${columns}\n${plain.text}`)
  fs.appendFileSync(join(logs, "app.log"), lines(99).subarray(0, lines(99).lastIndexOf(10) + 1))
  pond("run", "logs", "sync")
  const appended = asked(kind)
  same("appended", appended.text, `${columns}\n${alone(kind).text}`)
  const times = (name: string, value: number, budget: string): Measure => ({
    what: `${what}: ${name}`,
    value,
    unit: "x",
    budget
  })
  return [
    ...timed(`${what}: DuckDB alone on the host's files`, plain),
    ...timed(`${what}: first question`, first),
    times("first question, times DuckDB alone", first.seconds / plain.seconds, "at most 1.3"),
    ...timed(`${what}: repeated question`, repeated),
    times("repeated question, times faster", plain.seconds / repeated.seconds, "at least 5"),
    ...timed(`${what}: after 1 MiB was appended`, appended)
  ]
}

/** Searches, beside a program that searches the files of the host. */
const searches = (): ReadonlyArray<Measure> => {
  const seldom = best(() => searched(SELDOM))
  const frequent = best(() => searched(FREQUENT))
  const seldomAlone = best(() => searchedAlone(SELDOM))
  const frequentAlone = best(() => searchedAlone(FREQUENT))
  same("a search for what is seldom", total(seldom.text), total(seldomAlone.text))
  same("a search for what is frequent", total(frequent.text), total(frequentAlone.text))
  return [
    ...timed("grep, a text that is seldom", seldom, "at most 1.2"),
    ...timed("grep, an expression that is frequent", frequent),
    ...timed(`${SEARCHER[0]} on the host's files, seldom`, seldomAlone).slice(0, 2),
    ...timed(`${SEARCHER[0]} on the host's files, frequent`, frequentAlone).slice(0, 2)
  ]
}

try {
  fs.writeFileSync(join(home, "peak.cjs"), PEAK)
  const objects = await questions(OBJECTS)
  const service = await questions(SERVICE)
  const short = await questions(SHORT)
  report("query", [...objects, ...service, ...short, ...searches()])
} finally {
  fs.rmSync(home, { recursive: true, force: true })
}
