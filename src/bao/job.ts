/**
 * One file that several threads hash: what they share, and how the thread that asked joins what they make.
 *
 * Threads take regions by a shared counter and hand in what they made of them in any order; here the chaining values
 * are joined in the order of the file, and the pairs go to `emit` in post-order. What waits for its turn is bounded:
 * no thread runs more than `AHEAD` regions ahead of the first that is missing (R9).
 *
 * A stopped job is settled only when no thread reads the file any more, so that the caller may close the descriptor.
 */
import type { Emit } from "./frontier.ts"
import { Frontier } from "./frontier.ts"
import type { Mode } from "./mode.ts"
import { Output } from "./output.ts"
import { hashRegion, Pairs, REGION_BYTES, REGION_LEVEL } from "./region.ts"
import { closedGroups, groupsOf } from "./tree.ts"

/** Regions, 4 MiB each, that may be done before one that is not: at most 16 MiB of pairs wait. */
const AHEAD = 1024

/** How long a thread that is too far ahead waits before it looks for other work. */
const PATIENCE_MS = 20

/** Positions in the shared words: the next region to take, those joined, whether to stop; then per thread if it is busy. */
const NEXT = 0
const JOINED = 1
const STOPPED = 2
const BUSY = 3

/** What a thread needs to take part in a job. Sent to workers as it is: the words are shared, not copied. */
export interface Work {
  readonly job: number
  readonly file: number
  readonly mode: Mode
  readonly regions: number
  readonly wantsPairs: boolean
  readonly words: Int32Array
}

/** What one region came to: its chaining value and, if asked for, the pairs beneath, in post-order. */
export interface Joint {
  readonly cv: Uint8Array
  readonly pairs: Uint8Array<ArrayBuffer> | undefined
}

/** A region that a thread took; without a joint when it could not be hashed. */
export interface Report {
  readonly job: number
  readonly region: number
  readonly joint: Joint | undefined
}

/**
 * Takes the next region and hashes it, as thread number `thread`. Returns "none" when there is nothing left to take, and
 * "later" when others must catch up first.
 */
export const takeRegion = (work: Work, thread: number): Report | "none" | "later" => {
  const { job, regions, words } = work
  const joined = Atomics.load(words, JOINED)
  if (Atomics.load(words, NEXT) - joined >= AHEAD && Atomics.load(words, STOPPED) === 0) {
    Atomics.wait(words, JOINED, joined, PATIENCE_MS)
    return "later"
  }
  Atomics.store(words, BUSY + thread, 1)
  try {
    if (Atomics.load(words, STOPPED) === 1) return "none"
    const region = Atomics.add(words, NEXT, 1)
    return region < regions ? { job, region, joint: attempt(work, region) } : "none"
  } finally {
    Atomics.store(words, BUSY + thread, 0)
  }
}

/** Hashes a region, if that is possible: errors are left to the thread that asked, which meets them itself. */
const attempt = (work: Work, region: number): Joint | undefined => {
  try {
    return hash(work, region * REGION_BYTES, (region + 1) * REGION_BYTES)
  } catch {
    return undefined
  }
}

const hash = ({ file, mode, wantsPairs }: Work, start: number, end: number): Joint => {
  const pairs = wantsPairs ? new Pairs(groupsOf(end - start) - 1) : undefined
  return { cv: hashRegion(file, mode, start, end, pairs?.add), pairs: pairs?.bytes }
}

/** Where pairs and news of a job go. */
interface Sinks {
  readonly emit?: Emit | undefined
  readonly onProgress?: ((doneBytes: number) => void) | undefined
}

/** A job as the thread that asked sees it. */
export class Job {
  readonly work: Work
  /** The last compression of the content; or the reason why the job stopped, when no thread is busy with it any more. */
  readonly output: Promise<Output>
  readonly #settle: PromiseWithResolvers<Output>
  readonly #sizeBytes: number
  readonly #frontier: Frontier
  readonly #early = new Map<number, Joint>()
  readonly #emit: Emit | undefined
  readonly #onProgress: ((doneBytes: number) => void) | undefined
  #tail: Joint | undefined
  #joined = 0
  #doneBytes = 0
  #stopped: { readonly reason: unknown } | undefined

