/**
 * Bytes that wait for their name: S3 cannot rename, so what is staged stays on this machine until its key is known.
 *
 * A few MiB stay in memory; more goes to a temporary file that has no name any more, so that nothing is left of it whatever happens.
 * Sending from here can be repeated, and what the server has already is never sent.
 */
import type { FileHandle } from "node:fs/promises"
import { concat } from "../bytes.ts"
import { namelessFile, readAt, writeAt } from "../nameless.ts"

/** What stays in memory: one part of an upload. */
export const PART_BYTES_MIN = 8 * 1024 * 1024

/** Bytes written once, in order, and read as often as needed. */
export class Spool {
  #parts: Array<Uint8Array> = []
  #inMemory = 0
  #file: FileHandle | undefined
  #inFile = 0

  /** Bytes so far. */
  get sizeBytes(): number {
    return this.#inFile + this.#inMemory
  }

  /** Adds bytes, which the caller may use again. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(bytes.slice())
    this.#inMemory += bytes.length
    if (this.#inMemory > PART_BYTES_MIN) await this.#spill()
  }

  /** Ends the writing: from now on any number of readers may read at the same time. */
  async seal(): Promise<void> {
    if (this.#file !== undefined) await this.#spill()
  }

  /** Reads bytes [start, end) of a sealed spool. */
  async read(start: number, end: number): Promise<Uint8Array> {
    if (this.#file === undefined) return concat(this.#parts).subarray(start, end)
    return readAt(this.#file, start, end)
  }

  /** Gives up the bytes. */
  async close(): Promise<void> {
    this.#parts = []
    await this.#file?.close()
    this.#file = undefined
  }

  async #spill(): Promise<void> {
    this.#file ??= await namelessFile()
    for (const part of this.#parts) {
      await writeAt(this.#file, part, this.#inFile)
      this.#inFile += part.length
    }
    this.#parts = []
    this.#inMemory = 0
  }
}
