/**
 * Checking one blob completely: it is there, decompresses, and hashes to its name. For packs, which several contents share.
 */
import { Effect } from "effect"
import { Hasher, toHex } from "../../../bao/index.ts"
import type { StoreError } from "../../../store/errors.ts"
import { BlobDamaged, parseBlobName } from "../blob.ts"
import { type BlobReader, readSeekTable } from "../blob-reader.ts"
import { WINDOW_BYTES } from "../read.ts"

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
  for (let start = 0; start < sizeBytes; start += WINDOW_BYTES) {
    const bytes = yield* Effect.catchTag(
      reader.read(blob, { start, end: Math.min(sizeBytes, start + WINDOW_BYTES) }),
      "BlobDamaged",
      note
    )
    if (bytes === undefined) isWhole = false
    else hasher.update(bytes)
  }
  const hash = toHex(hasher.root())
  if (isWhole && hash !== name.hash) damages.push(damaged(blob, `its bytes hash to ${hash}`))
  return damages
})
