/**
 * What the rows of one file are like: how many there are, and of each column its type, how much of it is there, between which values it lies and how
 * they are spread.
 *
 * Two passes over what was parsed: the first counts and finds the bounds, the second counts what lies where between them.
 */
import { Effect } from "effect"
import type { Format } from "../formats/reference.ts"
import type { Snapshot } from "../tlogfs/pond.ts"
import type { Column } from "./columns.ts"
import { type Database, identifier } from "./database.ts"
import { headOf } from "./decompress.ts"
import { inputsOf } from "./inputs.ts"

/** What one column is like. */
export interface ColumnProfile {
  readonly name: string
  readonly type: string
  /** Rows in which it is null. */
  readonly nulls: number
  /** How many different values there are: of up to 100,000 rows exactly, of more approximately. */
  readonly distinct: number
  /** The least and the greatest value as text, long ones cut; null where there is none, or no order. */
  readonly min: string | null
  readonly max: string | null
  /** Of numbers and times: how many values lie in each of 16 equal parts between the least and the greatest. */
  readonly spread?: ReadonlyArray<number>
}

/** What the rows of a file are like. */
export interface TableProfile {
  readonly rows: number
  /** The number of the last line on which a row begins. */
  readonly lastLine: number
  readonly columns: ReadonlyArray<ColumnProfile>
}

/** Parts that a spread has. */
const PARTS = 16
/** Characters of a value that are told. */
const VALUE_CHARS = 200
/** Rows whose different values are counted exactly. */
const EXACT_ROWS = 100_000
/** Columns that are looked at in one statement: the engine is slow with very many aggregates. */
const COLUMNS_AT_ONCE = 100

const NUMBER = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL\(.*\))$/u
const TIME = /^(?:DATE|TIME|TIMESTAMP(?:_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE)$/u
/** What has no order that tells something. */
const UNORDERED = /^(?:STRUCT|MAP|UNION)\(|\]$|^(?:BLOB|BIT|JSON|VARIANT|GEOMETRY)/u

/** A column as a number that can be placed between bounds, if it is one or a time. */
const placeable = (name: string, type: string): string | undefined => {
  if (NUMBER.test(type)) return `${identifier(name)}::DOUBLE`
  return TIME.test(type) ? `epoch(${identifier(name)})` : undefined
}

/** What the first pass finds of a column, as the engine tells it. */
type Found = readonly [
  nonNull: string,
  distinct: string,
  min: string | null,
  max: string | null,
  low: string | null,
  high: string | null
]

const firstPass = ([name, type]: Column, at: number, rows: number): string => {
  const quoted = identifier(name)
  const bound = (aggregate: string): string =>
    UNORDERED.test(type) ? "NULL" : `left(${aggregate}(${quoted})::VARCHAR, ${VALUE_CHARS})`
  const place = placeable(name, type)
  const finite = (aggregate: string): string =>
    place === undefined ? "NULL" : `(${aggregate}(${place}) FILTER (isfinite(${place})))::VARCHAR`
  const values = [
    `count(${quoted})::VARCHAR`,
    rows <= EXACT_ROWS ? `count(DISTINCT ${quoted})::VARCHAR` : `approx_count_distinct(${quoted})::VARCHAR`,
    bound("min"),
    bound("max"),
    finite("min"),
    finite("max")
  ]
  return `[${values.join(", ")}] AS c${at}`
}

/** Where between the bounds a value lies. Halves: the whole distance may be more than a double holds. */
const secondPass = (place: string, low: number, high: number, at: number): string => {
  // As texts: the engine takes numbers with a point for decimals, which become other doubles.
  const share = `(${place} / 2 - '${low / 2}'::DOUBLE) / '${high / 2 - low / 2}'::DOUBLE`
  const part = `least(floor(${share} * ${PARTS}), ${PARTS - 1})`
  return `histogram(${part}::UTINYINT) FILTER (isfinite(${place})) AS c${at}`
}

const spreadOf = (
  counts: ReadonlyArray<{ readonly key: number; readonly value: string }> | null
): ReadonlyArray<number> => {
  const spread = Array.from({ length: PARTS }, () => 0)
  for (const { key, value } of counts ?? []) spread[Number(key)] = Number(value)
  return spread
}

const inGroups = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / COLUMNS_AT_ONCE) }, (_, group) =>
    all.slice(group * COLUMNS_AT_ONCE, (group + 1) * COLUMNS_AT_ONCE)
  )

const profileColumns = Effect.fnUntraced(function* (
  database: Database,
  source: string,
  rows: number,
  columns: ReadonlyArray<Column>
) {
  const [first] = yield* database.rows<Readonly<Record<string, Found>>>(
    `SELECT ${columns.map((column, at) => firstPass(column, at, rows)).join(", ")} FROM ${source}`
  )
  const found = columns.map((_, at) => first![`c${at}`]!)
  const passes = columns.flatMap(([name, type], at) => {
    const [, , , , low, high] = found[at]!
    const place = placeable(name, type)
    if (place === undefined || low === null || high === null || !(Number(low) < Number(high))) return []
    return [secondPass(place, Number(low), Number(high), at)]
  })
  type Counts = ReadonlyArray<{ readonly key: number; readonly value: string }> | null
  const [second] =
    passes.length === 0
      ? []
      : yield* database.rows<Readonly<Record<string, Counts>>>(`SELECT ${passes.join(", ")} FROM ${source}`)
  return columns.map(([name, type], at): ColumnProfile => {
    const [nonNull, distinct, min, max] = found[at]!
    const counts = second?.[`c${at}`]
    return {
      name,
      type,
      nulls: rows - Number(nonNull),
      distinct: Math.min(Number(distinct), Number(nonNull)),
      min,
      max,
      ...(counts === undefined ? {} : { spread: spreadOf(counts) })
    }
  })
})

/** Tells what the rows of a table of the database are like; `columns` are those to look at. */
export const profileTable = Effect.fn("Query.profileTable")(function* (
  database: Database,
  source: string,
  columns: ReadonlyArray<Column>,
  hasLine: boolean
) {
  const last = hasLine ? "max(_line)" : "NULL"
  const [counted] = yield* database.rows<{ readonly n: string; readonly last: string | null }>(
    `SELECT count(*) AS n, ${last} AS last FROM ${source}`
  )
  const rows = Number(counted!.n)
  const groups = yield* Effect.forEach(inGroups(columns), (some) => profileColumns(database, source, rows, some))
  return { rows, lastLine: Number(counted!.last ?? 0), columns: groups.flat() } satisfies TableProfile
})

/** The format of the rows of a file; none where it is no text and no table, or holds nothing yet. Its beginning is read, no more. */
export const formatOfRows = Effect.fn("Query.formatOfRows")(function* (
  snapshot: Snapshot,
  path: string,
  given: Format | undefined
) {
  const [input] = yield* inputsOf(snapshot, { format: given, path, pattern: path, isOwnOnly: false })
  const [content] = input === undefined ? [] : yield* input.contents
  if (content === undefined || content.format !== "lines" || given !== undefined) return content?.format
  const head = yield* headOf(content.bytes(0))
  return head.includes(0) ? undefined : content.format
})
