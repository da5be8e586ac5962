/**
 * What contents cost: 1 GiB of logs written, copied out and checked, ranges read, lines appended.
 *
 * Each step runs in a process of its own, in turns with the bare work it cannot avoid (zlib and the hash), so that its memory is its own
 * and a busy machine slows both down. They run a bundle, as the command is one. `npm run bench -- content [FILE] [--quick]`: the content of FILE in place of made-up logs.
 */
import { spawnSync } from "node:child_process"
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { hash, Hasher, toHex } from "../src/bao/index.ts"
import { localStore } from "../src/store/local/store.ts"
import { type BlobReader, makeBlobReader } from "../src/tlogfs/content/blob-reader.ts"
import { compressFrame, decompressFrame } from "../src/tlogfs/content/frame.ts"
import { fsckContent } from "../src/tlogfs/content/fsck/content.ts"
import { giveBack } from "../src/tlogfs/content/handed.ts"
import { DEFAULT_LIMITS, FRAME_BYTES } from "../src/tlogfs/content/limits.ts"
import { makeBatch } from "../src/tlogfs/content/packs.ts"
import { readContent } from "../src/tlogfs/content/read.ts"
import { contentOfRows } from "../src/tlogfs/content/rows.ts"
import type { Base } from "../src/tlogfs/content/staged.ts"
import type { StoredContent } from "../src/tlogfs/content/stored.ts"
import { stageContent } from "../src/tlogfs/content/writer.ts"
import { type Row, row } from "../src/tlogfs/row.ts"
import { peakMegabytes } from "./support/memory.ts"
import { type Measure, report } from "./support/report.ts"

const SIZE_BYTES = 1024 * FRAME_BYTES
const RANGES = 300
const RANGE_BYTES = 16 * 1024
const APPENDS = 500
const SUBJECT = { node: "bench", path: "/bench" }

/** What one step took. */
interface Sample {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly peakMegabytes: number
  readonly extra: number
}

const [input = "", directory = ""] = process.argv[2] === "--step" ? process.argv.slice(4) : []

/** Gives 1 GiB in frames: the file from its beginning, again and again. The buffer is used again. */
function* frames(): Generator<Uint8Array> {
  const file = openSync(input, "r")
  const buffer = Buffer.allocUnsafeSlow(FRAME_BYTES)
  const whole = Math.floor(statSync(input).size / FRAME_BYTES)
  for (let frame = 0; frame < SIZE_BYTES / FRAME_BYTES; frame++) {
    readSync(file, buffer, 0, FRAME_BYTES, (frame % whole) * FRAME_BYTES)
    yield buffer
  }
  closeSync(file)
}

const openStore = () => localStore(join(directory, "pond"))
const rowsFile = join(directory, "rows.json")

/** Makes a new file: closing one that was cut to nothing before would wait for the disk. */
const openCopy = (): number => {
  rmSync(join(directory, "copy"), { force: true })
  return openSync(join(directory, "copy"), "wx")
}

/** Takes promises in order, some at a time. */
const inOrder = async <A>(count: number, begin: (index: number) => Promise<A>, take: (value: A) => void) => {
  const pending: Array<Promise<A>> = []
  for (let index = 0; index < count; index++) {
    pending.push(begin(index))
    if (pending.length === 4) take(await pending.shift()!)
  }
  for (const rest of pending) take(await rest)
}

/** What the step before wrote. */
const storedContent = (): StoredContent => {
  const rows = (JSON.parse(readFileSync(rowsFile, "utf8")) as ReadonlyArray<Row>).map((one) => ({
    ...one,
    outboard: one.outboard === null ? null : Uint8Array.from(Object.values(one.outboard))
  }))
  const content = contentOfRows({ ...SUBJECT, version: 1 }, rows, () => Effect.succeed([]))
  if ("extents" in content) return content
  throw content
}

const baseOf = (stored: StoredContent): Base => ({
  content: { version: 1, sizeBytes: stored.sizeBytes, hash: stored.hash },
  stored: Effect.succeed(stored)
})

