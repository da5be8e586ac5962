/**
 * SQL that attacks: it reads nothing of the machine, writes nothing, reaches nothing, changes no setting, and does not last for ever. When a new
 * version of the engine answers differently, this fails.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { asking } from "../../support/query/asking.ts"

const CANARY = "canary-that-no-statement-may-see"

/** Statements that are not run, whatever they do. */
const REFUSED = [
  "",
  "SELECT 1; SELECT 2",
  "SELECT 1; COPY (SELECT 1) TO 'OUT'",
  "COPY (SELECT 1) TO 'OUT'",
  "COPY '/a.json' TO 'OUT'",
  "CREATE TABLE t (x INT)",
  "CREATE TABLE t AS FROM '/a.json'",
  "INSERT INTO '/a.json' VALUES (1)",
  "DELETE FROM '/a.json'",
  "UPDATE '/a.json' SET n = 2",
  'DROP VIEW "/a.json"',
  "ATTACH 'OUT'",
  "INSTALL httpfs",
  "LOAD 'OUT'",
  "SET enable_external_access = true",
  "SET allowed_paths = ['SECRET']",
  "RESET ALL",
  "PRAGMA enable_external_access",
  "EXPORT DATABASE 'OUT'",
  "IMPORT DATABASE 'OUT'",
  "CALL enable_logging(storage = 'file', storage_path = 'OUT')",
  "CREATE SECRET (TYPE s3)",
  "VACUUM",
  "CHECKPOINT",
  "PREPARE p AS SELECT 1",
  "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUT'",
  "EXECUTE p",
  "DETACH memory",
  "USE main",
  "BEGIN TRANSACTION",
  "CREATE MACRO m(x) AS x",
  "CREATE MACRO m() AS TABLE SELECT * FROM read_text('SECRET')",
  "CREATE TYPE t AS ENUM ('a')",
  "COMMENT ON TABLE t IS 'x'",
  "SHOW ALL TABLES; SELECT 1",
  "SELECT 1 INTO OUTFILE 'OUT'",
  "/* SELECT 1 */ ATTACH 'OUT' -- SELECT",
  "SELECT 1 --\n; COPY (SELECT 1) TO 'OUT'",
  "SELECT 1 /* ; */ ; DELETE FROM t",
  "WITH x AS (DELETE FROM t RETURNING *) FROM x",
  "SELECT (COPY (SELECT 1) TO 'OUT')",
  `SELECT ${"x".repeat(1024 * 1024)}`
]

const DEEP = "repeat('[', 200000) || repeat(']', 200000)"
const OBJECT = `repeat('{"a":', 200000) || '1' || repeat('}', 200000)`

/** Statements that would bring the process down, or never let it go; and names for what they use. */
const FATAL = [
  `SELECT json_structure(${DEEP})`,
  `SELECT "JSON_Structure"(${DEEP})`,
  `SELECT json_structure/* */(${DEEP})`,
  `SELECT main.json_structure(${DEEP})`,
  `SELECT system.main.json_structure(${DEEP})`,
  `SELECT (${DEEP}).json_structure()`,
  `SELECT list_transform([1], lambda x: json_structure(${DEEP}))`,
  `FROM (VALUES (1)) t(n) WHERE n IN (SELECT length(json_structure(${DEEP})) FROM range(3))`,
  `WITH a AS (SELECT 1 UNION ALL (SELECT 2 ORDER BY json_structure(${DEEP}))) FROM a`,
  `SELECT count(*) FILTER (json_structure(${DEEP}) IS NULL) OVER () FROM range(3)`,
  `SELECT * FROM range(length(json_structure(${DEEP})))`,
  `SELECT * FROM range(3) LIMIT (SELECT length(json_structure(${DEEP})))`,
  `SELECT * REPLACE (json_structure(${DEEP}) AS range) FROM range(3)`,
  `DESCRIBE SELECT json_structure(${DEEP})`,
  `SELECT json_group_structure(x) FROM (SELECT ${DEEP} AS x)`,
  `SELECT json_merge_patch(${OBJECT}, ${OBJECT})`,
  `SELECT json_contains(${DEEP}, ${DEEP})`,
  `SELECT (${DEEP})::JSON::VARIANT`,
  `SELECT TRY_CAST((${DEEP})::JSON AS STRUCT(a VARIANT)[])`,
  `SELECT from_json(${DEEP}, ${DEEP})`,
  `SELECT from_json('[]', x) FROM (SELECT ${DEEP} AS x)`,
  `SELECT json_transform_strict('[]', '${"[".repeat(300)}"INT"${"]".repeat(300)}')`,
  "SELECT repeat('a', 1000) GLOB (repeat('*a', 1000) || 'b')",
  "SELECT NOT (repeat('a', 1000) GLOB (repeat('*a', 1000) || 'b'))",
  `SELECT "~~~"(repeat('a', 1000), repeat('*a', 1000) || 'b')`,
  "SELECT json_serialize_plan('SELECT 1')",
  "SELECT current_setting('temp_directory')",
  "SELECT getvariable('x')",
  "SELECT write_log('x')"
]

