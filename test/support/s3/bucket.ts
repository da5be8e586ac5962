/**
 * One bucket: objects and uploads in memory, with S3's conditions and order of keys.
 */
import { createHash } from "node:crypto"

/** An object as the bucket keeps it. */
export interface Kept {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly modifiedMs: number
}

/** What a write may demand of the key. */
export interface Condition {
  readonly ifNoneMatch?: string | undefined
  readonly ifMatch?: string | undefined
}

interface Upload {
  readonly key: string
  readonly initiatedMs: number
  readonly parts: Map<number, Uint8Array>
}

const etagOf = (bytes: Uint8Array): string => `"${createHash("md5").update(bytes).digest("hex")}"`

/** The smallest part of an upload that is not the last. */
const PART_BYTES_MIN = 5 * 1024 * 1024

/** The state of one bucket. */
export class Bucket {
  readonly objects = new Map<string, Kept>()
  readonly uploads = new Map<string, Upload>()
  /** A server that does not know of conditions (F26). */
  isIgnoringConditions = false
  #uploads = 0

  /** Whether a condition holds for a key. */
  allows(key: string, { ifMatch, ifNoneMatch }: Condition): boolean {
    if (this.isIgnoringConditions) return true
    const there = this.objects.get(key)
    if (ifNoneMatch === "*" && there !== undefined) return false
    return ifMatch === undefined || there?.etag === ifMatch
  }

  /** Keeps an object; gives its ETag. */
  put(key: string, bytes: Uint8Array): string {
    const etag = etagOf(bytes)
    this.objects.set(key, { bytes, etag, modifiedMs: Math.floor(Date.now() / 1000) * 1000 })
    return etag
  }

  /** Begins an upload. */
  begin(key: string): string {
    const id = `upload-${++this.#uploads}`
    this.uploads.set(id, { key, initiatedMs: Date.now(), parts: new Map() })
    return id
  }

  /** The bytes of a completed upload, or the code of what is wrong with it. */
  assemble(id: string, numbers: ReadonlyArray<number>): Uint8Array | string {
    const upload = this.uploads.get(id)
    if (upload === undefined) return "NoSuchUpload"
    const parts = numbers.map((number) => upload.parts.get(number))
    if (parts.length === 0 || parts.some((part) => part === undefined)) return "InvalidPart"
    if (numbers.some((number, at) => at > 0 && number <= numbers[at - 1]!)) return "InvalidPartOrder"
    if (parts.slice(0, -1).some((part) => part!.length < PART_BYTES_MIN)) return "EntityTooSmall"
    return Buffer.concat(parts as Array<Uint8Array>)
  }

  /** Keys in the order of their UTF-8 bytes. */
  keys(): ReadonlyArray<string> {
    return [...this.objects.keys()].toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
  }
}
