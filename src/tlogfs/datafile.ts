/**
 * Data files: the Parquet files of the log, as bytes (format.md section 3).
 *
 * Parquet protects nothing: whoever reads a data file checks its BLAKE3 before (R4).
 */
import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaElement
} from "hyparquet"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import { zstdCompressSync, zstdDecompressSync } from "node:zlib"
import { COLUMNS, type Column, type Row, rowOfValues } from "./row.ts"

/** Most bytes of content in one row group. */
const GROUP_BYTES = 8 * 1024 * 1024
/** Most rows in one row group. */
const GROUP_ROWS = 10_000
/** Files of fewer rows are written with snappy: setting zstd up for each tiny page would double the time of a commit. */
const ZSTD_ROWS = 64

const ELEMENTS = {
  long: { type: "INT64" },
  integer: { type: "INT32" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  binary: { type: "BYTE_ARRAY" },
  timestamp: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" }
  }
} as const

const REQUIRED: ReadonlySet<keyof Row> = new Set(["txn", "op", "kind"])

const SCHEMA: ReadonlyArray<SchemaElement> = [
  { name: "schema", num_children: COLUMNS.length },
  ...COLUMNS.map(({ name, type }): SchemaElement => ({
    name,
    ...ELEMENTS[type],
    repetition_type: REQUIRED.has(name) ? "REQUIRED" : "OPTIONAL"
  }))
]

/**
 * The Delta schema of the log, as `metaData.schemaString` wants it. It demands no column, though the data files do: to Spark a column that must not be
 * null is an invariant, which the protocol of the table would have to name before Spark read a row of it.
 */
export const SCHEMA_STRING: string = JSON.stringify({
  type: "struct",
  fields: COLUMNS.map(({ name, type }) => ({ name, type, nullable: true, metadata: {} }))
})

/** The bytes of a data file with these rows, which are in the order of (txn, op, extent_offset). */
export const encodeDataFile = (rows: ReadonlyArray<Row>): Uint8Array => {
  const writer = new ByteWriter(16 * 1024)
  const parquet = new ParquetWriter({
    writer,
    schema: SCHEMA.map((element) => ({ ...element })),
    codec: rows.length < ZSTD_ROWS ? "SNAPPY" : "ZSTD",
    compressors: { ZSTD: (page) => zstdCompressSync(page) }
  })
  for (const group of groupsOf(rows)) {
    void parquet.write({ rowGroupSize: group.length, columnData: COLUMNS.map((column) => columnSource(column, group)) })
  }
  void parquet.finish()
  return writer.getBytes().slice()
}

const columnSource = (column: Column, rows: ReadonlyArray<Row>) => {
  const wide = column.type === "long" || column.type === "timestamp"
  const data = rows.map((one) => {
    const value = one[column.name]
    return wide && value !== null ? BigInt(value as number) : value
  })
  return column.bulky === true
    ? { name: column.name, data, encoding: "PLAIN" as const, statistics: false, offsetIndex: false }
    : { name: column.name, data, offsetIndex: false }
}

function* groupsOf(rows: ReadonlyArray<Row>): Generator<ReadonlyArray<Row>> {
  let group: Array<Row> = []
  let bytes = 0
  for (const one of rows) {
    const own = (one.content?.length ?? 0) + (one.outboard?.length ?? 0) + (one.config?.length ?? 0)
    if (group.length > 0 && (bytes + own > GROUP_BYTES || group.length === GROUP_ROWS)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(one)
    bytes += own
  }
  if (group.length > 0) yield group
}

/** What a reader of data files asks for. */
export interface RowQuery {
  /** Only rows of these transactions. */
  readonly firstTxn?: number
  readonly lastTxn?: number
  /** Leaves `content` null: names, sizes, places and hash trees only. */
  readonly withoutContent?: boolean
}

/** Reads rows out of a data file whose bytes check themselves. Rejects with a `TypeError` where they are not rows. */
export const readDataFile = async (file: AsyncBuffer, query: RowQuery = {}): Promise<ReadonlyArray<Row>> => {
  const metadata = await parquetMetadataAsync(file)
  const span = rowSpan(metadata, query)
  if (span.end === span.start) return []
  const names = COLUMNS.map(({ name }) => name)
  const columns = query.withoutContent === true ? names.filter((name) => name !== "content") : names
  const objects = await parquetReadObjects({
    file,
    metadata,
    columns,
    rowStart: span.start,
    rowEnd: span.end,
    utf8: false,
    parsers: { timestampFromMicroseconds: (value) => value },
    compressors: { ZSTD: (page) => new Uint8Array(zstdDecompressSync(page)) }
  })
  const { firstTxn = 0, lastTxn = Number.MAX_SAFE_INTEGER } = query
  return objects.map(rowOfObject).filter(({ txn }) => txn >= firstTxn && txn <= lastTxn)
}

/** The row groups whose statistics allow the asked transactions. */
const rowSpan = (metadata: FileMetaData, { firstTxn, lastTxn }: RowQuery): { start: number; end: number } => {
  let at = 0
  let start: number | undefined
  let end = 0
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows)
    const statistics = group.columns[0]?.meta_data?.statistics
    const low = statistics?.min_value ?? statistics?.min
    const high = statistics?.max_value ?? statistics?.max
    const outside =
      (lastTxn !== undefined && typeof low === "bigint" && low > BigInt(lastTxn)) ||
      (firstTxn !== undefined && typeof high === "bigint" && high < BigInt(firstTxn))
    if (!outside) {
      start ??= at
      end = at + rows
    }
    at += rows
  }
  return { start: start ?? 0, end }
}

const rowOfObject = (object: Record<string, unknown>): Row =>
  rowOfValues(
    COLUMNS.map(({ name }) => {
      const value = object[name]
      if (value === undefined || value === null) return null
      return typeof value === "bigint" ? Number(value) : value
    })
  )
