/**
 * Threads that unpack JSON lines and take them apart. What they unpack stays with them until the asking thread has checked it (R4) and says which lines are to be
 * taken apart: megabytes do not go from thread to thread.
 *
 * Threads are started when somebody asks for them and end a while after the last one went; they keep no process alive. Where one ends by itself, what it
 * had to take apart is answered with nothing, and has to be read in another way.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { kernelModule } from "../../bao/kernels.ts"
import type { WasmModule } from "../../bao/wasm/host.ts"
import { ThreadLost } from "../../tlogfs/content/threads/crew.ts"
import { alone, type Packed } from "../../tlogfs/content/threads/unpack.ts"
import type { Answer, Assignment, Kept, Order, Task } from "./order.ts"
import { SLAB_BYTES } from "./wasm/layout.ts"
import { shredModule } from "./wasm/kernel.ts"

const MOST_THREADS = 4
/** Orders of lines for each thread: one that it works on, and one that waits. */
const ORDERS_EACH = 2

/** Threads make little garbage. */
const LIMITS = { maxYoungGenerationSizeMb: 8 }

/** How long threads wait for somebody before they end. */
const IDLE_MS = 1000

/** One of the threads; what it is asked is answered in the order in which it was asked. */
export interface Thread {
  readonly worker: Worker
  /** Who waits for what. */
  readonly pending: Map<number, (answer: Answer | undefined) => void>
}

/** Bytes that a thread unpacked and keeps. */
export interface Held extends Kept {
  readonly thread: Thread
  readonly number: number
  readonly sizeBytes: number
}

/** Threads that take lines apart. */
export class Crew {
  readonly #most = Math.min(availableParallelism(), MOST_THREADS)
  readonly #threads = new Set<Thread>()
  #users = 0
  #orders = 0
  #begun = 0
  readonly #waiting: Array<{ readonly turn: number; readonly begin: () => void }> = []
  #idle: NodeJS.Timeout | undefined

  /** Somebody comes, who goes with `leave`. */
  enter(): void {
    this.#users += 1
    clearTimeout(this.#idle)
    try {
      const module = shredModule()
      if (module === undefined) return
      while (this.#threads.size < this.#most) this.#start(module)
    } catch {
      // Without any thread nothing is taken apart here.
    }
  }

  /** Somebody goes; the last one leaves the threads without work. */
  leave(): void {
    this.#users -= 1
    if (this.#users === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  /**
   * Waits until another order of lines may be begun, which is ended with `shred` or `giveUp`. Contents that came first go first: were all of them to end at once,
   * the threads would have nothing to do until others are begun.
   */
  async begin(turn: number): Promise<void> {
    if (this.#begun < ORDERS_EACH * this.#most) this.#begun += 1
    else await new Promise<void>((begin) => this.#waiting.push({ turn, begin }))
  }

  /** Ends an order that was begun: another may be. */
  giveUp(): void {
    const first = this.#waiting.toSorted((left, right) => left.turn - right.turn)[0]
    if (first === undefined) this.#begun -= 1
    else {
      this.#waiting.splice(this.#waiting.indexOf(first), 1)
      first.begin()
    }
  }

  /**
   * Unpacks bytes, which are kept by a thread. What is next to each other goes to the same thread where it becomes one order; `turn` tells contents apart, so that all
   * threads have something to do. Rejects with what zlib says, or `ThreadLost`.
   */
  async hold(packed: Packed, turn: number): Promise<Held> {
    const threads = [...this.#threads]
    const thread = threads[(Math.floor(packed.offset / SLAB_BYTES) + turn) % threads.length]
    if (thread === undefined) throw new ThreadLost("no thread takes lines apart")
    const bytes = alone(packed.bytes)
    const answer = await this.#ask(thread, { kind: "unpack", packed: { ...packed, bytes } }, [bytes.buffer])
    if (answer === undefined) throw new ThreadLost("a thread that takes lines apart ended")
    if (answer.kept === undefined) throw new RangeError(answer.failure)
    return { ...answer.kept, thread, number: answer.order, sizeBytes: packed.sizeBytes }
  }

  /** Has a thread forget what it holds. */
  forget({ number, thread }: Held): void {
    if (this.#threads.has(thread)) thread.worker.postMessage({ kind: "forget", kept: number } satisfies Task)
  }

  /**
   * Takes the lines apart that the first bytes of pieces are, and ends the order that was begun. Pieces that are held are so by one thread; others
   * have buffers of their own, which are the thread's from now on.
   */
  async shred(pieces: ReadonlyArray<Uint8Array<ArrayBuffer> | Held>, length: number): Promise<Answer["groups"]> {
    const holder = pieces.flatMap((piece) => ("thread" in piece ? [piece.thread] : []))[0]
    const [least] = [...this.#threads].toSorted((left, right) => left.pending.size - right.pending.size)
    const thread = holder ?? least
    try {
      if (thread === undefined || !this.#threads.has(thread)) return undefined
      const given = pieces.map((piece) => ("thread" in piece ? piece.number : piece))
      const buffers = given.flatMap((piece) => (typeof piece === "number" ? [] : [piece.buffer]))
      return (await this.#ask(thread, { kind: "shred", pieces: given, length }, buffers))?.groups
    } finally {
      this.giveUp()
    }
  }

  #ask({ pending, worker }: Thread, task: Task, given: ReadonlyArray<ArrayBuffer>): Promise<Answer | undefined> {
    return new Promise((settle) => {
      const order: Order = { ...task, order: this.#orders++ }
      worker.postMessage(order, given)
      if (pending.size === 0) worker.ref()
      pending.set(order.order, settle)
    })
  }

  #start(module: WasmModule): void {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./shred-worker.ts" : "./shred-worker.js", import.meta.url)
    const workerData: Assignment = { module, hashing: kernelModule() }
    const worker = new Worker(url, { name: "pond shred", workerData, execArgv: [], resourceLimits: LIMITS })
    const thread: Thread = { worker, pending: new Map() }
    this.#threads.add(thread)
    worker.unref()
    // An error is followed by the end of the thread.
    worker.on("error", () => undefined)
    worker.on("exit", () => {
      this.#threads.delete(thread)
      for (const order of thread.pending.keys()) this.#settle(thread, order, undefined)
    })
    worker.on("message", (answer: Answer) => this.#settle(thread, answer.order, answer))
  }

  #settle({ pending, worker }: Thread, order: number, answer: Answer | undefined): void {
    const settle = pending.get(order)
    if (settle === undefined) return
    pending.delete(order)
    if (pending.size === 0) worker.unref()
    settle(answer)
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
