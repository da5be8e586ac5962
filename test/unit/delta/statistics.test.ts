import { describe, expect, it } from "@effect/vitest"
import { field, struct } from "../../../src/delta/schema.ts"
import type { DataType, Value } from "../../../src/delta/schema.ts"
import { compareValues, lowerBound, StatisticsCollector, upperBound } from "../../../src/delta/statistics.ts"

const of = (type: DataType, ...values: ReadonlyArray<Value>): string => {
  const collector = new StatisticsCollector(struct(field("x", type)))
  for (const x of values) collector.add({ x })
  return collector.finish()
}

describe("statistics", () => {
  it("count rows and nulls, and keep 64-bit bounds exact", () => {
    expect(of("long", 2n ** 53n + 1n, null, -(2n ** 63n))).toBe(
      '{"numRecords":3,"minValues":{"x":-9223372036854775808},"maxValues":{"x":9007199254740993},"nullCount":{"x":1}}'
    )
  })

  it.each<[string, DataType, ReadonlyArray<Value>, string, string]>([
    [
      "decimals",
      { type: "decimal", precision: 38, scale: 2 },
      [-1n, 10n ** 30n],
      '"x":-0.01',
      `"x":1${"0".repeat(28)}.00`
    ],
    ["dates", "date", [-1, 18_878], '"x":"1969-12-31"', '"x":"2021-09-08"'],
    [
      "timestamps cut to milliseconds",
      "timestamp",
      [-1n, 1_999n],
      '"x":"1969-12-31T23:59:59.999Z"',
      '"x":"1970-01-01T00:00:00.001Z"'
    ],
    [
      "timestamps without zone",
      "timestamp_ntz",
      [0n],
      '"x":"1970-01-01T00:00:00.000"',
      '"x":"1970-01-01T00:00:00.000"'
    ],
    ["negative zero", "double", [-0], '"x":-0.0', '"x":-0.0'],
    ["an infinite maximum", "double", [1, Infinity], '"x":1', ""],
    ["NaN", "double", [1, Number.NaN], "", ""],
    ["binary", "binary", [Uint8Array.of(1)], "", ""],
    ["booleans", "boolean", [true], "", ""],
    ["lists", { type: "array", elementType: "long", containsNull: true }, [[1n]], "", ""],
    ["only nulls", "long", [null], "", ""],
    ["dates without a text", "date", [2_932_897], "", ""]
  ])("of %s", (_, type, values, least, greatest) => {
    const text = of(type, ...values)
    expect(text).toContain(`"minValues":{${least}}`)
    expect(text).toContain(`"maxValues":{${greatest}}`)
  })

  it("look into structs", () => {
    const schema = struct(field("s", struct(field("a", "long"), field("b", "string"))))
    const collector = new StatisticsCollector(schema)
    collector.add({ s: { a: 1n, b: "x" } })
    collector.add({ s: null })
    expect(JSON.parse(collector.finish())).toEqual({
      numRecords: 2,
      minValues: { s: { a: 1, b: "x" } },
      maxValues: { s: { a: 1, b: "x" } },
      nullCount: { s: { a: 1, b: 1 } }
    })
  })

  it("leave out what is not asked for", () => {
    const collector = new StatisticsCollector(struct(field("a", "long"), field("b", "long")), new Set(["a"]))
    collector.add({ a: 1n, b: 2n })
    expect(JSON.parse(collector.finish())).toMatchObject({ minValues: { a: 1 }, nullCount: { a: 0 } })
    expect(collector.finish()).not.toContain('"b"')
  })
})

describe("bounds of strings", () => {
  const long = "x".repeat(40)

  it("are cut to 32 characters, the upper one raised", () => {
    expect(lowerBound(long)).toBe("x".repeat(32))
    expect(upperBound(long)).toBe(`${"x".repeat(32)}\u{10ffff}`)
    expect(upperBound("x".repeat(32))).toBe("x".repeat(32))
  })

  it("never end inside a surrogate pair", () => {
    const text = `${"x".repeat(31)}\u{1f600}yyyy`
    expect(lowerBound(text)).toBe("x".repeat(31))
    expect(upperBound(text)).toBe(`${"x".repeat(31)}\u{10ffff}`)
  })

  it("hold when the greatest character follows the cut", () => {
    const text = `${"x".repeat(32)}\u{10ffff}\u{10ffff}y`
    expect(compareValues(upperBound(text), text)).toBeGreaterThan(0)
    const all = `${"x".repeat(32)}\u{10ffff}`
    expect(upperBound(all)).toBe(all)
  })

  it("are ordered by UTF-8 bytes, not by UTF-16 units", () => {
    expect(compareValues("\u{1f600}", "\uffff")).toBeGreaterThan(0)
    expect(of("string", "\u{1f600}", "\uffff")).toContain('"maxValues":{"x":"\u{1f600}"}')
  })
})
