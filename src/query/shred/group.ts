/**
 * Groups of rows as Parquet: each column one chunk of one page, described so that a file can be made of many groups.
 */
import { constants, zstdCompressSync } from "node:zlib"
import { ByteSink } from "../../delta/byte-sink.ts"
import { packIntegers } from "./integers.ts"
import { type Group, Kind, ROWS_MAX, type ShreddedColumn } from "./shredder.ts"
import { isText, timeOf, timeStyle, UUID_TEXT_BYTES, uuidOf } from "./text.ts"
import { TextPage } from "./texts.ts"

/** Types of columns here, in the engine's words. `NULL`: no row has a value. */
export type ChunkType = "BIGINT" | "BOOLEAN" | "DOUBLE" | "NULL" | "TIMESTAMP" | "UUID" | "VARCHAR"

/** A column of a group of rows: where it lies among the bytes of the group. */
export interface Chunk {
  readonly name: string
  readonly type: ChunkType
  /** Of texts, whether they are beyond doubt nothing but texts. */
  readonly isText: boolean
  /** Of times, how they are written. */
  readonly style: number
  readonly nulls: number
  readonly start: number
  readonly end: number
  /** Where the data begins, behind a dictionary if there is one. */
  readonly dataStart: number
  readonly hasDictionary: boolean
  readonly isCompressed: boolean
  readonly encoding: number
  /** Bytes of pages with their headers, before compression. */
  readonly plainBytes: number
  readonly least: number | undefined
  readonly greatest: number | undefined
}

/** A group of rows, encoded. */
export interface EncodedGroup {
  readonly rows: number
  /** Bytes of text that it was made of. */
  readonly sizeBytes: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly chunks: ReadonlyArray<Chunk>
}

/** Encodings, by their numbers in Parquet. */
export const ENCODING = { plain: 0, rle: 3, delta: 5, deltaLength: 6, dictionary: 8 } as const
const PAGE = { dictionary: 2, data: 3 } as const

const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** Pages with fewer bytes are not compressed; of others, a part is tried, and the rest if that became half as long. */
const COMPRESS_BYTES = 4096
const TRIED_BYTES = 32 * 1024

const isWorthCompressing = (page: Uint8Array): boolean => {
  if (page.length < COMPRESS_BYTES) return false
  const middle = Math.max(0, (page.length - TRIED_BYTES) >> 1)
  const tried = page.subarray(middle, middle + TRIED_BYTES)
  return zstdCompressSync(tried, ZSTD).length < tried.length / 2
}

const numbers = new Float64Array(ROWS_MAX)
const starts = new Int32Array(ROWS_MAX)
const ends = new Int32Array(ROWS_MAX)

/** Bytes of a UUID. */
export const UUID_BYTES = 16
let uuids = new Uint8Array(0)

/** The values of a column that are there, and of what type they are. */
interface Values {
  readonly type: ChunkType
  readonly isText: boolean
  readonly style: number
  readonly numbers: Float64Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
}

/** Writes groups of rows; columns whose values contradict each other are refused. */
export class GroupEncoder {
  readonly #texts = new TextPage()
  readonly #plain = new ByteSink(1024 * 1024)
  readonly #levels = new ByteSink()
  readonly #output = new ByteSink(4 * 1024 * 1024)

