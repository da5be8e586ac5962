/**
 * Rows of a segment to Parquet: by the engine's own readers where all lines are good, by the readers of `formats` where they are not, so that
 * every bad line has its number and reason.
 */
import { Effect } from "effect"
import { createReadStream } from "node:fs"
import { open, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type BadLines,
  type Columns,
  LINE_FORMATS,
  type LineFormat,
  ROW_BYTES_MAX,
  RowWriter
} from "../formats/rows.ts"
import { Spellings } from "../formats/spellings.ts"
import { type Column, UNKNOWN } from "./columns.ts"
import { type Database, identifier, literal } from "./database.ts"
import { CacheFailed, QueryFailed } from "./errors.ts"
import {
  type Attempt,
  ATTEMPTS,
  attempted,
  hasOldYears,
  isTimeText,
  storedType,
  timeColumns,
  zoned
} from "./faithful.ts"
import { keysOf } from "./shred/path.ts"

/** Rows that were written to a Parquet file. */
export interface Ingested {
  readonly rows: number
  readonly columns: ReadonlyArray<Column>
  /** Whether the rows have their line numbers with them; otherwise each line is one row. */
  readonly isNumbered: boolean
  readonly bad: BadLines | undefined
  /** Columns whose values contradict each other, and became text. */
  readonly mixed?: ReadonlyArray<string>
}

/** The column of Parquet files that holds line numbers. */
export const LINE_COLUMN = "_pond_line"

/** How JSON is read: columns from all rows, objects always as structs, whatever the mixture. */
const JSON_OPTIONS = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"

/** Reads a file of JSON lines. The engine takes several times the longest line for each thread. */
const jsonLines = (file: string, options: string): string =>
  `read_json(${literal(file)}, format = 'newline_delimited', records = true, ` +
  `maximum_object_size = ${ROW_BYTES_MAX}, ${options})`

const COPY_OPTIONS = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)"

const jsonColumns = (columns: ReadonlyArray<Column>): string =>
  `columns = {${columns.map(([name, type]) => `${identifier(name)}: ${literal(type)}`).join(", ")}}`

/** Reads a file of JSON that is an array, or objects over several lines. */
export const jsonElements = (file: string, elementBytes: number, columns: ReadonlyArray<Column> | undefined): string =>
  `SELECT * FROM read_json(${literal(file)}, maximum_object_size = ${elementBytes}, ` +
  // By names that the engine made it would find nothing.
  `${columns === undefined || columns.some(isRenamed) ? "sample_size = -1" : jsonColumns(zoned(columns))})`

/** The columns of a query. */
export const columnsOf = (database: Database, sql: string) =>
  Effect.map(database.rows<{ readonly column_name: string; readonly column_type: string }>(`DESCRIBE ${sql}`), (rows) =>
    rows.map((row): Column => [row.column_name, row.column_type])
  )

/** A column of text in SQL, which may lie in objects. */
const textOf = (name: string): string => {
  const [first, ...rest] = keysOf(name)
  return rest.reduce((object, key) => `struct_extract(${object}, ${literal(key)})`, identifier(first!))
}

/** So many rows are looked at, and so many different values, none of them longer. */
const ASKED = { rows: 10_000, values: 200, length: 1000 } as const

/**
 * Whether columns of texts in files are nothing but texts for the engine, to judge by some of their values. Each is asked about by itself: one that is nothing
 * else makes all of its column texts, whatever the others are.
 */
export const areTexts = Effect.fnUntraced(function* (
  database: Database,
  files: ReadonlyArray<string>,
  names: ReadonlyArray<string>,
  work: string
) {
  if (names.length === 0) return true
  const asked = join(work, "asked.json")
  const all = `read_parquet([${files.map(literal).join(", ")}], union_by_name = true)`
  const values: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const column = textOf(name)
    const some = `SELECT ${column} AS v FROM ${all} WHERE length(v) <= ${ASKED.length} LIMIT ${ASKED.rows}`
    const rows = yield* database.rows<{ readonly v: string }>(`SELECT DISTINCT v FROM (${some}) LIMIT ${ASKED.values}`)
    for (const [at, { v }] of rows.entries()) values[`${index} ${at}`] = v
  }
  yield* Effect.tryPromise({
    try: () => writeFile(asked, `${JSON.stringify(values)}\n`, { mode: 0o600 }),
    catch: (cause) => new CacheFailed({ path: asked, cause })
  })
  const found = yield* columnsOf(database, `SELECT * FROM ${jsonLines(asked, JSON_OPTIONS)}`)
  const texts = new Set(found.flatMap(([name, type]) => (type === "VARCHAR" ? [Number.parseInt(name)] : [])))
  return texts.size === names.length
})

/** Writes the rows of a query to a file. */
const copy = (database: Database, sql: string, target: string) =>
  Effect.map(database.rows<{ readonly Count: string }>(`COPY (${sql}) TO ${literal(target)} ${COPY_OPTIONS}`), (rows) =>
    Number(rows[0]?.Count ?? 0)
  )

