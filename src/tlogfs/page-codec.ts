/**
 * How the pages of Pond's own Parquet files are compressed: zstd at level 1, in one step each.
 */
import { constants, zstdCompressSync } from "node:zlib"

const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 }

/** The least size of a buffer that `node:zlib` takes. */
const CHUNK_BYTES_MIN = 64

/** For writers of Parquet. */
export const pageCompressors = {
  ZSTD: (page: Uint8Array): Uint8Array =>
    zstdCompressSync(page, { params: LEVEL, chunkSize: Math.max(CHUNK_BYTES_MIN, page.length >> 1) })
}
