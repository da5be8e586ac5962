/**
 * How costs grow: files of 1, 10 and 100 times the size, ponds of 1, 10 and 100 times the nodes (R9).
 *
 * Each step runs in a process of its own, so that its memory is its own, and runs a bundle, as the command is one. Prints a table and writes
 * `bench/results/scale.json`. `--quick` leaves the largest ones out, `--files` and `--nodes` measure only these.
 */
import { Effect, Stream } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { localStore } from "../src/store/local/store.ts"
import { Transaction } from "../src/tinyfs/index.ts"
import { fsck, openAt } from "../src/tlogfs/index.ts"
import { logOf } from "./support/logs.ts"
import { peakMegabytes } from "./support/memory.ts"
import { type Measure, report } from "./support/report.ts"

/** What a step took. */
interface Sample {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMegabytes: number
}

const NODES_OF_TXN = 10_000
const NODES_OF_DIRECTORY = 1000

const open = (directory: string) => openAt(localStore(join(directory, "data")), true, join(directory, "control"))

/** Makes nodes in directories of 1,000, in transactions of 10,000: their ids lie within few milliseconds. */
const makeNodes = Effect.fnUntraced(function* (directory: string, count: number) {
  const pond = yield* open(directory)
  for (let first = 0; first < count; first += NODES_OF_TXN) {
    yield* pond.transaction(
      Effect.gen(function* () {
        const tx = yield* Transaction
        for (let at = first; at < Math.min(count, first + NODES_OF_TXN); at++) {
          const parent = `/${Math.floor(at / NODES_OF_DIRECTORY)}`
          if (at % NODES_OF_DIRECTORY === 0) yield* tx.mkdir(parent)
          yield* tx.symlink("target", `${parent}/node-${at}`)
        }
      })
    )
  }
})

const readLog = Effect.fnUntraced(function* (directory: string) {
  const head = yield* (yield* open(directory)).head
  yield* Stream.runDrain(head.read("/log"))
})

const check = Effect.fnUntraced(function* (directory: string) {
  const { findings } = yield* fsck(localStore(join(directory, "data")))
  const wrong = findings.filter(({ kind }) => kind !== "foreign")
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong))
})

/** The steps by name: each is given a directory and a number. */
const STEPS: Record<string, (directory: string, count: number) => Effect.Effect<void, unknown>> = {
  write: Effect.fnUntraced(function* (directory, sizeBytes) {
    const pond = yield* open(directory)
    yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", logOf(sizeBytes))))
  }),
  append: Effect.fnUntraced(function* (directory) {
    const pond = yield* open(directory)
    yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.append("/log", new Uint8Array(200))))
  }),
  read: readLog,
  fsck: check,
  nodes: makeNodes,
  commit: Effect.fnUntraced(function* (directory) {
    const pond = yield* open(directory)
    yield* pond.transaction(Effect.flatMap(Transaction, (tx) => tx.write("/0/another", new Uint8Array(200))))
  }),
  list: Effect.fnUntraced(function* (directory) {
    const head = yield* (yield* open(directory)).head
    const { length } = yield* head.list("/7")
    if (length !== NODES_OF_DIRECTORY) throw new Error(`${length} nodes were listed`)
  })
}

const runStep = async ([name = "", directory = "", count = "0"]: ReadonlyArray<string>): Promise<void> => {
  const cpu = process.cpuUsage()
  const wall = process.hrtime.bigint()
  await Effect.runPromise(STEPS[name]!(directory, Number(count)))
  const seconds = Number(process.hrtime.bigint() - wall) / 1e9
  const { system, user } = process.cpuUsage(cpu)
  const sample: Sample = { seconds, cpuSeconds: (system + user) / 1e6, peakMegabytes: peakMegabytes() }
  process.stdout.write(JSON.stringify(sample))
}

const work = (): string => mkdtempSync(join(tmpdir(), "pond-bench-scale-"))

const bundleInto = async (folder: string): Promise<string> => {
  const { rolldown } = await import("rolldown")
  const worker = join(import.meta.dirname, "../src/tlogfs/content/threads/unpack-worker.ts")
  const input = { steps: import.meta.filename, "unpack-worker": worker }
  const bundle = await rolldown({ input, platform: "node", external: ["rolldown"] })
  await bundle.write({ dir: join(folder, "bundle"), format: "esm", minify: true, entryFileNames: "[name].js" })
  await bundle.close()
  return join(folder, "bundle/steps.js")
}

