/**
 * What hash trees cost: a large file beside other hashes, small inputs, verified reads, appends, the first call.
 *
 * All candidates read the same file from the page cache and take turns; every BLAKE3 root is compared with the others.
 * GB/s of wall-clock time, and per second of CPU time (user and system, all threads). `--quick`: fewer rounds.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { createCipheriv, createHash, hash as nodeHash } from "node:crypto"
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Blake3Hasher, blake3 } from "@napi-rs/blake-hash"
import { createHash as createWasmHash, hash as wasmHash } from "blake3-wasm"
import { GROUP_BYTES, hash, hashTree, Pool, resume, tailStart, toHex, verify } from "../src/bao/index.ts"
import type { Measure } from "./support/report.ts"
import { report } from "./support/report.ts"
import type { Candidate, Timing } from "./support/rounds.ts"
import { repeat, takeTurns } from "./support/rounds.ts"

const MIB = 2 ** 20
const LARGE_BYTES = 256 * MIB
const ROUNDS = process.argv.includes("--quick") ? 3 : 15

/** Bytes that do not compress and are the same every time. */
const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16))

const roots = new Map<string, string>()

/** Fails unless a BLAKE3 root is the one that was found first for the same content. */
const check = (content: string, root: string): void => {
  const first = roots.get(content) ?? root
  roots.set(content, first)
  if (root !== first) throw new Error(`${content} has another root: ${root}, not ${first}`)
}

const buffer = Buffer.alloc(MIB)
const readWindows = (file: number, take: (bytes: Buffer) => unknown): void => {
  for (let at = 0; at < LARGE_BYTES; at += MIB) {
    readSync(file, buffer, 0, MIB, at)
    take(buffer)
  }
}

/** b3sum, where it is installed; its CPU time is told by the shell. */
const b3sum = (path: string, ...flags: ReadonlyArray<string>): Candidate["run"] | undefined => {
  if (spawnSync("b3sum", ["--version"]).status !== 0) return undefined
  const script = `TIMEFORMAT="%U %S"; time b3sum --no-names ${flags.join(" ")} "$0"`
  return () => {
    const { stderr, stdout } = spawnSync("bash", ["-c", script, path], { encoding: "utf8" })
    check("the file", stdout.trim())
    const [user, system] = stderr.trim().split(" ").map(Number) as [number, number]
    return user + system
  }
}

const largeFile = async (folder: string): Promise<ReadonlyArray<Measure>> => {
  const path = join(folder, "large")
  const file = openSync(path, "w+")
  for (let at = 0; at < LARGE_BYTES; at += MIB) writeSync(file, noise.update(Buffer.alloc(MIB)), 0, MIB, at)
  await using one = new Pool({ threads: 1 })
  await using two = new Pool({ threads: 2 })
  const b3sumOne = b3sum(path, "--num-threads 1")
  const b3sumAll = b3sum(path)
  const outboard = (pool: Pool) => async () => check("the file", toHex((await pool.outboard(file)).root))
  const candidates: ReadonlyArray<Candidate> = [
    { name: "pond: outboard, one thread", run: outboard(one) },
    { name: "pond: outboard, two workers", run: outboard(two) },
    {
      name: "pond: hash, two workers",
      run: async () => check("the file", toHex((await two.hash(file)).output.root()))
    },
    ...(b3sumOne === undefined ? [] : [{ name: "b3sum, one thread", run: b3sumOne }]),
    ...(b3sumAll === undefined ? [] : [{ name: "b3sum, all threads", run: b3sumAll }]),
    {
      name: "node sha256",
      run: () => {
        const sha256 = createHash("sha256")
        readWindows(file, (bytes) => sha256.update(bytes))
        sha256.digest()
      }
    },
    {
      name: "blake3-wasm",
      run: () => {
        const hasher = createWasmHash()
        readWindows(file, (bytes) => hasher.update(bytes))
        check("the file", hasher.digest("hex"))
      }
    },
    {
      name: "@napi-rs/blake-hash (native)",
      run: () => {
        const hasher = new Blake3Hasher()
        readWindows(file, (bytes) => hasher.update(bytes))
        check("the file", hasher.digest("hex"))
      }
    }
  ]
  try {
    return (await takeTurns(candidates, ROUNDS)).flatMap((timing) => [
      {
        what: `256 MiB, ${timing.name}`,
        value: LARGE_BYTES / 1e9 / timing.bestWall,
        unit: "GB/s",
        ...budgetOf(timing)
      },
      { what: `256 MiB, ${timing.name}, median`, value: LARGE_BYTES / 1e9 / timing.medianWall, unit: "GB/s" },
      { what: `256 MiB, ${timing.name}, CPU`, value: LARGE_BYTES / 1e9 / timing.bestCpu, unit: "GB per CPU second" }
    ])
  } finally {
    closeSync(file)
  }
}

