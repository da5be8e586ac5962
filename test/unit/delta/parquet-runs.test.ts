import { describe, expect, it } from "@effect/vitest"
import { ByteWriter, parquetWrite } from "hyparquet-writer"
import type { Encoding, SchemaElement } from "hyparquet"
import { Malformed } from "../../../src/delta/errors.ts"
import { decodeParquet } from "../../../src/delta/parquet-read.ts"
import { checkDeltas, checkPrefixes, checkRuns } from "../../../src/delta/parquet-runs.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType } from "../../../src/delta/schema.ts"

describe("checkRuns", () => {
  it.each([
    ["a run of ten", [20, 1], 1, 10],
    ["bit-packed eight", [3, 0xff], 1, 8],
    ["bit-packed eight for five", [3, 0xff], 1, 5],
    ["an empty run first", [0, 0, 20, 1], 1, 10]
  ])("accepts %s", (_, bytes, width, count) => {
    expect(() => checkRuns(Uint8Array.from(bytes), 0, bytes.length, width, count)).not.toThrow()
  })

  it.each([
    ["a run of two billion", [0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1, 10],
    ["bit-packed groups of two billion", [0xff, 0xff, 0xff, 0xff, 0x0f, 1], 0, 10],
    ["a number without end", Array.from({ length: 20 }, () => 0xff), 1, 10],
    ["an impossible width", [20, 1], 200, 10]
  ])("refuses %s", (_, bytes, width, count) => {
    expect(() => checkRuns(Uint8Array.from(bytes), 0, bytes.length, width, count)).toThrow(Malformed)
  })

  it("counts what is there, so that levels that are too few are noticed", () => {
    expect(checkRuns(Uint8Array.of(20, 1), 0, 2, 1, 10)).toBe(10)
    expect(checkRuns(Uint8Array.of(20, 1), 0, 2, 1, 12)).toBe(10)
    expect(checkRuns(Uint8Array.of(20, 1), 0, 0, 1, 12)).toBe(0)
    expect(checkRuns(Uint8Array.of(3, 0xff), 0, 2, 1, 5)).toBe(5)
  })

  it("refuses an end outside the page", () => {
    expect(() => checkRuns(Uint8Array.of(20, 1), 0, 3, 1, 10)).toThrow(Malformed)
  })
})

describe("checkDeltas", () => {
  it.each([
    ["no miniblocks", [0x80, 0x01, 0, 5, 0], 5],
    ["more miniblocks than bytes", [0x80, 0x01, 0x7f, 5, 0], 5],
    ["a delta without end", [0x80, 0x01, 4, 5, 0, ...Array.from({ length: 30 }, () => 0xff)], 5],
    ["too wide a delta", [0x80, 0x01, 1, 5, 0, 0, 65], 5]
  ])("refuses %s", (_, bytes, count) => {
    expect(() => checkDeltas(Uint8Array.from(bytes), 0, count)).toThrow(Malformed)
  })
})

describe("checkPrefixes", () => {
  it("refuses a prefix longer than the text before", () => {
    // Two streams of two values: prefixes 0 and 100, suffixes 1 and 1.
    const prefixes = [0x80, 0x01, 1, 2, 0, 0xc8, 0x01, 0]
    const suffixes = [0x80, 0x01, 1, 2, 2, 0, 0]
    expect(() => checkPrefixes(Uint8Array.from([...prefixes, ...suffixes, 97, 98]), 0, 2)).toThrow("longer prefix")
  })
})

describe("encodings of other writers", () => {
  const OPTIONAL = { name: "x", repetition_type: "OPTIONAL" } as const
  const cases: ReadonlyArray<readonly [Encoding, DataType, SchemaElement, (at: number) => unknown]> = [
    [
      "DELTA_BINARY_PACKED",
      "long",
      { ...OPTIONAL, type: "INT64" },
      (at) => BigInt(at * at) * (at % 2 === 0 ? 1n : -1n)
    ],
    ["DELTA_BINARY_PACKED", "integer", { ...OPTIONAL, type: "INT32" }, (at) => at * 7919 - 5000],
    [
      "DELTA_LENGTH_BYTE_ARRAY",
      "string",
      { ...OPTIONAL, type: "BYTE_ARRAY", converted_type: "UTF8" },
      (at) => "x".repeat(at % 9)
    ],
    [
      "DELTA_BYTE_ARRAY",
      "string",
      { ...OPTIONAL, type: "BYTE_ARRAY", converted_type: "UTF8" },
      (at) => `prefix/${at >> 3}/${at}`
    ],
    ["BYTE_STREAM_SPLIT", "double", { ...OPTIONAL, type: "DOUBLE" }, (at) => at / 7],
    ["RLE", "boolean", { ...OPTIONAL, type: "BOOLEAN" }, (at) => at % 3 === 0],
    ["RLE_DICTIONARY", "string", { ...OPTIONAL, type: "BYTE_ARRAY", converted_type: "UTF8" }, (at) => `v${at % 5}`]
  ]

  it.each(cases)("reads %s of %s", (encoding, type, element, valueAt) => {
    const data = Array.from({ length: 1000 }, (_, at) => (at % 11 === 0 ? null : valueAt(at)))
    const writer = new ByteWriter()
    const schema = [{ name: "root", num_children: 1 }, element]
    parquetWrite({ writer, codec: "UNCOMPRESSED", pageSize: 2000, schema, columnData: [{ name: "x", data, encoding }] })
    const rows = decodeParquet(writer.getBytes().slice(), struct(field("x", type)))
    expect(rows.map(({ x }) => x)).toEqual(data)
  })
})