/** Statements that the parser or the engine itself refuses because they are too deep or too much. */
const BOUNDED = [
  `SELECT ${"(".repeat(10_000)}1${")".repeat(10_000)}`,
  `SELECT ${"abs(".repeat(10_000)}1${")".repeat(10_000)}`,
  `SELECT ${"[".repeat(10_000)}1${"]".repeat(10_000)}`,
  `SELECT ${"NOT ".repeat(10_000)}true`,
  `SELECT ${"1+".repeat(10_000)}1`,
  `SELECT 1${"::INT".repeat(10_000)}`,
  `SELECT NULL::INT${"[]".repeat(10_000)}`,
  `SELECT * FROM ${"(SELECT * FROM ".repeat(10_000)}(SELECT 1)${")".repeat(10_000)}`,
  `${"WITH a AS (".repeat(10_000)}SELECT 1${") FROM a".repeat(10_000)}`,
  `SELECT 1 FROM (SELECT 1) t ${", (SELECT 1)".repeat(10_000)}`,
  "SELECT 'a' SIMILAR TO repeat('(a?){1000}', 1000)",
  "SELECT repeat('a', 10000000000)"
]

/** Names that look like others. */
const LOOKALIKES = [
  "SELECT * FROM r\u0435ad_text('SECRET')",
  "SELECT * FROM \uFF52\uFF45\uFF41\uFF44\uFF3F\uFF54\uFF45\uFF58\uFF54('SECRET')",
  "SELECT * FROM read_text\u200B('SECRET')",
  `SELECT * FROM U&"re\\0061d_text"('SECRET')`,
  "SEL\u200BECT * FROM read_text('SECRET')",
  "\uFEFFCOPY (SELECT 1) TO 'OUT'",
  "COPY\u00A0(SELECT 1) TO 'OUT'"
]

