/**
 * How large the parts of stored contents may become (format.md section 5), and how they are compressed.
 */

/** Bytes of content in one zstd frame of a blob: the unit of compression, and of reading a part of a blob. */
export const FRAME_BYTES = 1024 * 1024

/** The most bytes of content in one extent, and so in one blob. */
export const EXTENT_BYTES_MAX = 1024 * FRAME_BYTES

/** The most bytes of stable pairs kept in a row; more are a blob of their own. */
export const ROW_PAIRS_BYTES_MAX = 64 * 1024

/** Bounds that a pond's settings may move. */
export interface ContentLimits {
  /** The most bytes of one extent that are kept in its row. */
  readonly inlineBytes: number
  /** The most bytes of all rows of one transaction. */
  readonly inlineTotalBytes: number
  /** Extents up to this size share blobs, packs, with others of their transaction. */
  readonly memberBytes: number
  /** The most bytes of a pack. */
  readonly packBytes: number
  /** The most bytes of one extent: a multiple of `FRAME_BYTES`, at most `EXTENT_BYTES_MAX`. */
  readonly extentBytes: number
  /** The level of zstd, 1 to 22. */
  readonly compressionLevel: number
}

/** The bounds of format.md; level 1 is both faster and, on logs, smaller than level 3. */
export const DEFAULT_LIMITS: ContentLimits = {
  inlineBytes: 64 * 1024,
  inlineTotalBytes: 8 * 1024 * 1024,
  memberBytes: 4 * 1024 * 1024,
  packBytes: 64 * 1024 * 1024,
  extentBytes: EXTENT_BYTES_MAX,
  compressionLevel: 1
}
