/**
 * A thread that searches chunks for lines, so that an interrupt ends the search whatever the pattern does.
 */
import { Effect, type Scope, Stream } from "effect"
import { Worker } from "node:worker_threads"
import type { FoundLine, LineQuery } from "../../formats/search.ts"

/** What the thread is to do next: with a new content, with its next bytes, with its end. */
export type Order = "begin" | "end" | Uint8Array

/** What the thread says to an order. `end` is where the bytes of a line end, which begin where those of the one before end. */
export interface Answer {
  readonly bytes: Uint8Array
  readonly lines: ReadonlyArray<Omit<FoundLine, "bytes"> & { readonly end: number }>
  readonly isDone: boolean
}

/** Lines that were found, and whether no more are wanted of that content. */
export interface Found {
  readonly lines: ReadonlyArray<FoundLine>
  readonly isDone: boolean
}

/** Chunks that wait for the thread. */
const WAITING = 4

const unpacked = ({ bytes, isDone, lines }: Answer): Found => {
  let start = 0
  return {
    isDone,
    lines: lines.map(({ end, ...line }) => {
      const own = bytes.subarray(start, end)
      start = end
      return { ...line, bytes: own }
    })
  }
}

/** Searches contents, one after the other. */
export class Searcher {
  readonly #worker: Worker
  readonly #waiting: Array<(found: Effect.Effect<Found>) => void> = []

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on("message", (answer: Answer) => this.#waiting.shift()?.(Effect.succeed(unpacked(answer))))
    worker.on("error", (cause) => {
      for (const resume of this.#waiting.splice(0)) resume(Effect.die(cause))
    })
  }

  #tell(order: Order): Effect.Effect<Found> {
    return Effect.callback((resume) => {
      this.#waiting.push(resume)
      if (typeof order === "string") return this.#worker.postMessage(order)
      // Whoever reads may keep the bytes: what is given away is a copy.
      const bytes = Uint8Array.from(order)
      this.#worker.postMessage(bytes, [bytes.buffer])
    })
  }

  /** Searches one content; ends early when as many lines were found as are wanted. */
  search<E, R>(content: Stream.Stream<Uint8Array, E, R>): Stream.Stream<FoundLine, E, R> {
    const begin = Stream.drain(Stream.fromEffect(this.#tell("begin")))
    const chunks = Stream.mapEffect(content, (chunk) => this.#tell(chunk), { concurrency: WAITING })
    const end = Stream.fromEffect(Effect.suspend(() => this.#tell("end")))
    return begin.pipe(
      Stream.concat(chunks),
      Stream.concat(end),
      Stream.takeUntil(({ isDone }) => isDone),
      Stream.flatMap(({ lines }) => Stream.fromIterable(lines))
    )
  }
}

/** Starts the thread; it ends with the scope. */
export const searcher = (query: LineQuery): Effect.Effect<Searcher, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const url = new URL(import.meta.url.endsWith(".ts") ? "./grep-worker.ts" : "./grep-worker.js", import.meta.url)
        return new Worker(url, { name: "pond grep", workerData: query, execArgv: [] })
      }),
      (worker) => Effect.promise(() => worker.terminate())
    ),
    (worker) => new Searcher(worker)
  )
