/**
 * Reading Parquet: bytes to columns, exactly, and only after sizes and counts were checked.
 *
 * Pure: callers fetch the byte ranges that `groupRanges` names and hand them in. Timestamps are microseconds as `bigint`, strings
 * are decoded strictly (a leading byte order mark is part of the text), absent values are null. Hashes are the caller's affair
 * (R4): Parquet itself protects nothing.
 */
import type { DecodedArray } from "hyparquet"
import { assembleNested } from "hyparquet/src/assemble.js"
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { Malformed, reasonOf, Unsupported } from "./errors.ts"
import { planColumn } from "./parquet-columns.ts"
import type { ColumnPlan, LeafPlan } from "./parquet-columns.ts"
import { footerBytes, parseFooter } from "./parquet-footer.ts"
import type { ColumnChunk, ParquetFile, RowGroup } from "./parquet-footer.ts"
import { readPages } from "./parquet-pages.ts"
import type { Row, StructType, Value } from "./schema.ts"
import { setOwn } from "./value.ts"

/** Values of one column. */
export type Column = ArrayLike<Value>

/** Rows held by columns, in the order of the wanted schema. */
export interface Columns {
  readonly rowCount: number
  readonly columns: ReadonlyMap<string, Column>
}

/** How the wanted columns of a file are read; made once per file by `planColumns`. */
export interface ReadPlan {
  readonly schema: StructType
  readonly columns: ReadonlyArray<ColumnPlan | undefined>
}

/** Bytes [start, end) of a file. */
export interface ByteSpan {
  readonly start: number
  readonly end: number
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const floorDivide = (value: bigint, divisor: bigint): bigint =>
  value >= 0n || value % divisor === 0n ? value / divisor : value / divisor - 1n

const parsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (millis: bigint) => millis * 1000n,
  timestampFromMicroseconds: (micros: bigint) => micros,
  timestampFromNanoseconds: (nanos: bigint) => floorDivide(nanos, 1000n),
  dateFromDays: (days: number) => days,
  stringFromBytes: (bytes: Uint8Array) => utf8.decode(bytes)
}

/** Plans the reading of columns. Throws `Malformed` when a column of the file does not fit its type. */
export const planColumns = (file: ParquetFile, schema: StructType): ReadPlan => ({
  schema,
  columns: schema.fields.map(({ name, type }) => planColumn(file, name, type))
})

const chunkOf = (group: RowGroup, { key, path }: LeafPlan): ColumnChunk => {
  const chunk = group.chunks.get(key)
  if (chunk === undefined) throw new Malformed(`a row group lacks column ${path.at(-1)?.path.join(".") ?? ""}`)
  return chunk
}

/** The bytes that reading the planned columns of a row group needs, in file order. */
export const groupRanges = (group: RowGroup, plan: ReadPlan): ReadonlyArray<ByteSpan> =>
  plan.columns
    .flatMap((column) => column?.leaves ?? [])
    .map((leaf) => chunkOf(group, leaf))
    .toSorted((left, right) => left.start - right.start)

const concatenate = (parts: ReadonlyArray<DecodedArray>): ArrayLike<unknown> => {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const all: Array<unknown> = []
  for (const part of parts) for (const value of part as Iterable<unknown>) all.push(value)
  return all
}

const readLeaf = (group: RowGroup, leaf: LeafPlan, read: (span: ByteSpan) => Uint8Array): ArrayLike<unknown> => {
  const chunk = chunkOf(group, leaf)
  const last = leaf.path.at(-1)
  if (last === undefined) throw new Malformed("a column has no schema")
  const decoder = {
    pathInSchema: last.path,
    type: chunk.type,
    element: last.element,
    schemaPath: [...leaf.path],
    codec: chunk.codec,
    parsers,
    utf8: false
  }
  try {
    return concatenate(readPages(read(chunk), chunk, decoder))
  } catch (cause) {
    if (cause instanceof Unsupported) throw cause
    throw new Malformed(`column ${chunk.path}: ${reasonOf(cause)}`)
  }
}

/** Whether the first leaf of an optional column says that the column is null in every row: then nothing is built for it. */
const isNullThroughout = (tree: ColumnPlan["tree"], values: ArrayLike<unknown>): boolean => {
  if (tree.element.repetition_type !== "OPTIONAL") return false
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    if (!Array.isArray(value) || value.length > 0) return false
  }
  return true
}

/** The decoded values of a column with parts: structs, lists, maps. */
const readNested = (
  group: RowGroup,
  { leaves, tree }: ColumnPlan,
  read: (span: ByteSpan) => Uint8Array
): ArrayLike<unknown> => {
  const parts = new Map<string, DecodedArray>()
  for (const leaf of leaves) {
    const values = readLeaf(group, leaf, read) as DecodedArray
    if (parts.size === 0 && isNullThroughout(tree, values)) return Array.from(values, () => null)
    parts.set(leaf.path.at(-1)?.path.join(".") ?? "", values)
  }
  assembleNested(parts, tree, parsers)
  return parts.get(tree.path.join(".")) ?? []
}

const columnOf = (group: RowGroup, plan: ColumnPlan, read: (span: ByteSpan) => Uint8Array): Column => {
  const { convert, leaves, name, tree } = plan
  const [first] = leaves
  const isNested = tree.children.length > 0
  const values = isNested || first === undefined ? readNested(group, plan, read) : readLeaf(group, first, read)
  if (values.length !== group.rowCount) {
    throw new Malformed(`column ${name} has ${values.length} of ${group.rowCount} values`)
  }
  if (ArrayBuffer.isView(values) && convert === undefined) return values as Column
  return Array.from(values, (value): Value => {
    if (value === null) return null
    if (value === undefined) {
      // A decoder's nested null, or an index that points outside the dictionary of a flat column.
      if (isNested) return null
      throw new Malformed(`column ${name} refers to a value that its dictionary lacks`)
    }
    return convert === undefined ? (value as Value) : convert(value)
  })
}

/**
 * Decodes the planned columns of a row group; `read` gives the bytes of each span that `groupRanges` named. A column that the file
 * lacks is absent from the result: all its values are null. Throws `Malformed` or `Unsupported`.
 */
export const decodeGroup = (group: RowGroup, plan: ReadPlan, read: (span: ByteSpan) => Uint8Array): Columns => {
  try {
    const columns = new Map<string, Column>()
    for (const [at, { name }] of plan.schema.fields.entries()) {
      const column = plan.columns[at]
      if (column !== undefined) columns.set(name, columnOf(group, column, read))
    }
    return { rowCount: group.rowCount, columns }
  } catch (cause) {
    if (cause instanceof Malformed || cause instanceof Unsupported) throw cause
    throw new Malformed(`its pages cannot be decoded (${reasonOf(cause)})`)
  }
}

/** Columns as rows; columns that are absent in the file are null in every row. */
export const toRows = (schema: StructType, { columns, rowCount }: Columns): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  for (let at = 0; at < rowCount; at++) {
    const row: Record<string, Value> = {}
    for (const { name } of schema.fields) setOwn(row, name, columns.get(name)?.[at] ?? null)
    rows.push(row)
  }
  return rows
}

/** Decodes a whole file held in memory. Throws `Malformed` or `Unsupported`. */
export const decodeParquet = (bytes: Uint8Array, schema: StructType): ReadonlyArray<Row> => {
  footerBytes(bytes, bytes.length)
  const file = parseFooter(bytes, bytes.length)
  const plan = planColumns(file, schema)
  return file.groups.flatMap((group) =>
    toRows(
      schema,
      decodeGroup(group, plan, ({ start, end }) => bytes.subarray(start, end))
    )
  )
}
