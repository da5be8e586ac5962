/**
 * The rows of files in a pond are those that the engine reads of the same files on the host by itself.
 */
import { DuckDBInstance } from "@duckdb/node-api"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
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

const wideJson = (rows: number, columns: number): string =>
  Array.from({ length: rows }, (_, row) => {
    const fields = Array.from({ length: columns }, (__, at) => [`c${at}`, row % 3 === 0 ? null : row * at] as const)
    return `${JSON.stringify(Object.fromEntries(fields.filter((___, at) => (row + at) % 7 !== 0)))}\n`
  }).join("")

/** Times that say how far they are from UTC. */
const zones = (rows: number): string =>
  Array.from({ length: rows }, (_, at) => {
    const time = `2026-11-21T00:${String(at).padStart(2, "0")}:00.5+${at % 2 === 0 ? "02:00" : "05:30"}`
    return `${JSON.stringify({ time, within: { times: [time], n: at } })}\n`
  }).join("")

/** Whole numbers of both signs, some too large for floating point. */
const signs = (rows: number): string =>
  Array.from({ length: rows }, (_, at) => {
    const number = `${at % 3 === 0 ? "-" : ""}90071992547409${String(at).padStart(2, "0")}3`
    return `{"n":${number},"within":{"n":[${number}]},"big":${at === 7 ? "-1" : `184467440737095516${String(at % 16).padStart(2, "0")}`}}\n`
  }).join("")

const UNICODE = "größe,名前,emoji 🐟,café\n1,東京,👩‍👩‍👧,e\u0301\n2,\u202eabc,🇩🇪,\u00e9\n3,\u00a0,\u200b,ﬁ\n"

const LINES = Array.from({ length: 300 }, (_, at) => (at % 5 === 0 ? "" : ` zeile ${at}\t"ü" 🐟 `)).join("\n") + "\n"

const two = (value: number): string => String(value).padStart(2, "0")

const WEBLOG = Array.from(
  { length: 400 },
  (_, at) =>
    `10.0.${at % 7}.${at % 250} - ${at % 4 === 0 ? "-" : `user${at % 5}`} [21/Nov/2026:08:${two(at % 60)}:00 +0000] ` +
    `"${["GET", "POST", "HEAD"][at % 3]} /p/${at}?q=ä%20b HTTP/1.${at % 2}" ${[200, 304, 404, 500][at % 4]} ` +
    `${at % 9 === 0 ? "-" : at * 13} "${at % 6 === 0 ? "-" : `https://example.org/${at}`}" "Mozilla/5.0 (X11; ${at})"\n`
).join("")

/** The lines of a file, by the engine. */
const BY_LINES = "(SELECT unnest(string_split(content[:-2], chr(10))) AS line FROM read_text('FILE'))"

const part = (pattern: string, at: number, type = "VARCHAR"): string =>
  `CAST(nullif(nullif(regexp_extract(line, '${pattern}', ${at}), '-'), '') AS ${type})`

const COMBINED = String.raw`^(\S+) (\S+) (\S+) \[([^\]]+)\] "((\S+) (\S+) (\S+))"`
const COMBINED_END = String.raw`" (\d+) (\S+) "([^"]*)" "([^"]*)"$`
const WEBLOG_BY_PATTERN = `(SELECT ${[
  ...[1, 2, 3].map((at) => part(COMBINED, at)),
  `strptime(regexp_extract(line, '${COMBINED}', 4)[:20], '%d/%b/%Y:%H:%M:%S')`,
  ...[5, 6, 7, 8].map((at) => part(COMBINED, at)),
  part(COMBINED_END, 1, "INTEGER"),
  part(COMBINED_END, 2, "BIGINT"),
  ...[3, 4].map((at) => part(COMBINED_END, at))
].join(", ")} FROM ${BY_LINES})`

