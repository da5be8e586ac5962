/** Hashing files on threads: the same trees as in memory, and every way in which it can end. */
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import {
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import type { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { InvalidSize, NotAFile, PoolClosed, WorkerFailed, WrongLength } from "../../../src/bao/errors.ts"
import { toHex } from "../../../src/bao/hex.ts"
import { keyed } from "../../../src/bao/mode.ts"
import { hashTree, OutboardBuilder } from "../../../src/bao/outboard.ts"
import { Pool } from "../../../src/bao/pool.ts"
import { noise } from "../../support/bao/content.ts"
import { Files } from "../../support/bao/files.ts"
import { ROOT } from "../../support/root.ts"

const MIB = 2 ** 20

/** Enough for a pool to start threads. */
const LARGE = 280 * MIB

/** The root of `LARGE` zero bytes, by b3sum. */
const LARGE_ROOT = "b7e67c80073de84611a419afbbf344dfaf505a34a6b9a205437b87455f3a322c"

/** The root of 100 MiB less. */
const SMALLER_ROOT = "6d60b76af0bdd7c80773479fb0502c74884a807e3a397eee5325fd83d6d32287"

/** Gives a pool enough to do that it starts its threads, waits until all of them are ready, and returns them. */
const warm = async (pool: Pool, files: Files): Promise<ReadonlyArray<Worker>> => {
  const started: Array<Worker> = []
  const firstWords: Array<Promise<unknown>> = []
  const note = (worker: Worker): void => {
    started.push(worker)
    firstWords.push(once(worker, "message"))
  }
  process.on("worker", note)
  await pool.hash(files.sparse(LARGE))
  process.off("worker", note)
  await Promise.all(firstWords)
  return started
}

/** Bytes that this process read so far, where the system tells: else always 0. */
const bytesRead = (): number =>
  existsSync("/proc/self/io") ? Number(/rchar: (\d+)/.exec(readFileSync("/proc/self/io", "utf8"))![1]) : 0

const readAt = (file: number, position: number, most: number): Uint8Array => {
  const buffer = new Uint8Array(most)
  return buffer.subarray(0, readSync(file, buffer, 0, most, position))
}

/** Runs a program of its own, and returns what it printed as JSON. It must end by itself. */
const run = (program: string): unknown => {
  const args = ["--input-type=module", "--eval", program]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 25_000 }))
}

