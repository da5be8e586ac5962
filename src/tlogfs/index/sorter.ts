/**
 * Sorting more entries than fit in memory: full buffers become sorted runs in a temporary file, which are merged when they are read.
 */
import type { AsyncBuffer } from "hyparquet"
import { allKeys, type Entry, type Key } from "./keys.ts"
import { entriesOfPiece, merge } from "./merge.ts"
import { lowerBound, Piece, PieceEncoder } from "./piece.ts"
import { Scratch } from "./scratch.ts"

/** Bytes of keys and values that are kept in memory: JavaScript needs some times as much for them. */
const MEMORY_BYTES = 32 * 1024 * 1024

/** Groups of runs that are kept for looking keys up. */
const GROUPS_KEPT = 8

/** Entries that are given at once from memory. */
const BATCH_ENTRIES = 2048

/** Collects entries in any order, and gives them in the order of their keys. Close it when it is done with. */
export class Sorter {
  readonly #memoryBytes: number
  #pending: Array<Entry> = []
  #pendingBytes = 0
  readonly #scratch = new Scratch()
  readonly #runs: Array<Promise<Piece>> = []
  readonly #groups = new Map<string, Promise<ReadonlyArray<Entry>>>()
  #isSorted = true

  /** `memoryBytes`: keys and values that are kept in memory. */
  constructor(memoryBytes = MEMORY_BYTES) {
    this.#memoryBytes = memoryBytes
  }

  /** Adds an entry; its key must be another one than that of all others. Throws `SortingFailed`. */
  add(entry: Entry): void {
    this.#pending.push(entry)
    this.#isSorted = false
    this.#pendingBytes += entry.key.length + (entry.value?.length ?? 0)
    if (this.#pendingBytes >= this.#memoryBytes) this.#spill()
  }

  /** The entry of a key. Looks quickly at keys one after the other. Rejects with `SortingFailed`. */
  async get(key: Key): Promise<Entry | undefined> {
    const inMemory = found(this.#inOrder(), key)
    if (inMemory !== undefined) return inMemory
    for (const [run, opened] of this.#runs.entries()) {
      const piece = await opened
      const index = piece.groupOf(key)
      if (index === undefined) continue
      const entry = found(await this.#group(piece, run, index), key)
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** One group of a run; the last few of all runs are kept. */
  #group(piece: Piece, run: number, index: number): Promise<ReadonlyArray<Entry>> {
    const name = `${run}/${index}`
    const kept = this.#groups.get(name)
    if (kept !== undefined) return kept
    const group = piece.group(index, true)
    this.#groups.set(name, group)
    if (this.#groups.size > GROUPS_KEPT) this.#groups.delete(this.#groups.keys().next().value!)
    return group
  }

  /** The entries in memory, sorted once after the last was added. */
  #inOrder(): ReadonlyArray<Entry> {
    if (!this.#isSorted) this.#pending = sorted(this.#pending)
    this.#isSorted = true
    return this.#pending
  }

  /** All entries that were added so far, sorted. May be called again. Rejects with `SortingFailed`. */
  async *sorted(): AsyncGenerator<ReadonlyArray<Entry>> {
    const pieces = await Promise.all(this.#runs)
    yield* merge([...pieces.map((piece) => entriesOfPiece(piece, allKeys)), batches(this.#inOrder())])
  }

  /** Gives the temporary file back. */
  close(): void {
    this.#scratch.close()
  }

  #spill(): void {
    const entries = this.#inOrder()
    this.#pending = []
    this.#pendingBytes = 0
    const encoder = new PieceEncoder()
    const start = this.#scratch.sizeBytes
    for (const entry of entries) {
      const bytes = encoder.add(entry)
      if (bytes !== undefined) this.#scratch.append(bytes)
    }
    this.#scratch.append(encoder.finish())
    const run = Piece.open(this.#run(start, this.#scratch.sizeBytes))
    run.catch(() => undefined)
    this.#runs.push(run)
  }

  #run(first: number, end: number): AsyncBuffer {
    return {
      byteLength: end - first,
      slice: (from, to = end - first) => this.#scratch.read(first + from, first + to).buffer
    }
  }
}

const found = (entries: ReadonlyArray<Entry>, key: Key): Entry | undefined => {
  const entry = entries[lowerBound(entries, key)]
  return entry?.key === key ? entry : undefined
}

const sorted = (entries: ReadonlyArray<Entry>): Array<Entry> =>
  entries.toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))

async function* batches(entries: ReadonlyArray<Entry>): AsyncGenerator<ReadonlyArray<Entry>> {
  for (let at = 0; at < entries.length; at += BATCH_ENTRIES) yield entries.slice(at, at + BATCH_ENTRIES)
}
