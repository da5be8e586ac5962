/**
 * SQL over the paths of a pond: a statement in, rows out.
 *
 * The bytes that a statement needs are read and checked by the pond (R4), parsed once and kept as Parquet (R6). The statement itself runs in a database
 * that may read exactly these files, and nothing else (R11).
 */
import type { RecordBatch } from "apache-arrow"
import { Context, Effect, Layer, type Scope, Stream } from "effect"
import { join, resolve } from "node:path"
import { compareKeys } from "../store/key.ts"
import type { PondInterface } from "../tlogfs/pond.ts"
import { allowanceOf, CACHE_BYTES, PARSING } from "./allowance.ts"
import { arrowBatches } from "./arrow.ts"
import { QueryCache } from "./cache.ts"
import { type Database, identifier, literal, openDatabase } from "./database.ts"
import { deriverOver } from "./derived.ts"
import { Deriving } from "./deriving.ts"
import { NoSuchTable, StatementRefused } from "./errors.ts"
import { fillTable, OWN_TABLES } from "./history.ts"
import { profileTable, type TableProfile } from "./profile.ts"
import { Rows } from "./rows.ts"
import { parseStatement, type TableName } from "./statement.ts"
import { type Note, type QueryOptions, type Table, Tables } from "./tables.ts"

/** The answer to a statement. */
export interface Answer {
  readonly rows: Rows
  readonly notes: ReadonlyArray<Note>
}

/** What the rows of a table are like, and what there is to tell of it. */
export interface Profile extends TableProfile {
  readonly notes: ReadonlyArray<Note>
}

const BAD_LINES_COLUMNS = "path VARCHAR, line BIGINT, reason VARCHAR, text VARCHAR"

/** Two names that the engine takes for one. */
const differingInCase = (tables: ReadonlyArray<TableName>): string | undefined => {
  const seen = new Map<string, string>()
  for (const { name, schema } of tables) {
    const key = `${schema}.${name}`.toLowerCase()
    const before = seen.get(key)
    if (before !== undefined && before !== name) return name
    seen.set(key, name)
  }
  return undefined
}

/** The table of what was left out. */
const BAD_LINES = "pond.bad_lines"

/** Tables of the engine that tell of the tables of a statement. Others tell of this machine. */
const CATALOG: ReadonlySet<string> = new Set(["columns", "schemata", "tables"])

/** A table of the history of a pond. */
interface OwnTable {
  readonly schema: string
  readonly name: keyof typeof OWN_TABLES
}

/** What the tables of a statement are: files, or tables of the history of ponds; each once. */
const divided = Effect.fnUntraced(function* (asked: ReadonlyArray<TableName>, { sources }: Tables) {
  const files = new Map<string, TableName>()
  const own = new Map<string, OwnTable>()
  for (const table of asked) {
    const schema = table.schema.toLowerCase()
    const name = table.name.toLowerCase()
    const isPond = schema === "pond" || Object.hasOwn(sources.attached, schema)
    if (isPond && Object.hasOwn(OWN_TABLES, name)) own.set(`${schema}.${name}`, { schema, name })
    else if (schema === "" || sources.places.has(schema)) files.set(`${schema}.${table.name}`, { ...table, schema })
    else if (`${schema}.${name}` !== BAD_LINES && !(schema === "information_schema" && CATALOG.has(name))) {
      const { position } = table
      const known = [...Object.keys(OWN_TABLES), "bad_lines"].join(", ")
      const reason = schema === "pond" ? `there are ${known}` : `no pond is attached as ${JSON.stringify(schema)}`
      return yield* new NoSuchTable({ table: `${schema}.${table.name}`, reason, position, nearest: null })
    }
  }
  return { files: [...files.values()], own: [...own.values()] }
})

