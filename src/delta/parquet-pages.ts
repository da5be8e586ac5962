/**
 * The pages of one column chunk: checked, decompressed, decoded.
 *
 * Headers may claim neither more bytes nor more values than the chunk has, pages neither longer runs than values: a small file cannot grow into a
 * large one in memory (S11). Each page is handed to the decoder in a buffer of its own, so that a lying length inside ends at its end.
 */
import type { DecodedArray, PageHeader } from "hyparquet"
import type { ColumnDecoder } from "hyparquet/src/types.js"
import { parquetHeader, readPage } from "hyparquet/src/column.js"
import { convert } from "hyparquet/src/convert.js"
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js"
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js"
import { Malformed } from "./errors.ts"
import { decompress } from "./parquet-codec.ts"
import { CHUNK_BYTES_MAX } from "./parquet-footer.ts"
import type { ColumnChunk } from "./parquet-footer.ts"
import { checkDeltas, checkPrefixes, checkRuns } from "./parquet-runs.ts"
import { endOfStruct } from "./thrift.ts"

/** Values that one byte of a dictionary page can stand for at most: booleans are packed eight to a byte. */
const DICTIONARY_VALUES_PER_BYTE = 8

const isCount = (value: unknown, max: number): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max

const bitWidth = (value: number): number => 32 - Math.clz32(value)

/** What a page says about its levels and values; V1 pages have the levels' lengths inside. */
interface Layout {
  readonly valueCount: number
  readonly encoding: string
  /** Bytes of uncompressed levels in front of the values: pages of format V2. */
  readonly levels: { readonly repetition: number; readonly definition: number } | undefined
  readonly isCompressed: boolean
}

const layoutOf = (header: PageHeader): Layout | undefined => {
  const v2 = header.data_page_header_v2
  if (v2 !== undefined) {
    const levels = { repetition: v2.repetition_levels_byte_length, definition: v2.definition_levels_byte_length }
    return { valueCount: v2.num_values, encoding: v2.encoding, levels, isCompressed: v2.is_compressed !== false }
  }
  const v1 = header.data_page_header
  if (v1 === undefined) return undefined
  return { valueCount: v1.num_values, encoding: v1.encoding, levels: undefined, isCompressed: true }
}

/** The page with everything decompressed, in a buffer of its own. */
const inflate = (page: Uint8Array, header: PageHeader, layout: Layout | undefined, codec: string): Uint8Array => {
  const { definition, repetition } = layout?.levels ?? { definition: 0, repetition: 0 }
  const levelBytes = definition + repetition
  if (!isCount(definition, page.length) || !isCount(repetition, page.length) || levelBytes > page.length) {
    throw new Malformed("the levels of a page are longer than the page")
  }
  if (layout?.isCompressed === false) return page.slice()
  if (levelBytes > header.uncompressed_page_size)
    throw new Malformed("a page claims a smaller size than its levels have")
  const inflated = new Uint8Array(header.uncompressed_page_size)
  inflated.set(page.subarray(0, levelBytes))
  decompress(codec, page.subarray(levelBytes), inflated.subarray(levelBytes))
  return inflated
}

/** Checks the levels of a data page; gives the place where its values begin. */
const checkLevels = (page: Uint8Array, { levels, valueCount }: Layout, decoder: ColumnDecoder): number => {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  let at = 0
  const maxima = [getMaxRepetitionLevel(decoder.schemaPath), getMaxDefinitionLevel(decoder.schemaPath)]
  const lengths = levels === undefined ? [] : [levels.repetition, levels.definition]
  for (const [which, max] of maxima.entries()) {
    if (levels === undefined && max === 0) continue
    if (levels === undefined && at + 4 > page.length) throw new Malformed("a page is too short for its levels")
    const length = lengths[which] ?? view.getUint32(at, true)
    const start = levels === undefined ? at + 4 : at
    at = start + length
    // The decoder reads on behind levels that are too few, into the values.
    if (max > 0 && checkRuns(page, start, at, bitWidth(max), valueCount) < valueCount) {
      throw new Malformed("the levels of a page are cut short")
    }
  }
  return at
}

/** How many values of a data page are not null. */
const presentCount = (page: Uint8Array, header: PageHeader, layout: Layout, decoder: ColumnDecoder): number => {
  const v2 = header.data_page_header_v2
  if (v2 !== undefined) return layout.valueCount - v2.num_nulls
  const max = getMaxDefinitionLevel(decoder.schemaPath)
  if (max === 0) return layout.valueCount
  const reader = { view: new DataView(page.buffer), offset: 0 }
  if (getMaxRepetitionLevel(decoder.schemaPath) > 0) reader.offset = 4 + reader.view.getUint32(0, true)
  const levels: Array<number> = Array.from({ length: layout.valueCount })
  readRleBitPackedHybrid(reader, bitWidth(max), levels)
  return levels.filter((level) => level === max).length
}

