/**
 * A file that has no name in the store yet: created exclusively in the staging folder, sealed (length checked, synced, closed),
 * then published by `place.ts` or discarded.
 *
 * A failed sync abandons the file: the kernel may have dropped the unwritten pages, so a second sync of it would lie (F07).
 */
import { constants } from "node:fs"
import { STAGING } from "../key.ts"
import type { FileCalls } from "./calls.ts"
import type { Directories } from "./directories.ts"
import { FileFault, isAbsent } from "./failure.ts"
import { writeAll, writeAllAsync } from "./transfer.ts"

const FILE_MODE = 0o600
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Creates an empty file, mode 0600, under a name that is free; fails with `EEXIST` otherwise. Returns its descriptor. */
export const createExclusively = (calls: FileCalls, path: string): number => calls.open(path, CREATE, FILE_MODE)

/** A file in the staging folder. */
export class Temporary {
  readonly path: string
  readonly #calls: FileCalls
  #fd: number | undefined
  #sizeBytes = 0

  /** Creates the file; `name` must be unique among all processes. */
  constructor(calls: FileCalls, directories: Directories, name: string) {
    this.#calls = calls
    this.path = directories.prepare(`${STAGING}/${name}`).path
    this.#fd = createExclusively(calls, this.path)
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Adds bytes. */
  write(bytes: Uint8Array): void {
    writeAll(this.#calls, this.#descriptor(), bytes)
    this.#sizeBytes += bytes.length
  }

  /** Adds bytes off the main thread. */
  async writeAsync(bytes: Uint8Array): Promise<void> {
    await writeAllAsync(this.#calls, this.#descriptor(), bytes)
    this.#sizeBytes += bytes.length
  }

  /** Makes the bytes durable, and closes the file: it can be published. */
  seal(): void {
    this.#checkLength()
    this.#calls.fsync(this.#descriptor())
    this.close()
  }

  /** As `seal`, off the main thread. */
  async sealAsync(): Promise<void> {
    this.#checkLength()
    await this.#calls.fsyncAsync(this.#descriptor())
    this.close()
  }

  /** Closes the file without making anything durable. */
  close(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) this.#calls.close(fd)
  }

  /**
   * Closes the file and removes its temporary name; what was published keeps its own. Returns what prevented that, if anything:
   * a name that stays behind is harmless, and swept later.
   */
  remove(): unknown {
    try {
      this.close()
      this.#calls.unlink(this.path)
    } catch (error) {
      if (!isAbsent(error)) return error
    }
    return undefined
  }

  #descriptor(): number {
    if (this.#fd === undefined) throw new Error(`${this.path} was used after it was published or discarded`)
    return this.#fd
  }

  /** A write that failed half-way leaves the file longer than what was counted: such a file is never published. */
  #checkLength(): void {
    const { sizeBytes } = this.#calls.fstat(this.#descriptor())
    if (sizeBytes === this.#sizeBytes) return
    throw new FileFault("EIO", `${this.path} has ${sizeBytes} bytes where ${this.#sizeBytes} were written`)
  }
}
