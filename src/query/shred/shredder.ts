/**
 * Takes lines of JSON apart into columns, as fast as one thread can: a line is compared with shapes that earlier lines had, and its values are taken from
 * between. The kernel does that; what it leaves is read here.
 *
 * What is read is what the engine would read, to the last value; what is not beyond doubt is refused, and everything is read by the engine instead.
 */
import { isUtf8 } from "node:buffer"
import { type Shape, shapeOf } from "./shape.ts"
import type { Kernel } from "./wasm/kernel.ts"
import {
  cellsOf,
  COLUMNS_MAX,
  FLAG_BYTES,
  Kind,
  kindsOf,
  ROWS_MAX,
  SHAPES,
  SHAPES_BYTES,
  STATE,
  State,
  TEXT,
  TEXT_BYTES
} from "./wasm/layout.ts"
import { describeShape } from "./wasm/shape.ts"

/** Columns and shapes beyond which what was learned is forgotten before the next group. Twice as many are too many: a column takes 1 MB. */
const MANY_COLUMNS = COLUMNS_MAX / 2
const MANY_SHAPES = 128

/** Lines that the kernel reads in one go: once it was compiled better, it goes on with that. */
const LINES_AT_ONCE = 8192

/** The values of a key in a group of rows, in the memory of the kernel. */
export class ShreddedColumn {
  readonly name: string
  /** Where the kinds and the values begin. */
  readonly kindsAt: number
  readonly cellsAt: number
  /** Of each row, what its value is. */
  readonly kinds: Uint8Array
  /** The values: where the bytes of texts begin and end, and numbers. */
  readonly spans: Int32Array
  readonly reals: Float64Array
  readonly #flag: Uint8Array

  /** A column by its number in the memory of the kernel. */
  constructor(name: string, number: number, { memory: { buffer } }: Kernel) {
    this.name = name
    this.kindsAt = kindsOf(number)
    this.cellsAt = cellsOf(number)
    this.kinds = new Uint8Array(buffer, this.kindsAt, ROWS_MAX)
    this.spans = new Int32Array(buffer, this.cellsAt, 2 * ROWS_MAX)
    this.reals = new Float64Array(buffer, this.cellsAt, ROWS_MAX)
    this.#flag = new Uint8Array(buffer, this.kindsAt - FLAG_BYTES, 1)
    this.clear()
  }

  /** Whether the kernel left values to be read. */
  get isOpen(): boolean {
    return this.#flag[0] !== 0
  }

  /** Forgets all values. */
  clear(): void {
    this.kinds.fill(Kind.none)
    this.#flag[0] = 0
  }
}

/** Rows that follow each other. */
export interface Group {
  readonly rows: number
  /** Bytes of text that they were made of. */
  readonly sizeBytes: number
  /** In the order in which their keys came first. */
  readonly columns: ReadonlyArray<ShreddedColumn>
}

interface Known {
  /** Where its description begins. */
  readonly address: number
  readonly columns: ReadonlyArray<ShreddedColumn>
}

const REAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u

/** Shredders keep what they learned from one text to the next. */
export class Shredder {
  /** Where lines are put. The rest of it, at least as much again and 64 bytes, is made use of. */
  readonly text: Uint8Array
  readonly #kernel: Kernel
  readonly #memory: Buffer
  readonly #state: Int32Array
  #known: Array<Known> = []
  #shapesEnd = SHAPES
  #columns = new Map<string, ShreddedColumn>()
  #at = TEXT
  #row = 0
  /** Where texts that were written with escapes go. */
  #room = TEXT

  constructor(kernel: Kernel) {
    this.#kernel = kernel
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
      if (!each({ rows: this.#row, sizeBytes: this.#at - start, columns })) return false
    }
    return true
  }

  /** Reads a group of rows; gives its columns. */
  #group(end: number): ReadonlyArray<ShreddedColumn> | undefined {
    const used = new Set<Known>()
    const columns = new Set<ShreddedColumn>()
    if (this.#columns.size > MANY_COLUMNS || this.#known.length > MANY_SHAPES) {
      this.#known = []
      this.#shapesEnd = SHAPES
      this.#columns.clear()
    }
    for (const column of this.#columns.values()) column.clear()
    this.#row = 0
    while (this.#at < end && this.#row < ROWS_MAX) {
      const known = this.#next(end)
      if (known === undefined) return undefined
      if (used.has(known)) continue
      used.add(known)
      for (const column of known.columns) columns.add(column)
    }
    return [...columns]
  }

  /** Reads lines as long as they have one shape; gives the shape. */
  #next(end: number): Known | undefined {
    for (const [place, known] of this.#known.entries()) {
      if (!this.#lines(end, known)) continue
      if (place > 0) {
        this.#known.splice(place, 1)
        this.#known.unshift(known)
      }
      return known
    }
    const known = this.#learn()
    return known !== undefined && this.#lines(end, known) ? known : undefined
  }

  /** Learns the shape of a line. */
  #learn(): Known | undefined {
    const shape = shapeOf(this.#memory.subarray(this.#at, this.#memory.indexOf(10, this.#at) + 1))
    if (shape === undefined || this.#known.length > 2 * MANY_SHAPES) return undefined
    const columns = this.#columnsOf(shape)
    const description = columns && describeShape(shape, columns)
    if (columns === undefined || description === undefined) return undefined
    const address = this.#shapesEnd
    if (address + description.length > SHAPES + SHAPES_BYTES) return undefined
    this.#memory.set(description, address)
    this.#shapesEnd += description.length
    const known = { address, columns }
    this.#known.unshift(known)
    return known
  }

  #columnsOf({ keys }: Shape): ReadonlyArray<ShreddedColumn> | undefined {
    const columns: Array<ShreddedColumn> = []
    for (const key of keys) {
      const number = this.#columns.size
      const found = this.#columns.get(key.toLowerCase())
      // The engine tells keys apart by their case, and columns not.
      if (found === undefined ? number === COLUMNS_MAX : found.name !== key) return undefined
      const column = found ?? new ShreddedColumn(key, number, this.#kernel)
      this.#columns.set(key.toLowerCase(), column)
      columns.push(column)
    }
    return columns
  }

  /** Reads lines of a shape until one has another: `#at` and `#row` are then those of that line. Gives whether there was one. */
  #lines(end: number, { address, columns }: Known): boolean {
    const before = this.#row
    for (;;) {
      const rowEnd = Math.min(ROWS_MAX, this.#row + LINES_AT_ONCE)
      this.#at = this.#kernel.lines(address, this.#at, end, this.#row, rowEnd)
      this.#row = this.#state[State.row / 4]!
      if (this.#at < end && this.#row === rowEnd && rowEnd < ROWS_MAX) continue
      if (this.#at < end && this.#row < ROWS_MAX) for (const { kinds } of columns) kinds[this.#row] = Kind.none
      return this.#row > before
    }
  }

  /** Reads what the kernel left; gives whether all of it is beyond doubt. */
  #complete(column: ShreddedColumn): boolean {
    if (!column.isOpen) return true
    const { kinds } = column
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

  /** Reads a text with escapes. */
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
