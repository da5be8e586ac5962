import { gzipSync, zstdCompressSync } from "node:zlib"
import { expect, it } from "vitest"
import { isCompressible } from "../../../../src/tlogfs/content/compressible.ts"
import { noise } from "../../../support/bao/content.ts"
import { logs } from "../../../support/tlogfs/contents.ts"

it("compresses logs, zeros and text, however short", () => {
  for (const sample of [logs(1024 * 1024), logs(70_000), logs(2_000), new Uint8Array(100_000)]) {
    expect(isCompressible(sample)).toBe(true)
  }
})

it("leaves alone what does not shrink, and what is compressed already", () => {
  expect(isCompressible(noise(1024 * 1024))).toBe(false)
  expect(isCompressible(noise(70_000))).toBe(false)
  expect(isCompressible(gzipSync(logs(300_000)))).toBe(false)
  expect(isCompressible(zstdCompressSync(logs(300_000)))).toBe(false)
  expect(isCompressible(new Uint8Array(0))).toBe(false)
})

it("leaves Parquet as it is even where it would shrink, so that engines read it in place", () => {
  const parquet = logs(100_000)
  parquet.set(new TextEncoder().encode("PAR1"))
  expect(isCompressible(parquet)).toBe(false)
})

it("looks beyond the first bytes", () => {
  const mixed = noise(1024 * 1024).slice()
  mixed.set(logs(600_000), 400_000)
  expect(isCompressible(mixed)).toBe(true)
})