/** Puts the tables of histories that a statement names into its database. */
const fillOwnTables = Effect.fnUntraced(function* (
  pond: PondInterface,
  { options, snapshot, sources }: Tables,
  database: Database,
  own: ReadonlyArray<OwnTable>,
  tables: ReadonlyArray<Table>
) {
  for (const { name, schema } of own) {
    const asked = schema === "pond" ? { pond, snapshot } : yield* sources.pond(schema)
    const { columns, rows } = OWN_TABLES[name]!
    yield* fillTable(database, schema, name, columns, rows(asked.pond, asked.snapshot))
  }
  const bad = options.badLines === "skip" ? [] : tables.flatMap((table) => table.bad)
  const rows = bad.map(({ line, path, reason, text }) => [path, line, reason, text])
  yield* fillTable(database, "pond", "bad_lines", BAD_LINES_COLUMNS, Stream.fromIterable(rows))
})

const subjectOf = (note: Note): string => ("path" in note ? note.path : note.table)

/** Reads what a statement needs. The database that parses is closed before the statement runs. */
const prepare = Effect.fnUntraced(function* (
  pond: PondInterface,
  cache: QueryCache,
  work: string,
  sql: string,
  options: QueryOptions
) {
  const database = yield* openDatabase({ ...(yield* allowanceOf(work, options)), directory: `${cache.directory}/` })
  const { statement, tables: asked } = yield* parseStatement(database, sql)
  const twice = differingInCase(asked)
  if (twice !== undefined) {
    const reason = `it names ${JSON.stringify(twice)} and another table that differs from it only in case; ask for them in two statements`
    return yield* new StatementRefused({ reason })
  }
  const parser = { database, cache, work, ...PARSING }
  const tables = new Tables(parser, options.snapshot ?? (yield* pond.head), options)
  const { files, own } = yield* divided(asked, tables)
  return { own, statement, tables, read: yield* Effect.forEach(files, (table) => tables.table(table)) }
}, Effect.scoped)

/** A database in which a statement can run, and what there is to tell of its tables. */
const ready = Effect.fnUntraced(function* (pond: PondInterface, directory: string, sql: string, options: QueryOptions) {
  const cache = new QueryCache(resolve(directory))
  const work = yield* cache.work
  const { own, read, statement, tables } = yield* prepare(pond, cache, work, sql, options)
  const files = new Set(read.flatMap(({ parts }) => parts.map(({ file }) => file)))
  yield* Effect.addFinalizer(() => cache.trim(CACHE_BYTES, files))
  const target = join(work, "answer.parquet")
  const database = yield* openDatabase({ ...(yield* allowanceOf(work, options)), files: [...files, target] })
  const schemas = new Set(["pond", ...[...own, ...read].map(({ schema }) => schema)])
  for (const schema of schemas) if (schema !== "") yield* database.run(`CREATE SCHEMA ${identifier(schema)}`)
  for (const { name, schema, sql: query } of read) {
    yield* database.run(`CREATE VIEW ${identifier(schema || "main")}.${identifier(name)} AS ${query}`)
  }
  yield* fillOwnTables(pond, tables, database, own, read)
  const notes = tables.notes.toSorted((left, right) => compareKeys(subjectOf(left), subjectOf(right)))
  return { database, notes, read, statement, target }
})

const answer = Effect.fn("Query.answer")(function* (
  pond: PondInterface,
  directory: string,
  sql: string,
  options: QueryOptions = {}
) {
  const { database, notes } = yield* ready(pond, directory, sql, options)
  return { rows: yield* Rows.open(database, sql, options), notes } satisfies Answer
})

/** A statement whose columns files of Parquet can hold: sums of whole numbers would lose digits there. */
const exactly = (database: Database, statement: string) =>
  database.use(async (connection) => {
    const result = await connection.run(`SELECT * FROM (${statement}) LIMIT 0`)
    const wide = result.columnNames().filter((_, at) => /^U?HUGEINT$/u.test(String(result.columnType(at))))
    const replaced = wide.map((name) => `${identifier(name)}::DECIMAL(38,0) AS ${identifier(name)}`)
    return replaced.length === 0 ? statement : `SELECT * REPLACE (${replaced.join(", ")}) FROM (${statement})`
  }, statement)

