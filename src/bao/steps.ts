/**
 * Work on a content that is read piece by piece, written once for memory, files, networks and Effects alike.
 *
 * A script (`Steps`) is a generator that never waits: it yields a span of bytes it needs, and is answered with exactly
 * those; or it yields bytes that are done: verified, or encoded. `run` and `runAsync` answer from a function that reads
 * any range, or from a stream that is passed once. No script asks for more than 1 MiB at a time.
 */
import { WrongLength } from "./errors.ts"

/** A range of bytes: from `start` to before `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A script: asks for spans, in ascending order, and gives bytes. It throws what is wrong with its answers. */
export type Steps = Generator<Span | Uint8Array, void, Uint8Array>

/** Reads the bytes from `start` to before `end`; fewer only where there are no more. They must not change afterwards. */
export type Read = (start: number, end: number) => Uint8Array

/** As `Read`, with a promise. */
export type ReadAsync = (start: number, end: number) => Promise<Uint8Array>

const NOTHING = new Uint8Array(0)

/** Asks for the bytes of a span. Throws `WrongLength` when the answer has another length. */
export function* need(
  start: number,
  end: number,
  what: "content" | "encoding"
): Generator<Span | Uint8Array, Uint8Array, Uint8Array> {
  const bytes = yield { start, end }
  if (bytes.length !== end - start) throw new WrongLength(what, end - start, bytes.length)
  return bytes
}

/** Runs a script on what `source` reads, or on a stream of pieces of any size, and gives its bytes. */
export function* run(steps: Steps, source: Read | Iterable<Uint8Array>): Generator<Uint8Array, void, void> {
  if (typeof source === "function") {
    for (let step = steps.next(); step.done !== true;) {
      if (step.value instanceof Uint8Array) {
        yield step.value
        step = steps.next(NOTHING)
      } else step = steps.next(source(step.value.start, step.value.end))
    }
    return
  }
  const pieces = source[Symbol.iterator]()
  const collector = new Collector()
  try {
    yield* run(steps, (start, end) => {
      collector.want(start, end)
      while (collector.wants) {
        const piece = pieces.next()
        if (piece.done === true) break
        collector.give(piece.value)
      }
      return collector.take()
    })
  } finally {
    pieces.return?.()
  }
}

/** As `run`, for reads and streams that take time. One read is under way at a time; a failed read ends the script. */
export async function* runAsync(
  steps: Steps,
  source: ReadAsync | AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array, void, void> {
  if (typeof source === "function") {
    for (let step = steps.next(); step.done !== true;) {
      if (step.value instanceof Uint8Array) {
        yield step.value
        step = steps.next(NOTHING)
      } else step = steps.next(await source(step.value.start, step.value.end))
    }
    return
  }
  const pieces = source[Symbol.asyncIterator]()
  const collector = new Collector()
  try {
    yield* runAsync(steps, async (start, end) => {
      collector.want(start, end)
      while (collector.wants) {
        const piece = await pieces.next()
        if (piece.done === true) break
        collector.give(piece.value)
      }
      return collector.take()
    })
  } finally {
    await pieces.return?.()
  }
}

/** Cuts ascending spans out of a stream's pieces. Copies, so that a producer may use its buffers again. */
class Collector {
  #piece: Uint8Array = NOTHING
  /** Position, in the stream, of the first byte of `#piece`. */
  #at = 0
  #target: Uint8Array = NOTHING
  #start = 0
  #filled = 0

  /** Begins a span. */
  want(start: number, end: number): void {
    this.#target = new Uint8Array(end - start)
    this.#start = start
    this.#filled = 0
    this.#move()
  }

  /** Whether the span needs another piece. */
  get wants(): boolean {
    return this.#filled < this.#target.length
  }

  /** Adds the next piece of the stream, after all before it were used up. */
  give(piece: Uint8Array): void {
    this.#piece = piece
    this.#move()
  }

  /** Returns the span; shorter if the stream has ended within it. */
  take(): Uint8Array {
    return this.#target.subarray(0, this.#filled)
  }

  #move(): void {
    this.#drop(Math.min(this.#piece.length, Math.max(0, this.#start - this.#at)))
    const part = this.#piece.subarray(0, this.#target.length - this.#filled)
    this.#target.set(part, this.#filled)
    this.#filled += part.length
    this.#drop(part.length)
  }

  #drop(count: number): void {
    this.#piece = this.#piece.subarray(count)
    this.#at += count
  }
}
