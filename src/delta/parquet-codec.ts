/**
 * Decompression of Parquet pages, with a cap: a page never grows beyond the size its header declares, which was checked before (S11).
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib"
import { snappyUncompress } from "hyparquet"
import { Malformed, reasonOf, Unsupported } from "./errors.ts"

/** Fills `into` with the decompressed page. Throws when the input is damaged or larger. */
type Decompressor = (page: Uint8Array, into: Uint8Array) => void

const whole =
  (decompress: (page: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array): Decompressor =>
  (page, into) => {
    const bytes = decompress(page, { maxOutputLength: Math.max(1, into.length) })
    if (bytes.length !== into.length) throw new Error(`${bytes.length} of ${into.length} bytes`)
    into.set(bytes)
  }

/** The least size of a buffer that `node:zlib` takes. */
const CHUNK_BYTES_MIN = 64

/** In one step, into a buffer that has one byte more than is needed: so the end is reached. */
const zstd = (page: Uint8Array, { maxOutputLength }: { readonly maxOutputLength: number }): Uint8Array =>
  zstdDecompressSync(page, { maxOutputLength, chunkSize: Math.max(CHUNK_BYTES_MIN, maxOutputLength + 1) })

const DECOMPRESSORS: ReadonlyMap<string, Decompressor> = new Map<string, Decompressor>([
  ["UNCOMPRESSED", whole((page) => page)],
  ["ZSTD", whole(zstd)],
  ["GZIP", whole(gunzipSync)],
  ["BROTLI", whole(brotliDecompressSync)],
  ["SNAPPY", snappyUncompress]
])

/** Fills `into` with a page. Throws `Unsupported` for a codec that cannot be read, `Malformed` when the sizes do not agree. */
export const decompress = (codec: string, page: Uint8Array, into: Uint8Array): void => {
  const decompressor = DECOMPRESSORS.get(codec)
  if (decompressor === undefined) throw new Unsupported(`Parquet pages compressed by ${codec}`)
  try {
    decompressor(page, into)
  } catch (cause) {
    throw new Malformed(`a page cannot be decompressed by ${codec} (${reasonOf(cause)})`)
  }
}