const parquet = Effect.fn("Query.parquet")(function* (
  pond: PondInterface,
  directory: string,
  sql: string,
  options: QueryOptions = {}
) {
  const { database, notes, statement, target } = yield* ready(pond, directory, sql, options)
  // The parser's own text of the statement: nothing of it can end the parentheses.
  const copy = `COPY (${yield* exactly(database, statement)}) TO ${literal(target)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`
  const { pages } = yield* Rows.open(database, copy, options)
  yield* Stream.runDrain(pages)
  return { file: target, notes }
})

const profile = Effect.fn("Query.profile")(function* (
  pond: PondInterface,
  directory: string,
  source: string,
  options: QueryOptions = {}
) {
  const { database, notes, read } = yield* ready(pond, directory, "FROM source", { ...options, source })
  const own = new Set(
    read.flatMap(({ parts }) => parts.flatMap(({ part }) => part.columns.map(([name]) => name.toLowerCase())))
  )
  const { columns } = yield* Rows.open(database, "FROM source LIMIT 0", options)
  const wanted = columns.filter(([name]) => own.has(name.toLowerCase()))
  return { ...(yield* profileTable(database, "source", wanted, !own.has("_line"))), notes }
}, Effect.scoped)

/** What asking can fail with. */
export type QueryError = Effect.Error<ReturnType<typeof answer>>

/** Asks questions of a pond. */
export interface QueryInterface {
  /** Runs one statement that reads; its rows are made while they are taken, within the scope. */
  answer(sql: string, options?: QueryOptions): Effect.Effect<Answer, QueryError, Scope.Scope>
  /** The rows of one statement as a file of Parquet, which goes with the scope. */
  parquet(
    sql: string,
    options?: QueryOptions
  ): Effect.Effect<{ readonly file: string; readonly notes: ReadonlyArray<Note> }, QueryError, Scope.Scope>
  /** What the rows of a file or glob are like, told of each of its columns. */
  profile(source: string, options?: QueryOptions): Effect.Effect<Profile, QueryError>
  /** The rows of a statement as record batches of Apache Arrow, each with the schema; at least one, which may be empty. */
  batches(sql: string, options?: QueryOptions): Stream.Stream<RecordBatch, QueryError>
  /** The rows of a statement as objects. */
  rows(sql: string, options?: QueryOptions): Stream.Stream<Readonly<Record<string, unknown>>, QueryError>
}

/** What asks with derived nodes as tables: those that its statements name are made with statements of the same pond. */
export const withDerived = <A, E, R>(
  pond: PondInterface,
  directory: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const run = (sql: string, options: QueryOptions) => parquet(pond, directory, sql, options)
  return Effect.provideService(effect, Deriving, deriverOver(pond, directory, run))
}

/** Questions to a pond; what is parsed for them is kept in a directory, which may be deleted at any time. */
export const queryOver = (pond: PondInterface, directory: string): QueryInterface => {
  const asked = (sql: string, options?: QueryOptions) =>
    withDerived(pond, directory, answer(pond, directory, sql, options))
  return {
    answer: asked,
    parquet: (sql, options) => withDerived(pond, directory, parquet(pond, directory, sql, options)),
    profile: (source, options) => withDerived(pond, directory, profile(pond, directory, source, options)),
    batches: (sql, options) => Stream.unwrap(Effect.map(asked(sql, options), ({ rows }) => arrowBatches(rows))),
    rows: (sql, options) =>
      Stream.unwrap(
        Effect.map(asked(sql, options), ({ rows: { columns, pages } }) =>
          Stream.flatMap(pages, (page) =>
            Stream.fromIterable(page.map((row) => Object.fromEntries(columns.map(([name], at) => [name, row[at]]))))
          )
        )
      )
  }
}

/** Questions to the pond that a program works with. */
export class Query extends Context.Service<Query, QueryInterface>()("pond/query/Query") {
  /** Asks a pond, such as the service `Pond`; `directory` is where parsed contents are kept. */
  static readonly layer = <E, R>(options: {
    readonly pond: Effect.Effect<PondInterface, E, R>
    readonly directory: string
  }) =>
    Layer.effect(
      Query,
      Effect.map(options.pond, (pond) => queryOver(pond, options.directory))
    )
}
