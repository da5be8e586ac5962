/**
 * Decompression of Parquet pages, with a cap: a page may never grow beyond the size its header declares, which was checked before.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib"
import { snappyUncompress } from "hyparquet"
import { Unsupported } from "./errors.ts"

/** Decompresses one page to exactly `sizeBytes`. Throws when the input is damaged or larger. */
export type Decompressor = (page: Uint8Array, sizeBytes: number) => Uint8Array

/** In a buffer of its own: a lying length inside the page must end at its end, not in foreign memory. */
const own = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

const capped = (sizeBytes: number) => ({ maxOutputLength: Math.max(1, sizeBytes) })

const SUPPORTED: Readonly<Record<string, Decompressor>> = {
  ZSTD: (page, sizeBytes) => own(zstdDecompressSync(page, capped(sizeBytes))),
  GZIP: (page, sizeBytes) => own(gunzipSync(page, capped(sizeBytes))),
  BROTLI: (page, sizeBytes) => own(brotliDecompressSync(page, capped(sizeBytes))),
  SNAPPY: (page, sizeBytes) => {
    const output = new Uint8Array(sizeBytes)
    snappyUncompress(page, output)
    return output
  }
}

/** The decompressors by Parquet's names. */
export const decompressors = SUPPORTED

/** Throws `Unsupported` for a codec that cannot be read. */
export const requireCodec = (codec: string): void => {
  if (codec !== "UNCOMPRESSED" && !Object.hasOwn(SUPPORTED, codec)) {
    throw new Unsupported(`Parquet pages compressed by ${codec}`)
  }
}
