import { describe, expect, it } from "@effect/vitest"
import { Malformed, Unsupported } from "../../../src/delta/errors.ts"
import { formatPartitionValue, parsePartitionValue } from "../../../src/delta/partition.ts"
import type { DataType, Value } from "../../../src/delta/schema.ts"

const decimal: DataType = { type: "decimal", precision: 5, scale: 2 }

const PAIRS: ReadonlyArray<readonly [DataType, Value, string]> = [
  ["string", "a/b=c", "a/b=c"],
  ["long", 2n ** 63n - 1n, "9223372036854775807"],
  ["integer", -7, "-7"],
  ["byte", 127, "127"],
  ["double", 0.1, "0.1"],
  ["double", Number.NEGATIVE_INFINITY, "-Infinity"],
  ["double", Number.NaN, "NaN"],
  ["float", Math.fround(1.5), "1.5"],
  ["boolean", false, "false"],
  ["date", 18_878, "2021-09-08"],
  ["timestamp", -1n, "1969-12-31T23:59:59.999999Z"],
  ["timestamp_ntz", 1n, "1970-01-01 00:00:00.000001"],
  ["binary", Uint8Array.of(0, 255), "\u0000\u00ff"],
  [decimal, -1234n, "-12.34"]
]

describe("partition values", () => {
  it.each(PAIRS)("of type %j: %s is written %j", (type, value, text) => {
    expect(formatPartitionValue(value, type, "p")).toBe(text)
    expect(parsePartitionValue(text, type, "p")).toEqual(value)
  })

  it("are null when null or empty (D10)", () => {
    expect(parsePartitionValue(null, "long", "p")).toBeNull()
    expect(parsePartitionValue("", "string", "p")).toBeNull()
    expect(formatPartitionValue(null, "string", "p")).toBeNull()
  })

  it("refuse the empty string, which would come back as null", () => {
    expect(() => formatPartitionValue("", "string", "p")).toThrow(Malformed)
  })

  it.each<[string, DataType]>([
    ["x", "long"],
    ["1.5", "integer"],
    ["128", "byte"],
    ["9223372036854775808", "long"],
    ["yes", "boolean"],
    ["1x", "double"],
    ["2021-02-30", "date"],
    ["noon", "timestamp"],
    ["1.234", decimal],
    ["1000", decimal]
  ])("refuse %j as %j", (text, type) => expect(() => parsePartitionValue(text, type, "p")).toThrow(Malformed))

  it("cannot be lists", () => {
    const list: DataType = { type: "array", elementType: "long", containsNull: true }
    expect(() => parsePartitionValue("1", list, "p")).toThrow(Unsupported)
  })
})