/** Checks the runs and lengths among the values of a data page, from `start` on. */
const checkValues = (
  page: Uint8Array,
  start: number,
  header: PageHeader,
  layout: Layout,
  decoder: ColumnDecoder
): void => {
  const { encoding, levels, valueCount } = layout
  if (start >= page.length) return
  const width = page[start] ?? 0
  switch (encoding) {
    case "PLAIN":
    case "BYTE_STREAM_SPLIT":
      return
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
      // Of width 0 all values are the first one, and pages of format V1 need no runs to say so.
      if (width > 0 || levels !== undefined) checkRuns(page, start + 1, page.length, width, valueCount)
      return
    case "RLE":
      if (decoder.type !== "BOOLEAN") throw new Malformed("only booleans are stored as runs")
      checkRuns(page, start + 4, page.length, 1, valueCount)
      return
    case "DELTA_BINARY_PACKED":
    case "DELTA_LENGTH_BYTE_ARRAY":
      return checkDeltas(page, start, presentCount(page, header, layout, decoder))
    case "DELTA_BYTE_ARRAY":
      return checkPrefixes(page, start, presentCount(page, header, layout, decoder))
    default:
      throw new Malformed(`a page has the unknown encoding ${encoding}`)
  }
}

/** A page header and the place behind it, checked against what is left of the chunk. */
const readHeader = (bytes: Uint8Array, at: number): { readonly header: PageHeader; readonly end: number } => {
  const end = endOfStruct(bytes, at)
  const header = parquetHeader({ view: new DataView(bytes.buffer, bytes.byteOffset, end), offset: at })
  if (!isCount(header.compressed_page_size, bytes.length - end)) throw new Malformed("a page lies outside its column")
  if (!isCount(header.uncompressed_page_size, CHUNK_BYTES_MAX)) throw new Malformed("a page claims an impossible size")
  const dictionary = header.dictionary_page_header?.num_values ?? 0
  if (!isCount(dictionary, header.uncompressed_page_size * DICTIONARY_VALUES_PER_BYTE)) {
    throw new Malformed("a dictionary claims more values than it has bytes for")
  }
  return { header, end }
}

/** A page whose bytes are at hand, decompressed and checked, as the decoder takes it. */
const pageFor = (page: Uint8Array, header: PageHeader, chunk: ColumnChunk, decoder: ColumnDecoder) => {
  const layout = layoutOf(header)
  const inflated = inflate(page, header, layout, chunk.codec)
  if (layout !== undefined) {
    checkValues(inflated, checkLevels(inflated, layout, decoder), header, layout, decoder)
  }
  const v2 = header.data_page_header_v2
  return {
    reader: { view: new DataView(inflated.buffer), offset: 0 },
    header: {
      ...header,
      compressed_page_size: inflated.length,
      uncompressed_page_size: inflated.length,
      ...(v2 === undefined ? {} : { data_page_header_v2: { ...v2, is_compressed: false } })
    }
  }
}

/**
 * Decodes all pages of a column chunk; `decoder` says how, its codec is not used. Throws `Malformed` unless they hold exactly
 * `chunk.valueCount` values, and whatever the decoder throws.
 */
export const readPages = (bytes: Uint8Array, chunk: ColumnChunk, decoder: ColumnDecoder): Array<DecodedArray> => {
  const plain: ColumnDecoder = { ...decoder, codec: "UNCOMPRESSED" }
  const parts: Array<DecodedArray> = []
  let dictionary: DecodedArray | undefined
  let values = 0
  let inflatedBytes = 0
  for (let at = 0; at < bytes.length && values < chunk.valueCount;) {
    const { end, header } = readHeader(bytes, at)
    at = end + header.compressed_page_size
    inflatedBytes += header.uncompressed_page_size
    if (inflatedBytes > CHUNK_BYTES_MAX) throw new Malformed("pages claim an impossible size")
    values += layoutOf(header)?.valueCount ?? 0
    if (!isCount(values, chunk.valueCount)) throw new Malformed("pages claim too many values")
    if (header.type === "INDEX_PAGE") continue
    const page = pageFor(bytes.subarray(end, at), header, chunk, plain)
    const last = parts.at(-1)
    const { data } = readPage(page.reader, page.header, plain, dictionary, last, 0)
    if (header.type === "DICTIONARY_PAGE") dictionary = data === undefined ? undefined : convert(data, plain)
    // A row may go on from one page to the next: then the last part has grown.
    else if (data !== undefined && data !== last && data.length > 0) parts.push(data)
  }
  if (values !== chunk.valueCount)
    throw new Malformed(`it has ${values} of ${chunk.valueCount} values: it is cut short`)
  return parts
}
