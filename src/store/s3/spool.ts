/**
 * Bytes that wait for their name: S3 cannot rename, so what is staged stays on this machine until its key is known.
 *
 * A few MiB stay in memory; more goes to a temporary file that has no name any more, so that nothing is left of it whatever happens.
 * Sending from here can be repeated, and what the server has already is never sent.
 */
import type { FileHandle } from "node:fs/promises"
import { concat } from "../bytes.ts"
import { fillAt, namelessFile, writeAt } from "../nameless.ts"

/** What stays in memory. */
const MEMORY_BYTES_MAX = 8 * 1024 * 1024

/** Bytes written once, in order, and when all are written read as often as needed, also by several at a time. */
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
    if (this.#file === undefined && this.#inMemory + bytes.length <= MEMORY_BYTES_MAX) {
      this.#parts.push(bytes.slice())
      this.#inMemory += bytes.length
      return
    }
    this.#file ??= await namelessFile()
    for (const part of this.#parts) await this.#append(part)
    this.#parts = []
    this.#inMemory = 0
    await this.#append(bytes)
  }

  /** Fills a buffer with bytes from `start` on; there must be so many. */
  async read(start: number, buffer: Uint8Array): Promise<void> {
    if (this.#file === undefined) buffer.set(concat(this.#parts).subarray(start, start + buffer.length))
    else await fillAt(this.#file, start, buffer)
  }

  /** Gives up the bytes. */
  async close(): Promise<void> {
    this.#parts = []
    await this.#file?.close()
    this.#file = undefined
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await writeAt(this.#file!, bytes, this.#inFile)
    this.#inFile += bytes.length
  }
}
