/**
 * Threads that unpack parts of blobs beside the thread that asks: who reads or checks much of a pond keeps all processors busy.
 *
 * They are started when there is enough to do for them and end when there was nothing to do for a while; they keep no process alive.
 * Until one is ready, and where none can be started, the asking thread does the work with the help of zlib's own threads. A thread that
 * dies fails what it was doing with `ThreadLost`, and everything can be asked for again.
 */
import { Context } from "effect"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { kernelModule } from "../../../bao/kernels.ts"
import type { WasmModule } from "../../../bao/wasm/host.ts"
import { alone, type Packed, type Unpacked, unpackHere } from "./unpack.ts"

/** Bytes that must have been asked for, or be known to come, before threads are started: two of them are ready after some 50 ms and cost as much again. */
const WORTH_STARTING_BYTES = 64 * 1024 * 1024

/** Most threads: each takes some 20 MB of memory. */
const MOST_THREADS = 4

/** Threads make little garbage: without this their heaps grow with time, and nothing becomes faster. */
const LIMITS = { maxYoungGenerationSizeMb: 4 }

/** Orders that a thread has at once: one that it works on, and one so that it need not wait. */
const ORDERS_AT_ONCE = 2

/** How long threads wait for more before they end. */
const IDLE_MS = 1000

/** What a new thread is given. */
export interface Assignment {
  readonly module: WasmModule | undefined
}

/** Something to unpack. */
export interface Order {
  readonly order: number
  readonly packed: Packed
}

/** What a thread tells: that it can begin, what it unpacked, why it could not. */
export type Answer =
  | "ready"
  | { readonly order: number; readonly unpacked: ReadonlyArray<Unpacked> }
  | { readonly order: number; readonly failure: string }

/** A thread ended before it was done; what it was given is gone with it. */
export class ThreadLost extends Error {
  readonly _tag = "ThreadLost"
}

interface Pending extends Order {
  readonly settle: PromiseWithResolvers<ReadonlyArray<Unpacked>>
}

interface Thread {
  readonly worker: Worker
  isReady: boolean
  readonly orders: Map<number, Pending>
}

/** Threads that unpack. */
export class Crew {
  readonly #most: number
  readonly #worthStartingBytes: number
  readonly #threads = new Set<Thread>()
  readonly #waiting: Array<Pending> = []
  #canStart = true
  #orders = 0
  #askedBytes = 0
  #idle: NodeJS.Timeout | undefined

  /** Prepares a crew of `threads` threads, by default one per processor; fewer than two are none. */
  constructor(threads = Math.min(availableParallelism(), MOST_THREADS), worthStartingBytes = WORTH_STARTING_BYTES) {
    this.#most = threads > 1 ? threads : 0
    this.#worthStartingBytes = worthStartingBytes
  }

  /** Unpacks bytes that now belong to the crew, part by part of 1 MiB. Rejects with what zlib says, or `ThreadLost`. */
  async unpack(packed: Packed): Promise<ReadonlyArray<Unpacked>> {
    this.#askedBytes += packed.sizeBytes
    if (this.#askedBytes + (packed.aheadBytes ?? 0) >= this.#worthStartingBytes) this.#start()
    if (!this.isReady) return unpackHere(packed)
    const pending: Pending = { order: this.#orders++, packed, settle: Promise.withResolvers() }
    this.#waiting.push(pending)
    this.#distribute()
    return pending.settle.promise
  }

  /** Ends all threads; what they had to do fails with `ThreadLost`. New ones are started when there is enough to do again. */
  async end(): Promise<void> {
    const threads = [...this.#threads]
    this.#threads.clear()
    this.#askedBytes = 0
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }

  /** Whether a thread does the work. */
  get isReady(): boolean {
    return [...this.#threads].some(({ isReady }) => isReady)
  }

  #start(): void {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./unpack-worker.ts" : "./unpack-worker.js", import.meta.url)
    const workerData: Assignment = { module: kernelModule() }
    while (this.#canStart && this.#threads.size < this.#most) {
      try {
        this.#add(new Worker(url, { name: "pond unpack", workerData, execArgv: [], resourceLimits: LIMITS }))
      } catch {
        this.#canStart = false
      }
    }
  }

  #add(worker: Worker): void {
    const thread: Thread = { worker, isReady: false, orders: new Map() }
    this.#threads.add(thread)
    worker.unref()
    // An error is followed by the end of the thread.
    worker.on("error", () => undefined)
    worker.on("exit", () => this.#ended(thread))
    worker.on("message", (answer: Answer) => {
      if (answer === "ready") thread.isReady = true
      else this.#settle(thread, answer)
      this.#distribute()
    })
  }

  #settle(thread: Thread, answer: Exclude<Answer, "ready">): void {
    const pending = thread.orders.get(answer.order)
    thread.orders.delete(answer.order)
    if (thread.orders.size === 0) thread.worker.unref()
    if ("unpacked" in answer) pending?.settle.resolve(answer.unpacked)
    else pending?.settle.reject(new RangeError(answer.failure))
  }

  /** Gives what waits to the threads that have least to do. */
  #distribute(): void {
    for (const room of Array.from({ length: ORDERS_AT_ONCE }, (_, orders) => orders)) {
      for (const thread of this.#threads) {
        if (!thread.isReady || thread.orders.size > room) continue
        const pending = this.#waiting.shift()
        if (pending === undefined) return this.#watch()
        if (thread.orders.size === 0) thread.worker.ref()
        thread.orders.set(pending.order, pending)
        const bytes = alone(pending.packed.bytes)
        const order: Order = { order: pending.order, packed: { ...pending.packed, bytes } }
        thread.worker.postMessage(order, [bytes.buffer])
      }
    }
    this.#watch()
  }

  /** Ends the threads some time after the last order. */
  #watch(): void {
    const isBusy = [...this.#threads].some(({ orders }) => orders.size > 0)
    if (isBusy === (this.#idle === undefined)) return
    clearTimeout(this.#idle)
    this.#idle = isBusy ? undefined : setTimeout(() => void this.end(), IDLE_MS).unref()
  }

  /** A thread that never was ready is not tried again. */
  #ended(thread: Thread): void {
    if (this.#threads.delete(thread) && !thread.isReady) this.#canStart = false
    for (const { settle } of thread.orders.values()) settle.reject(new ThreadLost("a thread of Pond ended"))
    if (this.isReady) return
    for (const { packed, settle } of this.#waiting.splice(0)) settle.resolve(unpackHere(packed))
  }
}

/** The threads of this process. */
export const crew: Crew = new Crew()

/** Who unpacks parts of blobs beside the thread that asks. */
export interface Unpacker {
  /**
   * Unpacks bytes that now belong to it, part by part of 1 MiB. Chaining values are checked; the bytes are not looked at any more, but given to whoever reads:
   * they may be something else that was made of them, if who reads knows it. Rejects with what zlib says, or `ThreadLost`.
   */
  readonly unpack: (packed: Packed) => Promise<ReadonlyArray<Unpacked>>
}

/** The unpacker of those who read; by default the threads of this process. */
export const Unpacking = Context.Reference<Unpacker>("pond/tlogfs/Unpacking", { defaultValue: () => crew })