/** A reader of a file: with its columns found out, or given. */
export type Reader = (columns: ReadonlyArray<Column> | undefined) => string

/** Integers of types that the engine chooses for a mixture of signs, too. */
const LARGE: ReadonlySet<string> = new Set(["HUGEINT", "UBIGINT"])

/** What has to be known of the values of a column before its type is; nothing of most. */
const questionOf = ([name, type]: Column): string | undefined => {
  if (type === "JSON") return `count(${identifier(name)}->>'$') = 0`
  if (!LARGE.has(type)) return undefined
  return `coalesce(min(${identifier(name)}) >= -9223372036854775808 AND max(${identifier(name)}) <= 9223372036854775807, true)`
}

/** The columns whose values answer their question with yes. */
const affirmed = Effect.fnUntraced(function* (database: Database, columns: ReadonlyArray<Column>, sql: string) {
  const asked = columns.filter((column) => questionOf(column) !== undefined)
  if (asked.length === 0) return new Set<string>()
  const questions = asked.map((column, at) => `${questionOf(column)} AS c${at}`).join(", ")
  const [answers] = yield* database.rows<Readonly<Record<string, boolean>>>(`SELECT ${questions} FROM (${sql})`)
  return new Set(asked.flatMap(([name], at) => (answers?.[`c${at}`] === true ? [name] : [])))
})

/** Copies what a reader gives to a file, as columns that were found, read as some types; of `certain` ones the times are beyond doubt. */
const copyAs = Effect.fnUntraced(function* (
  database: Database,
  reader: Reader,
  found: ReadonlyArray<Column>,
  read: ReadonlyArray<Column>,
  target: string,
  certain?: ReadonlySet<string>
) {
  const sql = reader(read)
  const special = yield* affirmed(database, read, sql)
  const columns = read.map(([name, type]): Column => {
    if (type === "JSON") return [name, special.has(name) ? UNKNOWN : "VARCHAR"]
    return [name, special.has(name) ? "BIGINT" : type]
  })
  const selected = read.flatMap(([name, type], at) => {
    const kept = columns[at]![1]
    const quoted = identifier(name)
    if (kept === UNKNOWN) return []
    // A reader may give other types than it is asked for.
    return [`${type === "JSON" ? `(${quoted}->>'$')` : quoted}::${storedType(kept)} AS ${quoted}`]
  })
  // A file of Parquet has at least one column.
  const list = selected.length === 0 ? "NULL::INTEGER AS _none" : selected.join(", ")
  const rows = yield* copy(database, `SELECT ${list} FROM (${sql})`, target)
  const questions = columns.flatMap((column) => (certain?.has(column[0]) === true ? [] : (hasOldYears(column) ?? [])))
  if (questions.length > 0) {
    const [answer] = yield* database.rows<{ readonly isOld: boolean }>(
      `SELECT ${questions.join(" OR ")} AS "isOld" FROM read_parquet(${literal(target)})`
    )
    if (answer?.isOld === true) return yield* new QueryFailed({ problem: "years of two digits", position: null })
  }
  return {
    columns: columns.filter(([name]) => name !== LINE_COLUMN),
    mixed: read.flatMap(([name, type]) => (type === "JSON" && !special.has(name) ? [name] : [])),
    rows,
    isRenamed: found.some(isRenamed)
  }
})

/** The columns of times that hold nothing but times beyond doubt. */
const certainTimes = Effect.fnUntraced(function* (database: Database, reader: Reader, found: ReadonlyArray<Column>) {
  const asked = timeColumns(found)
  if (asked.length === 0) return new Set<string>()
  const questions = asked.map((column, at) => `${isTimeText(column)} AS c${at}`).join(", ")
  const [answers] = yield* database.rows<Readonly<Record<string, boolean>>>(
    `SELECT ${questions} FROM (${reader(attempted(found, "decimal", new Set()))})`
  )
  return new Set(asked.flatMap(([name], at) => (answers?.[`c${at}`] === true ? [name] : [])))
})

/**
 * Copies what a reader gives to a file. Columns are found out from all rows first. Those of JSON hold values that contradict each other, and become
 * text; where there are none, nothing is known of the column, and it is not kept. What types cannot hold faithfully is read as others.
 */
export const copyKept = Effect.fnUntraced(function* (database: Database, reader: Reader, target: string) {
  const found = yield* columnsOf(database, reader(undefined))
  const first = attempted(found, "found", new Set())
  return yield* Effect.catchTag(copyAs(database, reader, found, first, target), "QueryFailed", (failure) =>
    Effect.gen(function* () {
      if (JSON.stringify(attempted(first, "decimal", new Set())) === JSON.stringify(found)) return yield* failure
      const times = yield* certainTimes(database, reader, found)
      const copied = (attempt: Attempt) =>
        copyAs(database, reader, found, attempted(found, attempt, times), target, times)
      return yield* Effect.firstSuccessOf(ATTEMPTS.slice(1).map(copied))
    })
  )
})

