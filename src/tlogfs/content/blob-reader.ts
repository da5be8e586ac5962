/**
 * Reading ranges of blobs, compressed or not. Not verified: whoever asks checks what comes (R4).
 *
 * Seek tables, frames and pages of hash trees that were read last are kept, so that reading on, or nearby, costs one decompression
 * for each MiB. A blob whose seek table is damaged is read by walking its frames. Memory is bounded whatever is read: 16 frames of
 * 1 MiB, 128 seek tables of 4 KiB, 128 pages of 16 KiB.
 */
import { Cache, Duration, Effect, Exit } from "effect"
import type { ObjectMissing, ObjectRangeOutside, StoreError } from "../../store/errors.ts"
import type { Store } from "../../store/ObjectStore.ts"
import { BlobDamaged, blobKey, parseBlobName } from "./blob.ts"
import { join } from "./bytes.ts"
import { decompressFrame, findFrame } from "./frame.ts"
import { FRAME_BYTES } from "./limits.ts"
import { COMPRESSED_FRAME_BYTES_MAX, parseSeekTable, SEEK_TABLE_BYTES_MAX, SeekTable, type Span } from "./seekable.ts"
import { ThreadLost, Unpacking } from "./threads/crew.ts"
import { type Packed, type Unpacked, unpackHere, type Wanted } from "./threads/unpack.ts"

const FRAMES_KEPT = 16
const TABLES_KEPT = 128
const PAGES_KEPT = 128

/** Bytes of a hash tree that are fetched together: what 4 MiB of content need. */
const PAGE_BYTES = 16 * 1024

/** Bytes read at a time while frames are looked for. */
const WALK_BYTES = 4 * COMPRESSED_FRAME_BYTES_MAX

/** What reading a blob can fail with. */
export type BlobError = BlobDamaged | StoreError

/** Reads blobs of one store. */
export interface BlobReader {
  readonly store: Store
  /** Reads bytes of a blob's content, which for a compressed blob is what its frames hold. They must not be changed. */
  readonly read: (blob: string, span: Span) => Effect.Effect<Uint8Array, BlobError>
  /** As `read`, for hash trees of `sizeBytes`, by pages that are kept. */
  readonly readPaged: (blob: string, sizeBytes: number, span: Span) => Effect.Effect<Uint8Array, BlobError>
  /** Reads bytes of a blob's content and hashes each MiB of them, beside this thread; `undefined` when they are not whole frames. */
  readonly unpack: (
    blob: string,
    span: Span,
    wanted: Wanted
  ) => Effect.Effect<ReadonlyArray<Unpacked> | undefined, BlobError>
  /** How many bytes of content a blob holds. */
  readonly sizeOf: (blob: string) => Effect.Effect<number, BlobError>
}

/** What the store says about an object that should be there, as damage of the blob. */
const damageOf =
  (blob: string) =>
  (error: ObjectMissing | ObjectRangeOutside | StoreError): BlobError => {
    if (error._tag === "ObjectMissing") return new BlobDamaged({ blob, start: null, end: null, why: "it is missing" })
    if (error._tag !== "ObjectRangeOutside") return error
    const why = `its object was cut short: it has ${error.sizeBytes} bytes, and bytes ${error.start} to ${error.end} are needed`
    return new BlobDamaged({ blob, start: null, end: null, why })
  }

const fetchRange = (store: Store, blob: string, span: Span | { readonly last: number }) =>
  Effect.mapError(store.getRange(blobKey(blob), span), damageOf(blob))

const objectBytes = Effect.fnUntraced(function* (store: Store, blob: string): Effect.fn.Return<number, BlobError> {
  const info = yield* store.head(blobKey(blob))
  if (info._tag === "Some") return info.value.sizeBytes
  // A read says why, where there is more to say than that it is missing.
  yield* fetchRange(store, blob, { last: 1 })
  return yield* new BlobDamaged({ blob, start: null, end: null, why: "it is missing" })
})

/** Reads the seek table of a compressed blob; `why` not, when it is damaged. */
export const readSeekTable = Effect.fnUntraced(function* (
  store: Store,
  blob: string
): Effect.fn.Return<{ readonly table: SeekTable | string; readonly objectBytes: number }, BlobError> {
  const sizeBytes = yield* objectBytes(store, blob)
  const start = Math.max(0, sizeBytes - SEEK_TABLE_BYTES_MAX)
  const tail = yield* fetchRange(store, blob, { start, end: sizeBytes })
  return { table: parseSeekTable(tail, sizeBytes), objectBytes: sizeBytes }
})

/** Finds the frames of a blob without its seek table: all up to the first one that is damaged or cut short. */
const walkFrames = Effect.fnUntraced(function* (
  store: Store,
  blob: string,
  fileBytes: number
): Effect.fn.Return<SeekTable, BlobError> {
  const lengths: Array<number> = []
  let sizeBytes = 0
  let window: Uint8Array = new Uint8Array(0)
  let windowStart = 0
  for (let at = 0; at < fileBytes;) {
    if (windowStart + window.length < Math.min(fileBytes, at + COMPRESSED_FRAME_BYTES_MAX)) {
      windowStart = at
      window = yield* fetchRange(store, blob, { start: at, end: Math.min(fileBytes, at + WALK_BYTES) })
    }
    const found = findFrame(window, at - windowStart)
    if (found === undefined || sizeBytes % FRAME_BYTES !== 0) break
    lengths.push(found.lengthBytes)
    sizeBytes += found.sizeBytes
    at += found.lengthBytes
  }
  return new SeekTable(lengths, sizeBytes)
})

