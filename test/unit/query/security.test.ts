/**
 * SQL that attacks: it reads nothing of the machine, writes nothing, reaches nothing, changes no setting, and does not last for ever. When a new
 * version of the engine answers differently, this fails.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
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
  "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUT'"
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
