/**
 * Parquet: every value of every type comes back cell by cell, also through a plain reader; damage is refused.
 */
import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parquetReadObjects } from "hyparquet"
import { zstdDecompressSync } from "node:zlib"
import { decodeParquet } from "../../../src/delta/parquet-read.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import type { ParquetOptions } from "../../../src/delta/parquet-write.ts"
import { encodeSchema, field, parseSchema, struct } from "../../../src/delta/schema.ts"
import { rowOf, schema, valueOf } from "../../support/delta/arbitraries.ts"

const file = schema.chain((one) =>
  fc.record({
    schema: fc.constant(one),
    rows: fc.array(rowOf(one), { maxLength: 30 }),
    options: fc.record<ParquetOptions>({
      codec: fc.constantFrom("ZSTD", "SNAPPY", "UNCOMPRESSED"),
      groupRows: fc.integer({ min: 1, max: 12 }),
      plain: fc.subarray(one.fields.map(({ name }) => name)).map((names) => new Set(names))
    })
  })
)

describe("schemas", () => {
  it("come back exactly", () =>
    fc.assert(
      fc.property(schema, (one) => {
        expect(parseSchema(encodeSchema(one))).toEqual(one)
      }),
      { numRuns: 300 }
    ))
})

describe("Parquet files", () => {
  it("come back cell by cell", () =>
    fc.assert(
      fc.property(file, ({ options, rows, schema: one }) => {
        expect(decodeParquet(encodeParquet(one, rows, options), one)).toEqual(rows)
      }),
      { numRuns: 400 }
    ))

  it("are read alike by a plain reader", () => {
    const one = struct(
      field("n", "long"),
      field("t", "timestamp"),
      field("b", "binary"),
      field("d", "double"),
      field("s", "string")
    )
    return fc.assert(
      fc.asyncProperty(fc.array(rowOf(one), { minLength: 1, maxLength: 50 }), async (rows) => {
        const buffer = encodeParquet(one, rows).slice().buffer
        const read = await parquetReadObjects({
          file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
          compressors: { ZSTD: (page) => new Uint8Array(zstdDecompressSync(page)) },
          utf8: false,
          parsers: {
            timestampFromMicroseconds: (value: bigint) => value,
            stringFromBytes: (value: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(value)
          }
        })
        expect(read).toEqual(rows)
      }),
      { numRuns: 100 }
    )
  })

  it("are refused or give as many rows as they say, whatever byte is changed (S11)", () =>
    fc.assert(
      fc.property(
        file,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
        ({ options, rows, schema: one }, changes) => {
          const bytes = encodeParquet(one, rows, options)
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          try {
            expect(decodeParquet(bytes, one).length).toBeLessThan(1000)
          } catch (cause) {
            expect((cause as Error).name).toMatch(/^(Malformed|Unsupported|AssertionError)$/)
            expect((cause as Error).name).not.toBe("AssertionError")
          }
        }
      ),
      { numRuns: 500 }
    ))

  it("do not grow in memory beyond what their size allows", () =>
    fc.assert(
      fc.property(fc.array(valueOf("string"), { minLength: 1, maxLength: 20 }), (values) => {
        const one = struct(field("x", "string"))
        const bytes = encodeParquet(
          one,
          values.map((x) => ({ x }))
        )
        expect(bytes.length).toBeLessThan(500 + values.join("").length * 4)
      }),
      { numRuns: 50 }
    ))
})
