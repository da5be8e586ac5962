/**
 * What a dry run would have written: objects with their bytes, or with hash and size once bytes would take too much memory (R8, R9).
 */
import { Hasher, hash } from "../../bao/hasher.ts"
import { concat } from "../bytes.ts"
import { compareKeys } from "../key.ts"
import type { ListedObject, ObjectInfo } from "../ObjectStore.ts"
import { isSelected } from "../selection.ts"
import type { Selection } from "../selection.ts"

/** A larger object never keeps its bytes. */
export const KEPT_OBJECT_BYTES_MAX = 8 * 1024 * 1024

/** Together objects keep at most so many bytes; the largest go first, so that log entries and indexes stay readable. */
export const KEPT_BYTES_MAX = 64 * 1024 * 1024

/** The content of a planned object: its bytes, or the BLAKE3 of bytes that were not kept. */
export type Content = { readonly bytes: Uint8Array } | { readonly hash: Uint8Array }

/** An object of the plan. */
export type Planned = ObjectInfo & { readonly content: Content }

/** The bytes of an object that grows: kept while it is small, and only hashed from then on. */
export class Draft {
  #parts: Array<Uint8Array> = []
  #hasher: Hasher | undefined
  #sizeBytes = 0

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Adds bytes. */
  write(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length
    if (this.#hasher === undefined && this.#sizeBytes > KEPT_OBJECT_BYTES_MAX) {
      this.#hasher = new Hasher()
      for (const part of this.#parts) this.#hasher.update(part)
      this.#parts = []
    }
    if (this.#hasher === undefined) this.#parts.push(bytes.slice())
    else this.#hasher.update(bytes)
  }

  /** Gives what is kept of the bytes. */
  content(): Content {
    return this.#hasher === undefined ? { bytes: concat(this.#parts) } : { hash: this.#hasher.root() }
  }
}

/** The objects of one dry run, and the keys it removed. */
export class Plan {
  /** `undefined`: removed. */
  readonly #objects = new Map<string, Planned | undefined>()
  readonly #kept = new Map<string, number>()
  #keptBytes = 0

  /** Tells whether the plan decides about a key: what the base holds under it no longer counts. */
  covers(key: string): boolean {
    return this.#objects.has(key)
  }

  /** Gives the planned object of a key. */
  get(key: string): Planned | undefined {
    return this.#objects.get(key)
  }

  /** Plans an object, new or instead of another. */
  set(key: string, object: Planned): void {
    this.#release(key)
    this.#objects.set(key, object)
    if (!("bytes" in object.content)) return
    this.#kept.set(key, object.sizeBytes)
    this.#keptBytes += object.sizeBytes
    if (this.#keptBytes > KEPT_BYTES_MAX) this.#forgetLargest()
  }

  /** Plans that a key is absent. */
  remove(key: string): void {
    this.#release(key)
    this.#objects.set(key, undefined)
  }

  /** Gives the selected objects of the plan, sorted. */
  list(selection: Selection): Array<ListedObject> {
    const listed: Array<ListedObject> = []
    for (const [key, object] of this.#objects) {
      if (object === undefined || !isSelected(key, selection)) continue
      listed.push({ key, sizeBytes: object.sizeBytes, modifiedMs: object.modifiedMs })
    }
    return listed.toSorted((left, right) => compareKeys(left.key, right.key))
  }

  #release(key: string): void {
    this.#keptBytes -= this.#kept.get(key) ?? 0
    this.#kept.delete(key)
  }

  /** Down to half of what is allowed, so that this is rare. */
  #forgetLargest(): void {
    const largestFirst = [...this.#kept].toSorted(([, left], [, right]) => right - left)
    for (const [key] of largestFirst) {
      if (this.#keptBytes <= KEPT_BYTES_MAX / 2) return
      const object = this.#objects.get(key)
      this.#release(key)
      if (object === undefined || !("bytes" in object.content)) continue
      this.#objects.set(key, { ...object, content: { hash: hash(object.content.bytes) } })
    }
  }
}
