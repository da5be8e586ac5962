/**
 * Contents of a pond: written as extents, inline or in blobs, with their hash trees; read verified; checked.
 */
export { BlobDamaged, blobKey, type BlobKind, type BlobName, formatBlobName, parseBlobName } from "./blob.ts"
export { type BlobError, type BlobReader, makeBlobReader } from "./blob-reader.ts"
export { type BlobPlace, regenerateBlob } from "./blob-writer.ts"
export type { BlobExtent, Extent, InlineExtent, PrunedExtent } from "./extent.ts"
export { type ExtentsStart, type ExtentsWriter, makeExtentsWriter } from "./extents-writer.ts"
export { FrameBuffer } from "./frames.ts"
export { fsckBlob } from "./fsck/blob.ts"
export { type ContentReport, fsckContent } from "./fsck/content.ts"
export { type ContentLimits, DEFAULT_LIMITS, FRAME_BYTES } from "./limits.ts"
export type { OutboardParts, OutboardRow, PairRun } from "./outboard.ts"
export { type Batch, makeBatch } from "./packs.ts"
export { readContent } from "./read.ts"
export { contentOfRows, type InlineContents, physicalRows } from "./rows.ts"
export { type ContentIdentity, contentInMemory, type ReadFailure, type StoredContent } from "./stored.ts"
export {
  type AppendState,
  type Base,
  stageContent,
  type StagedContent,
  type StageRequest,
  type StagingWriter
} from "./writer.ts"
