/**
 * Threads that take lines of JSON apart. They are given the memory that the lines came in, and free it.
 *
 * Threads are started when somebody asks for them and end a while after the last one went; they keep no process alive. Where one ends by itself, what it
 * had to do is answered with nothing, and has to be read in another way.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { WasmModule } from "../../bao/wasm/host.ts"
import type { Answer, Assignment, Order } from "./order.ts"
import { compileKernel } from "./wasm/kernel.ts"

const MOST_THREADS = 4
/** Orders for each thread: one that it works on, one that waits, and those that are being filled. */
const ORDERS_EACH = 3

/** Threads make little garbage. */
const LIMITS = { maxYoungGenerationSizeMb: 8 }

/** How long threads wait for somebody before they end. */
const IDLE_MS = 1000

type Groups = Answer["groups"]

interface Thread {
  readonly worker: Worker
  /** Who waits for what. */
  readonly pending: Map<number, (groups: Groups) => void>
}

/** Threads that take lines apart. */
export class Crew {
  readonly #most = Math.min(availableParallelism(), MOST_THREADS)
  readonly #threads = new Set<Thread>()
  #module: WasmModule | undefined
  #users = 0
  #orders = 0
  #begun = 0
  readonly #waiting: Array<() => void> = []
  #idle: NodeJS.Timeout | undefined

  /** Somebody comes, who goes with `leave`. */
  enter(): void {
    this.#users += 1
    clearTimeout(this.#idle)
    try {
      this.#module ??= compileKernel()
      while (this.#module !== undefined && this.#threads.size < this.#most) this.#start(this.#module)
    } catch {
      // Without any thread nothing is taken apart here.
    }
  }

  /** Somebody goes; the last one leaves the threads without work. */
  leave(): void {
    this.#users -= 1
    if (this.#users === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  /** Waits until another order may be begun, which is ended with `shred` or `giveUp`. */
  async begin(): Promise<void> {
    if (this.#begun < ORDERS_EACH * this.#most) this.#begun += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Ends an order that was begun: another may be. */
  giveUp(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#begun -= 1
    else next()
  }

  /** Takes the lines apart that the first bytes of chunks are; each has a buffer of its own, which is the thread's from now on. */
  async shred(chunks: ReadonlyArray<Uint8Array<ArrayBuffer>>, length: number): Promise<Groups> {
    const [thread] = [...this.#threads].toSorted((left, right) => left.pending.size - right.pending.size)
    if (thread === undefined) {
      this.giveUp()
      return undefined
    }
    return await new Promise((settle) => {
      const order: Order = { order: this.#orders++, chunks, length }
      thread.worker.postMessage(
        order,
        chunks.map(({ buffer }) => buffer)
      )
      if (thread.pending.size === 0) thread.worker.ref()
      thread.pending.set(order.order, settle)
    })
  }

  #start(module: WasmModule): void {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./shred-worker.ts" : "./shred-worker.js", import.meta.url)
    const workerData: Assignment = { module }
    const worker = new Worker(url, { name: "pond shred", workerData, execArgv: [], resourceLimits: LIMITS })
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
    const settle = thread.pending.get(order)
    if (settle === undefined) return
    thread.pending.delete(order)
    if (thread.pending.size === 0) thread.worker.unref()
    this.giveUp()
    settle(groups)
  }

  /** Ends all threads. */
  async #end(): Promise<void> {
    const threads = [...this.#threads]
    this.#threads.clear()
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }
}

/** The threads of this process. */
export const crew: Crew = new Crew()
