/**
 * Takes lines of JSON apart into columns, as fast as one thread can: a line is compared with what earlier lines had between their values, and its values are
 * taken from there. The kernel does that; what it leaves is read here.
 *
 * What is read is what the engine would read, to the last value; what is not beyond doubt is refused, and everything is read by the engine instead.
 */
import { isUtf8 } from "node:buffer"
import { Parts } from "./parts.ts"
import { objectsOf } from "./path.ts"
import { shapeOf } from "./shape.ts"
import type { Kernel } from "./wasm/kernel.ts"
import {
  cellsOf,
  COLUMNS_MAX,
  FLAG_BYTES,
  Kind,
  kindsOf,
  ORDER,
  ROWS_MAX,
  STATE,
  State,
  TEXT,
  TEXT_BYTES
} from "./wasm/layout.ts"

/** Columns beyond which what was learned is forgotten before the next group. Twice as many are too many: a column takes 1 MB. */
const MANY_COLUMNS = COLUMNS_MAX / 2

/** Lines that the kernel reads in one go: once it was compiled better, it goes on with that. */
const LINES_AT_ONCE = 8192

/** The values of a key in a group of rows, in the memory of the kernel; or an object, whose values others are. */
export class ShreddedColumn {
  readonly name: string
  /** Its number in the memory of the kernel. */
  readonly number: number
  /** Where the kinds and the values begin. */
  readonly kindsAt: number
  readonly cellsAt: number
  /** Of each row, what its value is. */
  readonly kinds: Uint8Array
  /** The values: where the bytes of texts begin and end, and numbers. */
  readonly spans: Int32Array
  readonly reals: Float64Array
  /** What the kernel tells of the column. */
  readonly #notes: DataView

  /** A column by its number in the memory of the kernel. */
  constructor(name: string, number: number, { memory: { buffer } }: Kernel) {
    this.name = name
    this.number = number
    this.kindsAt = kindsOf(number)
    this.cellsAt = cellsOf(number)
    this.kinds = new Uint8Array(buffer, this.kindsAt, ROWS_MAX)
    this.spans = new Int32Array(buffer, this.cellsAt, 2 * ROWS_MAX)
    this.reals = new Float64Array(buffer, this.cellsAt, ROWS_MAX)
    this.#notes = new DataView(buffer, this.kindsAt - FLAG_BYTES, FLAG_BYTES)
    this.clear(ROWS_MAX)
  }

  /** Whether the kernel left values to be read. */
  get isOpen(): boolean {
    return this.#notes.getUint8(0) !== 0
  }

  /** Its place among the columns in the order in which they came, from 1; 0: it did not come. */
  get order(): number {
    return this.#notes.getInt32(ORDER, true)
  }

  /** Forgets the values of rows. */
  clear(rows: number): void {
    this.kinds.fill(Kind.none, 0, rows)
    this.#notes.setUint8(0, 0)
    this.#notes.setInt32(ORDER, 0, true)
  }
}

/** Rows that follow each other. */
export interface Group {
  readonly rows: number
  /** Bytes of text that they were made of. */
  readonly sizeBytes: number
  /** In the order in which their keys came first. */
  readonly columns: ReadonlyArray<ShreddedColumn>
  /** The objects that these lie in, each behind the one that it lies in. Of those that are columns as well, some rows have no object. */
  readonly objects: ReadonlyArray<ShreddedColumn>
}

const REAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u

