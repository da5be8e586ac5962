/**
 * Writing a blob: its bytes stream into a staged object, its name follows from its hash at the end.
 *
 * Frames are compressed on the thread pool, several at once, and written in order; memory stays at a few MiB. A blob that exists
 * already is stored once. An existing object of the wrong length, left by a writer that died or by a damaged disk, never stands in
 * for it (F34): the bytes then go under the next generation of the name, as they do where the name is condemned.
 */
import { Effect, Option, type Scope } from "effect"
import { Hasher, toHex } from "../../bao/index.ts"
import type { StoreError } from "../../store/errors.ts"
import type { StagedObject, Store } from "../../store/ObjectStore.ts"
import { BlobDamaged, blobKey, type BlobKind, type BlobName, formatBlobName, parseBlobName } from "./blob.ts"
import { type BlobError, type BlobReader, readSeekTable } from "./blob-reader.ts"
import { Compressors } from "./compressors.ts"
import { FRAME_BYTES } from "./limits.ts"
import { SeekTable } from "./seekable.ts"

/** Frames that are compressed at the same time: one for each thread of the pool. */
const IN_FLIGHT = 4

/** Where blobs go. */
export interface BlobPlace {
  readonly store: Store
  /** Whether vacuum has condemned a name: such a name is never used again. */
  readonly isCondemned: (blob: string) => boolean
}

/** A blob being written. Used by one fiber at a time; when its scope closes unpublished, nothing is left. */
export interface BlobWriter {
  /**
   * Adds bytes, which must not change afterwards. Of a compressed blob these are the content of one frame: 1 MiB, only the last time
   * less.
   */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, StoreError>
  /** Names the blob by the hash of what was written, hex, and returns its name. The last thing done with it. */
  readonly publish: (hash: string) => Effect.Effect<string, BlobError>
}

/** What was written, to be compared with what is there. */
interface Written {
  readonly objectBytes: number
  readonly sizeBytes: number
}

/** What several blobs are written with. */
export interface BlobTools {
  readonly compressors: Compressors
  /** Told of bytes that were given to `write` and are not needed any more: they may be changed from then on. */
  readonly release: (bytes: Uint8Array) => void
}

/** Tools for blobs of a scope; `level` is that of zstd. */
export const makeBlobTools = (level: number, release: BlobTools["release"] = () => undefined) =>
  Effect.acquireRelease(
    Effect.sync((): BlobTools => ({ compressors: new Compressors(level), release })),
    ({ compressors }) => Effect.sync(() => compressors.close())
  )

/** Begins a blob. */
export const makeBlobWriter = (
  place: BlobPlace,
  kind: BlobKind,
  tools: BlobTools
): Effect.Effect<BlobWriter, StoreError, Scope.Scope> =>
  kind === "zst" ? makeCompressedWriter(place, tools) : makePlainWriter(place, kind, tools)

const makePlainWriter = Effect.fnUntraced(function* (
  place: BlobPlace,
  kind: "raw" | "obao",
  { release }: BlobTools
): Effect.fn.Return<BlobWriter, StoreError, Scope.Scope> {
  const staged = yield* place.store.stage
  let sizeBytes = 0
  return {
    write: (bytes) => {
      sizeBytes += bytes.length
      return Effect.map(staged.write(bytes), () => release(bytes))
    },
    publish: (hash) => publishBlob(place, staged, { hash, kind }, { objectBytes: sizeBytes, sizeBytes })
  }
})

