import { describe, expect, it } from "@effect/vitest"
import { ByteWriter, parquetWrite } from "hyparquet-writer"
import type { SchemaElement } from "hyparquet"
import { Malformed } from "../../../src/delta/errors.ts"
import { decodeParquet } from "../../../src/delta/parquet-read.ts"
import { encodeParquet } from "../../../src/delta/parquet-write.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType, Value } from "../../../src/delta/schema.ts"

/** A file with one column of any layout, as other writers make them. */
const foreign = (elements: ReadonlyArray<SchemaElement>, data: ReadonlyArray<unknown>): Uint8Array => {
  const writer = new ByteWriter()
  const name = elements[0]?.name ?? ""
  parquetWrite({
    writer,
    codec: "UNCOMPRESSED",
    schema: [{ name: "root", num_children: 1 }, ...elements],
    columnData: [{ name, data: [...data] }]
  })
  return writer.getBytes().slice()
}

const as = (type: DataType, name = "x") => struct(field(name, type))
const read = (bytes: Uint8Array, type: DataType): ReadonlyArray<Value> =>
  decodeParquet(bytes, as(type)).map((row) => row["x"] ?? null)

const OPTIONAL = { name: "x", repetition_type: "OPTIONAL" } as const

describe("widening", () => {
  it.each<[DataType, Value, DataType, Value]>([
    ["byte", -1, "long", -1n],
    ["short", 7, "integer", 7],
    ["integer", 2_147_483_647, "long", 2_147_483_647n],
    ["integer", 7, "double", 7],
    ["float", 0.5, "double", 0.5],
    ["date", 1, "timestamp_ntz", 86_400_000_000n],
    ["integer", 7, { type: "decimal", precision: 12, scale: 2 }, 700n],
    ["long", 7n, { type: "decimal", precision: 22, scale: 1 }, 70n],
    [{ type: "decimal", precision: 5, scale: 1 }, 15n, { type: "decimal", precision: 20, scale: 3 }, 1500n]
  ])("reads %j %s as %j", (stored, value, wanted, expected) => {
    expect(read(encodeParquet(as(stored), [{ x: value }, { x: null }]), wanted)).toEqual([expected, null])
  })

  it.each<[DataType, Value, DataType]>([
    ["long", 1n, "integer"],
    ["double", 1, "float"],
    ["string", "a", "long"],
    ["timestamp", 1n, "long"],
    ["date", 1, "integer"],
    ["date", 1, "timestamp"],
    ["binary", Uint8Array.of(1), "boolean"],
    [{ type: "decimal", precision: 5, scale: 3 }, 1n, { type: "decimal", precision: 5, scale: 1 }],
    [struct(field("a", "long")), { a: 1n }, "long"],
    ["long", 1n, struct(field("a", "long"))],
    ["long", 1n, { type: "array", elementType: "long", containsNull: true }]
  ])("refuses %j %s as %j", (stored, value, wanted) => {
    expect(() => read(encodeParquet(as(stored), [{ x: value }]), wanted)).toThrow(Malformed)
    expect(() => read(encodeParquet(as(stored), [{ x: value }]), wanted)).toThrow(/column x/)
  })
})

describe("other writers' layouts", () => {
  it("reads timestamps of milliseconds, nanoseconds and INT96, floored to microseconds", () => {
    const unit = (name: "MILLIS" | "NANOS"): SchemaElement => ({
      ...OPTIONAL,
      type: "INT64",
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: name }
    })
    expect(read(foreign([unit("MILLIS")], [-1n, null]), "timestamp")).toEqual([-1000n, null])
    expect(read(foreign([unit("NANOS")], [-1n, 1_999n]), "timestamp")).toEqual([-1n, 1n])
  })

  it("reads strings without annotation, and binary that is annotated as text", () => {
    const bare = foreign([{ ...OPTIONAL, type: "BYTE_ARRAY" }], [Buffer.from("ü")])
    expect(read(bare, "string")).toEqual(["ü"])
    const text = foreign([{ ...OPTIONAL, type: "BYTE_ARRAY", converted_type: "UTF8" }], ["ü"])
    expect(read(text, "binary")).toEqual([Uint8Array.of(0xc3, 0xbc)])
  })

  it("keeps a leading byte order mark, and refuses text that is not UTF-8", () => {
    const bytes = foreign([{ ...OPTIONAL, type: "BYTE_ARRAY" }], [Buffer.from("\ufeffa")])
    expect(read(bytes, "string")).toEqual(["\ufeffa"])
    expect(() => read(foreign([{ ...OPTIONAL, type: "BYTE_ARRAY" }], [Uint8Array.of(0xff)]), "string")).toThrow(
      Malformed
    )
  })

  it("reads lists of two levels, whose repeated group is the element", () => {
    // The layout of a map is that of a two-level list of pairs.
    const map: DataType = { type: "map", keyType: "string", valueType: "long", valueContainsNull: true }
    const pair = struct(field("key", "string"), field("value", "long"))
    const bytes = encodeParquet(as(map), [
      {
        x: new Map([
          ["a", 1n],
          ["b", null]
        ])
      },
      { x: new Map() },
      { x: null }
    ])
    expect(read(bytes, { type: "array", elementType: pair, containsNull: true })).toEqual([
      [
        { key: "a", value: 1n },
        { key: "b", value: null }
      ],
      [],
      null
    ])
  })

  it("finds columns whatever their case, the exact one first", () => {
    const bytes = encodeParquet(struct(field("X", "long")), [{ X: 1n }])
    expect(read(bytes, "long")).toEqual([1n])
  })
})

describe("schema evolution (D9)", () => {
  it("gives null for columns and fields that a file lacks", () => {
    const bytes = encodeParquet(struct(field("s", struct(field("a", "long"), field("b", "long")))), [
      { s: { a: 1n, b: 2n } },
      { s: null }
    ])
    const wanted = struct(field("s", struct(field("c", "string"), field("a", "long"))), field("t", "long"))
    expect(decodeParquet(bytes, wanted)).toEqual([
      { s: { c: null, a: 1n }, t: null },
      { s: null, t: null }
    ])
  })

  it("still tells a struct from null when none of its fields is there", () => {
    const bytes = encodeParquet(struct(field("s", struct(field("a", "long")))), [{ s: { a: 1n } }, { s: null }])
    const wanted = struct(field("s", struct(field("b", "long"))))
    expect(decodeParquet(bytes, wanted)).toEqual([{ s: { b: null } }, { s: null }])
  })
})
