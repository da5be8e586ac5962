import { zstdCompressSync } from "node:zlib"
import fc from "fast-check"
import { parquetMetadata } from "hyparquet"
import { describe, expect, it } from "vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { FlatEncoder, flatSchema } from "../../../src/delta/parquet-flat.ts"
import type { FlatColumn, FlatValue } from "../../../src/delta/parquet-flat-page.ts"
import { decodeParquet } from "../../../src/delta/parquet-read.ts"
import { field, struct } from "../../../src/delta/schema.ts"

const column = (name: string, type: FlatColumn["type"], more: Partial<FlatColumn> = {}): FlatColumn => ({
  name,
  type,
  nullable: true,
  bulky: false,
  ...more
})

type Groups = ReadonlyArray<ReadonlyArray<ReadonlyArray<FlatValue>>>

const encode = (columns: ReadonlyArray<FlatColumn>, groups: Groups, metadata?: ReadonlyMap<string, string>) => {
  const encoder = new FlatEncoder(flatSchema(columns), (page) => zstdCompressSync(page))
  const parts: Array<Uint8Array> = []
  for (const group of groups) {
    encoder.write(group[0]!.length, group)
    parts.push(encoder.take())
  }
  encoder.finish(metadata)
  parts.push(encoder.take())
  return new Uint8Array(Buffer.concat(parts))
}

const wide: ReadonlySet<string> = new Set(["long", "timestamp"])

/** What a strict reader of the same columns gives, whole numbers as they were given. */
const decode = (bytes: Uint8Array, columns: ReadonlyArray<FlatColumn>): ReadonlyArray<ReadonlyArray<FlatValue>> => {
  const schema = struct(...columns.map(({ name, nullable, type }) => field(name, type, { nullable })))
  const rows = decodeParquet(bytes, schema)
  return columns.map(({ name, type }) =>
    rows.map((row) => {
      const value = row[name] ?? null
      return wide.has(type) && value !== null ? Number(value) : (value as FlatValue)
    })
  )
}

const statisticsOf = (columns: ReadonlyArray<FlatColumn>, groups: Groups) =>
  parquetMetadata(encode(columns, groups).buffer as ArrayBuffer, {
    parsers: { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString() }
  }).row_groups[0]!.columns.map(({ meta_data }) => meta_data!.statistics)

const int64 = fc.maxSafeInteger()
const valueOf: Record<FlatColumn["type"], fc.Arbitrary<FlatValue>> = {
  long: int64,
  timestamp: int64,
  integer: fc.integer(),
  string: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "same", "\u{1f600}", "\uffee")),
  binary: fc.uint8Array({ maxLength: 2000 })
}

/** Few distinct values, many times over: runs, dictionaries, and columns that are null throughout. */
const chunkOf = ({ nullable, type }: FlatColumn, rows: number): fc.Arbitrary<ReadonlyArray<FlatValue>> => {
  const value = nullable ? fc.option(valueOf[type]) : valueOf[type]
  return fc
    .tuple(fc.array(value, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 50 }))
    .map(([values, run]) => Array.from({ length: rows }, (_, at) => values[Math.floor(at / run) % values.length]!))
}

const groupsOf = (columns: ReadonlyArray<FlatColumn>): fc.Arbitrary<Groups> =>
  fc.array(
    fc
      .integer({ min: 1, max: 300 })
      .chain((rows): fc.Arbitrary<Groups[number]> => fc.tuple(...columns.map((one) => chunkOf(one, rows)))),
    { maxLength: 3 }
  )

describe("FlatEncoder", () => {
  it("writes what a strict reader reads, whatever the columns and values", () => {
    const types = ["long", "integer", "string", "binary", "timestamp"] as const
    const file = fc
      .array(fc.tuple(fc.constantFrom(...types), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 20 })
      .map((all) => all.map(([type, nullable, bulky], at) => column(`c${at}`, type, { nullable, bulky })))
      .chain((columns) => fc.tuple(fc.constant(columns), groupsOf(columns)))
    fc.assert(
      fc.property(file, ([columns, groups]) => {
        const values = columns.map((_, at) => groups.flatMap((group) => group[at]!))
        expect(decode(encode(columns, groups), columns)).toEqual(values)
      }),
      { numRuns: 150 }
    )
  })

  it("tells the least and the greatest value, texts in the order of their bytes", () => {
    const columns = [column("n", "long"), column("t", "string"), column("none", "string")]
    const texts = ["b", "\uffee", "\u{1f600}", "a", null]
    const [number, text, none] = statisticsOf(columns, [
      [[3, -5, 2 ** 40, null, 0], texts, [null, null, null, null, null]]
    ])
    expect(number).toMatchObject({ min_value: -5n, max_value: 2n ** 40n, null_count: 1n })
    expect(text).toMatchObject({ min_value: "a", max_value: "\u{1f600}", null_count: 1n })
    expect(none).toMatchObject({ null_count: 5n })
    expect(none!.max_value).toBeUndefined()
  })

  it("tells no extremes that it would have to cut, and nothing of what is bulky", () => {
    const columns = [column("t", "string"), column("b", "binary", { bulky: true })]
    const [text, bulky] = statisticsOf(columns, [[["x".repeat(65)], [new Uint8Array(9)]]])
    expect(text!.min_value).toBeUndefined()
    expect(bulky).toBeUndefined()
  })

  it("compresses what is large, and writes repeated texts once", () => {
    const columns = [column("t", "string"), column("b", "binary"), column("s", "string", { bulky: true })]
    const texts = Array.from({ length: 1000 }, (_, at) => `text ${at % 3}`)
    const bytes = encode(columns, [[texts, texts.map(() => new Uint8Array(9)), texts]])
    const [text, binary, bulky] = parquetMetadata(bytes.buffer as ArrayBuffer).row_groups[0]!.columns
    expect(text!.meta_data).toMatchObject({ codec: "UNCOMPRESSED", encodings: ["PLAIN", "RLE", "RLE_DICTIONARY"] })
    expect(binary!.meta_data).toMatchObject({ codec: "ZSTD", encodings: ["PLAIN", "RLE"] })
    expect(bulky!.meta_data!.encodings).not.toContain("RLE_DICTIONARY")
    expect(bytes.length).toBeLessThan(3000)
  })

  it("keeps texts in the footer by name", () => {
    const bytes = encode([column("n", "long")], [[[1]]], new Map([["key", "text \u{1f600}"]]))
    const { created_by, key_value_metadata } = parquetMetadata(bytes.buffer as ArrayBuffer)
    expect(key_value_metadata).toEqual([{ key: "key", value: "text \u{1f600}" }])
    expect(created_by).toBe("pond")
  })

  it("refuses half a character", () => {
    expect(() => encode([column("t", "string")], [[["a\ud800"]]])).toThrow(Malformed)
    expect(() => encode([column("t", "string")], [[Array.from({ length: 100 }, () => "\udc00")]])).toThrow(
      "half a char"
    )
  })
})
