/**
 * Statistics of a data file, as Delta tables have them: readers leave files out whose rows cannot match. Bounds are never wrong, at worst absent or wide
 * (`src/delta/statistics.ts`).
 */
import { Effect } from "effect"
import { formatTimestamp } from "../../delta/calendar.ts"
import { lowerBound, upperBound } from "../../delta/statistics.ts"
import { type Database, identifier, literal } from "../../query/database.ts"
import type { DataColumn } from "./shape.ts"

/** Columns that have statistics, as other writers do it: the first ones. */
const COLUMNS_MAX = 32
/** Characters of a text that are looked at: more than a bound keeps. */
const TEXT_CHARS = 40

const WHOLE = /^(?:TINYINT|SMALLINT|INTEGER|BIGINT|DECIMAL\(.*\))$/u
const FLOATING = /^(?:DOUBLE|FLOAT)$/u
const DAY = /^\d{4}-\d\d-\d\d$/u

/** The bound of a column as text, as the engine is asked for it; undefined for types without bounds. */
const asked = ({ name, sql }: DataColumn, aggregate: "max" | "min"): string | undefined => {
  const column = identifier(name)
  if (WHOLE.test(sql) || sql === "DATE") return `${aggregate}(${column})::VARCHAR`
  if (FLOATING.test(sql)) return `CASE WHEN bool_and(isfinite(${column})) THEN ${aggregate}(${column})::VARCHAR END`
  if (sql === "VARCHAR") return `left(${aggregate}(${column}), ${TEXT_CHARS})`
  if (sql !== "TIMESTAMP WITH TIME ZONE") return undefined
  return `CASE WHEN bool_and(isfinite(${column})) THEN epoch_us(${aggregate}(${column}))::VARCHAR END`
}

/** A bound in the JSON of statistics. */
const bound = ({ sql }: DataColumn, text: string | null, isMax: boolean): string | undefined => {
  if (text === null) return undefined
  if (WHOLE.test(sql) || FLOATING.test(sql)) return text
  if (sql === "VARCHAR") return JSON.stringify(isMax ? upperBound(text) : lowerBound(text))
  if (sql === "DATE") return DAY.test(text) ? JSON.stringify(text) : undefined
  const time = formatTimestamp(BigInt(text), 3)
  return time === undefined ? undefined : JSON.stringify(`${time}Z`)
}

const objectOf = (entries: ReadonlyArray<readonly [string, string | undefined]>): string =>
  `{${entries.flatMap(([name, value]) => (value === undefined ? [] : [`${JSON.stringify(name)}:${value}`])).join(",")}}`

/** The statistics of a file of Parquet on this machine. */
export const statisticsOf = Effect.fnUntraced(function* (
  database: Database,
  file: string,
  columns: ReadonlyArray<DataColumn>,
  rows: number
) {
  const first = columns.slice(0, COLUMNS_MAX)
  const wanted = first.flatMap((column, at) => [
    `count(${identifier(column.name)})::VARCHAR AS c${at}`,
    `${asked(column, "min") ?? "NULL"} AS l${at}`,
    `${asked(column, "max") ?? "NULL"} AS g${at}`
  ])
  const found = yield* database.rows<Readonly<Record<string, string | null>>>(
    `SELECT ${["1 AS one", ...wanted].join(", ")} FROM read_parquet(${literal(file)}, hive_partitioning = false)`
  )
  const row = found[0]!
  const bounds = (letter: string, isMax: boolean): string =>
    objectOf(first.map((column, at) => [column.name, bound(column, row[`${letter}${at}`] ?? null, isMax)]))
  const nulls = objectOf(first.map(({ name }, at) => [name, String(rows - Number(row[`c${at}`]))]))
  return `{"numRecords":${rows},"minValues":${bounds("l", false)},"maxValues":${bounds("g", true)},"nullCount":${nulls}}`
})