  /** Encodes a group; `undefined` when the type of a column is not beyond doubt. */
  encode({ bytes, columns, rows, sizeBytes }: Group): EncodedGroup | undefined {
    this.#output.clear()
    const chunks: Array<Chunk> = []
    for (const column of columns) {
      const values = valuesOf(column, rows, bytes)
      if (values === undefined) return undefined
      chunks.push(this.#chunk(column, values, rows, bytes))
    }
    return { rows, sizeBytes, bytes: this.#output.copy() as Uint8Array<ArrayBuffer>, chunks }
  }

  #chunk(column: ShreddedColumn, values: Values, rows: number, bytes: Uint8Array): Chunk {
    const { count, isText: isOnlyText, style, type } = values
    const start = this.#output.length
    const nulls = rows - count
    const place = { name: column.name, type, isText: isOnlyText, style, nulls, start }
    if (type === "NULL") {
      const nothing = { end: start, dataStart: start, hasDictionary: false, isCompressed: false, encoding: 0 }
      return { ...place, ...nothing, plainBytes: 0, least: undefined, greatest: undefined }
    }
    const { data, dictionary, encoding } = this.#page(column, values, rows, bytes)
    this.#levels.clear()
    writeLevels(this.#levels, column.kinds, rows, nulls)
    let plainBytes = 0
    if (dictionary > 0) plainBytes += this.#dictionary(dictionary)
    const dataStart = this.#output.length
    const isCompressed = encoding === ENCODING.deltaLength && isWorthCompressing(data)
    const stored = isCompressed ? zstdCompressSync(data, ZSTD) : data
    const levels = this.#levels.view()
    const page = { rows, nulls, encoding, levelBytes: levels.length, isCompressed }
    writeDataHeader(this.#output, page, levels.length + data.length, levels.length + stored.length)
    plainBytes += this.#output.length - dataStart + levels.length + data.length
    this.#output.raw(levels)
    this.#output.raw(stored)
    const end = this.#output.length
    const extremes = extremesOf(values)
    return { ...place, end, dataStart, hasDictionary: dictionary > 0, isCompressed, encoding, plainBytes, ...extremes }
  }

  #page({ kinds }: ShreddedColumn, values: Values, rows: number, bytes: Uint8Array) {
    const plain = this.#plain
    plain.clear()
    switch (values.type) {
      case "VARCHAR":
        this.#texts.write({ ...values, bytes })
        return {
          data: this.#texts.data.view(),
          dictionary: this.#texts.dictionaryCount,
          encoding: this.#texts.dictionaryCount > 0 ? ENCODING.dictionary : ENCODING.deltaLength
        }
      case "BOOLEAN":
        writeBooleans(plain, kinds, rows)
        return { data: plain.view(), dictionary: 0, encoding: ENCODING.plain }
      case "UUID":
        plain.raw(uuids.subarray(0, UUID_BYTES * values.count))
        return { data: plain.view(), dictionary: 0, encoding: ENCODING.plain }
      case "DOUBLE":
        plain.raw(new Uint8Array(values.numbers.buffer, 0, 8 * values.count))
        return { data: plain.view(), dictionary: 0, encoding: ENCODING.plain }
      default:
        packIntegers(plain, values.numbers, values.count)
        return { data: plain.view(), dictionary: 0, encoding: ENCODING.delta }
    }
  }

  /** Writes a dictionary; gives its bytes with those of its header. */
  #dictionary(count: number): number {
    const page = this.#texts.dictionary.view()
    const output = this.#output
    const start = output.length
    output.begin()
    output.number(1, PAGE.dictionary)
    output.number(2, page.length)
    output.number(3, page.length)
    output.struct(7)
    output.number(1, count)
    output.number(2, ENCODING.plain)
    output.end()
    output.end()
    output.raw(page)
    return output.length - start
  }
}

/** What a page of data says of itself. */
interface DataPage {
  readonly rows: number
  readonly nulls: number
  readonly encoding: number
  readonly levelBytes: number
  readonly isCompressed: boolean
}

/** Writes the header of a page of data. */
export const writeDataHeader = (sink: ByteSink, page: DataPage, plainBytes: number, storedBytes: number): void => {
  sink.begin()
  sink.number(1, PAGE.data)
  sink.number(2, plainBytes)
  sink.number(3, storedBytes)
  sink.struct(8)
  sink.number(1, page.rows)
  sink.number(2, page.nulls)
  sink.number(3, page.rows)
  sink.number(4, page.encoding)
  sink.number(5, page.levelBytes)
  sink.number(6, 0)
  sink.flag(7, page.isCompressed)
  sink.end()
  sink.end()
}

const KINDS = Object.keys(Kind).length

const isThere = (kind: number): boolean => kind !== Kind.none && kind !== Kind.null

/** Adds which values are there: one run, or a bit each. */
const writeLevels = (sink: ByteSink, kinds: Uint8Array, rows: number, nulls: number): void => {
  if (nulls === 0 || nulls === rows) {
    sink.varint(2 * rows)
    return sink.byte(nulls === 0 ? 1 : 0)
  }
  sink.varint(2 * Math.ceil(rows / 8) + 1)
  for (let at = 0; at < rows; at += 8) {
    let bits = 0
    for (let bit = 0; bit < 8 && at + bit < rows; bit += 1) if (isThere(kinds[at + bit]!)) bits |= 1 << bit
    sink.byte(bits)
  }
}

const writeBooleans = (sink: ByteSink, kinds: Uint8Array, rows: number): void => {
  let bits = 0
  let count = 0
  for (let row = 0; row < rows; row += 1) {
    const kind = kinds[row]!
    if (!isThere(kind)) continue
    if (kind === Kind.true) bits |= 1 << count
    count += 1
    if (count < 8) continue
    sink.byte(bits)
    bits = 0
    count = 0
  }
  if (count > 0) sink.byte(bits)
}

const NOTHING = { least: undefined, greatest: undefined }

/** So many values are looked at by one call of a function: what is called often is compiled best. */
const STEP = 512

const extremesOf = ({ count, numbers: values, type }: Values) => {
  if (type !== "BIGINT" && type !== "TIMESTAMP") return NOTHING
  let least = values[0]!
  let greatest = least
  for (let start = 0; start < count; start += STEP) {
    const end = Math.min(count, start + STEP)
    least = leastOf(values, start, end, least)
    greatest = greatestOf(values, start, end, greatest)
  }
  return { least, greatest }
}

const leastOf = (values: Float64Array, start: number, end: number, before: number): number => {
  let least = before
  for (let at = start; at < end; at += 1) if (values[at]! < least) least = values[at]!
  return least
}

const greatestOf = (values: Float64Array, start: number, end: number, before: number): number => {
  let greatest = before
  for (let at = start; at < end; at += 1) if (values[at]! > greatest) greatest = values[at]!
  return greatest
}

const typeOf = (counts: Uint32Array): ChunkType | undefined => {
  const found: Array<ChunkType> = []
  if (counts[Kind.integer]! + counts[Kind.real]! > 0) found.push(counts[Kind.real]! > 0 ? "DOUBLE" : "BIGINT")
  if (counts[Kind.text]! > 0) found.push("VARCHAR")
  if (counts[Kind.true]! + counts[Kind.false]! > 0) found.push("BOOLEAN")
  return found.length > 1 ? undefined : (found[0] ?? "NULL")
}

const isUniform = (kinds: Uint8Array, start: number, end: number, kind: number): boolean => {
  for (let row = start; row < end; row += 1) if (kinds[row] !== kind) return false
  return true
}

/** How many rows have a value of which kind: mostly all of one. */
const countsOf = (kinds: Uint8Array, rows: number): Uint32Array => {
  const counts = new Uint32Array(KINDS)
  const first = kinds[0]!
  let row = 0
  while (row < rows && isUniform(kinds, row, Math.min(rows, row + STEP), first)) row = Math.min(rows, row + STEP)
  counts[first] = row
  for (; row < rows; row += 1) counts[kinds[row]!]! += 1
  return counts
}

/** Gathers the values of a column that are there; `undefined` when they contradict each other. */
const valuesOf = (column: ShreddedColumn, rows: number, bytes: Uint8Array): Values | undefined => {
  const { kinds } = column
  const counts = countsOf(kinds, rows)
  const type = typeOf(counts)
  if (type === undefined) return undefined
  const count = rows - counts[Kind.none]! - counts[Kind.null]!
  const all: Values = { ...column, type, isText: false, style: 0, count }
  if (type !== "VARCHAR") return count === rows ? all : { ...all, numbers: gathered(column, rows, type) }
  const texts = count === rows ? all : { ...all, ...gatheredTexts(column, rows) }
  return asTimes(texts, bytes) ?? asUuids(texts, bytes) ?? { ...texts, isText: hasText(texts, bytes) }
}

const gathered = ({ kinds, numbers: from }: ShreddedColumn, rows: number, type: ChunkType): Float64Array => {
  if (type === "BOOLEAN" || type === "NULL") return numbers
  for (let row = 0, to = 0; row < rows; row += 1) {
    if (!isThere(kinds[row]!)) continue
    numbers[to] = from[row]!
    to += 1
  }
  return numbers
}

const gatheredTexts = (column: ShreddedColumn, rows: number) => {
  for (let row = 0, to = 0; row < rows; row += 1) {
    if (column.kinds[row] !== Kind.text) continue
    starts[to] = column.starts[row]!
    ends[to] = column.ends[row]!
    to += 1
  }
  return { starts, ends }
}

const hasText = ({ count, ends: to, starts: from }: Values, bytes: Uint8Array): boolean => {
  for (let at = 0; at < count; at += 1) if (isText(bytes, from[at]!, to[at]!)) return true
  return false
}

/** Texts as times, where all of them are times that are written in one way. */
const asTimes = (texts: Values, bytes: Uint8Array): Values | undefined => {
  const { count, ends: to, starts: from } = texts
  const style = timeStyle(bytes, from[0]!, to[0]!)
  if (style === 0) return undefined
  for (let at = 0; at < count; at += 1) {
    if (timeStyle(bytes, from[at]!, to[at]!) !== style) return undefined
    const time = timeOf(bytes, from[at]!, to[at]!)
    if (Number.isNaN(time)) return undefined
    numbers[at] = time
  }
  return { ...texts, type: "TIMESTAMP", style, numbers }
}

/** Texts as UUIDs, where all of them are. */
const asUuids = (texts: Values, bytes: Uint8Array): Values | undefined => {
  const { count, ends: to, starts: from } = texts
  if (to[0]! - from[0]! !== UUID_TEXT_BYTES) return undefined
  if (uuids.length === 0) uuids = new Uint8Array(UUID_BYTES * ROWS_MAX)
  for (let at = 0; at < count; at += 1) {
    if (!uuidOf(bytes, from[at]!, to[at]!, uuids, UUID_BYTES * at)) return undefined
  }
  return { ...texts, type: "UUID" }
}
