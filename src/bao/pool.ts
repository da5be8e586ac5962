/**
 * Hashing of large files on several threads: hashes, and outboards.
 *
 * All threads read one descriptor, by positional reads, straight into their kernel's memory. Threads are started when
 * there is enough to do for them, and then kept; they keep no process alive. The thread that asks hashes small files
 * itself, and large ones as long as no other thread is ready: if none can be started, it hashes all of them, giving way
 * to other work after every region.
 */
import { fstatSync } from "node:fs"
import { availableParallelism } from "node:os"
import { setImmediate } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { InvalidSize, NotAFile, PoolClosed, WorkerFailed } from "./errors.ts"
import type { Emit } from "./frontier.ts"
import { Hasher } from "./hasher.ts"
import type { Report } from "./job.ts"
import { Job } from "./job.ts"
import { kernelModule } from "./kernels.ts"
import type { Mode } from "./mode.ts"
import { HASH } from "./mode.ts"
import type { HashTree } from "./outboard.ts"
import type { Output } from "./output.ts"
import { BATCH_BYTES, Pairs, readExactly, REGION_BYTES } from "./region.ts"
import { groupsOf } from "./tree.ts"
import type { WasmModule } from "./wasm/host.ts"

/**
 * Bytes to hash, in all, from which on threads are started. A thread is ready after some 40 ms; on two processors a first
 * file of this size takes as long with two threads as without, a larger one less (measured).
 */
const WORTH_STARTING_BYTES = 256 * 1024 * 1024

/** Most threads of a pool by default: each takes 30 MB of memory, and more of them wait for the disk. */
const MOST_THREADS = 4

/** How a file is to be hashed. */
export interface HashOptions {
  readonly mode?: Mode | undefined
  /** Bytes of the content: the file's first so many. By default all that it has now. */
  readonly sizeBytes?: number | undefined
  /** Stops the work: the promise rejects with the signal's reason once no thread reads the file any more. */
  readonly signal?: AbortSignal | undefined
  /** Told of bytes as they are done, at least once per 4 MiB, until `doneBytes` is `totalBytes`. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
}

/** What a new thread is given: the compiled kernel, and its number, from 1 on. */
export interface Assignment {
  readonly module: WasmModule | undefined
  readonly thread: number
}

/** What threads tell: that they can hash, what a region came to, that a job has nothing left for them. */
export type Message = "ready" | Report | { readonly left: number }

/** A thread, and whether it can hash already. */
interface Thread {
  readonly worker: Worker
  ready: boolean
}

/** Threads that hash files together. Dispose it when it is done with: `await using pool = new Pool()`. */
export class Pool implements AsyncDisposable {
  readonly #threads: ReadonlyArray<number>
  readonly #started = new Map<number, Thread>()
  readonly #jobs = new Map<number, Job>()
  #jobCount = 0
  #askedBytes = 0
  #startable = true
  #closed = false

  /** Prepares a pool of `threads` threads, by default one per processor; 1 means that only the asking thread works. */
  constructor(options: { readonly threads?: number | undefined } = {}) {
    const threads = options.threads ?? Math.min(availableParallelism(), MOST_THREADS)
    this.#threads = threads > 1 ? Array.from({ length: threads }, (_, index) => index + 1) : []
  }

