/**
 * The values of one column of plain values as the parts of a Parquet page: definition levels, dictionary, values, extremes.
 */
import { ByteSink } from "./byte-sink.ts"
import { Malformed } from "./errors.ts"

/** A column of plain values: its name and type, and whether values may be absent. */
export interface FlatColumn {
  readonly name: string
  readonly type: "long" | "integer" | "string" | "binary" | "timestamp"
  readonly nullable: boolean
  /** Without dictionary and statistics: for content. */
  readonly bulky: boolean
}

/** A value: whole numbers for `long`, `integer` and `timestamp` (microseconds); `null` only where the column allows it. */
export type FlatValue = number | string | Uint8Array | null

/** Texts from which on a dictionary is tried. */
const DICTIONARY_VALUES = 64
/** A longer least or greatest text is left out: it would have to be cut, and its bound would not be exact. */
const EXTREME_BYTES = 64

/** The least and the greatest value, as statistics hold them. */
interface Extremes {
  readonly least: Uint8Array
  readonly greatest: Uint8Array
}

/** UTF-8 has no halves of characters: another text would be written. */
const wellFormed = (text: string): string => {
  if (!text.isWellFormed())
    throw new Malformed(`${JSON.stringify(text.slice(0, 40))} is no text: it holds half a character`)
  return text
}

const bitWidth = (value: number): number => 32 - Math.clz32(value)

/** Adds numbers below 2^`width` as one bit-packed run. */
const pack = (sink: ByteSink, numbers: ArrayLike<number>, width: number): void => {
  const groups = Math.ceil(numbers.length / 8)
  sink.varint(2 * groups + 1)
  let bits = 0
  let count = 0
  for (let at = 0; at < 8 * groups; at++) {
    bits += (numbers[at] ?? 0) * 2 ** count
    for (count += width; count >= 8; count -= 8) {
      sink.byte(bits % 256)
      bits = Math.floor(bits / 256)
    }
  }
}

/** Adds which values are there: as runs, or as one bit each where that is shorter. */
const writeLevels = (sink: ByteSink, values: ReadonlyArray<FlatValue>, nullCount: number): void => {
  const run = (length: number, isPresent: boolean): void => {
    sink.varint(2 * length)
    sink.byte(isPresent ? 1 : 0)
  }
  if (nullCount === 0 || nullCount === values.length) return run(values.length, nullCount === 0)
  const start = sink.length
  for (let at = 0; at < values.length && sink.length - start <= values.length / 8;) {
    const isPresent = values[at] !== null
    const first = at
    while (at < values.length && (values[at] !== null) === isPresent) at += 1
    run(at - first, isPresent)
    if (at === values.length) return
  }
  sink.clear()
  pack(
    sink,
    values.map((value) => (value === null ? 0 : 1)),
    1
  )
}

/** The distinct texts in order of their first occurrence, with their places; `undefined` when few repeat. */
const dictionaryOf = (values: ReadonlyArray<FlatValue>, present: number): ReadonlyMap<string, number> | undefined => {
  if (present < DICTIONARY_VALUES) return undefined
  const places = new Map<string, number>()
  for (const value of values) {
    if (value === null || places.has(value as string)) continue
    if (places.size >= present / 2) return undefined
    places.set(value as string, places.size)
  }
  return places
}

const numberExtremes = (values: ReadonlyArray<FlatValue>, isWide: boolean): Extremes => {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null) continue
    if ((value as number) < least) least = value as number
    if ((value as number) > greatest) greatest = value as number
  }
  const bytesOf = (value: number): Uint8Array => {
    const sink = new ByteSink(8)
    if (isWide) sink.int64(value)
    else sink.int32(value)
    return sink.view()
  }
  return { least: bytesOf(least), greatest: bytesOf(greatest) }
}

/** Where the order of texts here, by units of 16 bits, may not be that of their bytes in UTF-8. */
const BEYOND = /[\ud800-\uffff]/

/** The least and the greatest text in the order of bytes in UTF-8; `undefined` when one of them is long. */
const textExtremes = (texts: Iterable<FlatValue>): Extremes | undefined => {
  let least: { readonly text: string; readonly bytes: Buffer } | undefined
  let greatest = least
  for (const value of texts) {
    if (value === null) continue
    const text = value as string
    if (least !== undefined && text >= least.text && text <= greatest!.text && !BEYOND.test(text)) continue
    const bytes = Buffer.from(text)
    if (least === undefined || Buffer.compare(bytes, least.bytes) < 0) least = { text, bytes }
    if (greatest === undefined || Buffer.compare(bytes, greatest.bytes) > 0) greatest = { text, bytes }
  }
  if (least === undefined || greatest === undefined) return undefined
  return Math.max(least.bytes.length, greatest.bytes.length) > EXTREME_BYTES
    ? undefined
    : { least: least.bytes, greatest: greatest.bytes }
}

/** The parts of the page of one column after another: each is valid until the next one is written. */
export class FlatPage {
  readonly levels = new ByteSink(64)
  readonly dictionary = new ByteSink()
  readonly data = new ByteSink()
  nullCount = 0
  /** Values in the dictionary; 0: there is none, the values are plain. */
  dictionaryCount = 0
  extremes: Extremes | undefined

  /** Writes the values of a column. Throws `Malformed` for a text that UTF-8 cannot hold. */
  write(column: FlatColumn, values: ReadonlyArray<FlatValue>): void {
    this.levels.clear()
    this.dictionary.clear()
    this.data.clear()
    this.nullCount = 0
    for (const value of values) if (value === null) this.nullCount += 1
    if (column.nullable) writeLevels(this.levels, values, this.nullCount)
    const present = values.length - this.nullCount
    const isText = column.type === "string" && !column.bulky
    const dictionary = isText ? dictionaryOf(values, present) : undefined
    this.dictionaryCount = dictionary?.size ?? 0
    if (dictionary === undefined) this.#writePlain(column.type, values)
    else this.#writeIndexes(dictionary, values)
    this.extremes = undefined
    if (present === 0 || column.bulky || column.type === "binary") return
    this.extremes = isText
      ? textExtremes(dictionary?.keys() ?? values)
      : numberExtremes(values, column.type !== "integer")
  }

  #writePlain(type: FlatColumn["type"], values: ReadonlyArray<FlatValue>): void {
    const { data } = this
    for (const value of values) {
      if (value === null) continue
      if (type === "string") data.text32(wellFormed(value as string))
      else if (type === "integer") data.int32(value as number)
      else if (type === "binary") {
        data.int32((value as Uint8Array).length)
        data.raw(value as Uint8Array)
      } else data.int64(value as number)
    }
  }

  #writeIndexes(places: ReadonlyMap<string, number>, values: ReadonlyArray<FlatValue>): void {
    for (const text of places.keys()) this.dictionary.text32(wellFormed(text))
    const indexes: Array<number> = []
    for (const value of values) if (value !== null) indexes.push(places.get(value as string)!)
    const width = Math.max(1, bitWidth(places.size - 1))
    this.data.byte(width)
    pack(this.data, indexes, width)
  }
}
