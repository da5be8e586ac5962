/**
 * Rows of a table for those who carry them elsewhere, file by file: which contents they come from, so that only new ones are taken next time.
 *
 * A content is known by its node, which stays through renames, and by its hash. Rows have numbers within it: those of a log that only grew keep theirs.
 */
import type { DuckDBType } from "@duckdb/node-api"
import { Effect, Option } from "effect"
import { resolve } from "node:path"
import type { PathError, ReadError } from "../tinyfs/index.ts"
import type { PondInterface, Snapshot } from "../tlogfs/pond.ts"
import { allowanceOf, CACHE_BYTES, PARSING } from "./allowance.ts"
import { type Part, QueryCache } from "./cache.ts"
import { type Column, mergeColumns, UNKNOWN, widened } from "./columns.ts"
import { type Database, identifier, literal, openDatabase } from "./database.ts"
import { Deriving, isDerived } from "./deriving.ts"
import { queryOver, withDerived } from "./query.ts"
import { type Note, type QueryOptions, Tables } from "./tables.ts"
import { type OwnColumns, tableQuery, type ViewPart } from "./view.ts"
import { shownType } from "./struct-type.ts"

/** A content that rows come from. */
export interface Origin {
  /** The node, and of a table series the place of the version. */
  readonly id: string
  readonly path: string
  /** The hash of its bytes. */
  readonly hash: string
  /** What else its rows depend on: the `key=value` directories of its path. */
  readonly hive: string
  /** The number of the last line that is parsed. */
  readonly endLine: number
  /** Its own columns, those without any value left out. */
  readonly columns: ReadonlyArray<Column>
  /** Hashes of the versions that it goes on from. */
  readonly earlier: Effect.Effect<ReadonlyArray<string>, PathError | ReadError>
}

/** Rows of an origin behind a line. */
export interface Wanted {
  readonly origin: Origin
  readonly afterLine: number
}

/** A table whose rows can be taken. */
export interface Extract {
  /** It may read the rows, and read and write in `work`. */
  readonly database: Database
  readonly work: string
  readonly columns: ReadonlyArray<Column>
  readonly types: ReadonlyArray<DuckDBType>
  /** Columns that no row has a value of: they are no columns of the table yet. */
  readonly valueless: ReadonlyArray<string>
  readonly origins: ReadonlyArray<Origin>
  readonly notes: ReadonlyArray<Note>
  /** What names of columns begin with that are no data. */
  readonly prefix: string
  /** A query for some rows: the columns of the table that any of them has, and after the prefix `place`, the place in the list, and `line`. */
  readonly rowsOf: (wanted: ReadonlyArray<Wanted>) => string
}

/** What none of some names begins with, nor would with other signs in it. */
const prefixBeside = (names: Iterable<string>): string => {
  const plain = [...names].map((name) => name.toLowerCase().replace(/\W/gu, "_"))
  let prefix = "__pond_"
  while (plain.some((name) => name.startsWith(prefix))) prefix += "_"
  return prefix
}

/** The parts of one content each. */
const byContent = (parts: ReadonlyArray<ViewPart>) => {
  const groups: Array<Array<ViewPart>> = []
  for (const part of parts) {
    if (wholeOf(part).start === 0 || groups.length === 0) groups.push([part])
    else groups.at(-1)!.push(part)
  }
  return groups
}

/** A part as it was read, which tables show less of. */
const wholeOf = ({ part }: ViewPart): Part => part as Part

const lastLineOf = (part: ViewPart): number => wholeOf(part).firstLine + wholeOf(part).lines - 1

const ownColumns = (parts: ReadonlyArray<ViewPart>): ReadonlyArray<Column> =>
  parts
    .reduce<ReadonlyArray<Column>>(
      (all, { part }) => mergeColumns(all, part.columns, (left, right) => widened(left, right) ?? left),
      []
    )
    .filter(([, type]) => type !== UNKNOWN)
    .map(([name, type]): Column => [name, shownType(type)])