  /**
   * Hashes the file behind a descriptor, which stays open. Rejects with `NotAFile` without a size for what is not a
   * regular file, `InvalidSize`, `WrongLength` when the file ends early, `PoolClosed`, `WorkerFailed`, the signal's
   * reason, or an error of `node:fs`.
   */
  async hash(
    file: number,
    options: HashOptions = {}
  ): Promise<{ readonly output: Output; readonly sizeBytes: number }> {
    const sizeBytes = sizeOf(file, options)
    return { output: await this.#run(file, sizeBytes, options), sizeBytes }
  }

  /** Builds the hash tree of the file behind a descriptor, which stays open. Rejects as `hash` does. */
  async outboard(file: number, options: HashOptions = {}): Promise<HashTree & { readonly outboard: Uint8Array }> {
    const sizeBytes = sizeOf(file, options)
    const pairs = new Pairs(groupsOf(sizeBytes) - 1)
    const output = await this.#run(file, sizeBytes, options, pairs.add)
    return { root: output.root(), sizeBytes, outboard: pairs.bytes, mode: options.mode ?? HASH }
  }

  /** Ends the threads. What is being hashed rejects with `PoolClosed`; so does what is asked for afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const job of this.#jobs.values()) job.stop(new PoolClosed())
    await Promise.allSettled([...this.#jobs.values()].map((job) => job.output))
    await Promise.all([...this.#started.values()].map(({ worker }) => worker.terminate()))
  }

  async #run(file: number, sizeBytes: number, options: HashOptions, emit?: Emit): Promise<Output> {
    const { mode = HASH, onProgress, signal } = options
    if (this.#closed) throw new PoolClosed()
    signal?.throwIfAborted()
    const progress = onProgress && ((doneBytes: number) => onProgress(doneBytes, sizeBytes))
    if (sizeBytes <= REGION_BYTES) return hashSmall(file, mode, sizeBytes, emit, progress)
    const job = new Job(this.#jobCount++, file, mode, sizeBytes, this.#threads.length + 1, {
      emit,
      onProgress: progress
    })
    const stop = () => job.stop(signal?.reason)
    signal?.addEventListener("abort", stop)
    this.#jobs.set(job.work.job, job)
    try {
      for (const { worker } of this.#started.values()) offer(worker, job)
      this.#askedBytes += sizeBytes
      if (this.#askedBytes >= WORTH_STARTING_BYTES) this.#start()
      job.hashTail()
      while (!this.#isReady() && job.help()) await setImmediate()
      return await job.output
    } finally {
      signal?.removeEventListener("abort", stop)
      this.#jobs.delete(job.work.job)
      if (this.#jobs.size === 0) for (const { worker } of this.#started.values()) worker.unref()
    }
  }

  #isReady(): boolean {
    return [...this.#started.values()].some(({ ready }) => ready)
  }

  /** Starts the threads that are missing, and offers all jobs to them: nobody else helps once they are ready. */
  #start(): void {
    for (const thread of this.#threads) if (this.#startable && !this.#started.has(thread)) this.#startThread(thread)
  }

  #startThread(thread: number): void {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url)
    const workerData: Assignment = { module: kernelModule(), thread }
    const worker = makeWorker(url, workerData)
    if (worker === undefined) {
      this.#startable = false
      return
    }
    const started: Thread = { worker, ready: false }
    this.#started.set(thread, started)
    for (const job of this.#jobs.values()) offer(worker, job)
    let problem: unknown
    worker.on("error", (error) => (problem = error))
    worker.on("exit", (code) => this.#ended(thread, started, problem ?? `exit code ${code}`))
    worker.on("message", (message: Message) => {
      if (message === "ready") started.ready = true
      else if ("left" in message) this.#jobs.get(message.left)?.left()
      else this.#jobs.get(message.job)?.receive(message)
    })
  }

  /**
   * A thread that ends before the pool does takes the region with it that it worked on; one that never began is not
   * missed. What a thread told before it ended was heard before.
   */
  #ended(thread: number, { ready }: Thread, problem: unknown): void {
    this.#started.delete(thread)
    if (!ready) this.#startable = false
    else for (const job of this.#jobs.values()) job.abandon(thread, new WorkerFailed(problem))
  }
}

/** Tells a thread of a job, and keeps the process alive for it. */
const offer = (worker: Worker, job: Job): void => {
  worker.ref()
  worker.postMessage(job.work)
}

/** Makes a thread; not where the system has none left. */
const makeWorker = (url: URL, workerData: Assignment): Worker | undefined => {
  try {
    // Without the flags of the process: a preloaded module has no business in a thread that hashes.
    return new Worker(url, { name: "pond hash", workerData, execArgv: [] })
  } catch {
    return undefined
  }
}

/** The size of the content: as asked for, or as the file has it now. */
const sizeOf = (file: number, { sizeBytes }: HashOptions): number => {
  if (sizeBytes === undefined) {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new NotAFile(file)
    return stats.size
  }
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new InvalidSize(sizeBytes)
  return sizeBytes
}

/** Hashes a file of at most one region at once. */
const hashSmall = (
  file: number,
  mode: Mode,
  sizeBytes: number,
  emit?: Emit,
  onProgress?: (doneBytes: number) => void
): Output => {
  const hasher = new Hasher(mode)
  while (hasher.sizeBytes < sizeBytes) {
    hasher.update(readExactly(file, hasher.sizeBytes, Math.min(BATCH_BYTES, sizeBytes - hasher.sizeBytes)), emit)
  }
  if (emit !== undefined) hasher.root(emit)
  onProgress?.(sizeBytes)
  return hasher.output()
}
