/**
 * Writing Parquet: rows to bytes, exactly.
 *
 * Every value is checked against its type before anything is encoded, because the encoder below would round, wrap or replace what
 * does not fit. Floating-point columns and those named `plain` have no dictionary (it would merge 0 and -0), `plain` ones no
 * statistics either: for content, whose greatest value would be kept whole. Row groups are cut by bytes, so that a writer's and a
 * reader's memory is one group. Pages are of format V2, compressed by zstd unless said otherwise; columns of a few bytes are left as
 * they are, because starting a compressor costs more than writing them.
 */
import { constants, zstdCompressSync } from "node:zlib"
import type { ColumnSource } from "hyparquet-writer"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import { parquetElements } from "./parquet-schema.ts"
import type { DataType, Row, StructType, Value } from "./schema.ts"
import { measure } from "./value.ts"

/** How a file is written. */
export interface ParquetOptions {
  /** Compression of pages; `ZSTD` by default. */
  readonly codec?: "ZSTD" | "SNAPPY" | "UNCOMPRESSED"
  /** Columns without dictionary and statistics. */
  readonly plain?: ReadonlySet<string>
  /** Texts in the footer, by name. */
  readonly metadata?: ReadonlyMap<string, string>
  /** A row group ends when its values reach this many bytes; 8 MiB by default. */
  readonly groupBytes?: number
  /** A row group ends when it has this many rows; 100,000 by default. */
  readonly groupRows?: number
}

const GROUP_BYTES = 8 * 1024 * 1024
const GROUP_ROWS = 100_000
/** Columns with fewer bytes in a row group are not compressed. */
const COMPRESS_BYTES = 512
/** Level 1: on pages of this size higher levels cost more than they save. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const compressors = { ZSTD: (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes, ZSTD) }

const cell = (row: Row, name: string): Value => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)

/** Whether a type is or contains floating-point numbers. */
const isFloating = (type: DataType): boolean => {
  if (typeof type === "string") return type === "float" || type === "double"
  switch (type.type) {
    case "decimal":
      return false
    case "array":
      return isFloating(type.elementType)
    case "map":
      return isFloating(type.keyType) || isFloating(type.valueType)
    case "struct":
      return type.fields.some((field) => isFloating(field.type))
  }
}

/**
 * Encodes one file from rows given in order. Not an Effect: it does no input or output; the bytes it has produced so far are
 * taken with `take`, so that memory stays at one row group.
 */
export class ParquetEncoder {
  readonly schema: StructType
  readonly options: ParquetOptions
  private readonly writer: ParquetWriter
  private readonly output: ByteWriter
  private rows: Array<Row> = []
  /** Bytes of the pending rows, by column. */
  private readonly columnBytes: Array<number>
  private pendingBytes = 0
  /** Rows added so far. */
  rowCount = 0

  constructor(schema: StructType, options: ParquetOptions = {}) {
    this.schema = schema
    this.options = options
    this.columnBytes = schema.fields.map(() => 0)
    this.output = new ByteWriter(4096)
    this.writer = new ParquetWriter({
      writer: this.output,
      schema: parquetElements(schema),
      codec: options.codec ?? "ZSTD",
      compressors,
      // Absent, not empty: other readers do not take the empty list that the encoder would write.
      ...(options.metadata === undefined
        ? {}
        : { kvMetadata: [...options.metadata].map(([key, value]) => ({ key, value })) }),
      createdBy: "pond"
    })
  }

  /** Adds a row; absent columns are null. Throws `Malformed` for a value that is not of its column's type. */
  add(row: Row): void {
    const bytes = this.schema.fields.map(({ name, type, nullable }) => measure(cell(row, name), type, nullable, name))
    for (const [at, columnBytes] of bytes.entries()) {
      this.columnBytes[at] = (this.columnBytes[at] ?? 0) + columnBytes
      this.pendingBytes += columnBytes
    }
    this.rows.push(row)
    this.rowCount++
    const { groupBytes = GROUP_BYTES, groupRows = GROUP_ROWS } = this.options
    if (this.pendingBytes >= groupBytes || this.rows.length >= groupRows) this.flush()
  }

  /** The bytes encoded since the last call, in order; empty until a row group is full. */
  take(): Uint8Array {
    const bytes = this.output.getBytes().slice()
    this.output.index = 0
    return bytes
  }

  /** Ends the file; nothing may be added afterwards. The remaining bytes are there to `take`. */
  finish(): void {
    this.flush()
    void this.writer.finish()
  }

  private flush(): void {
    const rows = this.rows
    if (rows.length === 0) return
    const columnData = this.schema.fields.map(({ name, type }, at): ColumnSource => {
      const isPlain = this.options.plain?.has(name) === true
      return {
        name,
        data: rows.map((row) => cell(row, name)),
        ...(isPlain || isFloating(type) ? { encoding: "PLAIN" } : {}),
        ...(isPlain ? { statistics: false } : {}),
        ...((this.columnBytes[at] ?? 0) < COMPRESS_BYTES ? { codec: "UNCOMPRESSED" } : {})
      }
    })
    void this.writer.write({ columnData, rowGroupSize: rows.length })
    this.rows = []
    this.pendingBytes = 0
    this.columnBytes.fill(0)
  }
}

/** Encodes rows as one Parquet file in memory. Throws `Malformed` for a value that is not of its column's type. */
export const encodeParquet = (schema: StructType, rows: Iterable<Row>, options?: ParquetOptions): Uint8Array => {
  const encoder = new ParquetEncoder(schema, options)
  for (const row of rows) encoder.add(row)
  encoder.finish()
  return encoder.take()
}
