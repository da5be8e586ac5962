/**
 * Bytes that are put aside beside the memory. The file has no name any more while it is used: it goes with the process, whatever happens.
 */
import { Schema } from "effect"
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

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

const temporaryFile = (): number => {
  const folder = mkdtempSync(join(tmpdir(), "pond-sort-"))
  try {
    return openSync(join(folder, "runs"), "wx+", 0o600)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A temporary file, made with the first bytes. Close it when it is done with. What it does throws `SortingFailed`. */
export class Scratch {
  #file: number | undefined
  #sizeBytes = 0

  /** Bytes in it. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Adds bytes at the end. */
  append(bytes: Uint8Array): void {
    this.#file ??= attempt(temporaryFile)
    const file = this.#file
    for (let at = 0; at < bytes.length;) {
      at += attempt(() => writeSync(file, bytes, at, bytes.length - at, this.#sizeBytes + at))
    }
    this.#sizeBytes += bytes.length
  }

  /** Reads bytes that are there. */
  read(start: number, end: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(end - start)
    for (let at = 0; at < bytes.length;) {
      const count = attempt(() => readSync(this.#file!, bytes, at, bytes.length - at, start + at))
      if (count === 0) throw new SortingFailed({ folder: tmpdir(), cause: "it ended early" })
      at += count
    }
    return bytes
  }

  /** Gives it back. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
