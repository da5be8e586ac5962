/**
 * The footer of a Parquet file: its schema and where each column chunk lies, checked against the file before anything is decoded.
 *
 * Everything a footer claims is untrusted (S11): lengths must lie in the file, counts must agree with each other, and what a row
 * group would take in memory must stay below a limit.
 */
import { parquetMetadata, parquetSchema } from "hyparquet"
import type { ColumnMetaData, FileMetaData, SchemaElement, SchemaTree } from "hyparquet"
import { Malformed, reasonOf, Unsupported } from "./errors.ts"
import { endOfStruct } from "./thrift.ts"

/** Length of a footer that is accepted. */
const FOOTER_BYTES_MAX = 256 * 1024 * 1024
/** Uncompressed bytes of one column chunk that are accepted. */
export const CHUNK_BYTES_MAX = 2 ** 30
/** Values of one column chunk that are accepted. */
export const CHUNK_VALUES_MAX = 2 ** 26

const MAGIC = "PAR1"
/** Magic at the start, and length and magic at the end. */
const HEAD_BYTES = 4
const TAIL_BYTES = 8

/** One column of one row group: bytes [start, end) of the file. `path` is for messages. */
export interface ColumnChunk {
  readonly path: string
  readonly start: number
  readonly end: number
  readonly valueCount: number
  readonly codec: ColumnMetaData["codec"]
  readonly type: ColumnMetaData["type"]
  /** The least and the greatest value, where the file tells: a claim like everything else in a footer. */
  readonly least: unknown
  readonly greatest: unknown
}

/** The key of a leaf by its path: names may hold dots. */
export const chunkKey = (path: ReadonlyArray<string>): string => path.join("\0")

/** One row group. */
export interface RowGroup {
  readonly rowCount: number
  /** By `chunkKey` of the leaf's path. */
  readonly chunks: ReadonlyMap<string, ColumnChunk>
}

/** A file whose footer was read. */
export interface ParquetFile {
  readonly root: SchemaTree
  readonly rowCount: number
  readonly groups: ReadonlyArray<RowGroup>
  /** What the writer noted in the footer, by its name. */
  readonly notes: ReadonlyMap<string, string>
}

/** Bytes at the end of a file that hold its footer, from its last 8 bytes. Throws `Malformed`. */
export const footerBytes = (tail: Uint8Array, fileBytes: number): number => {
  if (fileBytes < HEAD_BYTES + TAIL_BYTES || tail.length < TAIL_BYTES) {
    throw new Malformed(`${fileBytes} bytes are too few for a Parquet file`)
  }
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const magic = String.fromCharCode(...tail.subarray(-4))
  if (magic === "PARE") throw new Unsupported("encrypted Parquet files")
  if (magic !== MAGIC) throw new Malformed(`it does not end with ${MAGIC}: it is cut short, or no Parquet file`)
  const length = view.getUint32(tail.length - TAIL_BYTES, true) + TAIL_BYTES
  if (length + HEAD_BYTES > fileBytes || length > FOOTER_BYTES_MAX) {
    throw new Malformed(`its footer claims ${length} bytes of a file of ${fileBytes}`)
  }
  return length
}

/** Throws unless every element has a name and is either a group or a value. */
const checkSchema = (schema: ReadonlyArray<SchemaElement>): void => {
  for (const [at, { name, num_children: children = 0, type }] of schema.entries()) {
    const isGroup = type === undefined
    const isRoot = at === 0
    if (typeof name !== "string" || (!isRoot && isGroup !== children > 0) || children < 0) {
      throw new Malformed("its footer has an impossible schema")
    }
  }
}

const count = (value: unknown, what: string, max: number): number => {
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number) || number < 0 || number > max) {
    throw new Malformed(`its footer claims ${String(value)} ${what}`)
  }
  return number
}

const chunk = (meta: ColumnMetaData, dataBytes: number): ColumnChunk => {
  const path = meta.path_in_schema.map(String).join(".")
  const size = count(meta.total_compressed_size, `bytes for column ${path}`, dataBytes)
  const dataStart = count(meta.data_page_offset, `as the place of column ${path}`, dataBytes)
  const dictionary = meta.dictionary_page_offset ?? 0n
  const start =
    dictionary > 0n ? Math.min(dataStart, count(dictionary, "as the place of a dictionary", dataBytes)) : dataStart
  if (start < HEAD_BYTES || start + size > dataBytes) throw new Malformed(`column ${path} lies outside the file`)
  count(meta.total_uncompressed_size, `uncompressed bytes for column ${path}`, CHUNK_BYTES_MAX)
  const valueCount = count(meta.num_values, `values for column ${path}`, CHUNK_VALUES_MAX)
  const { statistics } = meta
  return {
    path,
    start,
    end: start + size,
    valueCount,
    codec: meta.codec,
    type: meta.type,
    least: statistics?.min_value ?? statistics?.min,
    greatest: statistics?.max_value ?? statistics?.max
  }
}

const rowGroup = (group: FileMetaData["row_groups"][number], dataBytes: number): RowGroup => {
  const rowCount = count(group.num_rows, "rows in a row group", CHUNK_VALUES_MAX)
  const chunks = new Map<string, ColumnChunk>()
  for (const column of group.columns) {
    if (column.file_path !== undefined) throw new Unsupported("Parquet columns in other files")
    if (column.meta_data === undefined) throw new Unsupported("encrypted Parquet columns")
    chunks.set(chunkKey(column.meta_data.path_in_schema), chunk(column.meta_data, dataBytes))
  }
  return { rowCount, chunks }
}

/**
 * Parses the footer of a file of `fileBytes` from its last bytes, which hold at least `footerBytes` of them.
 * Throws `Malformed` or `Unsupported`.
 */
export const parseFooter = (tail: Uint8Array, fileBytes: number): ParquetFile => {
  const length = footerBytes(tail, fileBytes)
  let metadata: FileMetaData
  let root: SchemaTree
  endOfStruct(tail, tail.length - length)
  try {
    metadata = parquetMetadata(tail.slice(-length), {
      geoparquet: false,
      parsers: { stringFromBytes: (bytes) => bytes }
    })
    checkSchema(metadata.schema)
    root = parquetSchema(metadata)
  } catch (cause) {
    throw new Malformed(`its footer cannot be read (${reasonOf(cause)})`)
  }
  const dataBytes = fileBytes - length
  const groups = metadata.row_groups.map((group) => rowGroup(group, dataBytes))
  const rowCount = groups.reduce((sum, group) => sum + group.rowCount, 0)
  if (rowCount !== count(metadata.num_rows, "rows", Number.MAX_SAFE_INTEGER)) {
    throw new Malformed(`its footer claims ${metadata.num_rows} rows, its row groups ${rowCount}`)
  }
  const notes = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]))
  return { root, rowCount, groups, notes }
}
