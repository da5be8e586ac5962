/**
 * Bytes that wait for their name: S3 cannot rename, so what is staged stays on this machine until its key is known.
 *
 * A few MiB stay in memory; more goes to a temporary file that has no name any more, so that nothing is left of it whatever happens.
 * Sending from here can be repeated, and what the server has already is never sent.
 */
import { constants } from "node:fs"
import { mkdtemp, open, rm } from "node:fs/promises"
import type { FileHandle } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { concat } from "../bytes.ts"

/** What stays in memory: one part of an upload. */
export const PART_BYTES_MIN = 8 * 1024 * 1024

const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

const nameless = async (): Promise<FileHandle> => {
  const directory = await mkdtemp(join(tmpdir(), "pond-upload-"))
  try {
    return await open(join(directory, "bytes"), CREATE, 0o600)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

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
    const bytes = new Uint8Array(end - start)
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await this.#file.read(bytes, at, bytes.length - at, start + at)
      if (bytesRead === 0) throw new Error(`a temporary file in ${tmpdir()} lost its end`)
      at += bytesRead
    }
    return bytes
  }

  /** Gives up the bytes. */
  async close(): Promise<void> {
    this.#parts = []
    await this.#file?.close()
    this.#file = undefined
  }

  async #spill(): Promise<void> {
    this.#file ??= await nameless()
    for (const part of this.#parts) {
      for (let at = 0; at < part.length;) {
        const { bytesWritten } = await this.#file.write(part, at, part.length - at, this.#inFile)
        at += bytesWritten
        this.#inFile += bytesWritten
      }
    }
    this.#parts = []
    this.#inMemory = 0
  }
}