const makeCompressedWriter = Effect.fnUntraced(function* (
  place: BlobPlace,
  { compressors, release }: BlobTools
): Effect.fn.Return<BlobWriter, StoreError, Scope.Scope> {
  const staged = yield* place.store.stage
  const pending: Array<{ readonly bytes: Uint8Array; readonly frame: Promise<Uint8Array> }> = []
  const lengths: Array<number> = []
  let sizeBytes = 0

  const writeNext = Effect.fnUntraced(function* () {
    const next = pending.shift()!
    const frame = yield* Effect.promise(() => next.frame)
    release(next.bytes)
    lengths.push(frame.length)
    yield* staged.write(frame)
  })

  return {
    write: Effect.fnUntraced(function* (bytes) {
      if (sizeBytes % FRAME_BYTES !== 0 || bytes.length > FRAME_BYTES) {
        return yield* Effect.die(new RangeError("a frame of a blob was not 1 MiB"))
      }
      sizeBytes += bytes.length
      const frame = compressors.compress(bytes)
      // Nobody may be waiting for it any more when it fails: an interrupted writer asks for none of its frames.
      frame.catch(() => undefined)
      pending.push({ bytes, frame })
      if (pending.length >= IN_FLIGHT) yield* writeNext()
    }),
    publish: Effect.fnUntraced(function* (hash) {
      while (pending.length > 0) yield* writeNext()
      const table = new SeekTable(lengths, sizeBytes)
      const end = table.encode()
      yield* staged.write(end)
      const objectBytes = table.compressedBytes + end.length
      return yield* publishBlob(place, staged, { hash, kind: "zst" }, { objectBytes, sizeBytes })
    })
  }
})

/** Whether the object under a blob's name can be that blob, as far as its length and seek table tell. */
const isSound = Effect.fnUntraced(function* (
  store: Store,
  blob: string,
  kind: BlobKind,
  found: number,
  written: Written
): Effect.fn.Return<boolean, BlobError> {
  if (found === written.objectBytes) return true
  if (kind !== "zst") return false
  // Another version of zstd may have made other frames of the same content.
  const { table } = yield* readSeekTable(store, blob)
  return typeof table !== "string" && table.sizeBytes === written.sizeBytes
})

/**
 * Publishes a staged object under the first generation of its name that is free, or that holds the same already. `absent` is a name that
 * was seen to be free: nothing is asked about it.
 */
export const publishBlob = Effect.fnUntraced(function* (
  place: BlobPlace,
  staged: StagedObject,
  { hash, kind }: Omit<BlobName, "generation">,
  written: Written,
  absent?: string
): Effect.fn.Return<string, BlobError> {
  const { store } = place
  const sizeNow = (blob: string) =>
    Effect.map(
      store.head(blobKey(blob)),
      Option.map((info) => info.sizeBytes)
    )
  for (let generation = 0; ; generation++) {
    const blob = formatBlobName({ hash, kind, generation })
    if (place.isCondemned(blob)) continue
    const before = blob === absent ? Option.none() : yield* sizeNow(blob)
    if (Option.isSome(before) && !(yield* isSound(store, blob, kind, before.value, written))) continue
    // Also where it exists: whoever wrote it may not have made its name durable yet (R3).
    if (yield* staged.publish(blobKey(blob))) return blob
    const after = Option.isSome(before) ? before : yield* sizeNow(blob)
    if (Option.isSome(after) && (yield* isSound(store, blob, kind, after.value, written))) return blob
    return yield* damaged(blob, "another writer gave its name to an object of another length just now")
  }
})

/**
 * Stores the bytes of a blob again, under the next generation of its name, because that was condemned; returns the new name. They are
 * checked against the name on the way.
 */
export const regenerateBlob = Effect.fnUntraced(function* (
  place: BlobPlace,
  reader: BlobReader,
  blob: string,
  level: number
): Effect.fn.Return<string, BlobError> {
  const name = parseBlobName(blob)
  if (name === undefined) return yield* damaged(blob, "its name is not that of a blob")
  const sizeBytes = yield* reader.sizeOf(blob)
  const hasher = new Hasher()
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const writer = yield* makeBlobWriter(place, name.kind, yield* makeBlobTools(level))
      for (let at = 0; at < sizeBytes; at += FRAME_BYTES) {
        const bytes = yield* reader.read(blob, { start: at, end: Math.min(sizeBytes, at + FRAME_BYTES) })
        hasher.update(bytes)
        yield* writer.write(bytes)
      }
      const hash = toHex(hasher.root())
      if (hash !== name.hash) return yield* damaged(blob, `its bytes hash to ${hash}`)
      return yield* writer.publish(hash)
    })
  )
})

const damaged = (blob: string, why: string): BlobDamaged => new BlobDamaged({ blob, start: null, end: null, why })
