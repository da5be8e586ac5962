/**
 * Answers in Apache Arrow: Arrow C++ and Polars read them with the types and values that they have.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { PondFolder } from "../../support/cli.ts"
import { python } from "../../support/interop/python.ts"

/** What others read of the answer to a statement. */
const readByOthers = (sql: string): unknown => {
  using home = new PondFolder()
  const file = join(home.path, "answer.arrows")
  const { code, stderr, stdout } = home.run(["sql", sql, "--format", "arrow"])
  expect([code, stderr]).toEqual([0, ""])
  writeFileSync(file, stdout)
  return python("arrow.py", file)
}

it("types and values of every kind", () => {
  const values = `SELECT 9007199254740993 AS int64, 18446744073709551615::UBIGINT AS uint64, 1.50::DECIMAL(30, 2) AS dec, -1.5::DECIMAL(4, 1) AS small,
    '\\xAA\\x00'::BLOB AS bytes, INTERVAL '1 month 2 days 3 microseconds' AS span, TIMESTAMP '1960-01-01 00:00:00.123456' AS t,
    TIMESTAMPTZ '2020-01-01 00:00:00.123456+02' AS tz, TIME '12:00:01.5' AS clock, DATE '1969-12-31' AS day, 'b'::ENUM('a', 'b') AS label,
    [1, NULL]::INT[2] AS pair, [[1], NULL, []] AS lists, {a: 1, b: [{c: 'x'}]} AS nested, MAP {'a': 1, 'b': NULL} AS map,
    (-170141183460469231731687303715)::HUGEINT AS huge, true AS truth, 1.5::FLOAT AS float, '日本 🎉' AS text`
  expect(
    readByOthers(`FROM (${values}) UNION ALL SELECT ${Array.from({ length: 19 }, () => "NULL").join(", ")}`)
  ).toMatchSnapshot()
})

it("many batches", () => {
  const sql =
    "SELECT range AS n, CASE WHEN range % 3 > 0 THEN range::VARCHAR END AS text, range(range % 4) AS list FROM range(100000)"
  expect(readByOthers(sql)).toMatchObject({
    rows: 100_000,
    nulls: { n: 0, text: 33_334, list: 0 },
    polars: { rows: 100_000, types: { n: "Int64", text: "String", list: "List(Int64)" } },
    sum: 4_999_950_000
  })
})

it("no rows", () => {
  expect(readByOthers("SELECT 1::BIGINT AS n, 'x' AS text WHERE false")).toMatchObject({
    rows: 0,
    types: { n: "int64", text: "string" },
    polars: { rows: 0, types: { n: "Int64", text: "String" } }
  })
})
