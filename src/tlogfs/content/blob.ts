/**
 * Blobs: immutable objects named by the BLAKE3 of the bytes they hold (format.md sections 1 and 5). Names, places, damage.
 */
import { Schema } from "effect"

/** How a blob holds its bytes: as they are, as a seekable zstd file, or as the pairs of a hash tree. */
export type BlobKind = "raw" | "zst" | "obao"

/** What the name of a blob says. `generation` counts how often the same bytes were condemned and stored again. */
export interface BlobName {
  readonly hash: string
  readonly kind: BlobKind
  readonly generation: number
}

const NAME = /^([0-9a-f]{64})(?:\.([1-9][0-9]{0,8}))?(?:\.(zst|obao))?$/

/** Reads the name of a blob; `undefined` for text that is none (R11). */
export const parseBlobName = (name: string): BlobName | undefined => {
  const parts = NAME.exec(name)
  if (parts === null) return undefined
  return { hash: parts[1]!, kind: (parts[3] as BlobKind | undefined) ?? "raw", generation: Number(parts[2] ?? 0) }
}

/** Writes the name of a blob: a file name without directory. */
export const formatBlobName = ({ generation, hash, kind }: BlobName): string =>
  `${hash}${generation === 0 ? "" : `.${generation}`}${kind === "raw" ? "" : `.${kind}`}`

/** The key of a blob in the pond's store. */
export const blobKey = (name: string): string => `_blobs/${name.slice(0, 2)}/${name}`

/**
 * A blob is missing, cut short, or does not hold what its name says. `start` and `end` are the bytes of its content that cannot be
 * had, where they are known.
 */
export class BlobDamaged extends Schema.TaggedError<BlobDamaged>()("BlobDamaged", {
  blob: Schema.String,
  start: Schema.NullOr(Schema.Finite),
  end: Schema.NullOr(Schema.Finite),
  why: Schema.String
}) {
  override get message(): string {
    const range = this.start === null ? "" : `, bytes ${this.start} to ${this.end}`
    return `the blob ${this.blob}${range} is damaged: ${this.why}. Restore it from a copy of the pond`
  }
}