/** Failures are not kept: what failed may succeed when it is asked for again. */
const kept = (capacity: number) => ({
  capacity,
  timeToLive: (exit: Exit.Exit<unknown, unknown>) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero)
})

const frameKey = (blob: string, frame: number): string => `${blob}/${frame}`
const pageKey = (blob: string, { end, start }: Span): string => `${blob}/${start}/${end}`

/** Makes `unpack`, given where the frames of blobs are. */
const unpackOf = (store: Store, tableOf: (blob: string) => Effect.Effect<SeekTable, BlobError>): BlobReader["unpack"] =>
  Effect.fnUntraced(function* (blob, span, wanted) {
    const isCompressed = parseBlobName(blob)?.kind === "zst"
    const frames = isCompressed ? (yield* tableOf(blob)).framesOf(span) : [span]
    if (frames === undefined) return undefined
    const place = { start: frames[0]!.start, end: frames.at(-1)!.end }
    const frameEnds = isCompressed ? { frameEnds: frames.map(({ end }) => end - place.start) } : {}
    const packed = (bytes: Uint8Array): Packed => ({
      ...wanted,
      ...frameEnds,
      bytes,
      sizeBytes: span.end - span.start
    })
    const failed = (cause: unknown): BlobDamaged => undecompressable(blob, span, cause)
    const fetched = fetchRange(store, blob, place)
    const unpacker = yield* Unpacking
    return yield* Effect.flatMap(fetched, (bytes) =>
      Effect.tryPromise({
        try: () => unpacker.unpack(packed(bytes)),
        catch: (cause) => (cause instanceof ThreadLost ? cause : failed(cause))
      })
    ).pipe(
      Effect.catchTag("ThreadLost", () =>
        Effect.flatMap(fetched, (bytes) => Effect.tryPromise({ try: () => unpackHere(packed(bytes)), catch: failed }))
      )
    )
  })

/** Makes a reader of the blobs of a store, with nothing kept yet. */
export const makeBlobReader = Effect.fnUntraced(function* (store: Store): Effect.fn.Return<BlobReader> {
  const tables = yield* Cache.makeWith(
    Effect.fnUntraced(function* (blob: string): Effect.fn.Return<SeekTable, BlobError> {
      const { objectBytes, table } = yield* readSeekTable(store, blob)
      return typeof table === "string" ? yield* walkFrames(store, blob, objectBytes) : table
    }),
    kept(TABLES_KEPT)
  )

  const frames = yield* Cache.makeWith(
    Effect.fnUntraced(function* (key: string): Effect.fn.Return<Uint8Array, BlobError> {
      const [blob, index] = key.split("/") as [string, string]
      const table = yield* Cache.get(tables, blob)
      const compressed = yield* fetchRange(store, blob, table.compressedOf(Number(index)))
      const { end, start } = table.contentOf(Number(index))
      return yield* Effect.tryPromise({
        try: () => decompressFrame(compressed, end - start),
        catch: (cause) => undecompressable(blob, { start, end }, cause)
      })
    }),
    kept(FRAMES_KEPT)
  )

  const pages = yield* Cache.makeWith((key: string) => {
    const [blob, start, end] = key.split("/") as [string, string, string]
    return fetchRange(store, blob, { start: Number(start), end: Number(end) })
  }, kept(PAGES_KEPT))

  const readCompressed = Effect.fnUntraced(function* (blob: string, span: Span) {
    const { sizeBytes } = yield* Cache.get(tables, blob)
    if (span.end > sizeBytes) {
      const why = `only the first ${sizeBytes} bytes of it can be found`
      return yield* new BlobDamaged({ blob, start: sizeBytes, end: span.end, why })
    }
    const parts: Array<Uint8Array> = []
    for (const part of partsOf(span, FRAME_BYTES)) {
      const frame = yield* Cache.get(frames, frameKey(blob, part.index))
      parts.push(frame.subarray(part.start, part.end))
    }
    return join(parts)
  })

  return {
    store,
    unpack: unpackOf(store, (blob) => Cache.get(tables, blob)),
    read: (blob, span) => {
      if (span.start === span.end) return Effect.succeed(new Uint8Array(0))
      return parseBlobName(blob)?.kind === "zst" ? readCompressed(blob, span) : fetchRange(store, blob, span)
    },
    readPaged: Effect.fnUntraced(function* (blob, sizeBytes, span) {
      const parts: Array<Uint8Array> = []
      for (const part of partsOf(span, PAGE_BYTES)) {
        const start = part.index * PAGE_BYTES
        const page = yield* Cache.get(pages, pageKey(blob, { start, end: Math.min(sizeBytes, start + PAGE_BYTES) }))
        parts.push(page.subarray(part.start, part.end))
      }
      return join(parts)
    }),
    sizeOf: (blob) =>
      parseBlobName(blob)?.kind === "zst"
        ? Effect.map(Cache.get(tables, blob), ({ sizeBytes }) => sizeBytes)
        : objectBytes(store, blob)
  }
})

/** Cuts a span at multiples of `unit`; `start` and `end` count from where the unit begins. */
function* partsOf(span: Span, unit: number): Generator<Span & { readonly index: number }> {
  for (let at = span.start; at < span.end;) {
    const index = Math.floor(at / unit)
    const end = Math.min(span.end, (index + 1) * unit)
    yield { index, start: at - index * unit, end: end - index * unit }
    at = end
  }
}

const undecompressable = (blob: string, { end, start }: Span, cause: unknown): BlobDamaged => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new BlobDamaged({ blob, start, end, why: `it cannot be decompressed: ${reason}` })
}
