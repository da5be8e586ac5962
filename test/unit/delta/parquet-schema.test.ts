import { describe, expect, it } from "@effect/vitest"
import { parquetElements } from "../../../src/delta/parquet-schema.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType } from "../../../src/delta/schema.ts"

const only = (type: DataType, nullable = true) => parquetElements(struct(field("x", type, { nullable }))).slice(1)

describe("parquetElements", () => {
  it.each<[DataType, object]>([
    ["long", { type: "INT64" }],
    ["integer", { type: "INT32" }],
    ["string", { type: "BYTE_ARRAY", converted_type: "UTF8" }],
    ["date", { type: "INT32", converted_type: "DATE" }],
    ["timestamp", { type: "INT64", logical_type: { type: "TIMESTAMP", unit: "MICROS", isAdjustedToUTC: true } }],
    ["timestamp_ntz", { type: "INT64", logical_type: { type: "TIMESTAMP", unit: "MICROS", isAdjustedToUTC: false } }],
    [
      { type: "decimal", precision: 9, scale: 2 },
      { type: "INT32", precision: 9, scale: 2 }
    ],
    [{ type: "decimal", precision: 18, scale: 2 }, { type: "INT64" }],
    [
      { type: "decimal", precision: 19, scale: 2 },
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 9 }
    ],
    [
      { type: "decimal", precision: 38, scale: 2 },
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16 }
    ]
  ])("lays out %j (D8)", (type, expected) => expect(only(type)).toMatchObject([{ name: "x", ...expected }]))

  it("marks what cannot be null", () => {
    expect(only("long", false)[0]?.repetition_type).toBe("REQUIRED")
    expect(only("long")[0]?.repetition_type).toBe("OPTIONAL")
  })

  it("nests lists in three levels and maps in key_value groups", () => {
    const map: DataType = { type: "map", keyType: "string", valueType: "long", valueContainsNull: false }
    const names = only({ type: "array", elementType: map, containsNull: true }).map(
      ({ name, repetition_type }) => `${name} ${repetition_type}`
    )
    expect(names).toEqual([
      "x OPTIONAL",
      "list REPEATED",
      "element OPTIONAL",
      "key_value REPEATED",
      "key REQUIRED",
      "value REQUIRED"
    ])
  })
})
