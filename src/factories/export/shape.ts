/**
 * How rows lie in the table: the columns of its data files, and those that are directories.
 */
import { Effect } from "effect"
import type { Field, StructType } from "../../delta/schema.ts"
import { parseSchema } from "../../delta/schema.ts"
import type { Extract } from "../../query/extract.ts"
import { identifier } from "../../query/database.ts"
import { parseStatement } from "../../query/statement.ts"
import { carriedColumns, columnValue, schemaOf } from "./columns.ts"
import { type ExportConfig, partitionsOf } from "./config.ts"
import { PartitionInvalid } from "./errors.ts"
import type { TableRecord } from "./record.ts"

/** A column of the data files: its type, and what makes its value from the rows that are read. */
export interface DataColumn {
  readonly name: string
  readonly sql: string
  readonly value: string
}

/** A column that is a directory. */
export interface PartitionColumn extends DataColumn {
  readonly field: Field
}

/** How rows lie in the table. */
export interface Shape {
  readonly columns: ReadonlyArray<DataColumn>
  readonly partitions: ReadonlyArray<PartitionColumn>
  /** All columns, as tables tell of them. */
  readonly schema: StructType
}

/** Names of columns that hold the time of a row, most common first. */
const TIMES = [
  "time",
  "timestamp",
  "@timestamp",
  "ts",
  "datetime",
  "event_time",
  "eventtime",
  "observed_time",
  "date_time"
]

const isTime = (type: string): boolean => type.startsWith("TIMESTAMP")

/** What makes a date of the column of times: by its type, else by its name, if it is text that may be none. */
const dayOf = ({ columns }: Extract): string | undefined => {
  const called = (among: ReadonlyArray<string>) =>
    TIMES.flatMap((wanted) => among.filter((name) => name.toLowerCase() === wanted))[0]
  const times = columns.filter(([, type]) => isTime(type)).map(([name]) => name)
  const time = called(times) ?? (times.length === 1 ? times[0] : undefined)
  if (time !== undefined) return identifier(time)
  const text = called(columns.filter(([, type]) => type === "VARCHAR").map(([name]) => name))
  return text === undefined ? undefined : `TRY_CAST(${identifier(text)} AS TIMESTAMP WITH TIME ZONE)`
}

const WHOLE: ReadonlySet<string> = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN", "DATE", "VARCHAR"])

/** What makes the value of a partition column. */
const expressionOf = (extract: Extract, name: string, given: string | undefined) => {
  if (given !== undefined) return Effect.succeed(`(${given})`)
  const columns = [...extract.columns.map(([known]) => known), ...extract.valueless]
  const column = columns.find((known) => known.toLowerCase() === name.toLowerCase())
  if (column !== undefined) return Effect.succeed(identifier(column))
  const day = name.toLowerCase() === "date" ? dayOf(extract) : undefined
  if (day !== undefined) return Effect.succeed(day)
  const why = `there is no such column (there are ${columns.join(", ")}). Say what makes it, as in ${name}=EXPRESSION`
  return Effect.fail(new PartitionInvalid({ partition: name, why }))
}

const partitionOf = Effect.fnUntraced(function* (extract: Extract, name: string, given: string | undefined) {
  const { database } = extract
  const failed = (why: string) => new PartitionInvalid({ partition: name, why })
  const taken = extract.columns.find(([known]) => known.toLowerCase() === name.toLowerCase())
  if (given !== undefined && taken !== undefined) {
    return yield* failed("the data has a column of that name; choose another")
  }
  const expression = yield* expressionOf(extract, name, given)
  const asked = yield* parseStatement(database, `SELECT ${expression} AS value`).pipe(
    Effect.mapError(({ message }) => failed(message))
  )
  if (asked.tables.length > 0) return yield* failed("its expression asks other tables")
  const rows = `SELECT ${expression} AS value FROM (${extract.rowsOf([])})`
  const type = yield* Effect.mapError(
    database.use(async (connection) => String((await connection.run(rows)).columnType(0))),
    ({ message }) => failed(message)
  )
  const sql = isTime(type) && name.toLowerCase() === "date" ? "DATE" : type
  if (!WHOLE.has(sql)) {
    return yield* failed(
      `values of the type ${type} are no names of directories: make a date, text or a whole number of it`
    )
  }
  const carried = carriedColumns([name], [{ toString: () => sql } as never])[0]!
  const field: Field = { name: carried.name, type: carried.delta, nullable: true, metadata: {} }
  return { name: carried.name, sql, value: `CAST(${expression} AS ${sql})`, field } satisfies PartitionColumn
})

/** The shape that the rows ask for by themselves. */
export const shapeOf = Effect.fnUntraced(function* (config: ExportConfig, extract: Extract) {
  const partitions = yield* Effect.forEach(partitionsOf(config), ({ expression, name }) =>
    partitionOf(extract, name, expression)
  )
  const names = new Set(partitions.map(({ name }) => name.toLowerCase()))
  const all = carriedColumns(
    extract.columns.map(([name]) => name),
    extract.types
  ).filter(({ name }) => !names.has(name.toLowerCase()))
  const fields = [...schemaOf(all).fields, ...partitions.map(({ field }) => field)]
  return {
    columns: all.map((column) => ({ name: column.name, sql: column.sql, value: columnValue(column) })),
    partitions,
    schema: { type: "struct", fields }
  } satisfies Shape
})

/**
 * The shape of a table that is there already, with the columns that come to it; or the column that became something else. Columns that no file has any
 * more stay, without values.
 */
export const shapeAfter = (
  before: Pick<TableRecord, "columns" | "schema">,
  now: Shape
): { readonly shape: Shape } | { readonly contradiction: string } => {
  const found = new Map(now.columns.map((column) => [column.name.toLowerCase(), column]))
  const known = new Set(before.columns.map(([name]) => name.toLowerCase()))
  const columns: Array<DataColumn> = []
  for (const [name, sql] of before.columns) {
    const column = found.get(name.toLowerCase())
    if (column !== undefined && column.sql !== sql) return { contradiction: `${name} is ${column.sql}, and was ${sql}` }
    columns.push({ name, sql, value: column?.value ?? `NULL::${sql}` })
  }
  const added = now.columns.filter(({ name }) => !known.has(name.toLowerCase()))
  const isPartition = new Set(now.partitions.map(({ name }) => name))
  const recorded = parseSchema(before.schema).fields
  const changed = now.partitions.find(({ field, name }) => {
    const was = recorded.find((one) => one.name === name)
    return was === undefined || JSON.stringify(was.type) !== JSON.stringify(field.type)
  })
  if (changed !== undefined) return { contradiction: `${changed.name} is ${changed.sql}, and was another type` }
  const fields = new Map(now.schema.fields.map((field) => [field.name.toLowerCase(), field]))
  const old = recorded.filter(({ name }) => !isPartition.has(name))
  const schema = {
    type: "struct" as const,
    fields: [
      ...old,
      ...added.map(({ name }) => fields.get(name.toLowerCase())!),
      ...now.partitions.map(({ field }) => field)
    ]
  }
  return { shape: { columns: [...columns, ...added], partitions: now.partitions, schema } }
}
