/**
 * Groups of rows as Parquet: each column one chunk of one page, described so that a file can be made of many groups.
 */
import { constants, zstdCompressSync } from "node:zlib"
import { ByteSink } from "../../delta/byte-sink.ts"
import type { Group, ShreddedColumn } from "./shredder.ts"
import { isText, timeStyle } from "./text.ts"
import { TextPage } from "./texts.ts"
import type { Kernel } from "./wasm/kernel.ts"
import { COLUMNS_MAX, Kind, LEVELS, OUTPUT, STATE, State } from "./wasm/layout.ts"
import { UUID_BYTES, UUID_TEXT_BYTES } from "./wasm/uuids.ts"

/** Types of columns here, in the engine's words. `NULL`: no row has a value. */
export type ChunkType = "BIGINT" | "BOOLEAN" | "DATE" | "DOUBLE" | "NULL" | "TIME" | "TIMESTAMP" | "UUID" | "VARCHAR"

/** A column of a group of rows: where it lies among the bytes of the group. */
export interface Chunk {
  readonly name: string
  readonly type: ChunkType
  /** Of texts, whether they are beyond doubt nothing but texts. */
  readonly isText: boolean
  /** Of times, how they are written. */
  readonly style: string
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
  /** Of whole numbers and times, as they are stored. */
  readonly least: Uint8Array | undefined
  readonly greatest: Uint8Array | undefined
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
/** In so many groups what was found out about a column holds. */
const GROUPS_TRIED = 16

/** Finds out which columns are worth compressing. */
class Trials {
  readonly #found = new Map<string, { readonly isWorth: boolean; left: number }>()

  isWorthCompressing(name: string, page: Uint8Array): boolean {
    if (page.length < COMPRESS_BYTES) return false
    const found = this.#found.get(name)
    if (found !== undefined && found.left > 0) {
      found.left -= 1
      return found.isWorth
    }
    const middle = Math.max(0, (page.length - TRIED_BYTES) >> 1)
    const tried = page.subarray(middle, middle + TRIED_BYTES)
    const isWorth = zstdCompressSync(tried, ZSTD).length < tried.length / 2
    if (this.#found.size > COLUMNS_MAX) this.#found.clear()
    this.#found.set(name, { isWorth, left: GROUPS_TRIED })
    return isWorth
  }
}

/** The values of a column that are there, and of what type they are. */
interface Values {
  readonly type: ChunkType
  readonly isText: boolean
  readonly style: string
  readonly count: number
}

/** Writes groups of rows; columns whose values contradict each other are refused. */
export class GroupEncoder {
  readonly #kernel: Kernel
  readonly #bytes: Uint8Array
  readonly #texts: TextPage
  readonly #trials = new Trials()
  readonly #plain = new ByteSink(128 * 1024)
  readonly #levels = new ByteSink()
  readonly #output = new ByteSink(4 * 1024 * 1024)