const budgetOf = ({ name }: Timing): { readonly budget?: string } =>
  name === "pond: outboard, two workers" ? { budget: "at least 3" } : {}

/** Inputs in memory: what a thread does per CPU second. */
const inMemory = async (): Promise<ReadonlyArray<Measure>> => {
  const content = noise.update(Buffer.alloc(LARGE_BYTES))
  const sizes = [
    { bytes: 4096, label: "4 KiB", budget: "at least 0.8" },
    { bytes: GROUP_BYTES, label: "16 KiB", budget: "at least 1.1" },
    { bytes: MIB, label: "1 MiB", budget: "at least 1.8" },
    { bytes: LARGE_BYTES, label: "256 MiB", budget: "at least 1.9" }
  ]
  const measures: Array<Measure> = []
  for (const { budget, bytes, label } of sizes) {
    const input = content.subarray(0, bytes)
    const count = Math.ceil((32 * MIB) / bytes)
    const pond = bytes > GROUP_BYTES ? () => hashTree(input).root : () => hash(input)
    const candidates: ReadonlyArray<Candidate> = [
      { name: bytes > GROUP_BYTES ? "pond: outboard" : "pond", run: repeat(count, pond) },
      { name: "node sha256", run: repeat(count, () => nodeHash("sha256", input, "buffer")) },
      { name: "blake3-wasm", run: repeat(count, () => wasmHash(input)) },
      { name: "@napi-rs/blake-hash (native)", run: repeat(count, () => blake3(input)) }
    ]
    check(label, toHex(pond()))
    check(label, wasmHash(input).toString("hex"))
    check(label, blake3(input).toString("hex"))
    for (const { bestCpu, name } of await takeTurns(candidates, ROUNDS)) {
      measures.push({
        what: `${label} in memory, ${name}`,
        value: (bytes * count) / 1e9 / bestCpu,
        unit: "GB per CPU second",
        ...(name.startsWith("pond") && { budget })
      })
    }
  }
  return measures
}

/** Work on a part of a content of 64 MiB, whose outboard is in memory: twelve levels. */
const parts = async (): Promise<ReadonlyArray<Measure>> => {
  const content = new Uint8Array(noise.update(Buffer.alloc(64 * MIB)))
  const tree = hashTree(content)
  const count = 2000
  const groups = content.length / GROUP_BYTES
  const read = repeat(count, (index) => {
    const start = ((index * 1_664_525) % groups) * GROUP_BYTES
    verify(tree, content, start, start + GROUP_BYTES)
  })
  const size = content.length - 777_777
  const stored = hashTree(content.subarray(0, size))
  const tail = content.subarray(tailStart(size), size)
  const line = content.subarray(size, size + 200)
  const longer = toHex(hash(content.subarray(0, size + 200)))
  const goOn = repeat(count, () => {
    const builder = resume(stored, tail)
    builder.update(line)
    if (toHex(builder.root()) !== longer) throw new Error("another root after the append")
  })
  const growing = resume(stored, tail)
  let at = size
  const append = repeat(count, () => {
    growing.update(content.subarray(at, at + 200))
    growing.root()
    at = at + 200 < content.length - 200 ? at + 200 : size
  })
  const [reads, resumes, appends] = await takeTurns(
    [
      { name: "read", run: read },
      { name: "resume", run: goOn },
      { name: "append", run: append }
    ],
    ROUNDS
  )
  const micros = (timing: Timing): number => (timing.bestCpu * 1e6) / count
  return [
    { what: "verified read of 16 KiB, 12 levels", value: micros(reads!), unit: "µs", budget: "at most 40" },
    { what: "append of 200 B with its root", value: micros(appends!), unit: "µs", budget: "at most 60" },
    { what: "resume from what is stored, append, root", value: micros(resumes!), unit: "µs" }
  ]
}

/** The first MiB in a new process: making the kernel, testing it, hashing while the engine still optimises. */
const cold = (): ReadonlyArray<Measure> => {
  const program = `
    import { hash } from ${JSON.stringify(new URL("../src/bao/hasher.ts", import.meta.url).href)}
    const input = new Uint8Array(${MIB})
    const start = process.hrtime.bigint()
    hash(input)
    console.log(Number(process.hrtime.bigint() - start) / 1e6)
  `
  const times = Array.from({ length: ROUNDS }, () =>
    Number(execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }))
  )
  return [{ what: "first MiB of a process", value: Math.min(...times), unit: "ms", budget: "at most 40" }]
}

const folder = mkdtempSync(join(tmpdir(), "pond-bench-"))
try {
  report("bao", [...(await largeFile(folder)), ...(await inMemory()), ...(await parts()), ...cold()])
} finally {
  rmSync(folder, { recursive: true })
}