/** Statements that read, and are denied what they want to read. */
const DENIED = [
  "SELECT * FROM read_text('SECRET')",
  "SELECT * FROM read_blob('SECRET')",
  "SELECT * FROM read_csv('SECRET')",
  "SELECT * FROM read_json('SECRET')",
  "SELECT * FROM read_parquet('SECRET')",
  "SELECT * FROM glob('FOLDER/*')",
  "SELECT * FROM read_text('FOLDER/../*')",
  "SELECT * FROM sniff_csv('SECRET')",
  "SELECT * FROM parquet_metadata('SECRET')",
  "SELECT * FROM query('SELECT * FROM read_text(''SECRET'')')",
  "SELECT * FROM query_table('SECRET')",
  "SELECT * FROM query_table(['SECRET'])",
  "SELECT * FROM 'SECRET'",
  'SELECT * FROM "SECRET"',
  "SELECT * FROM 'host:SECRET'",
  "SELECT * FROM 'lines://host:SECRET'",
  "SELECT * FROM '/../../../../../../../../SECRET'",
  "SELECT * FROM 'file://SECRET'",
  "SELECT * FROM 'http://127.0.0.1:9/x.csv'",
  "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
  "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
  "SELECT getenv('HOME')",
  "SELECT * FROM sqlite_scan('SECRET', 't')",
  "SELECT * FROM enable_profiling()",
  "SELECT * FROM system.main.enable_logging('QueryLog')",
  "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
  "SELECT * FROM arrow_scan(1, 2, 3)",
  "SELECT * FROM checkpoint()",
  "SELECT * FROM duckdb_settings()",
  "SELECT * FROM main.'SECRET'",
  "SELECT * FROM information_schema.views",
  "SELECT * FROM pg_catalog.pg_views",
  "SELECT * FROM main.sqlite_master",
  "SELECT * FROM sqlite_master",
  "SELECT * FROM duckdb_views",
  "SELECT * FROM system.main.duckdb_settings",
  "SELECT * FROM system.information_schema.views",
  "SELECT * FROM duckdb_views()",
  "SELECT * FROM duckdb_secrets()",
  "SELECT * FROM duckdb_databases()",
  "SELECT * FROM duckdb_temporary_files()",
  "SELECT * FROM duckdb_external_file_cache()",
  "SELECT * FROM which_secret('s3://x', 's3')",
  "SELECT * FROM read_duckdb('SECRET')",
  "SELECT * FROM read_ndjson_objects(['SECRET'])",
  "SELECT * FROM parquet_kv_metadata('SECRET')",
  "SELECT * FROM summary((FROM read_text('SECRET')))",
  "SELECT * FROM seq_scan('x')",
  "SELECT * FROM sql_auto_complete('SELECT * FROM ''FOLDER/')",
  "SELECT * FROM duckdb_logs_parsed('x')",
  "SELECT * FROM test_all_types()",
  "SELECT * FROM (SELECT * FROM (WITH t AS (FROM read_text('SECRET')) FROM t))",
  "SELECT (SELECT content FROM read_text('SECRET'))",
  "SELECT 1 WHERE EXISTS (FROM read_text('SECRET'))",
  "SELECT * FROM '/a.json' SEMI JOIN read_blob('SECRET') ON true",
  "(FROM '/a.json') UNION ALL BY NAME (FROM glob('FOLDER/*'))",
  "SELECT * FROM (PIVOT read_text('SECRET') ON filename USING count(*))",
  "SELECT * FROM (SUMMARIZE FROM read_text('SECRET'))",
  "SELECT * FROM (DESCRIBE FROM read_text('SECRET'))",
  "SELECT * FROM range(1), LATERAL (SELECT * FROM read_text('SECRET'))",
  "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = 'OUT')"
]

const prepared = Effect.gen(function* () {
  const asked = yield* asking
  const secret = join(asked.directory, "..", `secret-${process.pid}.txt`)
  writeFileSync(secret, `${CANARY}\n`)
  yield* Effect.addFinalizer(() => Effect.sync(() => writeFileSync(secret, "")))
  yield* asked.write({ "/a.json": '{"n":1}\n' })
  yield* asked.rows("FROM '/a.json'")
  const fill = (sql: string) =>
    sql
      .replaceAll("SECRET", secret)
      .replaceAll("FOLDER", asked.directory)
      .replaceAll("OUT", join(asked.directory, "out"))
  return { ...asked, fill }
})