/** What the contents of one path are. */
const originsAt = Effect.fnUntraced(function* (
  snapshot: Snapshot,
  path: string,
  groups: ReadonlyArray<ReadonlyArray<ViewPart>>
) {
  const node = Option.getOrThrow(yield* snapshot.find(path))
  const deriver = isDerived(node) ? yield* Deriving : undefined
  const derived = deriver === undefined ? undefined : (yield* deriver.content(snapshot, path, node)).key
  const isSeries = node.type === "table-series"
  const versions = isSeries ? yield* snapshot.versions(path) : []
  const earlier =
    node.type === "series"
      ? Effect.map(snapshot.versions(path), (all) => {
          const newest = node.content?.version ?? 0
          const first = all.findLast((one) => one.isAnew === true && one.version <= newest)?.version ?? 1
          return all.filter(({ version }) => version >= first && version < newest).map(({ hash }) => hash)
        })
      : Effect.succeed([])
  return groups.map((parts, at): Origin => {
    const version = versions[at]
    return {
      id: version === undefined ? node.id : `${node.id}#${version.version}`,
      path,
      hash: derived ?? version?.hash ?? node.content?.hash ?? "",
      hive: path
        .split("/")
        .slice(0, -1)
        .filter((name) => name.includes("="))
        .join("/"),
      endLine: lastLineOf(parts.at(-1)!),
      columns: ownColumns(parts),
      earlier
    }
  })
})

/** Reads the files of a table, and closes the database that did. */
const readTable = Effect.fnUntraced(function* (
  cache: QueryCache,
  work: string,
  snapshot: Snapshot,
  table: string,
  options: QueryOptions
) {
  const database = yield* openDatabase({ ...(yield* allowanceOf(work, options)), directory: `${cache.directory}/` })
  const parser = { database, cache, work, ...PARSING }
  const tables = new Tables(parser, snapshot, options)
  const { parts, sql } = yield* tables.table({ schema: "", name: table, position: null })
  return { parts, sql, notes: tables.notes }
}, Effect.scoped)

/** The answer of a derived node as a file of Parquet on this machine; it may be gone when the scope ends. */
export const derivedFile = Effect.fn("query.derivedFile")(function* (
  pond: PondInterface,
  directory: string,
  path: string,
  snapshot: Snapshot
) {
  const cache = new QueryCache(resolve(directory))
  const table = readTable(cache, yield* cache.work, snapshot, path, {})
  const { parts } = yield* withDerived(pond, directory, table)
  return parts[0]!.file
})

/** Names of what a table tells of where rows come from. */
const isOrigin = (name: string): boolean => /^_(?:path|txn|line|source|\d+)$/u.test(name)

/** Opens a table, named as in `FROM`, for taking its rows. */
export const openExtract = (pond: PondInterface, directory: string, table: string, options: QueryOptions = {}) =>
  withDerived(pond, directory, extractTable(pond, directory, table, options))

const extractTable = Effect.fn("query.extract")(function* (
  pond: PondInterface,
  directory: string,
  table: string,
  options: QueryOptions = {}
) {
  const cache = new QueryCache(resolve(directory))
  const work = yield* cache.work
  const snapshot = options.snapshot ?? (yield* pond.head)
  const { notes, parts, sql } = yield* readTable(cache, work, snapshot, table, options)
  const files = new Set(parts.map(({ file }) => file))
  yield* Effect.addFinalizer(() => cache.trim(CACHE_BYTES, files))
  const database = yield* openDatabase({
    ...(yield* allowanceOf(work, options)),
    directory: `${work}/`,
    files: [...files]
  })
  const given = new Map(parts.flatMap(({ part }) => part.columns.map(([name, type]) => [name.toLowerCase(), type])))
  for (const { part } of parts) {
    for (const [name, type] of part.columns) if (type !== UNKNOWN) given.set(name.toLowerCase(), type)
  }
  const { columns, types } = yield* describe(database, sql, (name) => {
    const type = given.get(name.toLowerCase())
    return type === undefined ? !isOrigin(name) : type !== UNKNOWN
  })
  const names = new Map(parts.flatMap(({ part }) => part.columns.map(([name]) => [name.toLowerCase(), name])))
  const valueless = [...names].flatMap(([key, name]) => (given.get(key) === UNKNOWN ? [[name, UNKNOWN] as const] : []))
  const byPath = Map.groupBy(byContent(parts), ([first]) => first!.path)
  const origins: Array<Origin> = []
  const partsOf = new Map<Origin, ReadonlyArray<ViewPart>>()
  const seen = new Map<string, number>()
  for (const [path, groups] of byPath) {
    for (const [at, origin] of (yield* originsAt(snapshot, path, groups)).entries()) {
      // One node at two paths is there twice.
      const times = (seen.get(origin.id) ?? 0) + 1
      seen.set(origin.id, times)
      const named = times === 1 ? origin : { ...origin, id: `${origin.id}+${times}` }
      origins.push(named)
      partsOf.set(named, groups[at]!)
    }
  }
  const prefix = prefixBeside(names.keys())
  return {
    database,
    work,
    columns,
    types,
    origins,
    notes,
    prefix,
    valueless: valueless.map(([name]) => name),
    rowsOf: (wanted) => rowsQuery([...columns, ...valueless], given, wanted, partsOf, prefix)
  } satisfies Extract
})

