/**
 * Files for tests of hashing: real ones, in folders that go with the test.
 */
import { closeSync, existsSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Where holes in files cost nothing to read: a file system in memory. On a disk, reading one fills the page cache. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** Files of one test; disposing them closes and deletes them. */
export class Files implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "pond-bao-"))
  readonly #memory = mkdtempSync(join(MEMORY, "pond-bao-"))
  readonly #paths = new Map<number, string>()

  /** Makes a file that holds `bytes`, and returns a descriptor for reading and writing. */
  of(bytes: Uint8Array): number {
    return this.#make(this.folder, bytes.length, bytes, 0)
  }

  /** Makes a file of `sizeBytes` that holds `bytes` at `offset`, and elsewhere zeros that are not stored. */
  sparse(sizeBytes: number, bytes: Uint8Array = new Uint8Array(0), offset = 0): number {
    return this.#make(this.#memory, sizeBytes, bytes, offset)
  }

  /** The path of a file made here, by its descriptor. */
  path(descriptor: number): string {
    return this.#paths.get(descriptor)!
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#paths.keys()) closeSync(descriptor)
    rmSync(this.folder, { recursive: true })
    rmSync(this.#memory, { recursive: true })
  }

  #make(folder: string, sizeBytes: number, bytes: Uint8Array, offset: number): number {
    const path = join(folder, `${this.#paths.size}`)
    const descriptor = openSync(path, "w+")
    this.#paths.set(descriptor, path)
    ftruncateSync(descriptor, sizeBytes)
    writeSync(descriptor, bytes, 0, bytes.length, offset)
    return descriptor
  }
}
