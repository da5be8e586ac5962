/**
 * Types of SQL as types that every reader of Parquet and Delta tables knows, of readers that need no special feature.
 *
 * Times without a zone are taken as UTC; whole numbers beyond 64 bits become decimals; lists, structs and maps stay what they are; everything else
 * becomes text.
 */
import type { DuckDBType } from "@duckdb/node-api"
import type { DataType, Field } from "../../delta/schema.ts"
import { identifier } from "../../query/database.ts"

/** A type as it is written. */
interface Carried {
  readonly sql: string
  readonly delta: DataType
}

/** A column as it is written. */
export interface CarriedColumn extends Carried {
  readonly name: string
  /** Its name in the rows that are read. */
  readonly from: string
  /** What makes its value, but for the cast to `sql`. */
  readonly isJson: boolean
}

interface Parts {
  readonly entryNames?: ReadonlyArray<string>
  readonly entryTypes?: ReadonlyArray<DuckDBType>
  readonly keyType?: DuckDBType
  readonly valueType?: DuckDBType
  readonly width?: number
  readonly scale?: number
}

const LEAVES: ReadonlyMap<string, Carried> = new Map<string, Carried>([
  ["BOOLEAN", { sql: "BOOLEAN", delta: "boolean" }],
  ["TINYINT", { sql: "TINYINT", delta: "byte" }],
  ["SMALLINT", { sql: "SMALLINT", delta: "short" }],
  ["INTEGER", { sql: "INTEGER", delta: "integer" }],
  ["BIGINT", { sql: "BIGINT", delta: "long" }],
  ["UTINYINT", { sql: "SMALLINT", delta: "short" }],
  ["USMALLINT", { sql: "INTEGER", delta: "integer" }],
  ["UINTEGER", { sql: "BIGINT", delta: "long" }],
  ["UBIGINT", { sql: "DECIMAL(20,0)", delta: { type: "decimal", precision: 20, scale: 0 } }],
  ["HUGEINT", { sql: "DECIMAL(38,0)", delta: { type: "decimal", precision: 38, scale: 0 } }],
  ["UHUGEINT", { sql: "DECIMAL(38,0)", delta: { type: "decimal", precision: 38, scale: 0 } }],
  ["FLOAT", { sql: "FLOAT", delta: "float" }],
  ["DOUBLE", { sql: "DOUBLE", delta: "double" }],
  ["DATE", { sql: "DATE", delta: "date" }],
  ["BLOB", { sql: "BLOB", delta: "binary" }]
])

const TEXT: Carried = { sql: "VARCHAR", delta: "string" }
const TIME: Carried = { sql: "TIMESTAMP WITH TIME ZONE", delta: "timestamp" }

/** Characters that names of columns of Delta tables cannot have. */
const UNNAMABLE = /[ ,;{}()\n\t=]/gu

const field = (name: string, type: DataType): Field => ({ name, type, nullable: true, metadata: {} })

/** How values of a type are written; `undefined`: as JSON, since names inside cannot be written. */
const carried = (type: DuckDBType): Carried | undefined => {
  const name = String(type)
  const leaf = LEAVES.get(name)
  if (leaf !== undefined) return leaf
  if (name.startsWith("TIMESTAMP") && !name.endsWith("]")) return TIME
  const { entryNames, entryTypes, keyType, scale, valueType, width } = type as Parts
  if (width !== undefined && scale !== undefined) {
    return { sql: `DECIMAL(${width},${scale})`, delta: { type: "decimal", precision: width, scale } }
  }
  if (keyType !== undefined && valueType !== undefined) {
    const key = carried(keyType)
    const value = carried(valueType)
    if (key === undefined || value === undefined) return undefined
    const delta: DataType = { type: "map", keyType: key.delta, valueType: value.delta, valueContainsNull: true }
    return { sql: `MAP(${key.sql}, ${value.sql})`, delta }
  }
  if (valueType !== undefined) {
    const element = carried(valueType)
    if (element === undefined) return undefined
    return { sql: `${element.sql}[]`, delta: { type: "array", elementType: element.delta, containsNull: true } }
  }
  return entryNames === undefined || entryTypes === undefined || !name.startsWith("STRUCT")
    ? TEXT
    : struct(entryNames, entryTypes)
}

const struct = (names: ReadonlyArray<string>, types: ReadonlyArray<DuckDBType>): Carried | undefined => {
  const fields: Array<Field> = []
  const parts: Array<string> = []
  for (const [at, name] of names.entries()) {
    const inner = carried(types[at]!)
    if (inner === undefined || name === "" || name.search(UNNAMABLE) >= 0) return undefined
    fields.push(field(name, inner.delta))
    parts.push(`${identifier(name)} ${inner.sql}`)
  }
  return { sql: `STRUCT(${parts.join(", ")})`, delta: { type: "struct", fields } }
}

/** How columns are written: names that tables cannot have are changed, those that are alike then get a number. */
export const carriedColumns = (
  names: ReadonlyArray<string>,
  types: ReadonlyArray<DuckDBType>
): ReadonlyArray<CarriedColumn> => {
  const taken = new Set<string>()
  return names.map((from, at) => {
    const plain = from.replace(UNNAMABLE, "_") || "_"
    let name = plain
    for (let turn = 2; taken.has(name.toLowerCase()); turn += 1) name = `${plain}_${turn}`
    taken.add(name.toLowerCase())
    const found = carried(types[at]!)
    return { name, from, isJson: found === undefined, ...(found ?? TEXT) }
  })
}

/** The value of a column as it is written, from the rows that are read. */
export const columnValue = ({ from, isJson, sql }: CarriedColumn): string =>
  `CAST(${isJson ? `to_json(${identifier(from)})` : identifier(from)} AS ${sql})`

/** The schema of a table. */
export const schemaOf = (columns: ReadonlyArray<Pick<CarriedColumn, "delta" | "name">>) => ({
  type: "struct" as const,
  fields: columns.map(({ delta, name }) => field(name, delta))
})
