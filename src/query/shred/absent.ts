/**
 * Pages of columns that no row of a group has a value of, as Parquet has them: what remains to be told is which of the objects are there that they lie in.
 */
import { ByteSink } from "../../delta/byte-sink.ts"
import type { ObjectDepths } from "./depths.ts"
import { ENCODING, widthOf, writeDataHeader, writeDictionary, writeRun } from "./page.ts"
import { depthOf, objectsOf } from "./path.ts"

/** `{}` as Parquet has texts: behind its length. */
const EMPTY_OBJECT = Uint8Array.of(2, 0, 0, 0, 0x7b, 0x7d)

/** Writes small numbers in so many bits each, 8 together. */
const writeBits = (sink: ByteSink, numbers: Uint8Array, width: number): void => {
  sink.varint(2 * Math.ceil(numbers.length / 8) + 1)
  let bits = 0
  let taken = 0
  for (let at = 0; at < 8 * Math.ceil(numbers.length / 8); at += 1) {
    bits |= (numbers[at] ?? 0) << taken
    taken += width
    if (taken < 8) continue
    sink.byte(bits & 255)
    bits >>= 8
    taken -= 8
  }
}

/** How many rows go as deep as they can. */
const deepestOf = (depths: number | Uint8Array, rows: number, deepest: number): number => {
  if (typeof depths === "number") return depths === deepest ? rows : 0
  return depths.reduce((count, depth) => count + (depth === deepest ? 1 : 0), 0)
}

/** What is written of a column. */
interface Absent {
  readonly bytes: Uint8Array
  /** Bytes of a dictionary before the page; 0: there is none. */
  readonly dictionaryBytes: number
  readonly encoding: number
  /** How many rows have no value. */
  readonly nulls: number
}

/** The page of a column, which holds `{}` where it is an object itself, that has no keys. */
export const absentPage = (
  name: string,
  rows: number,
  objects: ReadonlyMap<string, ObjectDepths["depths"]>
): Absent => {
  // What lies in no object is null.
  const around = depthOf(name) === 0 ? [] : [...objectsOf(name), name]
  const nearest = around.findLast((object) => objects.has(object))
  const depths = nearest === undefined ? 0 : objects.get(nearest)!
  const levels = new ByteSink(8)
  if (typeof depths === "number") writeRun(levels, rows, depths)
  else writeBits(levels, depths, widthOf(name))
  const count = deepestOf(depths, rows, depthOf(name) + 1)
  const page = new ByteSink(64)
  const values = new ByteSink(8)
  const dictionaryBytes = count > 0 ? writeDictionary(page, EMPTY_OBJECT, 1) : 0
  if (count > 0) {
    // All of them are the first of the dictionary, whose numbers have one bit.
    values.byte(1)
    writeRun(values, count, 0)
  }
  const encoding = count > 0 ? ENCODING.dictionary : ENCODING.plain
  const sizeBytes = levels.length + values.length
  const header = { rows, nulls: rows - count, encoding, levelBytes: levels.length, isCompressed: false }
  writeDataHeader(page, header, sizeBytes, sizeBytes)
  page.raw(levels.view())
  page.raw(values.view())
  return { bytes: page.view(), dictionaryBytes, encoding, nulls: rows - count }
}
