/**
 * Writing Parquet files of plain columns, fast: no nesting, values whole numbers, texts or bytes.
 *
 * Each column chunk is one page of format V2. Chunks of a few bytes are not compressed, because starting a compressor costs more than writing them;
 * texts that repeat have a dictionary. Statistics hold a least and a greatest value only where these are exact. Made for files of a row or two,
 * where describing the columns is most of the work; `parquet-write.ts` writes everything else.
 */
import { ByteSink, THRIFT } from "./byte-sink.ts"
import { beginFooter, endFooter, MAGIC } from "./parquet-frame.ts"
import { type FlatColumn, FlatPage, type FlatValue } from "./parquet-flat-page.ts"

/** Chunks with fewer bytes are not compressed. */
const COMPRESS_BYTES = 512

const PHYSICAL = { integer: 1, long: 2, timestamp: 2, string: 6, binary: 6 } as const
const ENCODING = { plain: 0, rle: 3, dictionary: 8 } as const
const CODEC = { none: 0, zstd: 6 } as const
const PAGE = { dictionary: 2, data: 3 } as const

const writeElement = (sink: ByteSink, { name, nullable, type }: FlatColumn): void => {
  sink.begin()
  sink.number(1, PHYSICAL[type])
  sink.number(3, nullable ? 1 : 0)
  sink.binary(4, name)
  if (type === "string") {
    sink.number(6, 0)
    sink.struct(10)
    sink.struct(1)
    sink.end()
    sink.end()
  } else if (type === "timestamp") {
    sink.number(6, 10)
    sink.struct(10)
    sink.struct(8)
    sink.flag(1, true)
    sink.struct(2)
    sink.struct(2)
    for (let depth = 0; depth < 4; depth++) sink.end()
  }
  sink.end()
}

/** How files with these columns begin their footer: format and schema. */
const opening = (columns: ReadonlyArray<FlatColumn>): Uint8Array => {
  const sink = new ByteSink()
  beginFooter(sink, columns.length)
  for (const column of columns) writeElement(sink, column)
  return sink.copy()
}

/** Columns, and what is the same for all files that have them. */
export interface FlatSchema {
  readonly columns: ReadonlyArray<FlatColumn>
  readonly opening: Uint8Array
}

/** Prepares columns for writing. */
export const flatSchema = (columns: ReadonlyArray<FlatColumn>): FlatSchema => ({ columns, opening: opening(columns) })

/** Encodes one file; the bytes produced so far are taken with `take`, so that memory stays at one row group. */
export class FlatEncoder {
  readonly #schema: FlatSchema
  readonly #compress: (page: Uint8Array) => Uint8Array
  readonly #output = new ByteSink(8192)
  readonly #page = new FlatPage()
  /** The row groups, as the footer lists them. */
  readonly #groups = new ByteSink()
  #groupCount = 0
  #rowCount = 0
  #taken = 0

  /** `compress` makes a zstd frame of a page. */
  constructor(schema: FlatSchema, compress: (page: Uint8Array) => Uint8Array) {
    this.#schema = schema
    this.#compress = compress
    this.#output.raw(MAGIC)
  }

