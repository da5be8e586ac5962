/**
 * Answers as Apache Arrow, read back by its own package.
 */
import { describe, expect, it } from "@effect/vitest"
import { type RecordBatch, Table, tableFromIPC } from "apache-arrow"
import { Effect, Stream } from "effect"
import { arrowBytes } from "../../../src/query/arrow.ts"
import { asking } from "../../support/query/asking.ts"

/** A column of a statement: its type, and its values. */
const columnOf = Effect.fnUntraced(function* (expression: string) {
  const { query } = yield* asking
  const batches = yield* Stream.runCollect(query.batches(`SELECT ${expression} AS value`))
  const column = new Table(batches).getChildAt(0)!
  return { type: String(column.type), values: [...column] as ReadonlyArray<unknown> }
})

const readBack = Effect.fnUntraced(function* (batches: Stream.Stream<RecordBatch, unknown>) {
  const parts = yield* Stream.runCollect(arrowBytes(batches))
  return { parts, table: tableFromIPC(Buffer.concat(parts)) }
})

describe("batches", () => {
  it.effect.each<readonly [expression: string, type: string, value: unknown]>([
    ["9007199254740993", "Int64", 9007199254740993n],
    ["(-7)::TINYINT", "Int8", -7],
    ["18446744073709551615::UBIGINT", "Uint64", 18446744073709551615n],
    ["1.5::FLOAT", "Float32", 1.5],
    ["'-inf'::DOUBLE", "Float64", -Infinity],
    ["true", "Bool", true],
    ["'日本 🎉'", "Utf8", "日本 🎉"],
    ["''", "Utf8", ""],
    ["'\\xAA\\x00'::BLOB", "Binary", Uint8Array.of(0xaa, 0)],
    ["DATE '1969-12-31'", "Date32<DAY>", -86_400_000],
    ["TIME '00:00:01.000002'", "Time64<MICROSECOND>", 1_000_002n],
    ["TIMESTAMP_S '1970-01-01 00:00:02'", "Timestamp<SECOND>", 2000],
    ["TIMESTAMP '1970-01-01 00:00:02.5'", "Timestamp<MICROSECOND>", 2500],
    ["TIMESTAMP_NS '1970-01-01 00:00:02.5'", "Timestamp<NANOSECOND>", 2500],
    ["TIMESTAMPTZ '1970-01-01 02:00:02.5+02'", "Timestamp<MICROSECOND, UTC>", 2500],
    ["'b'::ENUM('a', 'b')", "Dictionary<Int32, Utf8>", "b"],
    ["'10101'::BIT", "Utf8", "10101"],
    ["NULL::INTEGER", "Int32", null]
  ])("%s is %s", ([expression, type, value]) =>
    Effect.map(columnOf(expression), (column) => expect(column).toEqual({ type, values: [value] }))
  )

  it.effect.each<readonly [expression: string, type: string, value: string]>([
    ["1.50::DECIMAL(30, 2)", "Decimal[30e+2]", "150"],
    ["(-1.5)::DECIMAL(4, 1)", "Decimal[4e+1]", "-15"],
    ["(-170141183460469231731687303715)::HUGEINT", "Decimal[38e0]", "-170141183460469231731687303715"],
    ["(SELECT sum(x) FROM (VALUES (1), (2)) AS t(x))", "Decimal[38e0]", "3"],
    ["INTERVAL '1 month 2 days 0.000003 seconds'", "Interval<MONTH_DAY_NANO>", "1,2,3000,0"],
    ["[[1], NULL, []]", "List<List<Int32>>", "[[1],,[]]"],
    ["[1, NULL]::INTEGER[2]", "FixedSizeList[2]<Int32>", "[1,]"],
    ["{a: 1, b: [{c: 'x'}]}", "Struct<{a:Int32, b:List<Struct<{c:Utf8}>>}>", '{"a":1,"b":[{"c":"x"}]}'],
    ["MAP {'a': 1, 'b': NULL}", "Map<{key:Utf8, value:Int32}>", '{"a":1,"b":null}']
  ])("%s is %s", ([expression, type, value]) =>
    Effect.map(columnOf(expression), (column) => {
      expect(column.type).toBe(type)
      expect(String(column.values[0]).replaceAll(", ", ",").replaceAll(": ", ":")).toBe(value)
    })
  )

  it.effect("say which number no decimal of Arrow holds", () =>
    Effect.map(Effect.flip(columnOf("repeat('9', 38)::HUGEINT + 1")), (error) => {
      expect(error.message).toMatch(/^10{38} has more than the 38 digits of a decimal in Arrow; cast it/u)
    })
  )

  it.effect("come as the engine makes them, with nulls in their places", () =>
    Effect.gen(function* () {
      const { query } = yield* asking
      const sql = `SELECT CASE WHEN range % 3 > 0 THEN range END AS number, CASE WHEN range % 5 > 0 THEN repeat('é', range % 7) END AS text,
        CASE WHEN range % 2 > 0 THEN range(range % 4) END AS list FROM range(5000)`
      const { parts, table } = yield* readBack(query.batches(sql))
      expect(parts.length).toBeGreaterThan(3)
      const expected = Array.from({ length: 5000 }, (_, at) => ({
        number: at % 3 > 0 ? BigInt(at) : null,
        text: at % 5 > 0 ? "é".repeat(at % 7) : null,
        list: at % 2 > 0 ? Array.from({ length: at % 4 }, (_item, item) => BigInt(item)) : null
      }))
      const rows = table
        .toArray()
        .map(({ list, number, text }) => ({ number, text, list: list === null ? null : [...list] }))
      expect(rows).toStrictEqual(expected)
    })
  )

  it.effect("have a schema without rows", () =>
    Effect.gen(function* () {
      const { query } = yield* asking
      const { table } = yield* readBack(query.batches("SELECT 1 AS a, 'x' AS a, [1] AS b WHERE false"))
      expect(table.numRows).toBe(0)
      expect(table.schema.fields.map(({ name, type }) => [name, String(type)])).toStrictEqual([
        ["a", "Int32"],
        ["a:1", "Utf8"],
        ["b", "List<Int32>"]
      ])
    })
  )
})