  /** Prepares the job number `job`: `sizeBytes` of `file`, more than a region, for at most `threads` threads. */
  constructor(job: number, file: number, mode: Mode, sizeBytes: number, threads: number, sinks: Sinks) {
    const words = new Int32Array(new SharedArrayBuffer((BUSY + threads) * Int32Array.BYTES_PER_ELEMENT))
    const regions = Math.floor(closedGroups(sizeBytes) / 2 ** REGION_LEVEL)
    this.work = { job, file, mode, regions, wantsPairs: sinks.emit !== undefined, words }
    this.#sizeBytes = sizeBytes
    this.#frontier = new Frontier(mode)
    this.#emit = sinks.emit
    this.#onProgress = sinks.onProgress
    this.#settle = Promise.withResolvers()
    this.output = this.#settle.promise
    // Whoever asked may still be busy when the job stops.
    this.output.catch(() => undefined)
  }

  /** Hashes what follows the last region: the ragged end, at least one byte and at most a region. */
  hashTail(): void {
    this.#guard(() => {
      const start = this.work.regions * REGION_BYTES
      this.#tail = hash(this.work, start, this.#sizeBytes)
      this.#advance(this.#sizeBytes - start)
    })
  }

  /** Hashes the next region as thread 0, and returns whether there may be more. */
  help(): boolean {
    const report = takeRegion(this.work, 0)
    if (typeof report === "object") this.receive(report)
    return report !== "none" && this.#stopped === undefined
  }

  /** Takes in what a thread made of a region; what it could not hash is tried here, so that the error is known. */
  receive({ joint, region }: Report): void {
    this.#guard(() => {
      const start = region * REGION_BYTES
      this.#early.set(region, joint ?? hash(this.work, start, start + REGION_BYTES))
      this.#advance(REGION_BYTES)
    })
    this.left()
  }

  /** Stops the job: no thread takes another region, and `output` rejects with `reason` when none is busy. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason }
    Atomics.store(this.work.words, STOPPED, 1)
    this.left()
  }

  /** Stops the job because a thread is gone, whatever it was doing. */
  abandon(thread: number, reason: unknown): void {
    Atomics.store(this.work.words, BUSY + thread, 0)
    this.stop(reason)
  }

  /** Looks, after a thread may have left, whether a stopped job is over. */
  left(): void {
    if (this.#stopped === undefined) return
    for (let i = BUSY; i < this.work.words.length; i++) if (Atomics.load(this.work.words, i) === 1) return
    this.#settle.reject(this.#stopped.reason)
  }

  /** Runs a step of the job, unless it was stopped. Whatever it throws stops the job. */
  #guard(step: () => void): void {
    if (this.#stopped !== undefined) return
    try {
      step()
    } catch (error) {
      this.stop(error)
    }
  }

  /** Counts bytes as done, and joins the regions whose turn it is; after the last of them the ragged end. */
  #advance(bytes: number): void {
    for (let joint = this.#next(); joint !== undefined; joint = this.#next()) {
      if (joint.pairs !== undefined) this.#emit?.(joint.pairs)
      this.#frontier.push(joint.cv, REGION_LEVEL, this.#emit)
      this.#joined += 1
    }
    Atomics.store(this.work.words, JOINED, this.#joined)
    Atomics.notify(this.work.words, JOINED)
    this.#doneBytes += bytes
    this.#onProgress?.(this.#doneBytes)
    if (this.#joined < this.work.regions || this.#tail === undefined) return
    if (this.#tail.pairs !== undefined) this.#emit?.(this.#tail.pairs)
    this.#settle.resolve(Output.ofPair(this.work.mode, this.#frontier.fold(this.#tail.cv, this.#emit)))
  }

  #next(): Joint | undefined {
    const joint = this.#early.get(this.#joined)
    this.#early.delete(this.#joined)
    return joint
  }
}