describe("statements of others", () => {
  it.live("are run only when they read", () =>
    Effect.gen(function* () {
      const { directory, fill, rows } = yield* prepared
      const before = readdirSync(directory).toSorted()
      for (const sql of REFUSED) {
        const error = yield* Effect.flip(rows(fill(sql)))
        expect([sql, ["StatementRefused", "QueryFailed"].includes(error._tag)]).toStrictEqual([sql, true])
      }
      expect(readdirSync(directory).toSorted()).toStrictEqual(before)
    })
  )

  it.live("see nothing but what their paths name", () =>
    Effect.gen(function* () {
      const { directory, fill, rows } = yield* prepared
      const before = readdirSync(directory).toSorted()
      for (const sql of DENIED) {
        const exit = yield* Effect.exit(rows(`SELECT * FROM '/a.json', (${fill(sql)})`))
        expect([sql, Exit.isFailure(exit)]).toStrictEqual([sql, true])
        expect([sql, JSON.stringify(exit)]).toStrictEqual([sql, expect.not.stringContaining(CANARY)])
      }
      expect(readdirSync(directory).toSorted()).toStrictEqual(before)
    })
  )

  it.live("cannot bring the process down, however deep they are", () =>
    Effect.gen(function* () {
      const { rows } = yield* asking
      for (const sql of FATAL) {
        expect([sql, (yield* Effect.flip(rows(sql)))._tag]).toStrictEqual([sql, "StatementRefused"])
      }
      for (const sql of BOUNDED) {
        expect([sql, (yield* Effect.flip(rows(sql)))._tag]).toStrictEqual([sql, "QueryFailed"])
      }
      expect(yield* rows(`SELECT from_json('{"a":[1]}', '{"a":["INT"]}').a`)).toStrictEqual([[[1]]])
      expect(yield* rows(`SELECT 1 ${"UNION ALL SELECT 1 ".repeat(300)}`)).toHaveLength(301)
    })
  )

  it.live("are not helped by names that look like others", () =>
    Effect.gen(function* () {
      const { directory, fill, rows } = yield* prepared
      const before = readdirSync(directory).toSorted()
      for (const sql of LOOKALIKES) {
        const exit = yield* Effect.exit(rows(fill(sql)))
        expect([sql, Exit.isFailure(exit), JSON.stringify(exit)]).toStrictEqual([
          sql,
          true,
          expect.not.stringContaining(CANARY)
        ])
      }
      expect(readdirSync(directory).toSorted()).toStrictEqual(before)
    })
  )

  it.live("see nothing of this machine in what the engine tells of itself", () =>
    Effect.gen(function* () {
      const { directory, rows } = yield* prepared
      const told = [
        "FROM duckdb_columns()",
        "FROM duckdb_functions()",
        "FROM duckdb_types()",
        "FROM information_schema.tables",
        "FROM information_schema.columns",
        "FROM information_schema.schemata",
        "SELECT current_database(), current_schemas(true), current_query(), current_user, version(), pg_get_viewdef(1)",
        "FROM (SHOW ALL TABLES)",
        "DESCRIBE '/a.json'",
        "SELECT stats(n) FROM '/a.json'",
        "SELECT COLUMNS(*) FROM '/a.json'"
      ]
      for (const sql of told) {
        const seen = JSON.stringify(yield* rows(`SELECT t.*, a.n FROM (${sql}) t, '/a.json' a`.replace("((", "(")))
        expect([sql, seen.includes(directory), seen.includes(".parquet")]).toStrictEqual([sql, false, false])
      }
    })
  )

  it.live("use functions that were looked at: a new version of the engine is looked at again", () =>
    Effect.gen(function* () {
      const { rows } = yield* asking
      const known = readFileSync(join(import.meta.dirname, "../../golden/query/functions.txt"), "utf8")
      const sql = "SELECT DISTINCT function_type || ' ' || function_name AS f FROM duckdb_functions() ORDER BY f"
      expect((yield* rows(sql)).map((row) => `${String(row[0])}\n`).join("")).toBe(known)
    })
  )

  it.live("are not misled by names", () =>
    Effect.gen(function* () {
      const { rows, write } = yield* asking
      const names = [
        "/it's.json",
        '/say "hi".json',
        "/x') ; COPY (SELECT 1) TO 'y' --.json",
        "/new\nline.json",
        "/a;b.json"
      ]
      yield* write(Object.fromEntries(names.map((name, at) => [name, `{"n":${at}}\n`])))
      for (const [at, name] of names.entries()) {
        expect(yield* rows(`SELECT n, _path FROM '${name.replaceAll("'", "''")}'`)).toStrictEqual([[at, name]])
      }
      expect(yield* rows("SELECT count(*) FROM '/*'")).toStrictEqual([[names.length]])
    })
  )

  it.live("stay within memory and time", () =>
    Effect.gen(function* () {
      const { rows } = yield* asking
      const bomb = yield* Effect.flip(rows("SELECT list(range) FROM range(200000000)", { memoryMb: 64 }))
      expect(bomb.message).toContain("Out of Memory")
      const late = yield* Effect.flip(
        rows("SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 8", { seconds: 1 })
      )
      expect(late._tag).toBe("QueryTimedOut")
    })
  )

  it.live("stop when they are interrupted", () =>
    Effect.gen(function* () {
      const { rows } = yield* asking
      const endless = rows("SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 8")
      const ended = yield* Effect.timeoutOption(endless, "300 millis")
      expect(ended._tag).toBe("None")
      expect(yield* rows("SELECT 1")).toStrictEqual([[1]])
    })
  )
})
