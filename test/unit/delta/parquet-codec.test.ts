import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import { Malformed, Unsupported } from "../../../src/delta/errors.ts"
import { decompress } from "../../../src/delta/parquet-codec.ts"

const TEXT = Buffer.from("some text, some text, some text")
const ZEROS = new Uint8Array(1 << 20)
/** 31 literal bytes. */
const SNAPPY = Uint8Array.of(TEXT.length, (TEXT.length - 1) << 2, ...TEXT)

const PAGES: ReadonlyArray<readonly [string, Uint8Array]> = [
  ["UNCOMPRESSED", TEXT],
  ["ZSTD", zstdCompressSync(TEXT)],
  ["GZIP", gzipSync(TEXT)],
  ["BROTLI", brotliCompressSync(TEXT)],
  ["SNAPPY", SNAPPY]
]

describe("decompress", () => {
  it.each(PAGES)("%s gives the bytes", (codec, page) => {
    const into = new Uint8Array(TEXT.length)
    decompress(codec, page, into)
    expect(Buffer.from(into)).toEqual(TEXT)
  })

  it.each(PAGES)("%s gives exactly the declared size or nothing", (codec, page) => {
    for (const size of [0, TEXT.length - 1, TEXT.length + 1]) {
      expect(() => decompress(codec, page, new Uint8Array(size)), `${size}`).toThrow(Malformed)
    }
  })

  it.each([
    ["ZSTD", zstdCompressSync(ZEROS)],
    ["GZIP", gzipSync(ZEROS)],
    ["BROTLI", brotliCompressSync(ZEROS)]
  ])("%s stops at the declared size instead of filling memory (S11)", (codec, page) => {
    expect(() => decompress(codec, page, new Uint8Array(100))).toThrow(Malformed)
  })

  it("names a codec that cannot be read", () => {
    expect(() => decompress("LZO", TEXT, new Uint8Array(TEXT.length))).toThrow(Unsupported)
    expect(() => decompress("toString", TEXT, new Uint8Array(1))).toThrow(/toString/)
  })
})