  /** The kernel is that whose memory has the groups. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#bytes = new Uint8Array(kernel.memory.buffer)
    this.#texts = new TextPage(kernel)
  }

  /** Encodes a group; `undefined` when the type of a column is not beyond doubt. What its columns held is lost. */
  encode({ columns, rows, sizeBytes }: Group): EncodedGroup | undefined {
    this.#output.clear()
    const chunks: Array<Chunk> = []
    for (const column of columns) {
      const values = valuesOf(this.#kernel, this.#bytes, column, rows)
      if (values === undefined) return undefined
      chunks.push(this.#chunk(column, values, rows))
    }
    return { rows, sizeBytes, bytes: this.#output.copy() as Uint8Array<ArrayBuffer>, chunks }
  }

  #chunk(column: ShreddedColumn, values: Values, rows: number): Chunk {
    const { count, isText: isOnlyText, style, type } = values
    const start = this.#output.length
    const nulls = rows - count
    const place = { name: column.name, type, isText: isOnlyText, style, nulls, start }
    if (type === "NULL") {
      const nothing = { end: start, dataStart: start, hasDictionary: false, isCompressed: false, encoding: 0 }
      return { ...place, ...nothing, plainBytes: 0, least: undefined, greatest: undefined }
    }
    const { data, dictionary, encoding, ...extremes } = this.#page(column, values, rows)
    this.#levels.clear()
    this.#writeLevels(column, rows, nulls)
    let plainBytes = 0
    if (dictionary > 0) plainBytes += this.#dictionary(dictionary)
    const dataStart = this.#output.length
    const isCompressed = encoding === ENCODING.deltaLength && this.#trials.isWorthCompressing(column.name, data)
    const stored = isCompressed ? zstdCompressSync(data, ZSTD) : data
    const levels = this.#levels.view()
    const page = { rows, nulls, encoding, levelBytes: levels.length, isCompressed }
    writeDataHeader(this.#output, page, levels.length + data.length, levels.length + stored.length)
    plainBytes += this.#output.length - dataStart + levels.length + data.length
    this.#output.raw(levels)
    this.#output.raw(stored)
    const end = this.#output.length
    return { ...place, end, dataStart, hasDictionary: dictionary > 0, isCompressed, encoding, plainBytes, ...extremes }
  }

  /** Writes which values are there: one run, or a bit each. */
  #writeLevels({ kindsAt }: ShreddedColumn, rows: number, nulls: number): void {
    if (nulls === 0 || nulls === rows) {
      this.#levels.varint(2 * rows)
      return this.#levels.byte(nulls === 0 ? 1 : 0)
    }
    this.#levels.varint(2 * Math.ceil(rows / 8) + 1)
    this.#levels.raw(this.#bytes.subarray(LEVELS, this.#kernel.levels(kindsAt, rows, LEVELS)))
  }

  #page({ cellsAt, kinds }: ShreddedColumn, { count, type }: Values, rows: number) {
    const plain = { dictionary: 0, encoding: ENCODING.plain as number, least: undefined, greatest: undefined }
    switch (type) {
      case "VARCHAR": {
        this.#texts.write(cellsAt, count)
        const dictionary = this.#texts.dictionaryCount
        const encoding = dictionary > 0 ? ENCODING.dictionary : ENCODING.deltaLength
        return { ...plain, data: this.#texts.data, dictionary, encoding }
      }
      case "BOOLEAN":
        this.#plain.clear()
        writeBooleans(this.#plain, kinds, rows)
        return { ...plain, data: this.#plain.view() }
      case "UUID":
        return { ...plain, data: this.#bytes.subarray(OUTPUT, OUTPUT + UUID_BYTES * count) }
      case "DOUBLE":
        return { ...plain, data: this.#bytes.subarray(cellsAt, cellsAt + 8 * count) }
      default: {
        const end = this.#kernel.pack(cellsAt, count, OUTPUT)
        const width = type === "DATE" ? 4 : 8
        const [least, greatest] = [State.least, State.greatest].map((at) =>
          this.#bytes.slice(STATE + at, STATE + at + width)
        )
        return { ...plain, data: this.#bytes.subarray(OUTPUT, end), encoding: ENCODING.delta, least, greatest }
      }
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

const KINDS = Object.values(Kind)

const isThere = (kind: number): boolean => kind !== Kind.none && kind !== Kind.null

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

const typeOf = (counts: Uint32Array): ChunkType | undefined => {
  const found: Array<ChunkType> = []
  if (counts[Kind.integer]! + counts[Kind.real]! > 0) found.push(counts[Kind.real]! > 0 ? "DOUBLE" : "BIGINT")
  if (counts[Kind.text]! > 0) found.push("VARCHAR")
  if (counts[Kind.true]! + counts[Kind.false]! > 0) found.push("BOOLEAN")
  return found.length > 1 ? undefined : (found[0] ?? "NULL")
}

/** How many rows have a value of which kind: mostly all of one. */
const countsOf = ({ countKind }: Kernel, { kinds, kindsAt }: ShreddedColumn, rows: number): Uint32Array => {
  const counts = new Uint32Array(KINDS.length)
  let left = rows
  for (const kind of new Set([kinds[0]!, ...KINDS])) {
    if (left === 0 || kind === Kind.none) continue
    counts[kind] = countKind(kindsAt, rows, kind)
    left -= counts[kind]
  }
  counts[Kind.none] = left
  return counts
}

/** Gathers the values of a column that are there; `undefined` when they contradict each other. */
const valuesOf = (kernel: Kernel, bytes: Uint8Array, column: ShreddedColumn, rows: number): Values | undefined => {
  const { cellsAt, kindsAt } = column
  const counts = countsOf(kernel, column, rows)
  const type = typeOf(counts)
  if (type === undefined) return undefined
  const count = rows - counts[Kind.none]! - counts[Kind.null]!
  const all: Values = { type, isText: false, style: "", count }
  // Integers become what they are together with others while it is known which they are.
  if (type === "DOUBLE") kernel.toReals(kindsAt, cellsAt, rows)
  if (count < rows) kernel.gather(kindsAt, cellsAt, rows)
  if (type !== "VARCHAR") return all
  const known = asTimes(kernel, bytes, column, all) ?? asUuids(kernel, column, all)
  return known ?? { ...all, isText: hasText(column, count, bytes) }
}

const hasText = ({ spans }: ShreddedColumn, count: number, bytes: Uint8Array): boolean => {
  for (let at = 0; at < count; at += 1) if (isText(bytes, spans[2 * at]!, spans[2 * at + 1]!)) return true
  return false
}

/** Texts as times, where all of them are times that are written in one way. */
const asTimes = (kernel: Kernel, bytes: Uint8Array, column: ShreddedColumn, texts: Values): Values | undefined => {
  const { cellsAt, spans } = column
  const style = timeStyle(bytes, spans[0]!, spans[1]!)
  if (style === undefined) return undefined
  const { has, hasFraction, separator, type, zoneBytes } = style
  const read = kernel.times(cellsAt, texts.count, has, separator, hasFraction ? 1 : 0, zoneBytes, OUTPUT)
  if (read < texts.count) return undefined
  bytes.copyWithin(cellsAt, OUTPUT, OUTPUT + 8 * read)
  return { ...texts, type, style: JSON.stringify(style) }
}

/** Texts as UUIDs, where all of them are: they become what is made of the column. */
const asUuids = (kernel: Kernel, { cellsAt, spans }: ShreddedColumn, texts: Values): Values | undefined => {
  if (spans[1]! - spans[0]! !== UUID_TEXT_BYTES) return undefined
  return kernel.uuids(cellsAt, texts.count, OUTPUT) < texts.count ? undefined : { ...texts, type: "UUID" }
}