/** Whether the engine has given a column a name of its own, since names are the same whatever their case and none is empty. */
const isRenamed = ([name]: Column, at: number, columns: ReadonlyArray<Column>): boolean => {
  const [, plain] = /^(.*)_\d+$/su.exec(name) ?? []
  const isTwin = plain !== undefined && columns.some(([other]) => other.toLowerCase() === plain.toLowerCase())
  return isTwin || name === `C${at}` || name.toLowerCase() === LINE_COLUMN
}

/** The JSON lines of a file whose lines are all good. Fails otherwise. */
const ingestGoodJson = Effect.fnUntraced(function* (database: Database, file: string, target: string, lines: number) {
  const found = yield* copyKept(
    database,
    (columns) => `SELECT * FROM ${jsonLines(file, columns === undefined ? JSON_OPTIONS : jsonColumns(zoned(columns)))}`,
    target
  )
  if (found.rows !== lines || found.isRenamed)
    return yield* new QueryFailed({ problem: "some lines are no rows", position: null })
  return { ...found, isNumbered: false, bad: undefined } satisfies Ingested
})

/** Writes the rows of a file's lines, as `RowWriter` does. */
const writeRows = (file: string, rowFile: string, writer: RowWriter) =>
  Effect.tryPromise({
    try: async () => {
      await using out = await open(rowFile, "w", 0o600)
      for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
        const text = writer.push(chunk as Uint8Array)
        if (text !== "") await out.appendFile(text)
      }
      await out.appendFile(writer.finish())
    },
    catch: (cause) => new CacheFailed({ path: rowFile, cause })
  })

const structOf = (columns: Columns): string =>
  `STRUCT(${Object.entries(columns)
    .map(([name, type]) => `${identifier(name)} ${type}`)
    .join(", ")})`

/** Rows that this program makes of each line. */
const ingestLines = Effect.fnUntraced(function* (
  database: Database,
  segment: LineSegment,
  format: LineFormat,
  target: string,
  spellings?: Spellings
) {
  const rowFile = `${segment.file}.rows`
  const writer = new RowWriter(format, segment.linesBefore, spellings)
  yield* writeRows(segment.file, rowFile, writer)
  const { bad } = writer
  if (writer.rows === 0) {
    const columns = Object.entries(format.columns ?? {})
    const typed = columns.map(([name, type]) => `NULL::${type} AS ${identifier(name)}`)
    yield* copy(database, `SELECT ${["NULL::INTEGER AS _none", ...typed].join(", ")} WHERE false`, target)
    return { rows: 0, columns, isNumbered: false, bad } satisfies Ingested
  }
  if (format.columns !== undefined) {
    const options = `columns = {${LINE_COLUMN}: 'BIGINT', v: ${literal(structOf(format.columns))}}`
    const rows = yield* copy(database, `SELECT ${LINE_COLUMN}, v.* FROM ${jsonLines(rowFile, options)}`, target)
    return { rows, columns: Object.entries(format.columns), isNumbered: true, bad } satisfies Ingested
  }
  const whole = yield* columnsOf(database, `SELECT ${LINE_COLUMN}, v FROM ${jsonLines(rowFile, JSON_OPTIONS)}`)
  // Objects without any field are rows without any column.
  const fields = whole[1]?.[1].startsWith("STRUCT(") === true ? ", v.*" : ""
  const reader: Reader = (columns) => {
    const [line, ...others] = zoned(columns ?? [])
    const read =
      line === undefined || fields === "" ? whole : [line, ["v", structOf(Object.fromEntries(others))] as const]
    return `SELECT ${LINE_COLUMN}${fields} FROM ${jsonLines(rowFile, jsonColumns(read))}`
  }
  const found = yield* copyKept(database, reader, target)
  return { ...found, isNumbered: true, bad } satisfies Ingested
})

/** Lines of a content in a file. */
export interface LineSegment {
  readonly file: string
  readonly lines: number
  readonly linesBefore: number
  /** Whether some lines have to be looked at before the engine may. */
  readonly hasLongLines: boolean
}

/** Makes Parquet of the lines of a segment, in a format of single lines. */
export const ingestSegment = (
  database: Database,
  format: keyof typeof LINE_FORMATS,
  segment: LineSegment,
  target: string
): Effect.Effect<Ingested, QueryFailed | CacheFailed> => {
  const plain = ingestLines(database, segment, LINE_FORMATS[format], target)
  if (format !== "jsonl") return plain
  // The engine takes no objects whose keys differ only in case, from line to line.
  const byLine = Effect.catchTag(plain, "QueryFailed", () =>
    ingestLines(database, segment, LINE_FORMATS[format], target, new Spellings())
  )
  if (segment.lines === 0 || segment.hasLongLines) return byLine
  return Effect.catchTag(ingestGoodJson(database, segment.file, target, segment.lines), "QueryFailed", () => byLine)
}