describe("a pool", () => {
  const sizes = [0, 1, 16_384, 16_385, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 4 * MIB + 16_384, 4 * MIB + 16_385]
  const larger = [5 * MIB + 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1]

  it.each([1, 2])("with %i threads builds the trees that are built in memory", async (threads) => {
    using files = new Files()
    await using pool = new Pool({ threads })
    if (threads > 1) await warm(pool, files)
    for (const mode of [undefined, keyed(noise(32))]) {
      for (const size of [...sizes, ...larger]) {
        const content = noise(size, 17)
        const file = files.of(content)
        const expected = hashTree(content, mode)
        const tree = await pool.outboard(file, { mode })
        expect(toHex(tree.root)).toBe(toHex(expected.root))
        expect(Buffer.compare(tree.outboard, expected.outboard)).toBe(0)
        expect(tree.sizeBytes).toBe(size)
        const { output, sizeBytes } = await pool.hash(file, { mode })
        expect(toHex(output.root())).toBe(toHex(expected.root))
        expect(sizeBytes).toBe(size)
      }
    }
  })

  it("hashes the first bytes of a file when asked to", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 1 })
    const file = files.of(noise(9 * MIB))
    const tree = await pool.outboard(file, { sizeBytes: 5 * MIB + 3 })
    expect(toHex(tree.root)).toBe(toHex(hashTree(noise(5 * MIB + 3)).root))
    expect(tree.sizeBytes).toBe(5 * MIB + 3)
  })

  it("starts its threads once there is much to do, shares them between jobs, and ends them", async () => {
    using files = new Files()
    const pool = new Pool({ threads: 2 })
    const threads = await warm(pool, files)
    expect(threads.length).toBe(2)
    const contents = [9, 6, 7].map((mib) => noise(mib * MIB - 5, mib))
    const trees = await Promise.all(contents.map((content) => pool.outboard(files.of(content))))
    expect(trees.map(({ root }) => toHex(root))).toEqual(contents.map((content) => toHex(hashTree(content).root)))
    expect((await warm(pool, files)).length).toBe(0)
    await pool[Symbol.asyncDispose]()
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1])
  })

  it("builds the outboard of a large file, the same with threads that are starting and with ready ones", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 2 })
    const file = files.sparse(LARGE + 12_345, noise(9 * MIB), 100 * MIB - 777)
    const builder = new OutboardBuilder()
    const parts: Array<Uint8Array> = []
    for (let at = 0; at < LARGE + 12_345; at += 16 * MIB) parts.push(builder.update(readAt(file, at, 16 * MIB)))
    const expected = Buffer.concat([...parts, builder.edge()])
    for (const _ of ["starting", "ready"]) {
      const tree = await pool.outboard(file)
      expect(toHex(tree.root)).toBe(toHex(builder.root()))
      expect(Buffer.compare(tree.outboard, expected)).toBe(0)
    }
  })

  it("lets threads that start join the jobs that run already", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 2 })
    const [one, other] = [files.sparse(LARGE), files.sparse(LARGE)]
    const hashes = await Promise.all([pool.hash(one, { sizeBytes: LARGE - 100 * MIB }), pool.hash(other)])
    expect(toHex(hashes[1].output.root())).toBe(LARGE_ROOT)
    expect(toHex(hashes[0].output.root())).toBe(SMALLER_ROOT)
  })

  it("hashes alone when its threads die at birth", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 2 })
    const kill = (worker: Worker): void => void worker.terminate()
    process.on("worker", kill)
    try {
      expect(toHex((await pool.hash(files.sparse(LARGE))).output.root())).toBe(LARGE_ROOT)
    } finally {
      process.off("worker", kill)
    }
  })

  it("lets a small file overtake a large one", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 2 })
    await warm(pool, files)
    const controller = new AbortController()
    let isDone = false
    const large = pool.hash(files.sparse(8192 * MIB), { signal: controller.signal }).then(() => (isDone = true))
    await pool.hash(files.of(noise(9 * MIB)))
    expect(isDone).toBe(false)
    controller.abort("enough")
    await expect(large).rejects.toBe("enough")
  })

  it.each([1, 2])("with %i threads tells its progress, up to the size", async (threads) => {
    using files = new Files()
    await using pool = new Pool({ threads })
    if (threads > 1) await warm(pool, files)
    for (const size of [0, 3 * MIB, 9 * MIB + 1]) {
      const told: Array<readonly [number, number]> = []
      await pool.hash(files.of(noise(size)), { onProgress: (...progress) => told.push(progress) })
      expect(told.at(-1)).toEqual([size, size])
      expect(told.every(([done, total], i) => total === size && (i === 0 || done > told[i - 1]![0]))).toBe(true)
      expect(told.length).toBe(Math.max(1, Math.ceil(size / (4 * MIB))))
    }
  })
})

