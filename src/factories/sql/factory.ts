/**
 * The factory `sql`: a node that is a query over other paths, read as a table wherever tables are. Nothing has to be run: whoever reads it gets the
 * answer to what the paths hold then. Its command makes the answer beforehand, and tells what is in it.
 */
import { Effect, Schema, Stream } from "effect"
import { literal } from "../../query/database.ts"
import { defineCommand, defineFactory } from "../contract.ts"
import { Questions } from "../questions.ts"
import { SqlConfig } from "./config.ts"

const SqlReport = Schema.Struct({
  path: Schema.String,
  query: Schema.String,
  rows: Schema.Int,
  columns: Schema.Array(Schema.Struct({ name: Schema.String, type: Schema.String }))
})

/** Columns that tell where rows are from. */
const ORIGINS: ReadonlySet<string> = new Set(["_path", "_txn", "_line"])

const check = defineCommand<SqlConfig>()({
  description: "Make the answer, and tell its columns and how many rows it has.",
  flags: {},
  isReading: true,
  report: SqlReport,
  run: ({ config, instance: { path } }) =>
    Effect.gen(function* () {
      const { queryOver } = yield* Effect.promise(() => import("../../query/query.ts"))
      const { directory, pond } = yield* Questions
      const query = queryOver(pond, yield* directory)
      const options = { snapshot: yield* pond.head }
      const { rows: shown } = yield* query.answer(`FROM ${literal(path)} LIMIT 0`, options)
      const columns = shown.columns.filter(([name]) => !ORIGINS.has(name)).map(([name, type]) => ({ name, type }))
      const [counted] = yield* Stream.runCollect(query.rows(`SELECT count(*) AS n FROM ${literal(path)}`, options))
      return { path, query: config.query, rows: Number(counted?.["n"]), columns }
    }).pipe(Effect.scoped),
  lines: ({ columns, path, rows }) => [
    `${path} has ${rows} row${rows === 1 ? "" : "s"}`,
    ...columns.map(({ name, type }) => `  ${name}  ${type}`)
  ]
})

/** Queries over other paths, seen as tables. */
export const derived = defineFactory(
  {
    type: "sql",
    description: "A query over other paths, read as a table: never stale, nothing to run.",
    config: SqlConfig,
    example: `/reports/errors --query "SELECT * FROM '/logs/*.json' WHERE level = 'error'"`,
    bare: "check"
  },
  { check }
)
