/**
 * Data files: the Parquet files of the log, as bytes (format.md section 3).
 *
 * Parquet protects nothing: whoever reads a data file checks its BLAKE3 before (R4).
 */
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from "hyparquet"
import { concatenate } from "../bao/outboard.ts"
import { FlatEncoder, flatSchema } from "../delta/parquet-flat.ts"
import { pageCompressors, pageDecompressors } from "./page-codec.ts"
import { COLUMNS, type Row, rowOfValues } from "./row.ts"

/** Most bytes of content in one row group. */
const GROUP_BYTES = 8 * 1024 * 1024
/** Most rows in one row group. */
const GROUP_ROWS = 10_000
const REQUIRED: ReadonlySet<keyof Row> = new Set(["txn", "op", "kind"])

const SCHEMA = flatSchema(
  COLUMNS.map(({ bulky, name, type }) => ({ name, type, nullable: !REQUIRED.has(name), bulky: bulky === true }))
)

/**
 * The Delta schema of the log, as `metaData.schemaString` wants it. It demands no column, though the data files do: to Spark a column that must not be
 * null is an invariant, which the protocol of the table would have to name before Spark read a row of it.
 */
export const SCHEMA_STRING: string = JSON.stringify({
  type: "struct",
  fields: COLUMNS.map(({ name, type }) => ({ name, type, nullable: true, metadata: {} }))
})

/** Writes a data file row by row, in bounded memory; `add` gives out bytes whenever a row group is complete. */
export class DataFileEncoder {
  readonly #parquet = new FlatEncoder(SCHEMA, pageCompressors.ZSTD)
  #group: Array<Row> = []
  #groupBytes = 0

  /** Adds the next row in the order of (txn, op, extent_offset). */
  add(one: Row): Uint8Array | undefined {
    const own = (one.content?.length ?? 0) + (one.outboard?.length ?? 0) + (one.config?.length ?? 0)
    const isFull = this.#groupBytes + own > GROUP_BYTES || this.#group.length === GROUP_ROWS
    if (isFull && this.#group.length > 0) this.#writeGroup()
    this.#group.push(one)
    this.#groupBytes += own
    return isFull ? this.#parquet.take() : undefined
  }

  /** The rest of the file. */
  finish(): Uint8Array {
    if (this.#group.length > 0) this.#writeGroup()
    this.#parquet.finish()
    return this.#parquet.take()
  }

  #writeGroup(): void {
    const group = this.#group
    this.#group = []
    this.#groupBytes = 0
    this.#parquet.write(
      group.length,
      COLUMNS.map(({ name }) => group.map((one) => one[name]))
    )
  }
}

/** The bytes of a data file with these rows, which are in the order of (txn, op, extent_offset). */
export const encodeDataFile = (rows: ReadonlyArray<Row>): Uint8Array => {
  const encoder = new DataFileEncoder()
  const parts: Array<Uint8Array> = []
  for (const one of rows) {
    const bytes = encoder.add(one)
    if (bytes !== undefined) parts.push(bytes)
  }
  parts.push(encoder.finish())
  return parts.length === 1 ? parts[0]! : concatenate(parts)
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
  return readSpan(file, metadata, query, rowSpan(metadata, query))
}

/** As `readDataFile`, row group by row group: in bounded memory. */
export async function* readRowGroups(file: AsyncBuffer, query: RowQuery = {}): AsyncGenerator<ReadonlyArray<Row>> {
  const metadata = await parquetMetadataAsync(file)
  const asked = rowSpan(metadata, query)
  let start = 0
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows)
    if (end > asked.start && start < asked.end) yield await readSpan(file, metadata, query, { start, end })
    start = end
  }
}

/** A row group of a data file: its rows, by number, and the txns that they may be of. */
export interface RowGroup extends RowSpan {
  readonly firstTxn: number
  readonly lastTxn: number
}

/** The row groups of a data file, in order. */
export const rowGroupsIn = async (file: AsyncBuffer): Promise<ReadonlyArray<RowGroup>> => {
  const groups: Array<RowGroup> = []
  for (const group of (await parquetMetadataAsync(file)).row_groups) {
    const start = groups.at(-1)?.end ?? 0
    const { high, low } = txnsOf(group)
    groups.push({
      start,
      end: start + Number(group.num_rows),
      firstTxn: Number(low ?? 0n),
      lastTxn: Number(high ?? Number.MAX_SAFE_INTEGER)
    })
  }
  return groups
}

/** The contents of the rows of a row group, each with its place; other columns are null. */
export const contentsOfGroup = async (file: AsyncBuffer, { end, start }: RowSpan): Promise<ReadonlyArray<Row>> =>
  readSpan(
    file,
    await parquetMetadataAsync(file),
    { columns: ["txn", "op", "kind", "extent_offset", "content"] },
    { start, end }
  )

interface RowSpan {
  readonly start: number
  readonly end: number
}

/** The least and greatest txn of a row group, where its statistics tell. */
const txnsOf = (group: FileMetaData["row_groups"][number]) => {
  const statistics = group.columns[0]?.meta_data?.statistics
  const low = statistics?.min_value ?? statistics?.min
  const high = statistics?.max_value ?? statistics?.max
  return { low: typeof low === "bigint" ? low : undefined, high: typeof high === "bigint" ? high : undefined }
}

const readSpan = async (
  file: AsyncBuffer,
  metadata: FileMetaData,
  query: RowQuery & { readonly columns?: Array<keyof Row> },
  span: RowSpan
): Promise<ReadonlyArray<Row>> => {
  if (span.end === span.start) return []
  const names = COLUMNS.map(({ name }) => name)
  const columns = query.columns ?? (query.withoutContent === true ? names.filter((name) => name !== "content") : names)
  const objects = await parquetReadObjects({
    file,
    metadata,
    columns,
    rowStart: span.start,
    rowEnd: span.end,
    utf8: false,
    parsers: { timestampFromMicroseconds: (value) => value },
    compressors: pageDecompressors
  })
  const { firstTxn = 0, lastTxn = Number.MAX_SAFE_INTEGER } = query
  return objects.map(rowOfObject).filter(({ txn }) => txn >= firstTxn && txn <= lastTxn)
}

/** The row groups whose statistics allow the asked transactions. */
const rowSpan = (metadata: FileMetaData, { firstTxn, lastTxn }: RowQuery): RowSpan => {
  let at = 0
  let start: number | undefined
  let end = 0
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows)
    const { high, low } = txnsOf(group)
    const outside =
      (lastTxn !== undefined && low !== undefined && low > BigInt(lastTxn)) ||
      (firstTxn !== undefined && high !== undefined && high < BigInt(firstTxn))
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
