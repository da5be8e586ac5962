import { describe, expect, it } from "@effect/vitest"
import { Malformed } from "../../../src/delta/errors.ts"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType, Value } from "../../../src/delta/schema.ts"
import { measure, setOwn } from "../../../src/delta/value.ts"

const list: DataType = { type: "array", elementType: "long", containsNull: false }
const map: DataType = { type: "map", keyType: "string", valueType: "long", valueContainsNull: true }
const decimal: DataType = { type: "decimal", precision: 3, scale: 1 }

describe("measure", () => {
  it.each<[DataType, Value]>([
    ["long", 1],
    ["long", 2n ** 63n],
    ["integer", 2 ** 31],
    ["integer", 1.5],
    ["short", 40_000],
    ["byte", -129],
    ["float", 0.1],
    ["double", 1n],
    ["boolean", 1],
    ["string", "half \ud800 pair"],
    ["string", 5],
    ["binary", "text"],
    ["date", 0.5],
    ["timestamp", 5],
    [decimal, 1000n],
    [decimal, 1],
    [list, "no list"],
    [list, [null]],
    [list, [1]],
    [map, { a: 1n }],
    [map, new Map([[null, 1n]])],
    [struct(field("x", "long", { nullable: false })), {}],
    [struct(field("x", "long")), [1n]],
    [struct(field("x", "long")), 5],
    [struct(field("constructor", "string")), {}]
  ])("refuses for %j the value %s", (type, value) => {
    expect(() => measure(value, type, true, "column")).toThrow(Malformed)
    expect(() => measure(value, type, true, "column")).toThrow(/^column/)
  })

  it.each<[DataType, Value]>([
    ["long", -(2n ** 63n)],
    ["integer", -(2 ** 31)],
    ["float", Number.NaN],
    ["float", -0],
    ["double", Number.NaN],
    ["string", "\u{1f600}"],
    [decimal, -999n],
    [list, []],
    [map, new Map([["a", null]])],
    [struct(field("x", "long")), {}]
  ])("accepts for %j the value %s", (type, value) => {
    expect(measure(value, type, false, "column")).toBeGreaterThanOrEqual(0)
  })

  it("refuses null where it may not be", () => {
    expect(measure(null, "long", true, "column")).toBe(1)
    expect(() => measure(null, "long", false, "column")).toThrow("column must be present")
  })
})

describe("setOwn", () => {
  it("makes __proto__ a property like any other", () => {
    const object: Record<string, unknown> = {}
    setOwn(object, "__proto__", { polluted: true })
    expect(Object.keys(object)).toEqual(["__proto__"])
    expect(object["polluted"]).toBeUndefined()
  })
})
