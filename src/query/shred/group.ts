/**
 * Groups of rows as Parquet: each column one chunk of one page, described so that a file can be made of many groups.
 */
import { ByteSink } from "../../delta/byte-sink.ts"
import { compress, Trials } from "./compression.ts"
import { Depths, type ObjectDepths } from "./depths.ts"
import { ENCODING, widthOf, writeDataHeader, writeDictionary, writeRun } from "./page.ts"
import { depthOf, objectOf } from "./path.ts"
import type { Group, ShreddedColumn } from "./shredder.ts"
import { TextPage } from "./texts.ts"
import { type ChunkType, hasValues, type Values, valuesOf } from "./values.ts"
import type { Kernel } from "./wasm/kernel.ts"
import { Kind, LEVELS, OUTPUT, PLACES, STATE, State } from "./wasm/layout.ts"
import { UUID_BYTES } from "./wasm/uuids.ts"

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
  readonly objects: ReadonlyArray<ObjectDepths>
}

/** Writes groups of rows; columns whose values contradict each other are refused. */
export class GroupEncoder {
  readonly #kernel: Kernel
  readonly #bytes: Uint8Array
  readonly #texts: TextPage
  readonly #trials = new Trials()
  readonly #depths: Depths
  readonly #plain = new ByteSink(128 * 1024)
  readonly #levels = new ByteSink()
  readonly #output = new ByteSink(1024 * 1024)

  /** The kernel is that whose memory has the groups. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#bytes = new Uint8Array(kernel.memory.buffer)
    this.#texts = new TextPage(kernel)
    this.#depths = new Depths(kernel)
  }

  /** Encodes a group; `undefined` when the type of a column is not beyond doubt. What its columns held is lost. */
  encode(group: Group): EncodedGroup | undefined {
    const { columns, objects, rows, sizeBytes } = group
    this.#output.clear()
    // What is an object in some rows is nothing else in others.
    if (objects.some((object) => hasValues(this.#kernel, object, rows))) return undefined
    this.#depths.begin(group)
    const chunks: Array<Chunk> = []
    for (const column of columns) {
      const values = valuesOf(this.#kernel, this.#bytes, column, rows)
      if (values === undefined) return undefined
      chunks.push(this.#chunk(column, values, rows))
    }
    return { rows, sizeBytes, bytes: this.#output.take(), chunks, objects: this.#depths.told(objects, rows) }
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
    if (dictionary > 0) plainBytes += writeDictionary(this.#output, this.#texts.dictionary.view(), dictionary)
    const dataStart = this.#output.length
    const isCompressed = encoding === ENCODING.deltaLength && this.#trials.isWorthCompressing(column.name, data)
    const stored = isCompressed ? compress(data) : data
    const levels = this.#levels.view()
    const page = { rows, nulls, encoding, levelBytes: levels.length, isCompressed }
    writeDataHeader(this.#output, page, levels.length + data.length, levels.length + stored.length)
    plainBytes += this.#output.length - dataStart + levels.length + data.length
    this.#output.raw(levels)
    this.#output.raw(stored)
    const end = this.#output.length
    return { ...place, end, dataStart, hasDictionary: dictionary > 0, isCompressed, encoding, plainBytes, ...extremes }
  }

  /** Writes which values are there, and how deep rows without one go: one run, or some bits each. */
  #writeLevels({ kindsAt, name }: ShreddedColumn, rows: number, nulls: number): void {
    const object = objectOf(name)
    if (nulls === 0) return writeRun(this.#levels, rows, depthOf(name) + 1)
    this.#levels.varint(2 * Math.ceil(rows / 8) + 1)
    if (object === undefined) {
      const end = this.#kernel.levels(kindsAt, rows, LEVELS)
      return this.#levels.raw(this.#bytes.subarray(LEVELS, end))
    }
    this.#kernel.depths(kindsAt, rows, this.#depths.of(object))
    const whole = 8 * Math.ceil(rows / 8)
    this.#bytes.fill(0, PLACES + 2 * rows, PLACES + 2 * whole)
    const end = this.#kernel.packPlaces(whole, widthOf(name), LEVELS)
    this.#levels.raw(this.#bytes.subarray(LEVELS, end))
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
}

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
