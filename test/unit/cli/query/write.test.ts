/**
 * Answers in every format: values of every type, no rows, very long cells, very many columns, a terminal.
 */
import { expect, it } from "@effect/vitest"
import { tableFromIPC } from "apache-arrow"
import { Effect } from "effect"
import { type RowFormat, writeRows } from "../../../../src/cli/query/write.ts"
import { Output } from "../../../../src/cli/output.ts"
import { columnsOf } from "../../../../src/cli/text/width.ts"
import { asking } from "../../../support/query/asking.ts"

/** What a statement writes, and what is said. */
const written = Effect.fnUntraced(function* (sql: string, format: Exclude<RowFormat, "parquet">, columns?: number) {
  const { query } = yield* asking
  const parts: Array<Uint8Array> = []
  const messages: Array<string> = []
  const message = (line: string) => Effect.sync(() => void messages.push(line))
  const nothing = { colours: false, columns, status: undefined, page: () => Effect.void, data: () => Effect.void }
  const { rows } = yield* query.answer(sql)
  const data = (part: string | Uint8Array) => Effect.sync(() => void parts.push(Buffer.from(part as string)))
  yield* Effect.provideService(writeRows(rows, format, data, columns), Output, Output.of({ ...nothing, message }))
  const bytes = Buffer.concat(parts)
  return { bytes, messages, text: bytes.toString() }
})

const VALUES = `SELECT 9007199254740993 AS big, 1.50::DECIMAL(9, 2) AS dec, INTERVAL '1 month 2 days' AS span, '\\xAA\\x00'::BLOB AS bytes,
  {a: [1, NULL], "__proto__": 2} AS nested, row(1, 'x') AS unnamed, MAP {'k': 1} AS map, 'NaN'::DOUBLE AS nan, '日本 🎉' AS wide,
  'a' || chr(27) || '[31m' || chr(155) || chr(8238) AS control, NULL AS none, '' AS empty`

const ROW = {
  big: "9007199254740993",
  dec: "1.50",
  span: "1 month 2 days",
  bytes: "\\xAA\\x00",
  nested: JSON.parse('{"a":[1,null],"__proto__":2}') as unknown,
  unnamed: { _1: 1, _2: "x" },
  map: [{ key: "k", value: 1 }],
  nan: "NaN",
  wide: "日本 🎉",
  control: "a\u001b[31m\u009b\u202e",
  none: null,
  empty: ""
}

it.effect("values of every type", () =>
  Effect.gen(function* () {
    const json = yield* written(VALUES, "json")
    expect(JSON.parse(json.text)).toEqual([ROW])
    const lines = yield* written(VALUES, "jsonl")
    expect(JSON.parse(lines.text)).toEqual(ROW)
    const csv = yield* written(VALUES, "csv")
    expect(csv.text.split("\n")[1]).toBe(
      `9007199254740993,1.50,1 month 2 days,\\xAA\\x00,"{""a"":[1,null],""__proto__"":2}","{""_1"":1,""_2"":""x""}","[{""key"":""k"",""value"":1}]",NaN,日本 🎉,a\u001b[31m\u009b\u202e,,""`
    )
    const [read] = tableFromIPC((yield* written(VALUES, "arrow")).bytes).toArray()
    expect(read!["big"]).toBe(9007199254740993n)
    expect(String(read!["unnamed"])).toBe('{"_1": 1, "_2": "x"}')
    expect(read!["control"]).toBe(ROW.control)
  })
)

it.effect("nothing that a terminal obeys", () =>
  Effect.gen(function* () {
    const sql = `${VALUES}, 'x' AS "name${"\u001b"}[2J"`
    for (const format of ["table", "json", "jsonl", "csv"] as const) {
      expect((yield* written(sql, format, 80)).text, format).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u)
    }
    const { messages, text } = yield* written(sql, "table", 80)
    for (const line of text.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(80)
    expect(messages).toEqual(["pond: 9 of 13 columns are shown; --format json has all"])
  })
)

it.effect("no rows", () =>
  Effect.gen(function* () {
    const sql = "SELECT 1 AS a, 'x' AS b WHERE false"
    const texts = { table: "a  b\n", json: "[]\n", jsonl: "", csv: "a,b\n", plot: "no rows\n" } as const
    for (const [format, text] of Object.entries(texts)) {
      expect((yield* written(sql, format as keyof typeof texts)).text).toBe(text)
    }
    expect(tableFromIPC((yield* written(sql, "arrow")).bytes).numRows).toBe(0)
  })
)

it.effect("cells of megabytes stand out, and short rows are not padded to their width", () =>
  Effect.gen(function* () {
    const sql = "SELECT repeat('é', 5000000 * (range % 20 = 0)::INT) AS long, range AS n FROM range(40)"
    for (const format of ["table", "jsonl", "csv"] as const) {
      const { bytes } = yield* written(sql, format)
      expect(bytes.length).toBeGreaterThan(20_000_000)
      expect(bytes.length).toBeLessThan(20_020_000)
    }
    for (const line of (yield* written(sql, "table", 80)).text.split("\n"))
      expect(columnsOf(line)).toBeLessThanOrEqual(80)
  })
)

it.effect("hundreds of columns", () =>
  Effect.gen(function* () {
    const sql = `SELECT ${Array.from({ length: 500 }, (_, at) => `${at} AS c${at}`).join(", ")}`
    expect(JSON.parse((yield* written(sql, "jsonl")).text)).toHaveProperty("c499", 499)
    expect((yield* written(sql, "table")).text.split("\n")[1]).toMatch(/ 499$/u)
    const { messages, text } = yield* written(sql, "table", 40)
    expect(text.split("\n").map(columnsOf)).toEqual([38, 38, 0])
    expect(messages).toHaveLength(1)
  })
)

it.effect("a table lines up whatever rows come together, on a terminal too", () =>
  Effect.gen(function* () {
    const sql = "SELECT 'a' AS x, 1 AS n UNION ALL SELECT 'longer', 22222222 UNION ALL SELECT 'b', 3"
    const expected = "x              n\na              1\nlonger  22222222\nb              3\n"
    expect((yield* written(sql, "table")).text).toBe(expected)
    expect((yield* written(sql, "table", 80)).text).toBe(expected)
    const many = (yield* written("SELECT range AS n, 'x' AS x FROM range(5000)", "table")).text.split("\n")
    expect([many[0], many[1], many[5000]]).toStrictEqual(["   n  x", "   0  x", "4999  x"])
  })
)