const SYSLOG = Array.from(
  { length: 300 },
  (_, at) =>
    `<${at % 192}>1 2026-11-21T08:${two(at % 60)}:01.${two(at % 100)}0Z host${at % 3} app ${at % 2 === 0 ? "-" : at} ` +
    `ID${at % 5} - message ${at} with [brackets] and ü\n`
).join("")
const RFC_5424 = String.raw`^<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) - (.*)$`
const SYSLOG_BY_PATTERN = `(SELECT ${[
  `${part(RFC_5424, 1, "INTEGER")} // 8`,
  `${part(RFC_5424, 1, "INTEGER")} % 8`,
  part(RFC_5424, 2, "TIMESTAMP"),
  ...[2, 3, 4, 5, 6].map((at) => part(RFC_5424, at)),
  "NULL",
  part(RFC_5424, 7)
].join(", ")} FROM ${BY_LINES})`

const OTEL = Array.from({ length: 60 }, (_, at) => {
  const logRecords = Array.from({ length: (at % 3) + 1 }, (__, record) => ({
    timeUnixNano: `17637120000000${two(at)}00${record}`,
    severityText: LEVELS[at % 4],
    severityNumber: at % 24,
    body: { stringValue: `nachricht ${at}.${record} ü` },
    traceId: `trace${at}`
  }))
  const attributes = [{ key: "service.name", value: { stringValue: `service ${at % 4}` } }]
  return `${JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: "s" }, logRecords }] }] })}\n`
}).join("")
const OTEL_BY_UNNEST =
  "(SELECT 'log', make_timestamp_ns(r.timeUnixNano::BIGINT), s, n, r.severityText, r.severityNumber::INTEGER, " +
  "r.body.stringValue, r.traceId FROM (SELECT s, l.scope.name AS n, unnest(l.logRecords) AS r FROM (" +
  "SELECT g.resource.attributes[1].value.stringValue AS s, unnest(g.scopeLogs) AS l FROM (" +
  "SELECT unnest(resourceLogs) AS g FROM read_json('FILE', sample_size = -1, format = 'newline_delimited')))))"

/** The columns that are compared where the others of a format are not in the file. */
const COMPARED: Readonly<Record<string, string>> = {
  telemetry: "kind, time, service, scope, severity, severity_number, body, trace_id"
}

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
  ["zones.json", zones(60), "read_json('FILE', sample_size = -1)"],
  ["signs.json", signs(60), "read_json('FILE', sample_size = -1)"],
  ["quoted.csv", quoted(300), "read_csv('FILE')"],
  ["wide.csv", wide(20, 1000), "read_csv('FILE')"],
  ["wide.json", wideJson(20, 1000), "read_json('FILE', sample_size = -1, map_inference_threshold = -1)"],
  ["unicode.csv", UNICODE, "read_csv('FILE')"],
  ["mark.csv", `\ufeff${UNICODE}`, "read_csv('FILE')"],
  ["log.json.zst", zstdCompressSync(json), "read_json('FILE', sample_size = -1)"],
  ["quoted.csv.gz", gzipSync(quoted(100)), "read_csv('FILE')"],
  ["empty.csv", "", "(SELECT 1 WHERE false)"],
  ["notes.txt", LINES, `(SELECT unnest(string_split(content[:-2], chr(10))) AS line FROM read_text('FILE'))`],
  ["access", WEBLOG, WEBLOG_BY_PATTERN],
  ["messages", SYSLOG, SYSLOG_BY_PATTERN],
  ["telemetry", OTEL, OTEL_BY_UNNEST],
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
        const mine = yield* rows(`SELECT ${COMPARED[name] ?? "* EXCLUDE (_path, _txn, _line)"} FROM '/${name}'`)
        const theirs = yield* engineRows(`SELECT * FROM ${reader.replace("FILE", file)}`)
        expect(mine).toStrictEqual(theirs)
        expect(mine.length).toBeGreaterThanOrEqual(/^(?:header|empty)/u.test(name) ? 0 : 2)
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