  /** Adds a row group: for each column its values, as many as there are rows. Values are of their columns' types; throws `Malformed` for a text that UTF-8 cannot hold. */
  write(rowCount: number, values: ReadonlyArray<ReadonlyArray<FlatValue>>): void {
    const before = this.#output.length
    const groups = this.#groups
    let sizeBytes = 0
    groups.begin()
    groups.list(1, this.#schema.columns.length, THRIFT.struct)
    for (const [at, column] of this.#schema.columns.entries()) sizeBytes += this.#writeChunk(column, values[at]!)
    groups.number(2, sizeBytes, THRIFT.i64)
    groups.number(3, rowCount, THRIFT.i64)
    groups.number(6, this.#output.length - before, THRIFT.i64)
    groups.end()
    this.#groupCount += 1
    this.#rowCount += rowCount
  }

  /** The bytes encoded since the last call, in order. */
  take(): Uint8Array {
    const bytes = this.#output.copy()
    this.#taken += bytes.length
    this.#output.clear()
    return bytes
  }

  /** Ends the file, with texts in its footer by name. */
  finish(metadata: ReadonlyMap<string, string> = new Map()): void {
    const { columns, opening: schema } = this.#schema
    const output = this.#output
    const start = output.length
    output.raw(schema)
    output.begin(2)
    output.number(3, this.#rowCount, THRIFT.i64)
    output.list(4, this.#groupCount, THRIFT.struct)
    output.raw(this.#groups.view())
    if (metadata.size > 0) {
      output.list(5, metadata.size, THRIFT.struct)
      for (const [name, text] of metadata) {
        output.begin()
        output.binary(1, name)
        output.binary(2, text)
        output.end()
      }
    }
    endFooter(output, columns.length, start)
  }

  /** Writes the pages of one column, and describes them in its row group; gives their size before compression. */
  #writeChunk(column: FlatColumn, values: ReadonlyArray<FlatValue>): number {
    const page = this.#page
    page.write(column, values)
    const { data, dictionary, levels } = page
    const isPacked = dictionary.length + data.length >= COMPRESS_BYTES
    const pack = (bytes: Uint8Array): Uint8Array => (isPacked ? this.#compress(bytes) : bytes)
    const start = this.#taken + this.#output.length
    let plainBytes = 0
    const header = (kind: number, sizeBytes: number, storedBytes: number, describe: () => void): void => {
      const before = this.#output.length
      this.#output.begin()
      this.#output.number(1, kind)
      this.#output.number(2, sizeBytes)
      this.#output.number(3, storedBytes)
      describe()
      this.#output.end()
      plainBytes += this.#output.length - before + sizeBytes
    }
    if (page.dictionaryCount > 0) {
      const stored = pack(dictionary.view())
      header(PAGE.dictionary, dictionary.length, stored.length, () => {
        this.#output.struct(7)
        this.#output.number(1, page.dictionaryCount)
        this.#output.number(2, ENCODING.plain)
        this.#output.end()
      })
      this.#output.raw(stored)
    }
    const dataStart = this.#taken + this.#output.length
    const stored = pack(data.view())
    header(PAGE.data, levels.length + data.length, levels.length + stored.length, () => {
      this.#output.struct(8)
      this.#output.number(1, values.length)
      this.#output.number(2, page.nullCount)
      this.#output.number(3, values.length)
      this.#output.number(4, page.dictionaryCount > 0 ? ENCODING.dictionary : ENCODING.plain)
      this.#output.number(5, levels.length)
      this.#output.number(6, 0)
      this.#output.flag(7, isPacked)
      this.#output.end()
    })
    this.#output.raw(levels.view())
    this.#output.raw(stored)
    this.#describeChunk(column, { rowCount: values.length, start, dataStart, plainBytes, isPacked })
    return plainBytes
  }

  #describeChunk(column: FlatColumn, chunk: Chunk): void {
    const { dictionaryCount, extremes, nullCount } = this.#page
    const groups = this.#groups
    const encodings =
      dictionaryCount > 0 ? [ENCODING.plain, ENCODING.rle, ENCODING.dictionary] : [ENCODING.plain, ENCODING.rle]
    groups.begin()
    groups.number(2, 0, THRIFT.i64)
    groups.struct(3)
    groups.number(1, PHYSICAL[column.type])
    groups.list(2, encodings.length, THRIFT.i32)
    for (const encoding of encodings) groups.varint(2 * encoding)
    groups.list(3, 1, THRIFT.binary)
    groups.item(column.name)
    groups.number(4, chunk.isPacked ? CODEC.zstd : CODEC.none)
    groups.number(5, chunk.rowCount, THRIFT.i64)
    groups.number(6, chunk.plainBytes, THRIFT.i64)
    groups.number(7, this.#taken + this.#output.length - chunk.start, THRIFT.i64)
    groups.number(9, chunk.dataStart, THRIFT.i64)
    if (dictionaryCount > 0) groups.number(11, chunk.start, THRIFT.i64)
    if (!column.bulky) {
      groups.struct(12)
      groups.number(3, nullCount, THRIFT.i64)
      if (extremes !== undefined) {
        groups.binary(5, extremes.greatest)
        groups.binary(6, extremes.least)
      }
      groups.end()
    }
    groups.end()
    groups.end()
  }
}

/** Where a column chunk lies, and how large it is. */
interface Chunk {
  readonly rowCount: number
  readonly start: number
  readonly dataStart: number
  readonly plainBytes: number
  readonly isPacked: boolean
}