const stage = Effect.fnUntraced(function* (reader: BlobReader, pieces: Iterable<Uint8Array>, base?: Base) {
  const { store } = reader
  const batch = yield* makeBatch({ store, isCondemned: () => false }, DEFAULT_LIMITS)
  const writer = yield* stageContent(reader, batch, { mode: "append", subject: SUBJECT, base })
  for (const piece of pieces) yield* writer.write(piece)
  const staged = yield* writer.finish
  return { staged, rows: yield* staged.physical }
}, Effect.scoped)

const appends = Effect.fnUntraced(function* (isWarm: boolean) {
  const stored = storedContent()
  const reader = yield* makeBlobReader(openStore())
  const { state } = (yield* stage(reader, [new Uint8Array(200)], baseOf(stored))).staged
  const warm = { content: { version: 1, ...state! }, state, stored: Effect.succeed(stored) }
  const line = new Uint8Array(200).fill(120)
  const began = process.cpuUsage()
  for (let count = 0; count < APPENDS; count++) {
    if (isWarm) yield* stage(reader, [line], warm)
    else yield* stage(yield* makeBlobReader(openStore()), [line], baseOf(stored))
  }
  const { system, user } = process.cpuUsage(began)
  return (system + user) / APPENDS
})

/** The steps, in order; each gives a number of its own, or 0. */
const STEPS: Record<string, () => Promise<number>> = {
  "zlib and hash alone, in": async () => {
    const hasher = new Hasher()
    const all = frames()
    const begin = () => {
      const frame = (all.next().value as Uint8Array).slice()
      const compressed = compressFrame(frame, 1)
      hasher.update(frame)
      return compressed
    }
    let total = 0
    await inOrder(SIZE_BYTES / FRAME_BYTES, begin, ({ length }) => (total += length))
    return total / 1e6
  },
  "write 1 GiB": () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { rows, staged } = yield* stage(yield* makeBlobReader(openStore()), frames())
        const { content } = staged
        const [first, ...further] = rows
        const event = { txn: 1, op: 1, node_id: "bench", version: 1, type: "series" }
        const state = { size: content.sizeBytes, hash: content.hash }
        const all = [
          row({ ...event, ...state, kind: "written", ...first }),
          ...further.map((physical) => row({ txn: 1, op: 1, kind: "extent", ...physical }))
        ]
        writeFileSync(rowsFile, JSON.stringify(all))
        return 0
      })
    ),
  "zlib, hash and file alone, out": async () => {
    const stored = storedContent()
    const some = await Promise.all([...frames()].slice(0, 16).map((frame) => compressFrame(frame.slice(), 1)))
    const hasher = new Hasher()
    const out = openCopy()
    const begin = (index: number) => decompressFrame(some[index % 16]!, FRAME_BYTES)
    await inOrder(stored.sizeBytes / FRAME_BYTES, begin, (bytes) => {
      hasher.update(bytes)
      writeSync(out, bytes)
    })
    closeSync(out)
    return 0
  },
  "copy out 1 GiB": () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const reader = yield* makeBlobReader(openStore())
        const out = openCopy()
        yield* Stream.runForEach(readContent(reader, storedContent()), (bytes) =>
          Effect.sync(() => {
            writeSync(out, bytes)
            giveBack(bytes)
          })
        )
        closeSync(out)
        return 0
      })
    ),
  "check 1 GiB": () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { damages } = yield* fsckContent(yield* makeBlobReader(openStore()), storedContent())
        if (damages.length > 0) throw damages[0]!
        return 0
      })
    ),
  "read 16 KiB of 1 GiB, p50": () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const stored = storedContent()
        const reader = yield* makeBlobReader(openStore())
        const times: Array<number> = []
        for (let index = 0; index < RANGES; index++) {
          const start = ((index * 7919) % (SIZE_BYTES / RANGE_BYTES)) * RANGE_BYTES
          const began = process.hrtime.bigint()
          yield* Stream.runDrain(readContent(reader, stored, { start, end: start + RANGE_BYTES }))
          times.push(Number(process.hrtime.bigint() - began) / 1000)
        }
        return times.toSorted((left, right) => left - right)[RANGES >> 1]!
      })
    ),
  "append 200 B, state kept": () => Effect.runPromise(appends(true)),
  "append 200 B, state read": () => Effect.runPromise(appends(false))
}

