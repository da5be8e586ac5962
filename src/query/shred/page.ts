/**
 * What pages of a column chunk begin with, as Parquet has them: their headers, and how deep their rows go.
 */
import type { ByteSink } from "../../delta/byte-sink.ts"
import { depthOf } from "./path.ts"

/** Encodings, by their numbers in Parquet. */
export const ENCODING = { plain: 0, rle: 3, delta: 5, deltaLength: 6, dictionary: 8 } as const
const PAGE = { dictionary: 2, data: 3 } as const

/** Writes a dictionary of so many values; gives its bytes with those of its header. */
export const writeDictionary = (sink: ByteSink, page: Uint8Array, count: number): number => {
  const start = sink.length
  sink.begin()
  sink.number(1, PAGE.dictionary)
  sink.number(2, page.length)
  sink.number(3, page.length)
  sink.struct(7)
  sink.number(1, count)
  sink.number(2, ENCODING.plain)
  sink.end()
  sink.end()
  sink.raw(page)
  return sink.length - start
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

/** Bits of how deep the rows of a column go. */
export const widthOf = (name: string): number => 32 - Math.clz32(depthOf(name) + 1)

/** Writes that all rows go as deep. */
export const writeRun = (sink: ByteSink, rows: number, depth: number): void => {
  sink.varint(2 * rows)
  sink.byte(depth)
}