/** Names and types of those columns of a query that are wanted. */
const describe = Effect.fnUntraced(function* (database: Database, sql: string, isWanted: (name: string) => boolean) {
  const result = yield* database.use((connection) => connection.run(`SELECT * FROM (${sql}) LIMIT 0`))
  const all = result.columnNames().map((name, at) => ({ name, type: result.columnType(at) }))
  const wanted = all.filter(({ name }) => isWanted(name))
  return {
    columns: wanted.map(({ name, type }): Column => [name, String(type)]),
    types: wanted.map(({ type }) => type)
  }
})

const rowsQuery = (
  columns: ReadonlyArray<Column>,
  given: ReadonlyMap<string, string>,
  wanted: ReadonlyArray<Wanted>,
  partsOf: ReadonlyMap<Origin, ReadonlyArray<ViewPart>>,
  prefix: string
): string => {
  const places = new Map<ViewPart, number>()
  for (const [at, { afterLine, origin }] of wanted.entries()) {
    const all = partsOf.get(origin)!
    for (const part of all) if (afterLine === 0 || lastLineOf(part) > afterLine) places.set(part, at)
  }
  const own: OwnColumns = {
    line: `${prefix}line`,
    origins: [{ name: `${prefix}place`, type: "BIGINT", literalOf: (part) => String(places.get(part) ?? 0) }]
  }
  // Columns of directories come with the parts.
  const data = columns.filter(([name]) => given.has(name.toLowerCase()))
  const none = columns
    .map(([name, type]) => `NULL::${type === UNKNOWN ? "VARCHAR" : type} AS ${identifier(name)}`)
    .join(", ")
  const empty = `SELECT ${none === "" ? "" : `${none}, `}NULL::BIGINT AS ${own.line} WHERE false`
  // No rows have the columns of all, with those that tell where a row is from: expressions may use them.
  const parts = wanted.length === 0 ? [...partsOf.values()].flat() : [...places.keys()]
  const after = wanted.map(({ afterLine }) => afterLine).join(", ")
  const isWanted = places.size === 0 ? "false" : `${own.line} > ([${after}])[${prefix}place + 1]`
  return `${empty} UNION ALL BY NAME SELECT * FROM (${tableQuery(data, parts, own)}) WHERE ${isWanted}`
}

/** Opens the answer to a statement for taking its rows: one origin, whose hash is `key`. */
export const openAnswer = Effect.fn("query.extractAnswer")(function* (
  pond: PondInterface,
  directory: string,
  sql: string,
  key: string,
  options: QueryOptions = {}
) {
  const { file, notes } = yield* queryOver(pond, directory).parquet(sql, options)
  const work = yield* new QueryCache(resolve(directory)).work
  const database = yield* openDatabase({ ...(yield* allowanceOf(work, options)), directory: `${work}/`, files: [file] })
  const answer = `SELECT * FROM read_parquet(${literal(file)})`
  const { columns, types } = yield* describe(database, answer, () => true)
  const origin: Origin = {
    id: "query",
    path: "",
    hash: key,
    hive: "",
    endLine: 0,
    columns: [],
    earlier: Effect.succeed([])
  }
  const prefix = prefixBeside(columns.map(([name]) => name))
  const rowsOf: Extract["rowsOf"] = (wanted) =>
    `SELECT *, 0::BIGINT AS ${prefix}place, row_number() OVER () AS ${prefix}line FROM (${answer}) ` +
    (wanted.length === 0 ? "LIMIT 0" : "")
  return { database, work, columns, types, valueless: [], origins: [origin], notes, prefix, rowsOf } satisfies Extract
})
