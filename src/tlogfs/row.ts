/**
 * Rows: what a data file of the log holds, one per event, one header per transaction (format.md section 3).
 *
 * Fields are named as the columns are. `COLUMNS` is the single list from which the Parquet schema, the Delta schema and the
 * compact form in `add.tags` are made. Logical fields are hashed and never change; physical ones are rewritten by maintenance.
 */
import { decode, encode } from "cborg"

/** Delta types that occur, and what they are in JavaScript: long, integer and timestamp (microseconds) are integers. */
export type ColumnType = "long" | "integer" | "string" | "binary" | "timestamp"

/** One column of the log. `bulky` columns are written PLAIN without statistics. */
export interface Column {
  readonly name: keyof Row
  readonly type: ColumnType
  readonly bulky?: true
}

/** Where the bytes of a row are. */
export type ExtentKind = "inline" | "blob" | "pruned"

/** What a row stands for: the header of a txn, an event, or a further extent of the event before it. */
export type RowKind =
  | "txn"
  | "created"
  | "written"
  | "appended"
  | "moved"
  | "removed"
  | "configured"
  | "attributed"
  | "pruned"
  | "extent"

/** One row. Hashes are hex, `attributes` and `header` canonical JSON. */
export interface Row {
  readonly txn: number
  readonly op: number
  readonly kind: RowKind
  readonly node_id: string | null
  readonly type: string | null
  readonly parent_id: string | null
  readonly name: string | null
  readonly version: number | null
  readonly size: number | null
  readonly hash: string | null
  readonly list_hash: string | null
  readonly attributes: string | null
  readonly factory: string | null
  readonly config: Uint8Array | null
  readonly target: string | null
  readonly min_time: number | null
  readonly max_time: number | null
  readonly extent_offset: number | null
  readonly extent_length: number | null
  readonly extent_kind: ExtentKind | null
  readonly extent_hash: string | null
  readonly blob: string | null
  readonly blob_offset: number | null
  readonly content: Uint8Array | null
  readonly outboard: Uint8Array | null
  readonly outboard_blob: string | null
  readonly header: string | null
}

/** The physical columns: where the bytes of a row are. */
export type Physical = Pick<
  Row,
  | "extent_offset"
  | "extent_length"
  | "extent_kind"
  | "extent_hash"
  | "blob"
  | "blob_offset"
  | "content"
  | "outboard"
  | "outboard_blob"
>

/** The columns in their order on disk. */
export const COLUMNS: ReadonlyArray<Column> = [
  { name: "txn", type: "long" },
  { name: "op", type: "integer" },
  { name: "kind", type: "string" },
  { name: "node_id", type: "string" },
  { name: "type", type: "string" },
  { name: "parent_id", type: "string" },
  { name: "name", type: "string" },
  { name: "version", type: "long" },
  { name: "size", type: "long" },
  { name: "hash", type: "string" },
  { name: "list_hash", type: "string" },
  { name: "attributes", type: "string" },
  { name: "factory", type: "string" },
  { name: "config", type: "binary", bulky: true },
  { name: "target", type: "string" },
  { name: "min_time", type: "timestamp" },
  { name: "max_time", type: "timestamp" },
  { name: "extent_offset", type: "long" },
  { name: "extent_length", type: "long" },
  { name: "extent_kind", type: "string" },
  { name: "extent_hash", type: "string" },
  { name: "blob", type: "string" },
  { name: "blob_offset", type: "long" },
  { name: "content", type: "binary", bulky: true },
  { name: "outboard", type: "binary", bulky: true },
  { name: "outboard_blob", type: "string" },
  { name: "header", type: "string" }
]

/** A row in which everything but the given fields is null. */
export const row = (fields: Pick<Row, "txn" | "op" | "kind"> & Partial<Row>): Row => ({ ...EMPTY, ...fields })

const EMPTY = Object.fromEntries(COLUMNS.map(({ name }) => [name, null])) as unknown as Row

/** The same row without its content: what the index and `add.tags` keep. */
export const withoutContent = (full: Row): Row => (full.content === null ? full : { ...full, content: null })

/** The compact form of one row without its content: its columns in order, as a CBOR array. */
export const encodeRow = (one: Row): Uint8Array => encode(valuesOf(withoutContent(one)))

/** Reads the compact form of one row. Throws a `TypeError` on anything else; callers name the damage. */
export const decodeRow = (bytes: Uint8Array): Row => rowOfValues(decode(bytes))

/** The compact form of several rows without their contents. */
export const encodeRows = (rows: ReadonlyArray<Row>): Uint8Array =>
  encode(rows.map((one) => valuesOf(withoutContent(one))))

/** Reads the compact form of several rows. Throws a `TypeError` on anything else; callers name the damage. */
export const decodeRows = (bytes: Uint8Array): ReadonlyArray<Row> => {
  const list: unknown = decode(bytes)
  if (!Array.isArray(list)) throw new TypeError("rows are not a list")
  return list.map(rowOfValues)
}

const valuesOf = (one: Row): ReadonlyArray<unknown> => COLUMNS.map(({ name }) => one[name])

/** Builds a row from the values of its columns, checking the type of each. */
export const rowOfValues = (values: unknown): Row => {
  if (!Array.isArray(values) || values.length !== COLUMNS.length)
    throw new TypeError("a row has another number of columns")
  const out: Record<string, unknown> = {}
  COLUMNS.forEach((column, index) => {
    const value: unknown = values[index]
    if (!fits(column, value)) throw new TypeError(`column ${column.name} does not hold a ${column.type}`)
    out[column.name] = value
  })
  return out as unknown as Row
}

const REQUIRED: ReadonlySet<string> = new Set(["txn", "op", "kind"])

const fits = ({ name, type }: Column, value: unknown): boolean => {
  if (value === null) return !REQUIRED.has(name)
  if (type === "string") return typeof value === "string"
  if (type === "binary") return value instanceof Uint8Array
  return Number.isSafeInteger(value) && (type === "timestamp" || (value as number) >= 0)
}
