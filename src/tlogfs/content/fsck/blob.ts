/**
 * Checking one blob completely: it is there, decompresses, and hashes to its name. For packs, which several contents share.
 */
import { Effect, Stream } from "effect"
import { Hasher, toHex } from "../../../bao/index.ts"
import type { StoreError } from "../../../store/errors.ts"
import { BlobDamaged, parseBlobName } from "../blob.ts"
import { type BlobReader, readSeekTable } from "../blob-reader.ts"
import type { Span } from "../seekable.ts"
import type { Unpacked } from "../threads/unpack.ts"
import { WINDOW_BYTES } from "../window.ts"
import { stridesOver, SUBTREE_LEVEL, WINDOWS, windowsIn } from "./windows.ts"

const damaged = (blob: string, why: string): BlobDamaged => new BlobDamaged({ blob, start: null, end: null, why })

/** Says what is wrong with the seek table of a compressed blob. Its content may be readable all the same. */
export const seekTableDamage = Effect.fnUntraced(function* (
  reader: BlobReader,
  blob: string
): Effect.fn.Return<ReadonlyArray<BlobDamaged>, StoreError> {
  if (parseBlobName(blob)?.kind !== "zst") return []
  return yield* readSeekTable(reader.store, blob).pipe(
    Effect.map(({ table }) => (typeof table === "string" ? [damaged(blob, table)] : [])),
    Effect.catchTag("BlobDamaged", (damage) => Effect.succeed([damage]))
  )
})

/** What a window of a blob came to: its bytes, or what each MiB of them hashes to when more follows them, or damage. */
type Fetched = Uint8Array | ReadonlyArray<Unpacked> | BlobDamaged

const fetchWindow = Effect.fnUntraced(function* (reader: BlobReader, blob: string, window: Span, sizeBytes: number) {
  const wanted = { offset: window.start, wantsBytes: false, wantsPairs: false, aheadBytes: sizeBytes - window.end }
  const unpacked = window.end < sizeBytes ? yield* reader.unpack(blob, window, wanted) : undefined
  return unpacked ?? (yield* reader.read(blob, window))
})

/** Fetches several windows at once; where there is damage, each by itself, to tell which of them it is in. */
const fetchStride = (
  reader: BlobReader,
  blob: string,
  stride: Span,
  sizeBytes: number
): Effect.Effect<ReadonlyArray<Fetched>, StoreError> =>
  fetchWindow(reader, blob, stride, sizeBytes).pipe(
    Effect.map((fetched): ReadonlyArray<Fetched> => [fetched]),
    Effect.catchTag("BlobDamaged", (damage) =>
      stride.end - stride.start <= WINDOW_BYTES
        ? Effect.succeed([damage])
        : Effect.forEach(windowsIn(stride), (window) =>
            Effect.catchTag(fetchWindow(reader, blob, window, sizeBytes), "BlobDamaged", Effect.succeed)
          )
    )
  )

/** Reads all of a blob, and reports every damage found. */
export const fsckBlob = Effect.fnUntraced(function* (
  reader: BlobReader,
  blob: string
): Effect.fn.Return<ReadonlyArray<BlobDamaged>, StoreError> {
  const damages: Array<BlobDamaged> = []
  const note = (damage: BlobDamaged) => Effect.sync(() => void damages.push(damage))
  const name = parseBlobName(blob)
  if (name === undefined) return [damaged(blob, "its name is not that of a blob")]
  damages.push(...(yield* seekTableDamage(reader, blob)))
  const hasher = new Hasher()
  let isWhole = true
  const sizeBytes = yield* reader
    .sizeOf(blob)
    .pipe(Effect.catchTag("BlobDamaged", (damage) => Effect.as(damages.length === 0 ? note(damage) : Effect.void, -1)))
  if (sizeBytes === -1) return damages
  yield* Stream.fromIterable(stridesOver(sizeBytes), { chunkSize: 1 }).pipe(
    // Damage is told in the order of the bytes, whichever window comes first.
    Stream.mapEffect((stride) => fetchStride(reader, blob, stride, sizeBytes), { concurrency: WINDOWS }),
    Stream.flattenIterable,
    Stream.runForEach((fetched) =>
      Effect.sync(() => {
        if (fetched instanceof BlobDamaged) {
          damages.push(fetched)
          isWhole = false
        }
        if (fetched instanceof BlobDamaged || !isWhole) return
        if (fetched instanceof Uint8Array) hasher.update(fetched)
        else for (const { cv, pairs } of fetched) hasher.addSubtree(cv, SUBTREE_LEVEL, pairs)
      })
    )
  )
  const hash = toHex(hasher.root())
  if (isWhole && hash !== name.hash) damages.push(damaged(blob, `its bytes hash to ${hash}`))
  return damages
})
