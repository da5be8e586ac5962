/**
 * What commits cost, and how that and opening grow with the history (R9). What grows with nodes and file size: `scale.ts`.
 *
 * Prints a table and writes `bench/results/engine.json`. `--quick` measures a tenth or less. Whole processes run a bundle, as the command is one.
 */
import { spawnSync } from "node:child_process"
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { rolldown } from "rolldown"
import { localStore } from "../src/store/local/store.ts"
import { Transaction } from "../src/tinyfs/index.ts"
import { openAt } from "../src/tlogfs/index.ts"
import { type Measure, report } from "./support/report.ts"

const isQuick = process.argv.includes("--quick")
const work = mkdtempSync(join(tmpdir(), "pond-bench-engine-"))
const measures: Array<Measure> = []
const add = (what: string, value: number, unit: string, budget?: string): void => {
  measures.push({ what, value, unit, ...(budget === undefined ? {} : { budget }) })
}

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN

const diskBytes = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => (entry.isFile() ? sum + statSync(join(entry.parentPath, entry.name)).size : sum),
    0
  )

/** The bundle of the listing process. */
const bundleOfList = async (): Promise<string> => {
  const bundle = await rolldown({ input: join(import.meta.dirname, "support/list.ts"), platform: "node" })
  await bundle.write({ dir: join(work, "list"), format: "esm", minify: true })
  await bundle.close()
  return join(work, "list/list.js")
}

/** Lists a directory in a new process: the best of several, milliseconds and megabytes. */
const listing = (script: string, directory: string, path: string) => {
  const times: Array<number> = []
  let answer = { count: 0, rssMegabytes: 0 }
  for (let round = 0; round < 7; round++) {
    const began = performance.now()
    const { stderr, stdout } = spawnSync(process.execPath, [script, directory, path], { encoding: "utf8" })
    times.push(performance.now() - began)
    if (stdout === "") throw new Error(stderr)
    answer = JSON.parse(stdout) as typeof answer
  }
  return { ...answer, elapsedMs: Math.min(...times) }
}

const open = (name: string) => openAt(localStore(join(work, name, "data")), true, join(work, name, "control"))

/** Commits of one small node each. */
const commits = Effect.fnUntraced(function* (name: string, count: number) {
  const pond = yield* open(name)
  yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.mkdir("/d")))
  const times: Array<number> = []
  for (let at = 0; at < count; at++) {
    const began = performance.now()
    yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.symlink("target", `/d/${at % 1000}-${at}`)))
    times.push(performance.now() - began)
  }
  return {
    sorted: times.toSorted((left, right) => left - right),
    elapsedMs: times.reduce((sum, time) => sum + time, 0)
  }
})

/** Commits of one pond before it is maintained for the first time. */
const SHORT_COMMITS = 60
/** Ponds that warm the process up, and those that are measured. */
const WARMING = 2
const MEASURED = 8

/** Commits before maintenance in a process that is warm. */
const shortCommits = Effect.gen(function* () {
  const times: Array<number> = []
  let cpuMs = 0
  for (let round = 0; round < WARMING + MEASURED; round++) {
    const before = process.cpuUsage()
    const { sorted } = yield* commits(`short-${round}`, SHORT_COMMITS)
    if (round < WARMING) continue
    const { system, user } = process.cpuUsage(before)
    cpuMs += (system + user) / 1000
    times.push(...sorted)
  }
  const sorted = times.toSorted((left, right) => left - right)
  return {
    sorted,
    perSecond: (times.length * 1000) / times.reduce((sum, time) => sum + time, 0),
    cpuMs: cpuMs / times.length
  }
})

/** What no commit can avoid: two small files made durable under their names, one after the other. Milliseconds, sorted. */
const bareTimes = (): ReadonlyArray<number> => {
  const place = join(work, "bare")
  mkdirSync(place)
  const bytes = Buffer.alloc(3000, 7)
  const synced = (path: string, flags: string, content?: Uint8Array): void => {
    const fd = openSync(path, flags)
    if (content !== undefined) writeSync(fd, content)
    fsyncSync(fd)
    closeSync(fd)
  }
  return Array.from({ length: 200 }, (_, round) => {
    const began = performance.now()
    for (const half of ["a", "b"]) {
      const temporary = join(work, `${half}-${round}`)
      synced(temporary, "wx", bytes)
      linkSync(temporary, join(place, `${half}-${round}`))
      synced(place, "r")
      unlinkSync(temporary)
    }
    return performance.now() - began
  }).toSorted((left, right) => left - right)
}

const main = Effect.gen(function* () {
  const script = yield* Effect.promise(bundleOfList)
  const short = yield* shortCommits
  add("two durable files without Pond, p50", quantile(bareTimes(), 0.5), "ms")
  add("one-row commits before maintenance, p50", quantile(short.sorted, 0.5), "ms", "≤ 2")
  add("one-row commits before maintenance, p99", quantile(short.sorted, 0.99), "ms")
  add("one-row commits before maintenance", short.perSecond, "per s", "≥ 500")
  add("one-row commits before maintenance, CPU each", short.cpuMs, "ms")
  for (const count of isQuick ? [100, 1000] : [100, 1000, 10_000]) {
    const { elapsedMs, sorted } = yield* commits(`history-${count}`, count)
    add(`${count} commits with all maintenance`, (count * 1000) / elapsedMs, "per s", "≥ 300")
    add(`${count} commits, p99`, quantile(sorted, 0.99), "ms")
    add(`${count} commits, bytes on disk each`, diskBytes(join(work, `history-${count}`)) / count, "B")
    add(
      `open + list after ${count} commits, process`,
      listing(script, join(work, `history-${count}`), "/").elapsedMs,
      "ms",
      "≤ 150"
    )
  }
})

try {
  mkdirSync(work, { recursive: true })
  await Effect.runPromise(main)
  report("engine", measures)
} finally {
  rmSync(work, { recursive: true, force: true })
}