/** Shredders keep what they learned from one text to the next. */
export class Shredder {
  /** Where lines are put. The rest of it, at least as much again and 64 bytes, is made use of. */
  readonly text: Uint8Array
  readonly #kernel: Kernel
  readonly #memory: Buffer
  readonly #state: Int32Array
  readonly #parts: Parts
  readonly #columns = new Map<string, ShreddedColumn>()
  #at = TEXT
  #row = 0
  /** Where texts that were written with escapes go. */
  #room = TEXT

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#parts = new Parts(kernel)
    this.#memory = Buffer.from(kernel.memory.buffer)
    this.#state = new Int32Array(kernel.memory.buffer, STATE)
    this.text = this.#memory.subarray(TEXT, TEXT + TEXT_BYTES)
  }

  /** Takes apart the lines that are the first `length` bytes of the text. `each` gets groups of rows, which are valid until it returns. Gives whether all lines could be read. */
  shred(length: number, each: (group: Group) => boolean): boolean {
    if (!isUtf8(this.text.subarray(0, length))) return false
    const end = TEXT + length
    this.#at = TEXT
    this.#room = end + 8
    this.text.fill(0, length, length + 8)
    while (this.#at < end) {
      const start = this.#at
      const columns = this.#group(end)
      if (columns === undefined || !columns.every((column) => this.#complete(column))) return false
      if (!each({ rows: this.#row, sizeBytes: this.#at - start, columns, objects: this.#objectsOf(columns) }))
        return false
    }
    return true
  }

  /** Reads a group of rows; gives its columns. */
  #group(end: number): ReadonlyArray<ShreddedColumn> | undefined {
    if (this.#columns.size > MANY_COLUMNS) {
      this.#parts.clear()
      this.#columns.clear()
    }
    // The row behind the last one may have been begun.
    for (const column of this.#columns.values()) column.clear(this.#row + 1)
    this.#row = 0
    this.#state[State.order / 4] = 0
    while (this.#at < end && this.#row < ROWS_MAX) {
      const row = Math.min(ROWS_MAX, this.#row + LINES_AT_ONCE)
      this.#at = this.#kernel.lines(this.#parts.root, this.#at, end, this.#row, row)
      this.#row = this.#state[State.row / 4]!
      if (this.#at < end && this.#row < row && !this.#learn()) return undefined
    }
    const came = [...this.#columns.values()].filter(({ order }) => order > 0)
    return came.toSorted((left, right) => left.order - right.order)
  }

  /** The objects that columns lie in, and those without keys. */
  #objectsOf(columns: ReadonlyArray<ShreddedColumn>): ReadonlyArray<ShreddedColumn> {
    const isEmpty = ({ isOpen, kindsAt }: ShreddedColumn) =>
      isOpen && this.#kernel.countKind(kindsAt, this.#row, Kind.empty) > 0
    const names = new Set(
      columns.flatMap((column) => [...objectsOf(column.name), ...(isEmpty(column) ? [column.name] : [])])
    )
    return [...names].map((name) => this.#columns.get(name.toLowerCase())!)
  }

  /** Learns the parts of the next line; false where there is nothing to learn. */
  #learn(): boolean {
    for (const { kinds } of this.#columns.values()) kinds[this.#row] = Kind.none
    const shape = shapeOf(this.#memory.subarray(this.#at, this.#memory.indexOf(10, this.#at) + 1))
    if (shape === undefined) return false
    const columns = this.#columnsOf(shape.keys)
    const begun = shape.begun.map((names) => this.#columnsOf(names))
    if (columns === undefined || !begun.every((objects) => objects !== undefined)) return false
    return this.#parts.add(shape, columns, begun)
  }

  #columnsOf(names: ReadonlyArray<string>): ReadonlyArray<ShreddedColumn> | undefined {
    const columns: Array<ShreddedColumn> = []
    for (const name of names) {
      const number = this.#columns.size
      const found = this.#columns.get(name.toLowerCase())
      // The engine tells keys apart by their case, and columns not.
      if (found === undefined ? number === COLUMNS_MAX : found.name !== name) return undefined
      const column = found ?? new ShreddedColumn(name, number, this.#kernel)
      this.#columns.set(name.toLowerCase(), column)
      columns.push(column)
    }
    return columns
  }

  /** Reads what the kernel left; gives whether all of it is beyond doubt. */
  #complete(column: ShreddedColumn): boolean {
    if (!column.isOpen) return true
    const { cellsAt, kinds, kindsAt } = column
    this.#room = this.#kernel.unescape(kindsAt, cellsAt, this.#row, this.#room)
    const left = [Kind.written, Kind.escaped].map((kind) => this.#kernel.countKind(kindsAt, this.#row, kind))
    if (left.every((count) => count === 0)) return true
    for (let row = 0; row < this.#row; row += 1) {
      if (kinds[row] === Kind.written && !this.#number(column, row)) return false
      if (kinds[row] === Kind.escaped && !this.#escaped(column, row)) return false
    }
    return true
  }

  /** Reads a number. */
  #number({ kinds, reals, spans }: ShreddedColumn, row: number): boolean {
    const text = this.#memory.toString("latin1", spans[2 * row], spans[2 * row + 1])
    const value = Number(text)
    if (!REAL.test(text) || !Number.isFinite(value)) return false
    reals[row] = value
    kinds[row] = Kind.real
    return true
  }

  /** Reads a text with escapes that are numbers. */
  #escaped({ kinds, spans }: ShreddedColumn, row: number): boolean {
    let text: unknown
    try {
      text = JSON.parse(`"${this.#memory.toString("utf8", spans[2 * row], spans[2 * row + 1])}"`)
    } catch {
      return false
    }
    if (typeof text !== "string" || text.includes("\0") || !text.isWellFormed()) return false
    spans[2 * row] = this.#room
    this.#room += this.#memory.write(text, this.#room)
    spans[2 * row + 1] = this.#room
    kinds[row] = Kind.text
    return true
  }
}
