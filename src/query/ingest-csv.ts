/**
 * CSV to Parquet. How the fields are written is found out once, from the beginning of a content; the engine reads it, and where it cannot, or where
 * records are not lines, they are numbered and looked at one by one.
 */
import { Effect, Option } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { type Dialect, numberRecords, RECORD_BYTES_MAX } from "../formats/csv.ts"
import { type Column, UNKNOWN } from "./columns.ts"
import { type Database, literal, literals } from "./database.ts"
import { CacheFailed, QueryFailed } from "./errors.ts"
import { copyKept, type Ingested, LINE_COLUMN, type LineSegment, type Reader } from "./ingest.ts"

interface Sniffed {
  readonly Delimiter: string
  readonly Quote: string
  readonly Escape: string
  readonly NewLineDelimiter: string
  readonly Comment: string
  readonly SkipRows: number
  readonly HasHeader: boolean
  readonly Columns: ReadonlyArray<{ readonly name: string }>
}

/** The engine says so of what there is none of. */
const NONE = "(empty)"

/** What the engine reads at a time: without saying so it would be many times the longest record. */
const BUFFER_BYTES = 2 * RECORD_BYTES_MAX
const SIZES = `max_line_size = ${RECORD_BYTES_MAX}, buffer_size = ${BUFFER_BYTES}`

/** Finds out how the fields of a file are written. */
export const sniffDialect = Effect.fnUntraced(function* (
  database: Database,
  file: string,
  delimiter: string | undefined
) {
  const given = delimiter === undefined ? "" : `, delim = ${literal(delimiter)}`
  const sniff = (errors: string) =>
    database.rows<Sniffed>(`SELECT * FROM sniff_csv(${literal(file)}${given}${errors}, ${SIZES})`)
  const [lenient] = yield* sniff(", ignore_errors = true")
  if (lenient === undefined) return yield* new QueryFailed({ problem: "it does not look like CSV", position: null })
  if (lenient.NewLineDelimiter === "\\r") {
    return yield* new QueryFailed({ problem: "its lines end with carriage returns alone", position: null })
  }
  // What stands before the header is seen only by who takes it for an error.
  const [strict] = lenient.Columns.length > 1 ? [] : yield* Effect.orElseSucceed(sniff(""), () => [])
  const sniffed = strict !== undefined && strict.Columns.length > 1 ? strict : lenient
  const orQuote = (text: string): string => (text === NONE || text === "" ? '"' : text)
  const quote = orQuote(sniffed.Quote)
  const dialect: Dialect = {
    delimiter: sniffed.Delimiter === NONE ? "," : sniffed.Delimiter,
    quote,
    escape: sniffed.Quote === NONE ? quote : orQuote(sniffed.Escape),
    names: sniffed.Columns.map(({ name }) => name),
    hasHeader: sniffed.HasHeader,
    skip: Number(sniffed.SkipRows),
    comment: sniffed.Comment === NONE ? "" : sniffed.Comment
  }
  return dialect
})

/** Records that are numbered are held in memory; only where everything is read at once are there more. */
const NUMBERED_BYTES_MAX = 256 * 1024 * 1024

const readerOf = (file: string, dialect: Dialect, names: ReadonlyArray<string>, hasHeader: boolean): Reader => {
  const options =
    `delim = ${literal(dialect.delimiter)}, quote = ${literal(dialect.quote)}, escape = ${literal(dialect.escape)}, ` +
    `header = ${hasHeader}, skip = 0, comment = '', ${SIZES}`
  const typed = (columns: ReadonlyArray<Column>) =>
    `auto_detect = false, columns = {${columns.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(", ")}}`
  return (columns) =>
    `SELECT * FROM read_csv(${literal(file)}, ${options}, ` +
    `${columns === undefined ? `names = ${literals(names)}, sample_size = -1` : typed(columns)})`
}

/** Makes Parquet of the records of a segment. */
export const ingestCsv = Effect.fnUntraced(function* (
  database: Database,
  segment: LineSegment & { readonly isFirst: boolean; readonly size: number },
  dialect: Dialect,
  target: string
) {
  const hasHeader = segment.isFirst && dialect.hasHeader
  const expected = segment.lines - (hasHeader ? 1 : 0)
  if (expected <= 0) return yield* withoutRows(database, dialect, target)
  const plain = readerOf(segment.file, dialect, dialect.names, hasHeader)
  const isPlain = dialect.comment === "" && (dialect.skip === 0 || !segment.isFirst)
  const fast = isPlain ? yield* Effect.option(copyKept(database, plain, target)) : Option.none()
  // The engine takes more fields than there are names for further columns.
  const isWhole = fast._tag === "Some" && fast.value.columns.length === dialect.names.length
  if (isWhole && fast.value.rows === expected) {
    return { ...fast.value, isNumbered: false, bad: undefined } satisfies Ingested
  }
  if (segment.size > NUMBERED_BYTES_MAX) {
    const problem = `some of its records are bad or span lines, and its columns contradict each other: that is read up to ${NUMBERED_BYTES_MAX} bytes`
    return yield* new QueryFailed({ problem, position: null })
  }
  const numberedFile = `${segment.file}.rows`
  const { bad, rows } = yield* Effect.tryPromise({
    try: async () => {
      const text = (await readFile(segment.file)).toString("utf8").replace(segment.isFirst ? /^\ufeff/u : /^$/u, "")
      const numbered = numberRecords(text, dialect, segment.linesBefore, segment.isFirst)
      await writeFile(numberedFile, numbered.text, { mode: 0o600 })
      return numbered
    },
    catch: (cause) => new CacheFailed({ path: numberedFile, cause })
  })
  if (rows === 0) return { ...(yield* withoutRows(database, dialect, target)), bad }
  const names = [LINE_COLUMN, ...dialect.names]
  const found = yield* copyKept(database, readerOf(numberedFile, dialect, names, false), target)
  return { ...found, isNumbered: true, bad } satisfies Ingested
})

const withoutRows = Effect.fnUntraced(function* (database: Database, { names }: Dialect, target: string) {
  yield* copyKept(database, () => "SELECT 1 AS _none WHERE false", target)
  const columns = names.map((name): Column => [name, UNKNOWN])
  return { rows: 0, columns, isNumbered: false, bad: undefined } as Ingested
})
