/**
 * Checking one content completely: every byte is read, every hash and every pair of its tree is made again.
 *
 * First in one pass over the bytes, as fast as they come. Only when these are not right are the groups looked at one by one. All damage
 * is reported, not the first. Packs, blobs that several contents share, are checked by themselves (`blob.ts`).
 */
import { Effect } from "effect"
import { PAIR_BYTES, stablePairs } from "../../../bao/index.ts"
import type { Damaged, PersistenceFailed } from "../../../tinyfs/index.ts"
import { parseBlobName } from "../blob.ts"
import type { BlobReader } from "../blob-reader.ts"
import type { BlobExtent, Extent } from "../extent.ts"
import { damageOf, failureOf, whyOfBlob } from "../failure.ts"
import type { ReadFailure, StoredContent } from "../stored.ts"
import { seekTableDamage } from "./blob.ts"
import { groupDamages } from "./groups.ts"
import { passOver } from "./pass.ts"
import type { Prefix } from "./prefixes.ts"

/** What checking a content found. */
export interface ContentReport {
  /** All damage; none: every byte and every pair is what the log says. */
  readonly damages: ReadonlyArray<Damaged>
  /** Prefixes that do not have their hash. */
  readonly wrongPrefixes: ReadonlyArray<Prefix>
  /** Bytes of the content that were read. */
  readonly readBytes: number
  /** Blobs that were read whole and hash to their names: they need no check of their own. */
  readonly soundBlobs: ReadonlyArray<string>
}

/** A blob that a content has for itself: the extent is all of it, by its name. */
const ownBlob = (extent: Extent): extent is BlobExtent =>
  extent.kind === "blob" && extent.blobOffset === 0 && parseBlobName(extent.blob)?.hash === extent.hash

/** Says what is wrong with a blob whose bytes, as far as the extent goes, are right. */
const ownBlobDamages = Effect.fnUntraced(function* (
  reader: BlobReader,
  { identity }: StoredContent,
  extent: BlobExtent
): Effect.fn.Return<ReadonlyArray<Damaged>, PersistenceFailed> {
  const failure = failureOf(reader.store.url, identity, null)
  const span = { start: extent.offset, end: extent.offset + extent.length }
  const checks = Effect.gen(function* () {
    const table = yield* seekTableDamage(reader, extent.blob)
    if (table.length > 0)
      return table.map((damage) => damageOf(identity, null, `${whyOfBlob(damage)}; its bytes are readable`))
    const sizeBytes = yield* reader.sizeOf(extent.blob)
    if (sizeBytes === extent.length) return []
    return [damageOf(identity, span, `the blob ${extent.blob} has ${sizeBytes} bytes where ${extent.length} belong`)]
  })
  return yield* checks.pipe(
    Effect.mapError(failure),
    Effect.catchTag("Damaged", (damaged) => Effect.succeed([damaged]))
  )
})

/** Says which blobs with pairs of the tree have another length: that of a missing one is noticed when it is read. */
const treeBlobDamages = Effect.fnUntraced(function* (
  reader: BlobReader,
  { identity, runs, sizeBytes }: StoredContent
): Effect.fn.Return<ReadonlyArray<Damaged>, ReadFailure> {
  const failure = failureOf(reader.store.url, identity, null)
  const damages: Array<Damaged> = []
  for (const run of yield* runs({ start: 0, end: stablePairs(sizeBytes) })) {
    if (!("blob" in run)) continue
    const found = yield* Effect.mapError(reader.sizeOf(run.blob), failure)
    if (found === run.count * PAIR_BYTES) continue
    const why = `the blob ${run.blob} with its hash tree has ${found} bytes where ${run.count * PAIR_BYTES} belong`
    damages.push(damageOf(identity, null, why))
  }
  return damages
})

const overlaps = (left: Damaged, right: Damaged): boolean =>
  left.start === null || right.start === null || (left.start < right.end! && right.start < left.end!)

/** Checks a content, and the hashes that its prefixes had, the shortest first. Fails only when the store does. */
export const fsckContent = Effect.fnUntraced(function* (
  reader: BlobReader,
  content: StoredContent,
  prefixes: ReadonlyArray<Prefix> = []
): Effect.fn.Return<ContentReport, PersistenceFailed> {
  const pass = yield* passOver(reader, content, prefixes)
  const damages: Array<Damaged> = []
  const soundBlobs: Array<string> = []
  for (const extent of pass.soundExtents) {
    if (!ownBlob(extent)) continue
    const found = yield* ownBlobDamages(reader, content, extent)
    damages.push(...found)
    if (found.length === 0) soundBlobs.push(extent.blob)
  }
  // A tree that cannot be looked up was reported with the bytes that it could not check.
  const trees = yield* Effect.catchTag(treeBlobDamages(reader, content), "Damaged", () => Effect.succeed([]))
  const report = (found: ReadonlyArray<Damaged>) => ({
    damages: [...found, ...damages, ...trees],
    wrongPrefixes: pass.wrongPrefixes,
    readBytes: pass.readBytes,
    soundBlobs
  })
  if (pass.isSound) return report(pass.damages)
  const groups = yield* groupDamages(reader, content)
  const others = pass.damages.filter((damage) => !groups.some((group) => overlaps(damage, group)))
  const found = [...groups, ...others]
  if (found.length > 0 || pass.isPruned) return report(found)
  return report([damageOf(content.identity, null, `its bytes do not hash to ${content.hash}`)])
})
