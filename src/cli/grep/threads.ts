/**
 * Threads that search, so that an interrupt ends the search whatever the pattern does, and all processors share the work. They unpack what they search:
 * bytes are searched where they were decompressed and hashed, and what was found is believed once the hashes were (R4).
 */
import { Effect, Schema, type Scope } from "effect"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { Found } from "../../formats/search/found.ts"
import type { Piece } from "../../formats/search/piece.ts"
import type { LineQuery } from "../../formats/search/query.ts"
import { ThreadLost, type Unpacker } from "../../tlogfs/content/threads/crew.ts"
import { alone, type Packed, type Unpacked } from "../../tlogfs/content/threads/unpack.ts"

/** Most threads: each takes some 20 MB of memory. */
const MOST_THREADS = 4

/** Bytes to search from which on another thread is worth starting. */
const WORTH_STARTING_BYTES = 16 * 1024 * 1024

/** Orders that a thread has at once: one that it works on, and one so that it need not wait. */
const ORDERS_AT_ONCE = 2

/** Threads make little garbage: without this their heaps grow with time, and nothing becomes faster. */
const LIMITS = { maxYoungGenerationSizeMb: 4 }

type Task =
  | { readonly kind: "packed"; readonly packed: Packed }
  /** The next bytes. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** One line alone. */
  | { readonly kind: "line"; readonly bytes: Uint8Array }

/** What a thread is to do. */
export type Order = Task & { readonly order: number }

/** What it says to that. */
export interface Answer {
  readonly order: number
  readonly unpacked?: ReadonlyArray<Unpacked>
  readonly piece?: Piece
  readonly found?: Found
  /** Why it could not be unpacked. */
  readonly failure?: string
  /** Why it could not be searched. */
  readonly trouble?: string | undefined
}

/** Bytes cannot be searched. */
export class Unsearchable extends Schema.TaggedError<Unsearchable>()("Unsearchable", { why: Schema.String }) {
  override get message(): string {
    return this.why
  }
}

interface Pending {
  readonly order: Order
  readonly settle: PromiseWithResolvers<Answer>
}

interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
}

const searched = (answer: Answer): Effect.Effect<Answer, Unsearchable> =>
  answer.trouble === undefined ? Effect.succeed(answer) : Effect.fail(new Unsearchable({ why: answer.trouble }))

/** Searches pieces and lines. */
export class SearchThreads implements Unpacker {
  readonly #query: LineQuery
  readonly #most: number
  readonly #threads: Array<Thread> = []
  readonly #waiting: Array<Pending> = []
  /** What was found, by the bytes that stand for what it was found in. */
  readonly #answers = new WeakMap<Uint8Array, Answer>()
  #orders = 0
  #isEnded = false
  #loss: ThreadLost | undefined

  constructor(query: LineQuery, most = Math.min(availableParallelism(), MOST_THREADS)) {
    this.#query = query
    this.#most = most
    this.#start()
  }

  /** Starts as many threads as so many bytes are worth. */
  expect(sizeBytes: number): void {
    while (this.#threads.length < Math.min(this.#most, sizeBytes / WORTH_STARTING_BYTES)) this.#start()
  }

  /** Unpacks and searches; the bytes that are given stand for what was found, which `piece` gives. */
  readonly unpack = async (packed: Packed): Promise<ReadonlyArray<Unpacked>> => {
    const answer = await this.#do({ kind: "packed", packed: { ...packed, wantsBytes: false } })
    if (answer.failure !== undefined) throw new RangeError(answer.failure)
    const [first, ...rest] = answer.unpacked!
    const token = new Uint8Array(1)
    this.#answers.set(token, answer)
    return [{ ...first!, bytes: token }, ...rest]
  }

  /** What was found in bytes that were read: they stand for it, or are searched now. */
  piece(chunk: Uint8Array): Effect.Effect<Piece, Unsearchable> {
    const known = this.#answers.get(chunk)
    // Whoever reads may keep the bytes: what is given away is a copy.
    const answer =
      known === undefined ? this.#search({ kind: "bytes", bytes: Uint8Array.from(chunk) }) : searched(known)
    return Effect.map(answer, ({ piece }) => piece!)
  }

  /** Searches one line; its bytes are given away. */
  line(bytes: Uint8Array): Effect.Effect<Found, Unsearchable> {
    return Effect.map(this.#search({ kind: "line", bytes: alone(bytes) }), ({ found }) => found!)
  }

  #search(task: Task): Effect.Effect<Answer, Unsearchable> {
    return Effect.flatMap(
      Effect.tryPromise({
        try: () => this.#do(task),
        catch: (cause) => new Unsearchable({ why: (cause as ThreadLost).message })
      }),
      searched
    )
  }

  /** Ends all threads, whatever they do. */
  async end(): Promise<void> {
    this.#isEnded = true
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  #do(task: Task): Promise<Answer> {
    if (this.#loss !== undefined) return Promise.reject(this.#loss)
    const pending: Pending = { order: { ...task, order: this.#orders++ }, settle: Promise.withResolvers() }
    this.#waiting.push(pending)
    this.#distribute()
    return pending.settle.promise
  }

  #start(): void {
    const url = new URL(import.meta.url.endsWith(".ts") ? "./grep-worker.ts" : "./grep-worker.js", import.meta.url)
    const options = { name: "pond grep", workerData: this.#query, execArgv: [], resourceLimits: LIMITS }
    const thread: Thread = { worker: new Worker(url, options), pending: new Map() }
    this.#threads.push(thread)
    thread.worker.on("message", (answer: Answer) => {
      const pending = thread.pending.get(answer.order)
      thread.pending.delete(answer.order)
      pending?.settle.resolve(answer)
      this.#distribute()
    })
    thread.worker.on("error", (cause) => this.#lost(new ThreadLost("a thread that searches failed", { cause })))
    thread.worker.on("exit", () => this.#lost(new ThreadLost("a thread that searches ended")))
  }

  /** Without one of its threads a search does not end. */
  #lost(loss: ThreadLost): void {
    if (this.#isEnded || this.#loss !== undefined) return
    this.#loss = loss
    for (const { pending } of this.#threads) for (const { settle } of pending.values()) settle.reject(loss)
    for (const { settle } of this.#waiting.splice(0)) settle.reject(loss)
  }

  /** Gives what waits to the threads that have least to do. */
  #distribute(): void {
    for (let room = 0; room < ORDERS_AT_ONCE; room += 1) {
      for (const { pending, worker } of this.#threads) {
        if (pending.size > room) continue
        const next = this.#waiting.shift()
        if (next === undefined) return
        pending.set(next.order.order, next)
        this.#tell(worker, next.order)
      }
    }
  }

  #tell(worker: Worker, order: Order): void {
    if (order.kind === "packed") {
      const bytes = alone(order.packed.bytes)
      worker.postMessage({ ...order, packed: { ...order.packed, bytes } }, [bytes.buffer])
    } else worker.postMessage(order, [order.bytes.buffer as ArrayBuffer])
  }
}

/** Starts the threads of a query; they end with the scope. */
export const searchThreads = (query: LineQuery): Effect.Effect<SearchThreads, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new SearchThreads(query)),
    (threads) => Effect.promise(() => threads.end())
  )