describe("a job ends", () => {
  it.each([1, 2])("when it is cancelled: nothing of the file is read afterwards (%i threads)", async (threads) => {
    using files = new Files()
    await using pool = new Pool({ threads })
    if (threads > 1) await warm(pool, files)
    const controller = new AbortController()
    const reason = new Error("enough")
    const hashing = pool.hash(files.sparse(2048 * MIB), {
      signal: controller.signal,
      onProgress: (doneBytes) => doneBytes > 32 * MIB && controller.abort(reason)
    })
    await expect(hashing).rejects.toBe(reason)
    const before = bytesRead()
    const content = noise(9 * MIB)
    expect(toHex((await pool.hash(files.of(content))).output.root())).toBe(toHex(hashTree(content).root))
    expect(bytesRead() - before).toBeLessThan(9 * MIB + 65_536)
  })

  it("before it begins, when it was cancelled already", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 1 })
    let told = 0
    const options = { signal: AbortSignal.abort("no"), onProgress: () => (told += 1) }
    await expect(pool.hash(files.sparse(5 * MIB), options)).rejects.toBe("no")
    expect(told).toBe(0)
  })

  it.each([1, 2])("when the file is shorter than it was (%i threads)", async (threads) => {
    using files = new Files()
    await using pool = new Pool({ threads })
    if (threads > 1) await warm(pool, files)
    const file = files.sparse(1024 * MIB)
    const onProgress = () => ftruncateSync(file, 8 * MIB)
    await expect(pool.outboard(file, { onProgress })).rejects.toBeInstanceOf(WrongLength)
    await expect(pool.hash(file, { sizeBytes: 8 * MIB + 1 })).rejects.toEqual(
      new WrongLength("content", 8 * MIB + 1, 8 * MIB)
    )
    await expect(pool.hash(files.of(noise(10)), { sizeBytes: 11 })).rejects.toEqual(new WrongLength("content", 11, 10))
    expect((await pool.hash(file)).sizeBytes).toBe(8 * MIB)
  })

  it("when its progress cannot be told", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 1 })
    const problem = new Error("full")
    const onProgress = () => {
      throw problem
    }
    for (const size of [MIB, 9 * MIB]) await expect(pool.hash(files.sparse(size), { onProgress })).rejects.toBe(problem)
  })

  it("when a thread dies: the next one has new threads", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 2 })
    const [thread] = await warm(pool, files)
    const hashing = pool.hash(files.sparse(2048 * MIB), { onProgress: () => void thread!.terminate() })
    await expect(hashing).rejects.toBeInstanceOf(WorkerFailed)
    expect((await warm(pool, files)).length).toBe(1)
    const { output } = await pool.hash(files.sparse(LARGE))
    expect(toHex(output.root())).toBe(LARGE_ROOT)
  })

  it("when the pool is disposed, and none begins afterwards", async () => {
    using files = new Files()
    const pool = new Pool({ threads: 2 })
    const threads = await warm(pool, files)
    const file = files.sparse(2048 * MIB)
    const hashing = pool.hash(file, { onProgress: () => void pool[Symbol.asyncDispose]() })
    await expect(hashing).rejects.toBeInstanceOf(PoolClosed)
    await expect(pool.hash(file)).rejects.toBeInstanceOf(PoolClosed)
    await pool[Symbol.asyncDispose]()
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1])
  })

  it("when there is no file of a known size to read", async () => {
    using files = new Files()
    await using pool = new Pool({ threads: 1 })
    const device = openSync("/dev/null", "r")
    const folder = openSync(files.folder, "r")
    try {
      await expect(pool.hash(device)).rejects.toEqual(new NotAFile(device))
      expect((await pool.hash(device, { sizeBytes: 0 })).sizeBytes).toBe(0)
      await expect(pool.hash(folder, { sizeBytes: 9 * MIB })).rejects.toMatchObject({ code: "EISDIR" })
      await expect(pool.hash(folder, { sizeBytes: 9 })).rejects.toMatchObject({ code: "EISDIR" })
    } finally {
      closeSync(device)
      closeSync(folder)
    }
    await expect(pool.hash(folder)).rejects.toMatchObject({ code: "EBADF" })
    for (const sizeBytes of [-1, 0.5, NaN, 2 ** 53]) {
      await expect(pool.hash(device, { sizeBytes })).rejects.toEqual(new InvalidSize(sizeBytes))
    }
  })
})

describe("a program of its own", () => {
  it("hashes 5 GiB in bounded memory, and ends without disposing of the pool", () => {
    using files = new Files()
    const file = files.sparse(5 * 1024 * MIB + 12_345, new TextEncoder().encode("0123456789abcdef"), 2 ** 32 - 8)
    const { root, outboardBytes, maxRssBytes } = run(`
      import { openSync } from "node:fs"
      import { Pool } from "${ROOT}/src/bao/pool.ts"
      const { root, outboard } = await new Pool({ threads: 2 }).outboard(openSync("${files.path(file)}"))
      const maxRssBytes = process.resourceUsage().maxRSS * 1024
      console.log(JSON.stringify({ root: Buffer.from(root).toString("hex"), outboardBytes: outboard.length, maxRssBytes }))
    `) as { root: string; outboardBytes: number; maxRssBytes: number }
    // By b3sum.
    expect(root).toBe("860f6bf7de3a2f14b23eb5f11ca9ae6be35f68050d0dc8fed8a8b95bf0d9be1c")
    expect(outboardBytes).toBe(Math.ceil((5 * 1024 * MIB + 12_345) / 16_384 - 1) * 64)
    expect(maxRssBytes).toBeLessThan(250e6)
  })

  it("hashes alone where no thread can be started", () => {
    using files = new Files()
    const file = files.sparse(LARGE)
    cpSync(join(ROOT, "src/bao"), join(files.folder, "bao"), { recursive: true })
    writeFileSync(join(files.folder, "package.json"), `{ "type": "module" }`)
    rmSync(join(files.folder, "bao/worker.ts"))
    const result = run(`
      import { openSync } from "node:fs"
      import { Pool } from "${files.folder}/bao/pool.ts"
      let attempts = 0
      process.on("worker", () => attempts++)
      const pool = new Pool({ threads: 2 })
      const hashes = []
      for (let i = 0; i < 2; i++) hashes.push(await pool.hash(openSync("${files.path(file)}")))
      const roots = hashes.map(({ output }) => Buffer.from(output.root()).toString("hex"))
      console.log(JSON.stringify({ roots, attempts }))
    `)
    expect(result).toEqual({ roots: [LARGE_ROOT, LARGE_ROOT], attempts: 2 })
  })
})