/** Measures sizes one after the other; `units` is the number that costs are told per. */
class Curves {
  readonly measures: Array<Measure> = []
  readonly #folder: string
  readonly #script: string

  constructor(folder: string, script: string) {
    this.#folder = folder
    this.#script = script
  }

  /** Runs a step, of several rounds the fastest; the whole process is `seconds` of the second sample. */
  run(step: string, name: string, count = 0, rounds = 1): Sample & { readonly processSeconds: number } {
    const samples = Array.from({ length: rounds }, () => {
      const began = performance.now()
      const arguments_ = [this.#script, "--step", step, join(this.#folder, name), String(count)]
      const { status, stderr, stdout } = spawnSync(process.execPath, arguments_, { encoding: "utf8" })
      if (status !== 0) throw new Error(stderr)
      return { ...(JSON.parse(stdout) as Sample), processSeconds: (performance.now() - began) / 1000 }
    })
    return samples.reduce((best, sample) => (sample.processSeconds < best.processSeconds ? sample : best))
  }

  add(what: string, value: number, unit: string, budget?: string): void {
    this.measures.push({ what, value, unit, ...(budget === undefined ? {} : { budget }) })
  }

  remove(name: string): void {
    rmSync(join(this.#folder, name), { recursive: true, force: true })
  }
}

const files = (curves: Curves, sizesMebibytes: ReadonlyArray<number>): void => {
  for (const size of sizesMebibytes) {
    const name = `log-${size}`
    const what = `${size} MiB in one file`
    const perGibibyte = 1024 / size
    const written = curves.run("write", name, size * 1024 ** 2)
    curves.add(`${what}: write, wall`, written.seconds * perGibibyte, "s per GiB")
    curves.add(`${what}: write, memory`, written.peakMegabytes, "MB", "≤ 250")
    const appended = curves.run("append", name, 0, 3)
    curves.add(`${what}: open and append 200 B, process`, appended.processSeconds * 1000, "ms", "≤ 150")
    curves.add(`${what}: open and append 200 B, memory`, appended.peakMegabytes, "MB", "≤ 250")
    for (const [step, budget] of [
      ["read", "≤ 1.5"],
      ["fsck", "≤ 0.9"]
    ] as const) {
      const sample = curves.run(step, name, 0, 2)
      curves.add(`${what}: ${step}, wall`, sample.seconds * perGibibyte, "s per GiB", budget)
      curves.add(`${what}: ${step}, CPU`, sample.cpuSeconds * perGibibyte, "s per GiB")
      curves.add(`${what}: ${step}, memory`, sample.peakMegabytes, "MB", "≤ 250")
    }
    curves.remove(name)
  }
}

const nodes = (curves: Curves, counts: ReadonlyArray<number>): void => {
  for (const count of counts) {
    const name = `nodes-${count}`
    const what = `${count} nodes`
    const made = curves.run("nodes", name, count)
    curves.add(`${what}: make, CPU`, (made.cpuSeconds / count) * 1e6, "µs per node")
    curves.add(`${what}: make, memory`, made.peakMegabytes, "MB")
    const listed = curves.run("list", name, 0, 7)
    curves.add(`${what}: open and list 1,000, process`, listed.processSeconds * 1000, "ms", "≤ 250")
    curves.add(`${what}: open and list 1,000, memory`, listed.peakMegabytes, "MB", "≤ 200")
    const committed = curves.run("commit", name, 0, 3)
    curves.add(`${what}: open and commit one, process`, committed.processSeconds * 1000, "ms")
    const checked = curves.run("fsck", name)
    curves.add(`${what}: fsck, CPU`, (checked.cpuSeconds / count) * 1e6, "µs per node")
    curves.add(`${what}: fsck, memory`, checked.peakMegabytes, "MB")
    curves.remove(name)
  }
}

const measureAll = async (): Promise<void> => {
  const asked = (what: string): boolean => process.argv.includes(what)
  const sizes = asked("--quick") ? 2 : 3
  const folder = work()
  try {
    const curves = new Curves(folder, await bundleInto(folder))
    if (!asked("--nodes")) files(curves, [51.2, 512, 5120].slice(0, sizes))
    if (!asked("--files")) nodes(curves, [10_000, 100_000, 1_000_000].slice(0, sizes))
    report("scale", curves.measures)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[2] === "--step") await runStep(process.argv.slice(3))
else await measureAll()
