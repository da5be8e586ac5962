/**
 * What the engine costs: commits, opening, listing, large files; and how that grows with history, nodes and file size (R9).
 *
 * Prints a table and writes `bench/results/engine.json`. `--quick` measures a tenth or less. Whole processes run a bundle, as the command is one.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { rolldown } from "rolldown"
import { localStore } from "../src/store/local/store.ts"
import { Transaction } from "../src/tinyfs/index.ts"
import { fsck, openAt } from "../src/tlogfs/index.ts"
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

/** Nodes in directories of 1,000, by transactions of 10,000: their ids lie within few milliseconds. */
const nodes = Effect.fnUntraced(function* (name: string, count: number) {
  const pond = yield* open(name)
  for (let first = 0; first < count; first += 10_000) {
    yield* pond.transaction(
      Effect.gen(function* () {
        const tx = yield* Transaction
        for (let at = first; at < Math.min(count, first + 10_000); at++) {
          if (at % 1000 === 0) yield* tx.mkdir(`/${at / 1000}`)
          yield* tx.symlink("target", `/${Math.floor(at / 1000)}/node-${at}`)
        }
      })
    )
  }
})

/** A MiB of log lines that compress as logs do. */
const logLines = (round: number): Uint8Array => {
  const lines: Array<string> = []
  for (let bytes = 0; bytes < 1024 ** 2; bytes += lines.at(-1)!.length) {
    const at = round * 20_000 + lines.length
    const value = Math.imul(at, 2_654_435_761) >>> 0
    const id = value.toString(16)
    lines.push(
      `{"time":${1_700_000_000_000 + at},"level":"info","user":${value % 5000},"id":"${id}","took":${value % 977}}\n`
    )
  }
  return new TextEncoder().encode(lines.join("")).subarray(0, 1024 ** 2)
}

/** A log of some size: sixteen different MiB over and over, so that making it costs nothing. */
const logOf = (sizeBytes: number): Stream.Stream<Uint8Array> => {
  const parts = Array.from({ length: 16 }, (_, round) => logLines(round))
  return Stream.map(Stream.range(0, Math.ceil(sizeBytes / 1024 ** 2) - 1), (at) => parts[at % parts.length]!)
}

const largeFile = Effect.fnUntraced(function* (sizeBytes: number) {
  const pond = yield* open("large")
  const began = performance.now()
  yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", logOf(sizeBytes))))
  const written = performance.now()
  const head = yield* pond.head
  const size = (yield* head.stat("/log")).content?.sizeBytes ?? 0
  const readFrom = performance.now()
  yield* Stream.runDrain(head.read("/log"))
  const read = performance.now()
  yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", new Uint8Array(200))))
  const appended = performance.now()
  const { findings } = yield* fsck(localStore(join(work, "large/data")))
  const checked = performance.now()
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  const gibibytes = size / 1024 ** 3
  add("write a log through a transaction", (written - began) / 1000 / gibibytes, "s per GiB")
  add("read it all, verified", (read - readFrom) / 1000 / gibibytes, "s per GiB", "≤ 1.5")
  add("append 200 B to it, durable", appended - read, "ms")
  add("fsck that reads everything", (checked - appended) / 1000 / gibibytes, "s per GiB", "≤ 0.9")
  add("peak memory of this process", process.resourceUsage().maxRSS / 1024, "MB", "≤ 250 for 5 GiB")
})

const main = Effect.gen(function* () {
  const script = yield* Effect.promise(bundleOfList)
  yield* largeFile((isQuick ? 0.125 : 5) * 1024 ** 3)
  const short = yield* commits("short", 60)
  add("one-row commits before maintenance, p50", quantile(short.sorted, 0.5), "ms", "≤ 2")
  add("one-row commits before maintenance", 60_000 / short.elapsedMs, "per s", "≥ 500")
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
  for (const count of isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]) {
    yield* nodes(`nodes-${count}`, count)
    const listed = listing(script, join(work, `nodes-${count}`), "/7")
    if (listed.count !== 1000) throw new Error(`${listed.count} nodes were listed`)
    add(`open + list 1,000 of ${count} nodes, process`, listed.elapsedMs, "ms", "≤ 250")
    add(`open + list 1,000 of ${count} nodes, memory`, listed.rssMegabytes, "MB", "≤ 200")
  }
})

try {
  mkdirSync(work, { recursive: true })
  await Effect.runPromise(main)
  report("engine", measures)
} finally {
  rmSync(work, { recursive: true, force: true })
}
