/**
 * Carrying blobs to another store: as they are stored, checked against their names on the way, and only those that are missing (R4).
 */
import { Effect, Option, Semaphore, Stream } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import { concat } from "../../store/bytes.ts"
import type { StoreError } from "../../store/errors.ts"
import type { StagedObject, Store } from "../../store/ObjectStore.ts"
import type { ByteRange } from "../../store/range.ts"
import { BlobDamaged, blobKey, parseBlobName } from "../content/blob.ts"
import type { BlobError } from "../content/blob-reader.ts"
import { type BlobPlace, publishBlob } from "../content/blob-writer.ts"
import { decompressFrame } from "../content/frame.ts"
import { parseSeekTable } from "../content/seekable.ts"

/** Bytes of frames that are fetched together. */
const FETCH_BYTES = 4 * 1024 * 1024
/** Blobs on their way at the same time. */
const BLOBS_AT_ONCE = 4
/** Blobs that are looked for at the same time, where none is carried. */
const LOOKS_AT_ONCE = 16
/** More blobs than this are looked up by a list rather than one by one. */
const LIST_FROM = 16
/** A blob that is not larger is sent on condition that it is not there, rather than looked up first. */
const UNASKED_BYTES_MAX = 256 * 1024

/** What was carried. */
export interface CarriedBlobs {
  readonly blobs: number
  /** Bytes as stored. */
  readonly bytes: number
}

const damaged = (blob: string, why: string): BlobDamaged => new BlobDamaged({ blob, start: null, end: null, why })

const missing = (blob: string): BlobDamaged => damaged(blob, "it is missing")

/** Copies the object of a blob into a staged one; gives the hash of its content, and both sizes. */
const copyPlain = (source: Store, blob: string, write: (bytes: Uint8Array) => Effect.Effect<void, StoreError>) =>
  Effect.gen(function* () {
    const hasher = new Hasher()
    let sizeBytes = 0
    yield* source.stream(blobKey(blob)).pipe(
      Stream.runForEach((chunk) => {
        hasher.update(chunk)
        sizeBytes += chunk.length
        return write(chunk)
      }),
      Effect.catchTags({
        ObjectMissing: () => missing(blob),
        // The whole object always lies inside itself: a range error here is a bug.
        ObjectRangeOutside: Effect.die
      })
    )
    return { hash: toHex(hasher.root()), objectBytes: sizeBytes, sizeBytes }
  })

/** Reads ranges of a blob's object: its end is fetched at once, and serves all that lies in it. A small object is one request (R9). */
const openObject = Effect.fnUntraced(function* (source: Store, blob: string) {
  const key = blobKey(blob)
  const ask = (range: ByteRange): Effect.Effect<Uint8Array, BlobError> =>
    source.getRange(key, range).pipe(
      Effect.catchTags({
        ObjectMissing: () => missing(blob),
        ObjectRangeOutside: () => damaged(blob, "its object was cut short")
      })
    )
  const tail = yield* ask({ last: FETCH_BYTES })
  const info = tail.length < FETCH_BYTES ? undefined : Option.getOrUndefined(yield* source.head(key))
  const sizeBytes = info?.sizeBytes ?? tail.length
  const tailStart = sizeBytes - tail.length
  const fetch = (start: number, end: number): Effect.Effect<Uint8Array, BlobError> => {
    if (start >= tailStart) return Effect.succeed(tail.subarray(start - tailStart, end - tailStart))
    if (end <= tailStart) return ask({ start, end })
    return Effect.map(ask({ start, end: tailStart }), (bytes) => concat([bytes, tail.subarray(0, end - tailStart)]))
  }
  return { sizeBytes, tail, fetch }
})

const copyCompressed = (source: Store, blob: string, write: (bytes: Uint8Array) => Effect.Effect<void, StoreError>) =>
  Effect.gen(function* () {
    const { fetch, sizeBytes: objectBytes, tail } = yield* openObject(source, blob)
    const table = parseSeekTable(tail, objectBytes)
    if (typeof table === "string") return yield* damaged(blob, table)
    const hasher = new Hasher()
    for (let frame = 0; frame < table.frames;) {
      const { start } = table.compressedOf(frame)
      let next = frame + 1
      while (next < table.frames && table.compressedOf(next).end - start <= FETCH_BYTES) next++
      const bytes = yield* fetch(start, table.compressedOf(next - 1).end)
      const frames = Array.from({ length: next - frame }, (_, at) => frame + at)
      const contents = yield* Effect.forEach(
        frames,
        (one) => {
          const place = table.compressedOf(one)
          const span = table.contentOf(one)
          return Effect.tryPromise({
            try: () => decompressFrame(bytes.subarray(place.start - start, place.end - start), span.end - span.start),
            catch: (cause) => damaged(blob, cause instanceof Error ? cause.message : String(cause))
          })
        },
        { concurrency: 4 }
      )
      for (const content of contents) hasher.update(content)
      yield* write(bytes)
      frame = next
    }
    yield* write(yield* fetch(table.compressedBytes, objectBytes))
    return { hash: toHex(hasher.root()), objectBytes, sizeBytes: table.sizeBytes }
  })

/** Copies the object of a blob into a staged one, checked against its name. */
const stageBlob = Effect.fnUntraced(function* (source: Store, staged: StagedObject, blob: string) {
  const name = parseBlobName(blob)
  if (name === undefined) return yield* damaged(blob, "its name is not that of a blob")
  const copied = yield* (name.kind === "zst" ? copyCompressed : copyPlain)(source, blob, staged.write)
  return copied.hash === name.hash ? { name, copied } : yield* damaged(blob, `its bytes hash to ${copied.hash}`)
})

