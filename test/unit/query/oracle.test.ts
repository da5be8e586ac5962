/**
 * The rows of files in a pond are those that the engine reads of the same files on the host by itself.
 */
import { DuckDBInstance } from "@duckdb/node-api"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { plainValue } from "../../../src/query/value.ts"
import { asking } from "../../support/query/asking.ts"
import { within } from "../../support/tlogfs/open.ts"

/** What the engine itself reads of a file. */
const engineRows = (sql: string) =>
  Effect.promise(async () => {
    const instance = await DuckDBInstance.create(":memory:")
    const connection = await instance.connect()
    const rows = (await connection.runAndReadAll(sql)).getRows()
    connection.closeSync()
    instance.closeSync()
    return rows.map((row) => row.map(plainValue))
  })

const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"]

const logLine = (at: number): string =>
  JSON.stringify({
    ts: `2026-11-21T08:${String(Math.floor(at / 60) % 60).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}.${at % 10}00Z`,
    level: LEVELS[at % 4],
    msg: at % 7 === 0 ? `straße № ${at} "quoted"\n\\ 🐟` : "request",
    ms: at % 3 === 0 ? at : at / 8,
    seq: 9_007_199_254_740_000 + at,
    ...(at % 5 === 0 ? { error: { code: at, where: ["a", `b${at}`] } } : {}),
    ...(at > 400 ? { late: at % 2 === 0 } : {})
  })

const wide = (rows: number, columns: number): string =>
  [
    Array.from({ length: columns }, (_, at) => `column ${at}`).join(","),
    ...Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, at) => ((row * at) % 11 === 0 ? "" : String(row * at))).join(",")
    )
  ].join("\n")

const quoted = (rows: number): string =>
  `id;name;note;price\r\n${Array.from(
    { length: rows },
    (_, at) => `${at};"Name, ""${at}""";${at % 3 === 0 ? `"two\nlines; ü ${at}"` : "plain"};${at}.5\r\n`
  ).join("")}`

const json = Array.from({ length: 600 }, (_, at) => `${logLine(at)}\n`).join("")

const CASES = [
  ["log.json", json, "read_json('FILE', sample_size = -1)"],
  [
    "blank.jsonl",
    `\n${json.replaceAll("\n", "\n\n")}`,
    "read_json('FILE', sample_size = -1, format = 'newline_delimited')"
  ],
  ["log.json.gz", gzipSync(json), "read_json('FILE', sample_size = -1)"],
  ["list.json", `[${json.trim().replaceAll("\n", ",\n")}]`, "read_json('FILE', sample_size = -1)"],
  ["quoted.csv", quoted(300), "read_csv('FILE')"],
  ["wide.csv", wide(50, 400), "read_csv('FILE')"],
  ["tabs.tsv", "a\tb\n1\tx y\n2\t\n", "read_csv('FILE', delim = '\\t')"],
  ["unended.csv", "a,b\n1,2\n3,4", "read_csv('FILE')"],
  ["header.csv", "a,b\n", "read_csv('FILE')"]
] as const

describe("rows are those of the engine's own reading", () => {
  for (const [name, content, reader] of CASES) {
    it.live(`of ${name}`, () =>
      Effect.gen(function* () {
        const { directory, rows, write } = yield* asking
        yield* write({ [`/${name}`]: content })
        const file = join(directory, name)
        writeFileSync(file, content)
        const mine = yield* rows(`SELECT * EXCLUDE (_path, _txn, _line) FROM '/${name}'`)
        const theirs = yield* engineRows(`SELECT * FROM ${reader.replace("FILE", file)}`)
        expect(mine).toStrictEqual(theirs)
        expect(mine.length).toBeGreaterThanOrEqual(name === "header.csv" ? 0 : 2)
      })
    )
  }

  it.live("of Parquet, in tables and in all versions of a series of tables", () =>
    Effect.gen(function* () {
      const { directory, pond, query, rows, write } = yield* asking
      yield* write({ "/log.json": json })
      const tableOf = (sql: string) =>
        Effect.scoped(Effect.map(query.parquet(sql), ({ file }) => new Uint8Array(readFileSync(file))))
      const first = yield* tableOf("SELECT ts, level, ms, seq, error FROM '/log.json' WHERE ms < 100")
      const second = yield* tableOf("SELECT ts, level, ms, seq, error, late FROM '/log.json' WHERE ms >= 100")
      const files = [first, second].map((bytes, at) => {
        const file = join(directory, `host-${at}`)
        writeFileSync(file, bytes)
        return file
      })
      yield* within(pond, (open) =>
        Effect.gen(function* () {
          yield* open.create("/table", "table")
          yield* open.write("/table", first)
          yield* open.addVersion("/series", first)
          yield* open.addVersion("/series", second)
        })
      )
      expect(yield* rows("SELECT * EXCLUDE (_path, _txn, _line) FROM '/table'")).toStrictEqual(
        yield* engineRows(`SELECT * FROM read_parquet('${files[0]}')`)
      )
      const both = files.map((file) => `'${file}'`).join(", ")
      expect(yield* rows("SELECT * EXCLUDE (_path, _txn, _line) FROM '/series' ORDER BY seq")).toStrictEqual(
        yield* engineRows(`SELECT * FROM read_parquet([${both}], union_by_name = true) ORDER BY seq`)
      )
    })
  )
})
