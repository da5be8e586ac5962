/**
 * Threads that take lines of JSON apart, and the memory in which they are given them.
 *
 * Threads are started when somebody asks for them and end a while after the last one went; they keep no process alive. Where one ends by itself, what it
 * had to do is answered with nothing, and has to be read in another way.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { EncodedGroup } from "./group.ts"

/** Bytes of lines that a thread is given at once. Behind them is room for texts that were written with escapes. */
export const SLAB_BYTES = 8 * 1024 * 1024
const ROOM_BYTES = SLAB_BYTES + 64

const MOST_THREADS = 4
/** Slabs for each thread: one that it works on, one that waits, and those that are being filled. */
const SLABS_EACH = 3

/** Threads make little garbage. */
const LIMITS = { maxYoungGenerationSizeMb: 8 }

/** How long threads wait for somebody before they end. */
const IDLE_MS = 1000

/** Something to take apart: the first bytes of a slab, which end with a line. */
export interface Order {
  readonly order: number
  readonly slab: SharedArrayBuffer
  readonly length: number
}

/** What became of it: groups of rows, or nothing where not all lines could be read. */
export interface Answer {
  readonly order: number
  readonly groups: ReadonlyArray<EncodedGroup> | undefined
}

type Groups = Answer["groups"]

interface Pending {
  readonly slab: SharedArrayBuffer
  readonly settle: (groups: Groups) => void
}

interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
}

/** Threads that take lines apart. */
export class Crew {
  readonly #most = Math.min(availableParallelism(), MOST_THREADS)
  readonly #threads = new Set<Thread>()
  #users = 0
  #orders = 0
  #slabs = 0
  #free: Array<SharedArrayBuffer> = []
  readonly #waiting: Array<(slab: SharedArrayBuffer) => void> = []
  #idle: NodeJS.Timeout | undefined

  /** Somebody comes, who goes with `leave`. */
  enter(): void {
    this.#users += 1
    clearTimeout(this.#idle)
    try {
      while (this.#threads.size < this.#most) this.#start()
    } catch {
      // Without any thread nothing is taken apart here.
    }
  }

  /** Somebody goes; the last one leaves the threads without work. */
  leave(): void {
    this.#users -= 1
    if (this.#users === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  /** A slab to fill; where all are in use, the next one that is free. */
  async slab(): Promise<SharedArrayBuffer> {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#slabs < SLABS_EACH * this.#most) {
      this.#slabs += 1
      return new SharedArrayBuffer(SLAB_BYTES + ROOM_BYTES)
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Gives a slab back. */
  release(slab: SharedArrayBuffer): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slab)
    else next(slab)
  }

  /** Takes the lines in a slab apart, and gives it back. */
  async shred(slab: SharedArrayBuffer, length: number): Promise<Groups> {
    const [thread] = [...this.#threads].toSorted((left, right) => left.pending.size - right.pending.size)
    if (thread === undefined) {
      this.release(slab)
      return undefined
    }
    return await new Promise((settle) => {
      const order: Order = { order: this.#orders++, slab, length }
      if (thread.pending.size === 0) thread.worker.ref()
      thread.pending.set(order.order, { slab, settle })
      thread.worker.postMessage(order)
    })
  }

  #start(): void {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./shred-worker.ts" : "./shred-worker.js", import.meta.url)
    const worker = new Worker(url, { name: "pond shred", execArgv: [], resourceLimits: LIMITS })
    const thread: Thread = { worker, pending: new Map() }
    this.#threads.add(thread)
    worker.unref()
    // An error is followed by the end of the thread.
    worker.on("error", () => undefined)
    worker.on("exit", () => {
      this.#threads.delete(thread)
      for (const order of thread.pending.keys()) this.#settle(thread, { order, groups: undefined })
    })
    worker.on("message", (answer: Answer) => this.#settle(thread, answer))
  }

  #settle(thread: Thread, { groups, order }: Answer): void {
    const pending = thread.pending.get(order)
    if (pending === undefined) return
    thread.pending.delete(order)
    if (thread.pending.size === 0) thread.worker.unref()
    this.release(pending.slab)
    pending.settle(groups)
  }

  /** Ends all threads, and gives their memory back. */
  async #end(): Promise<void> {
    const threads = [...this.#threads]
    this.#threads.clear()
    this.#slabs -= this.#free.length
    this.#free = []
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }
}

/** The threads of this process. */
export const crew: Crew = new Crew()