/** Writes a blob of `target` again from `source`, in place of what is there under its name. Gives how many bytes that took. */
export const rewriteBlob = (source: Store, target: Store, blob: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const staged = yield* target.stage
      const { copied } = yield* stageBlob(source, staged, blob)
      yield* target.delete(blobKey(blob))
      yield* staged.publish(blobKey(blob))
      return copied.objectBytes
    })
  )

/**
 * Copies one blob, which is not there, and gives the name it has there: another generation where its own name is condemned. What is damaged in
 * the source is an answer: what else fails, fails.
 */
const copyBlob = (source: Store, place: BlobPlace, blob: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const staged = yield* place.store.stage
      const read = yield* stageBlob(source, staged, blob).pipe(
        Effect.catchTag("BlobDamaged", (damage) => Effect.succeed(damage))
      )
      if (read instanceof BlobDamaged) return read
      const { copied, name } = read
      return { name: yield* publishBlob(place, staged, name, copied, blob), bytes: copied.objectBytes }
    })
  )

/** What copying a blob would come to, as far as the list of the source tells. */
const measureBlob = (source: Store, blob: string) =>
  Effect.map(source.head(blobKey(blob)), (found) =>
    Option.isSome(found) ? { name: blob, bytes: found.value.sizeBytes } : missing(blob)
  )

/** How blobs are carried. */
export interface CarrierOptions {
  /** What is damaged in the source stays there, and is told; otherwise it fails. */
  readonly isSparing?: boolean | undefined
  /** Nothing is carried: only told is what would be. */
  readonly isMeasuring?: boolean | undefined
}

/** What became of blobs that were to be carried. */
export interface Arrived {
  /** The names that they have in the target. */
  readonly names: ReadonlyMap<string, string>
  /** Those that are damaged or missing in the source, and why. */
  readonly damaged: ReadonlyMap<string, string>
}

/** Carries blobs from one store to another, remembering what is there. */
export class BlobCarrier {
  readonly #source: Store
  readonly #place: BlobPlace
  readonly #options: CarrierOptions
  readonly #damaged = new Map<string, string>()
  /** What is in the target under which name. */
  readonly #known = new Map<string, string>()
  readonly #listing = Semaphore.makeUnsafe(1)
  #isListed = false
  #carried: CarriedBlobs = { blobs: 0, bytes: 0 }

  constructor(source: Store, place: BlobPlace, options: CarrierOptions) {
    this.#source = source
    this.#place = place
    this.#options = options
  }

  /** What was carried so far. */
  get carried(): CarriedBlobs {
    return this.#carried
  }

  /** What was damaged in the source so far, and why. */
  get damaged(): ReadonlyMap<string, string> {
    return this.#damaged
  }

  /** Sees to it that blobs are in the target. */
  carry(blobs: Iterable<string>): Effect.Effect<Arrived, BlobError> {
    return Effect.gen({ self: this }, function* () {
      const all = [...blobs]
      const unknown = all.filter((blob) => !this.#known.has(blob) && !this.#damaged.has(blob))
      if (unknown.length >= LIST_FROM) yield* this.#listing.withPermit(this.#list())
      const concurrency = this.#options.isMeasuring === true ? LOOKS_AT_ONCE : BLOBS_AT_ONCE
      yield* Effect.forEach(unknown, (blob) => this.#one(blob), { concurrency, discard: true })
      const among = (some: ReadonlyMap<string, string>) =>
        new Map(all.flatMap((blob) => (some.has(blob) ? [[blob, some.get(blob)!] as const] : [])))
      return { names: among(this.#known), damaged: among(this.#damaged) }
    })
  }

  #list() {
    return Effect.suspend(() => {
      if (this.#isListed) return Effect.void
      this.#isListed = true
      return Stream.runForEach(this.#place.store.list("_blobs/"), ({ key }) =>
        Effect.sync(() => {
          const blob = key.slice(key.lastIndexOf("/") + 1)
          if (!this.#place.isCondemned(blob)) this.#known.set(blob, blob)
        })
      )
    })
  }

  /** Whether a blob is in the target, as far as a request for it is worth asking. */
  #isThere(blob: string) {
    return Effect.gen({ self: this }, function* () {
      if (this.#isListed || this.#place.isCondemned(blob)) return false
      const isCheap = this.#place.store.capabilities.remote && !this.#source.capabilities.remote
      const own = isCheap ? yield* this.#source.head(blobKey(blob)) : Option.none()
      if (Option.isSome(own) && own.value.sizeBytes <= UNASKED_BYTES_MAX) return false
      return Option.isSome(yield* this.#place.store.head(blobKey(blob)))
    })
  }

  #one(blob: string) {
    return Effect.gen({ self: this }, function* () {
      if (this.#known.has(blob)) return
      if (yield* this.#isThere(blob)) return void this.#known.set(blob, blob)
      const copy: Effect.Effect<Effect.Success<ReturnType<typeof copyBlob>>, BlobError> = this.#options.isMeasuring ===
      true
        ? measureBlob(this.#source, blob)
        : copyBlob(this.#source, this.#place, blob)
      const first = yield* copy
      // A moment of the network is no damage: twice is.
      const copied = first instanceof BlobDamaged ? yield* copy : first
      if (copied instanceof BlobDamaged) {
        if (this.#options.isSparing !== true) return yield* copied
        return void this.#damaged.set(blob, copied.why)
      }
      const { bytes, name } = copied
      this.#known.set(blob, name)
      this.#carried = { blobs: this.#carried.blobs + 1, bytes: this.#carried.bytes + bytes }
    })
  }
}
