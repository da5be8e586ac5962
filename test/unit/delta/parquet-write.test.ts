import { describe, expect, it } from "@effect/vitest"
import { parquetMetadata } from "hyparquet"
import { Malformed } from "../../../src/delta/errors.ts"
import { decodeParquet } from "../../../src/delta/parquet-read.ts"
import { encodeParquet, ParquetEncoder } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"

const SCHEMA = struct(field("id", "long", { nullable: false }), field("text", "string"), field("content", "binary"))

describe("encodeParquet", () => {
  it("writes columns named plain without dictionary and statistics", () => {
    const rows = Array.from({ length: 200 }, (_, at) => ({
      id: BigInt(at),
      text: "same",
      content: new Uint8Array(64).fill(255)
    }))
    const bytes = encodeParquet(SCHEMA, rows, { plain: new Set(["content"]) })
    const columns = parquetMetadata(bytes.slice().buffer).row_groups[0]?.columns.map(({ meta_data }) => meta_data)
    expect(columns?.[1]).toMatchObject({ encodings: ["PLAIN", "RLE_DICTIONARY"], statistics: { max_value: "same" } })
    expect(columns?.[2]).toMatchObject({ encodings: ["PLAIN"] })
    expect(columns?.[2]?.statistics).toBeUndefined()
    expect(columns?.[2]?.codec).toBe("ZSTD")
  })

  it("does not compress what is tiny", () => {
    const bytes = encodeParquet(SCHEMA, [{ id: 1n, text: "a", content: new Uint8Array(2000) }])
    const codecs = parquetMetadata(bytes.slice().buffer).row_groups[0]?.columns.map(({ meta_data }) => meta_data?.codec)
    expect(codecs).toEqual(["UNCOMPRESSED", "UNCOMPRESSED", "ZSTD"])
  })

  it("keeps 0 and -0 apart", () => {
    const schema = struct(field("x", "double"))
    const values = [0, -0, 0, -0, Number.NaN, 1].map((x) => ({ x }))
    expect(decodeParquet(encodeParquet(schema, values), schema)).toEqual(values)
  })

  it.each(["ZSTD", "SNAPPY", "UNCOMPRESSED"] as const)("is read back with %s", (codec) => {
    const rows = Array.from({ length: 50 }, (_, at) => ({ id: BigInt(at), text: `text ${at}`, content: null }))
    expect(decodeParquet(encodeParquet(SCHEMA, rows, { codec }), SCHEMA)).toEqual(rows)
  })

  it("refuses what would be changed by writing it", () => {
    expect(() => encodeParquet(SCHEMA, [{ id: 1n, text: "\ud800" }])).toThrow(Malformed)
    expect(() => encodeParquet(SCHEMA, [{ text: "no id" }])).toThrow("id must be present")
  })

  it("writes a file without rows", () => {
    expect(decodeParquet(encodeParquet(SCHEMA, []), SCHEMA)).toEqual([])
  })
})

describe("ParquetEncoder", () => {
  it("gives out bytes as row groups fill, and the same file in any portions", () => {
    const rows = Array.from({ length: 100 }, (_, at) => ({
      id: BigInt(at),
      text: null,
      content: new Uint8Array(1000).fill(at)
    }))
    const encoder = new ParquetEncoder(SCHEMA, { groupBytes: 10_000 })
    const parts: Array<Uint8Array> = []
    for (const row of rows) {
      encoder.add(row)
      parts.push(encoder.take())
    }
    encoder.finish()
    parts.push(encoder.take())
    const bytes = Buffer.concat(parts)
    expect(parts.filter(({ length }) => length > 0).length).toBeGreaterThan(8)
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(15_000)
    expect(Buffer.compare(bytes, encodeParquet(SCHEMA, rows, { groupBytes: 10_000 }))).toBe(0)
    expect(
      parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).row_groups.length
    ).toBe(10)
    expect(encoder.rowCount).toBe(100)
  })

  it("limits the rows of a group", () => {
    const bytes = encodeParquet(
      struct(field("x", "long")),
      Array.from({ length: 25 }, () => ({ x: 1n })),
      { groupRows: 10 }
    )
    expect(parquetMetadata(bytes.slice().buffer).row_groups.map(({ num_rows }) => num_rows)).toEqual([10n, 10n, 5n])
  })
})