const runStep = async (name: string): Promise<void> => {
  const cpu = process.cpuUsage()
  const wall = process.hrtime.bigint()
  const extra = await STEPS[name]!()
  const wallSeconds = Number(process.hrtime.bigint() - wall) / 1e9
  const { system, user } = process.cpuUsage(cpu)
  const sample: Sample = { wallSeconds, cpuSeconds: (system + user) / 1e6, peakMegabytes: peakMegabytes(), extra }
  process.stdout.write(JSON.stringify(sample))
}

/** Lines as programs write them, 16 MiB of them. */
const madeUpLogs = (path: string): void => {
  const lines: Array<string> = []
  for (let seq = 0, length = 0; length < 16 * FRAME_BYTES; seq++) {
    const digest = toHex(hash(Buffer.from(String(seq))))
    const value = Number.parseInt(digest.slice(0, 6), 16)
    const line = `{"ts":${1_760_000_000_000 + seq * 37},"level":"info","logger":"pump-${value % 24}","seq":${seq},"value":${value / 1000},"trace":"${digest.slice(0, 16)}"}\n`
    lines.push(line)
    length += line.length
  }
  writeFileSync(path, lines.join("").slice(0, 16 * FRAME_BYTES))
}

/** The steps as the command is made: a bundle, with its threads beside it. */
const bundleOf = async (folder: string): Promise<string> => {
  const { rolldown } = await import("rolldown")
  const worker = join(import.meta.dirname, "../src/tlogfs/content/threads/unpack-worker.ts")
  const input = { steps: import.meta.filename, "unpack-worker": worker }
  const bundle = await rolldown({ input, platform: "node", external: ["rolldown"] })
  await bundle.write({ dir: join(folder, "bundle"), format: "esm", minify: true, entryFileNames: "[name].js" })
  await bundle.close()
  return join(folder, "bundle/steps.js")
}

const measureAll = async (): Promise<void> => {
  const rounds = process.argv.includes("--quick") ? 1 : 5
  const folder = mkdtempSync(join(tmpdir(), "pond-bench-"))
  const samples = new Map<string, Array<Sample>>()
  try {
    const given = process.argv.slice(2).find((argument) => !argument.startsWith("--"))
    const source = given ?? join(folder, "logs")
    if (given === undefined) madeUpLogs(source)
    const script = await bundleOf(folder)
    for (let round = 0; round < rounds; round++) {
      rmSync(join(folder, "pond"), { recursive: true, force: true })
      for (const name of Object.keys(STEPS)) {
        const child = spawnSync(process.execPath, [script, "--step", name, source, folder])
        if (child.status !== 0) throw new Error(child.stderr.toString())
        samples.set(name, [...(samples.get(name) ?? []), JSON.parse(child.stdout.toString()) as Sample])
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  report(
    "content",
    [...samples].flatMap(([name, taken]) => measuresOf(name, taken))
  )
}

const BUDGETS: Record<string, string> = {
  "write 1 GiB, wall": "at most 2.2",
  "write 1 GiB, CPU": "at most 4.2",
  "copy out 1 GiB, wall": "at most 1.5",
  "check 1 GiB, wall": "at most 0.9",
  "append 200 B, state kept": "at most 150"
}

const measuresOf = (name: string, taken: ReadonlyArray<Sample>): ReadonlyArray<Measure> => {
  const measure = (what: string, field: keyof Sample, unit: string): Measure => {
    const budget = BUDGETS[what]
    const value = Math.min(...taken.map((sample) => sample[field]))
    return { what, value, unit, ...(budget === undefined ? {} : { budget }) }
  }
  if (name.startsWith("append")) return [measure(name, "extra", "µs of CPU")]
  if (name.startsWith("read")) return [measure(name, "extra", "µs")]
  return [
    measure(`${name}, wall`, "wallSeconds", "s"),
    measure(`${name}, CPU`, "cpuSeconds", "s"),
    measure(`${name}, peak memory`, "peakMegabytes", "MB")
  ]
}

if (process.argv[2] === "--step") await runStep(process.argv[3]!)
else await measureAll()
