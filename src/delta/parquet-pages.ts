/**
 * The pages of one column chunk, checked before they are decoded: their headers may claim neither more bytes nor more values than the
 * chunk has, so that a small file cannot grow into a large one in memory (S11).
 */
import { parquetHeader } from "hyparquet/src/column.js"
import { Malformed } from "./errors.ts"
import { CHUNK_BYTES_MAX } from "./parquet-footer.ts"
import type { ColumnChunk } from "./parquet-footer.ts"

/** Values that one byte of a dictionary page can stand for at most: booleans are packed eight to a byte. */
const DICTIONARY_VALUES_PER_BYTE = 8

const isCount = (value: unknown, max: number): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max

/** Throws `Malformed` unless the chunk's bytes are whole pages that hold exactly `chunk.valueCount` values. */
export const checkPages = (bytes: Uint8Array, chunk: ColumnChunk): void => {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const wrong = (why: string): Malformed => new Malformed(`column ${chunk.path}: ${why}`)
  let values = 0
  let uncompressed = 0
  while (reader.offset < bytes.length && values < chunk.valueCount) {
    const header = parquetHeader(reader)
    const { compressed_page_size: size } = header
    if (!isCount(size, bytes.length - reader.offset)) throw wrong("a page lies outside its column")
    if (!isCount(header.uncompressed_page_size, CHUNK_BYTES_MAX)) throw wrong("a page claims an impossible size")
    uncompressed += header.uncompressed_page_size
    if (uncompressed > CHUNK_BYTES_MAX) throw wrong("its pages claim an impossible size")
    const dictionary = header.dictionary_page_header?.num_values
    if (dictionary !== undefined && !isCount(dictionary, header.uncompressed_page_size * DICTIONARY_VALUES_PER_BYTE)) {
      throw wrong("its dictionary claims more values than it has bytes for")
    }
    const page = header.data_page_header ?? header.data_page_header_v2
    if (page !== undefined) {
      if (!isCount(page.num_values, chunk.valueCount - values)) throw wrong("its pages claim too many values")
      values += page.num_values
    }
    const levels = header.data_page_header_v2
    if (levels !== undefined && levels.definition_levels_byte_length + levels.repetition_levels_byte_length > size) {
      throw wrong("the levels of a page are longer than the page")
    }
    reader.offset += size
  }
  if (values !== chunk.valueCount) throw wrong(`it has ${values} of ${chunk.valueCount} values: it is cut short`)
}
