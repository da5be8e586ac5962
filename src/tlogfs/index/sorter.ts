/**
 * Sorting more entries than fit in memory: full buffers become sorted runs in a temporary file, which are merged when they are read.
 *
 * The file has no name any more while it is used: it goes with the process, whatever happens.
 */
import { Schema } from "effect"
import type { AsyncBuffer } from "hyparquet"
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { allKeys, type Entry } from "./keys.ts"
import { entriesOfPiece, merge } from "./merge.ts"
import { Piece, PieceEncoder } from "./piece.ts"

/** Bytes of keys and values that are kept in memory: JavaScript needs some times as much for them. */
const MEMORY_BYTES = 32 * 1024 * 1024

/** Entries that are given at once from memory. */
const BATCH_ENTRIES = 2048

/** There is no room for what does not fit in memory, or it cannot be read back. */
export class SortingFailed extends Schema.TaggedError<SortingFailed>()("SortingFailed", {
  folder: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `sorting needs a temporary file in ${this.folder}: ${why}. Make room there, or name another directory in TMPDIR`
  }
}

/** Does something with the temporary file. Throws `SortingFailed`. */
const attempt = <A>(step: () => A): A => {
  try {
    return step()
  } catch (cause) {
    throw new SortingFailed({ folder: tmpdir(), cause })
  }
}

/** Collects entries in any order, and gives them in the order of their keys. Close it when it is done with. */
export class Sorter {
  readonly #memoryBytes: number
  #pending: Array<Entry> = []
  #pendingBytes = 0
  #file: number | undefined
  #fileBytes = 0
  readonly #runs: Array<AsyncBuffer> = []

  /** `memoryBytes`: keys and values that are kept in memory. */
  constructor(memoryBytes = MEMORY_BYTES) {
    this.#memoryBytes = memoryBytes
  }

  /** Adds an entry; its key must be another one than that of all others. Throws `SortingFailed`. */
  add(entry: Entry): void {
    this.#pending.push(entry)
    this.#pendingBytes += entry.key.length + (entry.value?.length ?? 0)
    if (this.#pendingBytes >= this.#memoryBytes) this.#spill()
  }

  /** All entries that were added so far, sorted. May be called again. Rejects with `SortingFailed`. */
  async *sorted(): AsyncGenerator<ReadonlyArray<Entry>> {
    const pending = sorted(this.#pending)
    const pieces = await Promise.all(this.#runs.map((run) => Piece.open(run)))
    yield* merge([...pieces.map((piece) => entriesOfPiece(piece, allKeys)), batches(pending)])
  }

  /** Gives the temporary file back. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #spill(): void {
    const entries = sorted(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    const encoder = new PieceEncoder()
    const start = this.#fileBytes
    for (const entry of entries) {
      const bytes = encoder.add(entry)
      if (bytes !== undefined) this.#write(bytes)
    }
    this.#write(encoder.finish())
    this.#runs.push(this.#run(start, this.#fileBytes))
  }

  #write(bytes: Uint8Array): void {
    this.#file ??= attempt(temporaryFile)
    const file = this.#file
    for (let at = 0; at < bytes.length;) {
      at += attempt(() => writeSync(file, bytes, at, bytes.length - at, this.#fileBytes + at))
    }
    this.#fileBytes += bytes.length
  }

  #run(first: number, end: number): AsyncBuffer {
    return {
      byteLength: end - first,
      slice: (from, to = end - first) => {
        const bytes = new Uint8Array(to - from)
        for (let at = 0; at < bytes.length;) {
          const count = attempt(() => readSync(this.#file!, bytes, at, bytes.length - at, first + from + at))
          if (count === 0) throw new SortingFailed({ folder: tmpdir(), cause: "it ended early" })
          at += count
        }
        return bytes.buffer
      }
    }
  }
}

const sorted = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> =>
  entries.toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))

async function* batches(entries: ReadonlyArray<Entry>): AsyncGenerator<ReadonlyArray<Entry>> {
  for (let at = 0; at < entries.length; at += BATCH_ENTRIES) yield entries.slice(at, at + BATCH_ENTRIES)
}

const temporaryFile = (): number => {
  const folder = mkdtempSync(join(tmpdir(), "pond-sort-"))
  try {
    return openSync(join(folder, "runs"), "wx+", 0o600)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
